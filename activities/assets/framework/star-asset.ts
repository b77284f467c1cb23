import { literal } from '../../../platform/duckdb/duckdb.ts'
import { inTransaction, type PoolClient } from '../../../platform/postgres/postgres.ts'
import { statement } from '../../../platform/postgres/sql.ts'
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
import { expectEqual, expectNone } from './checks.ts'
import { declaredAsset } from './declared-asset.ts'
import { daysBeforeOf, pinReads, type Reads, scanReads, shardCondition } from './lake-input.ts'
import { dropStaging, loadStaging, stagedRelation, tablesOf } from './staging.ts'
import { inDuckDb, onlyRow } from './work.ts'

/** Memory for each sort and join of a swap on the server: a million rows of a day fit. */
const WORK_MEGABYTES = 64
/** A swap whose process was stopped gives its locks back after so long, so that another run can go on. */
const STOPPED_SECONDS_MAX = 20

export interface StarDefinition {
  name: string
  description: string
  upstream: readonly string[]
  pipeline?: AssetDefinition['pipeline']
  /** The lake tables that it reads, by the name that its statement calls them. */
  reads: Reads
  /**
   * The DuckDB statement that gives the rows to stage, the one that checks them in PostgreSQL, those that swap, and those of
   * further checks. It can run no others.
   */
  files: { stage: string; check: string; swap: readonly string[]; checks?: readonly string[] }
  /** `view` where reading the lake twice, for the sums and for the rows, costs less than holding the rows. */
  staged: 'table' | 'view'
  /** Further parameters of the statement that stages a date. */
  stageParameters?(date: string): Readonly<Record<string, string>>
  /** Further parameters of the checking statement. */
  checkParameters?: Readonly<Record<string, string>>
  /** Raise it when the rows change and no statement does. */
  revision: number
  stagingColumns: string
  /** Columns whose sums in the lake must be the sums in the staging table. Decimals with six places, or integers. */
  sums: readonly string[]
  /** Swaps of one date wait for each other; where a day's rows depend on other days', all swaps of the asset do. */
  lock: 'date' | 'asset'
  /** Replaces the date; the transaction is the caller's. Returns the rows that the date now has. */
  replace(client: PoolClient, target: Target): Promise<number>
  /** What is asked beyond what every load asks. */
  questions: readonly CheckQuestion[]
  check?(context: AssetContext, target: Target, found: Record<string, unknown>): Promise<CheckResult[]>
}

