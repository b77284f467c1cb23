import type { QueryResult, QueryResultRow } from 'pg'
import { describeQuery, literal } from '../../../platform/duckdb/duckdb.ts'
import { inTransaction, type PoolClient } from '../../../platform/postgres/postgres.ts'
import { statementFrom } from '../../../platform/postgres/sql.ts'
import type {
  AssetContext,
  AssetDefinition,
  CheckQuestion,
  CheckResult,
  Fence,
  InputVersions,
  Shard,
  StagedShard,
  Swapped,
} from './asset.ts'
import { expectEqual, expectNone, questions } from './checks.ts'
import { withEngine } from './choose-engine.ts'
import { assertColumns, type Columns, postgresColumns } from './columns.ts'
import { defineAsset, type SqlFiles, type Statements, statementsOf } from './define-asset.ts'
import { daysBeforeOf, pinReads, type Reads, rowsRead, scanReads, shardCondition } from './lake-input.ts'
import { addingStatements, addMissingMembers, lockSwaps, type Member, type NamedMembers } from './members.ts'
import { dropStaging, loadStaging, stagedRelation, tablesOf } from './staging.ts'
import { onlyRow } from './work.ts'

/** Memory for each sort and join of a swap on the server: a million rows of a day fit. */
const WORK_MEGABYTES = 64
/** A swap whose process was stopped releases its locks after this long, so that another run can continue. */
const STOPPED_SECONDS_MAX = 20

export interface StarDefinition<Swap extends SqlFiles = SqlFiles, Judge extends SqlFiles = SqlFiles> {
  name: string
  description: string
  /** The dimensions whose members its rows name. */
  members: readonly Member[]
  /** Other assets whose tables its swap looks into. */
  after?: readonly string[]
  /** Columns whose members are added to their dimension if it does not have them; left out: a row without its member is refused. */
  addsMembers?: NamedMembers
  pipeline?: AssetDefinition['pipeline']
  /** Its statement `stage` is written for Spark, too. */
  runsOnSpark?: true
  /** The lake tables that it reads, by the name that its statement calls them. */
  reads: Reads
  /** What is staged: by natural keys, for the day. */
  columns: Columns
  /** Staged columns that the table does not hold as they are; those beside them are `{carried}` into it. */
  notCarried: readonly string[] | 'all'
  /** Left out: the table of its name in `analytics`. */
  table?: string
  sql: {
    /** The statement of DuckDB, or of either engine, that gives the rows to stage. */
    stage: string
    /** The one that checks them in PostgreSQL. */
    check: string
    /** Those that put them in the date's place, in their order; the last one's rows are the date's. */
    swap: Swap
    /** Those of further checks. */
    judge?: Judge
  }
  /** `view` where reading the lake twice, for the sums and for the rows, costs less than holding the rows. */
  staged: 'table' | 'view'
  /** What its statements require besides `{table}`, `{date}`, `{columns}`, `{carried}`, `{sums}`, `{staging}`, `{keep}` and the tables of `reads`. */
  parameters?(date: string): Readonly<Record<string, string>>
  /** Raise it when the rows change and no statement does. */
  revision: number
  /** Columns whose sums in the lake must be the sums in the staging table. Decimals with six places, or integers. */
  sums: readonly string[]
  /** Swaps of one date wait for each other; where a day's rows depend on other days', all swaps of the asset do. */
  lock: 'date' | 'asset'
  /** Where it takes more than running the statements of the swap in turn. Returns the rows that the date now has. */
  replace?(run: SwapRunner<Swap>, target: Target): Promise<number>
  /** What is asked beyond what every load asks, and how it is answered. */
  checks?: readonly CheckQuestion[]
  check?(
    context: AssetContext,
    work: { target: Target; found: Record<string, unknown>; sql: Statements<Judge> },
  ): Promise<CheckResult[]>
}

/** Runs statements within the transaction of a swap. */
export interface SwapRunner<Swap extends SqlFiles> {
  statement(name: keyof Swap, parameters?: Readonly<Record<string, string>>): Promise<QueryResult>
  query<Row extends QueryResultRow>(text: string): Promise<Row[]>
}

export interface Target {
  /** The day and the staged rows, for use in a statement. */
  date: string
  staging: string
  stagedRows: number
}

interface Measured {
  table: string
  /** Of the lake's rows. */
  sums: Record<string, string>
  rows: number
}

const { rows_loaded: rowsLoaded } = questions({ rows_loaded: ['block', 'rows staged = rows in the lake'] })

const sumQuestion = (column: string): CheckQuestion => ({
  check: `sum_of_${column}`,
  severity: 'block',
  question: `the sum of ${column} over the staged rows = the sum in the lake, exactly`,
})

const memberQuestion = (member: string): CheckQuestion => ({
  check: `rows_without_${member}`,
  severity: 'block',
  question: `every row has its version in dim_${member}`,
})

/** A table of the star schema: a date of the lake, loaded beside, checked, and put in the old one's place at once. */
export function starAsset<const Swap extends SqlFiles, const Judge extends SqlFiles>(
  definition: StarDefinition<Swap, Judge>,
): AssetDefinition {
  const { name, description, members, pipeline, reads, columns, sql, revision, sums, checks = [] } = definition
  const { table = `analytics.${name}`, addsMembers = {}, after = [] } = definition
  const daysBefore = daysBeforeOf(reads)
  const judges = statementsOf(sql.judge ?? ({} as Judge))
  const loading: Loading = {
    ...definition,
    addsMembers,
    parameters: (date) => ({ ...listsOf(definition), table, date, ...definition.parameters?.(date) }),
    replace: (client, target, parameters) => replace(definition, client, target, parameters),
    check: async (context, target, found) => (await definition.check?.(context, { target, found, sql: judges })) ?? [],
  }
  return defineAsset({
    name,
    description,
    store: 'postgres',
    upstream: [
      ...Object.values(reads).map(({ table }) => table),
      ...members.map((member) => `dim_${member}`),
      ...after,
    ],
    ...(Object.keys(daysBefore).length > 0 && { daysBefore }),
    ...(pipeline && { pipeline }),
    ...(definition.runsOnSpark && { runsOnSpark: true }),
    columns,
    carried: { table, columns: carriedOf(definition) },
    checks: [rowsLoaded, ...sums.map(sumQuestion), ...members.map(memberQuestion), ...checks],
    sql: {
      rows: [sql.stage, ...Object.values(sql.swap)],
      others: [sql.check, ...Object.values(sql.judge ?? {}), ...addingStatements(addsMembers)],
    },
    madeFrom: [listsOf(definition).carried, revision],
    plan: (context, date) => pinReads(context, reads, date),
    stage: (context, date, shard, inputs) => stage(loading, context, date, shard, inputs),
    check: (context, date, staged) => check(loading, context, date, staged),
    swap: (context, date, staged, _inputs, fence) => swap(loading, context, date, staged, fence),
    discard: (context, staged) => dropStaging(context.pool, tablesOf(staged)),
  })
}

/** A definition as the steps below see it: whichever statements it has, every default filled in. */
interface Loading extends Omit<StarDefinition, 'parameters' | 'replace' | 'check'> {
  addsMembers: NamedMembers
  parameters(date: string): Readonly<Record<string, string>>
  replace(client: PoolClient, target: Target, parameters: Readonly<Record<string, string>>): Promise<number>
  check(context: AssetContext, target: Target, found: Record<string, unknown>): Promise<CheckResult[]>
}

const carriedOf = ({ columns, notCarried }: Pick<StarDefinition, 'columns' | 'notCarried'>): Columns =>
  notCarried === 'all' ? {} : Object.fromEntries(Object.entries(columns).filter(([name]) => !notCarried.includes(name)))

/** What is staged, what of it the table holds as it is, and what is summed, for use in a statement. */
function listsOf(definition: Pick<StarDefinition, 'columns' | 'notCarried' | 'sums'>) {
  return {
    columns: Object.keys(definition.columns).join(', '),
    carried: Object.keys(carriedOf(definition)).join(', '),
    sums: definition.sums.map((column) => `coalesce(sum(${column}), 0)::text as ${column}`).join(', '),
  }
}

async function stage(
  definition: Loading,
  context: AssetContext,
  date: string,
  shard: Shard,
  inputs: InputVersions,
): Promise<StagedShard> {
  const { name, reads, sql, staged, columns, sums, parameters, runsOnSpark = false } = definition
  const candidate = { asset: name, runsOnSpark, rows: () => rowsRead(context, reads, date, inputs) }
  return withEngine(context, candidate, async (engine) => {
    const { connection } = engine
    const relations = await scanReads(reads, date, inputs, engine.relation)
    const given = { ...parameters(dateLiteral(date)), ...relations, keep: shardCondition(shard) }
    await engine.run(`create or replace temp ${staged} staged as ${statementFrom(sql.stage, given)}`)
    await engine.result('staged')
    assertColumns(name, sql.stage, columns, await describeQuery(connection, 'from staged'))
    context.heartbeat()
    const summed = sums.map((column) => `coalesce(sum(${column}), 0)::varchar as ${column}`)
    const measured = await onlyRow(connection, `select ${['count(*) as "rows"', ...summed].join(', ')} from staged`)
    const { table, rows, bytes } = await loadStaging(context, connection, {
      name: `${name}_${date.replaceAll('-', '')}_${shard.index}`,
      columns: postgresColumns(columns),
      select: `select ${listsOf(definition).columns} from staged`,
    })
    const { rows: read, ...found } = measured
    const reference: Measured = { table, rows: Number(read), sums: found as Record<string, string> }
    return { shard, rows, bytes, reference }
  })
}