export interface Target {
  /** The day and the staged rows, ready to stand in a statement. */
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

const loadQuestions: readonly CheckQuestion[] = [
  { check: 'rows_loaded', severity: 'block', question: 'rows staged = rows in the lake' },
  { check: 'sum_of_…', severity: 'block', question: 'each sum of the staged rows = the sum in the lake, exactly' },
]

/** What facts are asked: every row has the members that it names. */
export const orphanQuestions = (...members: ('store' | 'product')[]): CheckQuestion[] =>
  members.map((member) => ({
    check: `rows_without_${member}`,
    severity: 'block',
    question: `every row has its version in dim_${member}`,
  }))

/** A table of the star schema: a date of the lake, loaded beside, checked, and put in the old one's place at once. */
export function starAsset(definition: StarDefinition): AssetDefinition {
  const { name, description, upstream, pipeline, files, stagingColumns, revision, questions } = definition
  const daysBefore = daysBeforeOf(definition.reads)
  const asset: Omit<AssetDefinition, 'codeVersion'> = {
    name,
    description,
    store: 'postgres',
    upstream,
    ...(Object.keys(daysBefore).length > 0 && { daysBefore }),
    ...(pipeline && { pipeline }),
    questions: [...loadQuestions, ...questions],
    plan: (context, date) => pinReads(context, definition.reads, date),
    stage: (context, date, shard, inputs) => stage(definition, context, date, shard, inputs),
    check: (context, date, staged) => check(definition, context, date, staged),
    swap: (context, date, staged, _inputs, fence) => swap(definition, context, date, staged, fence),
    discard: (context, staged) => dropStaging(context.pool, tablesOf(staged)),
  }
  const statements = { rows: [files.stage, ...files.swap], others: [files.check, ...(files.checks ?? [])] }
  return declaredAsset(asset, statements, stagingColumns, revision)
}

async function stage(
  definition: StarDefinition,
  context: AssetContext,
  date: string,
  shard: Shard,
  inputs: InputVersions,
): Promise<StagedShard> {
  const { name, reads, files, staged, stagingColumns, sums } = definition
  const relations = {
    keep: shardCondition(shard),
    ...definition.stageParameters?.(date),
    ...(await scanReads(context, reads, date, inputs)),
  }
  return inDuckDb(context, async (connection) => {
    await connection.run(`create temp ${staged} staged as ${statement(files.stage, relations)}`)
    context.heartbeat()
    const summed = sums.map((column) => `coalesce(sum(${column}), 0)::varchar as ${column}`)
    const measured = await onlyRow(connection, `select ${['count(*) as "rows"', ...summed].join(', ')} from staged`)
    const { table, rows, bytes } = await loadStaging(context, connection, {
      name: `${name}_${date.replaceAll('-', '')}_${shard.index}`,
      columns: stagingColumns,
      select: 'from staged',
    })
    const { rows: read, ...found } = measured
    const reference: Measured = { table, rows: Number(read), sums: found as Record<string, string> }
    return { shard, rows, bytes, reference }
  })
}

async function check(
  definition: StarDefinition,
  context: AssetContext,
  date: string,
  staged: readonly StagedShard[],
): Promise<CheckResult[]> {
  const { files, checkParameters, sums } = definition
  const shards = staged.map(({ reference }) => reference as Measured)
  const target = targetOf(date, staged)
  const { rows } = await context.pool.query<Record<string, unknown>>(
    statement(files.check, { ...checkParameters, staging: target.staging }),
  )
  const found = rows[0]!
  const read = shards.reduce((sum, shard) => sum + shard.rows, 0)
  const orphans = (column: string, what: string) =>
    found[column] === undefined
      ? []
      : [expectNone(column, `without a member in ${what}`, Number(found[column]), 'block')]
  return [
    expectEqual('rows_loaded', 'rows in the lake and staged', read, Number(found.rows)),
    ...sums.map((column) =>
      expectEqual(
        `sum_of_${column}`,
        `sum of ${column} in the lake and staged`,
        sixPlaces(shards.map((shard) => shard.sums[column]!)),
        sixPlaces([String(found[column])]),
      ),
    ),
    ...orphans('rows_without_store', 'dim_store'),
    ...orphans('rows_without_product', 'dim_product'),
    ...((await definition.check?.(context, target, found)) ?? []),
  ]
}

/**
 * Rows and ledger change in one transaction. The ledger comes last: its row is locked for a moment only, so that the lease can
 * be renewed while the rows are written.
 */
async function swap(
  definition: StarDefinition,
  context: AssetContext,
  date: string,
  staged: readonly StagedShard[],
  fence: Fence,
): Promise<Swapped> {
  const { name, lock, replace } = definition
  // By itself and first: a new month's partition must not wait for the load, nor others for it.
  await context.pool.query('select analytics.ensure_partitions($1, $1)', [date])
  return inTransaction(context.pool, async (client) => {
    await client.query(`set local work_mem = '${WORK_MEGABYTES}MB'`)
    await client.query(`set local idle_in_transaction_session_timeout = '${STOPPED_SECONDS_MAX}s'`)
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      lock === 'asset' ? name : `${name} ${date}`,
    ])
    const isEmptying = staged.length === 0
    if (isEmptying) await client.query(`create temp table ${NOTHING} (${definition.stagingColumns})`)
    const tables = isEmptying ? [NOTHING] : tablesOf(staged)
    const rows = await replace(client, targetOf(date, staged, tables))
    // Within the transaction: an attempt whose commit did not arrive finds them again.
    await client.query(`drop table ${tables.join(', ')}`)
    const swapped = { rows, bytes: staged.reduce((sum, { bytes }) => sum + bytes, 0) }
    await fence.succeed(client, swapped)
    return swapped
  })
}

/** The staging table of a swap that empties its partition. */
const NOTHING = 'staged_nothing'

const targetOf = (date: string, staged: readonly StagedShard[], tables = tablesOf(staged)): Target => ({
  date: `date ${literal(date)}`,
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