async function check(
  definition: Loading,
  context: AssetContext,
  date: string,
  staged: readonly StagedShard[],
): Promise<CheckResult[]> {
  const { sql, parameters, members, addsMembers, sums } = definition
  const shards = staged.map(({ reference }) => reference as Measured)
  const target = targetOf(date, staged)
  await addMissingMembers(context, addsMembers, target.staging)
  const { rows } = await context.pool.query<Record<string, unknown>>(
    statementFrom(sql.check, { ...parameters(target.date), staging: target.staging }),
  )
  const found = rows[0]!
  const read = shards.reduce((sum, shard) => sum + shard.rows, 0)
  return [
    expectEqual(rowsLoaded, 'rows in the lake and staged', read, Number(found.rows)),
    ...sums.map((column) =>
      expectEqual(
        sumQuestion(column),
        `sum of ${column} in the lake and staged`,
        sixPlaces(shards.map((shard) => shard.sums[column]!)),
        sixPlaces([String(found[column])]),
      ),
    ),
    ...members.map((member) =>
      expectNone(memberQuestion(member), Number(found[`rows_without_${member}`]), {
        what: `without a member in dim_${member}`,
      }),
    ),
    ...(await definition.check(context, target, found)),
  ]
}

/** Runs the statements of a swap, in turn unless the definition has its own way. */
async function replace<Swap extends SqlFiles>(
  { sql, replace: own }: Pick<StarDefinition<Swap>, 'sql' | 'replace'>,
  client: PoolClient,
  target: Target,
  parameters: Readonly<Record<string, string>>,
): Promise<number> {
  const run: SwapRunner<Swap> = {
    statement: (name, more) => client.query(statementFrom(sql.swap[name]!, { ...parameters, ...more })),
    query: async (text) => (await client.query(text)).rows,
  }
  if (own) return own(run, target)
  let rows = 0
  for (const name of Object.keys(sql.swap)) rows = (await run.statement(name)).rowCount ?? 0
  return rows
}

/**
 * Rows and ledger change in one transaction. The ledger comes last: its row is locked for a moment only, so that the lease can
 * be renewed while the rows are written.
 */
async function swap(
  definition: Loading,
  context: AssetContext,
  date: string,
  staged: readonly StagedShard[],
  fence: Fence,
): Promise<Swapped> {
  const { name, columns, lock } = definition
  // By itself and first: a new month's partition must not wait for the load, nor others for it.
  await context.pool.query('select analytics.ensure_partitions($1, $1)', [date])
  return inTransaction(context.pool, async (client) => {
    await client.query(`set local work_mem = '${WORK_MEGABYTES}MB'`)
    await client.query(`set local idle_in_transaction_session_timeout = '${STOPPED_SECONDS_MAX}s'`)
    await lockSwaps(client, lock === 'asset' ? name : `${name} ${date}`)
    const isEmptying = staged.length === 0
    if (isEmptying) await client.query(`create temp table ${NOTHING} (${postgresColumns(columns)})`)
    const tables = isEmptying ? [NOTHING] : tablesOf(staged)
    const target = targetOf(date, staged, tables)
    const parameters = { ...definition.parameters(target.date), staging: target.staging }
    const rows = await definition.replace(client, target, parameters)
    // Within the transaction: an attempt whose commit did not arrive finds them again.
    await client.query(`drop table ${tables.join(', ')}`)
    const swapped = { rows, bytes: staged.reduce((sum, { bytes }) => sum + bytes, 0) }
    await fence.succeed(client, swapped)
    return swapped
  })
}

/** The staging table of a swap that empties its partition. */
const NOTHING = 'staged_nothing'

const dateLiteral = (date: string): string => `date ${literal(date)}`

const targetOf = (date: string, staged: readonly StagedShard[], tables = tablesOf(staged)): Target => ({
  date: dateLiteral(date),
  staging: stagedRelation(tables),
  stagedRows: staged.reduce((sum, { rows }) => sum + rows, 0),
})

/** A sum of decimals or integers given as text, exact, with six places. */
function sixPlaces(values: readonly string[]): string {
  const millionths = values.reduce((sum, value) => {
    const [whole, places = ''] = value.split('.')
    return sum + BigInt(whole + places.padEnd(6, '0'))
  }, 0n)
  const sign = millionths < 0n ? '-' : ''
  const digits = String(millionths < 0n ? -millionths : millionths).padStart(7, '0')
  return `${sign}${digits.slice(0, -6)}.${digits.slice(-6)}`
}
