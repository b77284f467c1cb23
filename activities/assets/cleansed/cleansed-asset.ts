import { columnsAboutPeople } from '../../../contracts/data-classes.ts'
import type { TopicName } from '../../../contracts/topics.ts'
import type { AddFile } from '../../../lake/protocol.ts'
import { rawTableName } from '../../../lake/raw-table.ts'
import { bytesOf, rowsOf } from '../../../lake/table.ts'
import {
  type AssetContext,
  type AssetDefinition,
  CHECK_EXAMPLES_MAX,
  type CheckQuestion,
  type CheckResult,
  type InputVersions,
  type Shard,
  type StagedShard,
} from '../framework/asset.ts'
import { type Example, expectEqual, expectNone, expectTrue, questions } from '../framework/checks.ts'
import { withEngine } from '../framework/choose-engine.ts'
import { defineAsset, type SqlFiles, type Statements, statementsOf } from '../framework/define-asset.ts'
import type { Engine } from '../framework/engine.ts'
import { type DatedTable, pinDate, rawInput, shardCondition, tableOf } from '../framework/lake-input.ts'
import { closeRun, deleteUnused, swapFiles } from '../framework/lake-swap.ts'
import { allRows, onlyRow } from '../framework/work.ts'
import { loadUnknownMembers, UNKNOWN_MEMBERS_STATEMENT } from '../star/members.ts'

/** At most this many characters of a failing row's text are kept. */
const EXAMPLE_TEXT_MAX = 500

/** A property that a cleansed row should not have: a condition over its columns, and what such a row is. */
export interface RowCheck extends CheckQuestion {
  condition: string
}

export interface CleansedSql extends SqlFiles {
  /** Makes the table `cleansed` from `events`. */
  cleanse: string
}

export interface CleansedDefinition<Sql extends CleansedSql = CleansedSql> {
  output: DatedTable
  topic: TopicName
  /** Puts the rows in one order only, so that the same rows give the same bytes. */
  orderBy: readonly string[]
  sql: Sql
  /** Raise it when the rows change and no statement does. */
  revision: number
  /** Rows are compared with the catalogue of stores, and with that of products when `products` is set. */
  members: { products: boolean }
  /** Makes the further tables that the statement reads. */
  prepare?(engine: Engine, work: { date: string; inputs: InputVersions; sql: Statements<Sql> }): Promise<void>
  checks: readonly RowCheck[]
}

/** What every cleansing runs. */
const shared = {
  read: 'cleansed/read_raw.sql',
  count: 'cleansed/count_raw.sql',
  references: 'star/reference_versions.sql',
} as const
const statements = statementsOf(shared)

/** What a shard reports to its check. */
interface Measured {
  files: AddFile[]
  rejected: number
  duplicates: number
  failing: Record<string, { rows: number; examples: Example[] }>
}

/** `cleansed/<entity>`: one date of a raw topic, validated, each event once, what is doubtful flagged. */
export function cleansedAsset<const Sql extends CleansedSql>(definition: CleansedDefinition<Sql>): AssetDefinition {
  const { output, topic, sql, orderBy, revision } = definition
  const cleansing: Cleansing = {
    ...definition,
    checks: [...memberChecks(definition.members), ...definition.checks],
    prepare: async (engine, date, inputs) => definition.prepare?.(engine, { date, inputs, sql: statementsOf(sql) }),
  }
  return defineAsset({
    name: output.table,
    description: output.definition.description!,
    store: 'lake',
    upstream: [],
    runsOnSpark: true,
    columns: output.columns,
    checks: [...Object.values(batchChecks), ...cleansing.checks],
    sql: {
      rows: [shared.read, shared.count, UNKNOWN_MEMBERS_STATEMENT, ...Object.values(sql)],
      others: [shared.references],
    },
    madeFrom: [orderBy.join(), revision],
    plan: (context, date) => plan(context, topic, date),
    stage: (context, date, shard, inputs) => stage(cleansing, context, date, shard, inputs),
    check: async (context, date, staged, inputs) => check(cleansing, context, date, staged, inputs),
    swap: async (context, date, staged, _inputs, fence) =>
      swapFiles(context, await tableOf(output, context), { date, files: filesOf(staged), fence }),
    close: async (context, date, run, staged) => closeRun(await tableOf(output, context), date, run, filesOf(staged)),
    discard: async (context, staged) => deleteUnused(context, await tableOf(output, context), filesOf(staged)),
  })
}

/** A definition as the steps below see it: whichever statements it has. */
interface Cleansing extends Omit<CleansedDefinition, 'prepare'> {
  prepare(engine: Engine, date: string, inputs: InputVersions): Promise<void>
}

const memberChecks = ({ products }: CleansedDefinition['members']): RowCheck[] =>
  (products ? ['store', 'product'] : ['store']).map((member) => ({
    check: `unknown_${member}s`,
    severity: 'warn',
    question: `the ${member} is in no catalogue`,
    condition: `is_unknown_${member}`,
  }))

const batchChecks = questions({
  every_raw_row_accounted_for: ['block', 'rows written + rejected + duplicates = rows of the date in the raw table'],
  day_is_over: ['warn', 'the raw table has events of a later day, so that this day is complete except for late events'],
  rejected_rows: ['warn', 'raw messages were rejected; each is stored with its reason'],
})

async function plan(context: AssetContext, topic: TopicName, date: string) {
  const [raw, reference] = await Promise.all([
    pinDate(context, rawInput(topic), date),
    context.pool.query<{ stores: Date | null; products: Date | null }>(statements.references()),
  ])
  const { stores, products } = reference.rows[0]!
  const inputs: InputVersions = {
    [rawTableName(topic)]: raw.version,
    'ref.stores': stores?.toISOString() ?? '',
    'ref.products': products?.toISOString() ?? '',
  }
  return { inputs, inputRows: raw.rows }
}

async function stage(
  definition: Cleansing,
  context: AssetContext,
  date: string,
  shard: Shard,
  inputs: InputVersions,
): Promise<StagedShard> {
  const { output, topic, sql, orderBy } = definition
  const input = rawInput(topic)
  const version = Number(inputs[input.table])
  const table = await tableOf(output, context)
  const rows = async () => (await pinDate(context, input, date, version)).rows
  return withEngine(context, { asset: output.table, runsOnSpark: true, rows }, async (engine) => {
    const raw = await engine.relation(input, version, { date })
    await engine.run(statements.read({ raw, keep: shardCondition(shard) }))
    context.heartbeat()
    await loadUnknownMembers(context, engine, definition.members)
    await definition.prepare(engine, date, inputs)
    await engine.run(statementsOf(sql).cleanse())
    await engine.result('cleansed')
    context.heartbeat()
    const counts = await measure(definition, engine, Math.ceil(CHECK_EXAMPLES_MAX / shard.count))
    await engine.run('drop view events; drop table raw_rows')
    const files = await table.writePartition(engine.connection, {
      partition: { date },
      select: 'select * from cleansed',
      orderBy,
    })
    const reference: Measured = { files, ...counts }
    return { shard, rows: rowsOf(files), bytes: bytesOf(files), reference }
  })
}

async function measure({ checks }: Cleansing, engine: Engine, examplesMax: number): Promise<Omit<Measured, 'files'>> {
  const { connection } = engine
  const ofResult = (query: string) => allRows(connection, query)
  const raw = (await engine.rows(statements.count()))[0]!
  const counted = checks.map(({ check, condition }) => `count(*) filter (where ${condition}) as ${check}`)
  const found = await onlyRow(connection, `select ${['count(*) as "all"', ...counted].join(', ')} from cleansed`)
  const failing: Measured['failing'] = {}
  for (const { check, question: reason, condition } of checks) {
    const rows = Number(found[check])
    const examples = rows === 0 ? [] : await exampleRows(ofResult, 'cleansed', condition, examplesMax)
    failing[check] = { rows, examples: examples.map((row) => ({ reason, row })) }
  }
  const rejected = Number(raw.rejected)
  const refused = rejected === 0 ? [] : await exampleRows(engine.rows, 'raw_rows', 'problem is not null', examplesMax)
  failing.rejected_rows = { rows: rejected, examples: refused.map((row) => ({ reason: String(row.problem), row })) }
  return { rejected, duplicates: Number(raw.duplicates), failing }
}

/** Examples are for finding the rows: they name no customer, and are kept and sent without what may. */
async function exampleRows(read: Engine['rows'], table: string, condition: string, rowsMax: number) {
  const order = table === 'cleansed' ? 'store_id, event_id' : '"partition", "offset"'
  const rows = await read(`select * from ${table} where ${condition} order by ${order} limit ${rowsMax}`)
  // A text may be long, and examples travel between activities.
  const short = (value: unknown) => (typeof value === 'string' ? value.slice(0, EXAMPLE_TEXT_MAX) : value)
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row)
        .filter(([name, value]) => value !== null && !columnsAboutPeople.has(name))
        .map(([name, value]) => [name, short(value)]),
    ),
  )
}

async function check(
  definition: Cleansing,
  context: AssetContext,
  date: string,
  staged: readonly StagedShard[],
  inputs: InputVersions,
): Promise<CheckResult[]> {
  const shards = staged.map(({ reference }) => reference as Measured)
  const total = (of: (shard: Measured) => number) => shards.reduce((sum, shard) => sum + of(shard), 0)
  const written = staged.reduce((sum, { rows }) => sum + rows, 0)
  const accounted = written + total(({ rejected }) => rejected) + total(({ duplicates }) => duplicates)
  // Counted by the log, not by the scan: a shard that read too little shows.
  const input = rawInput(definition.topic)
  const raw = await pinDate(context, input, date, Number(inputs[input.table]))
  const balance = `written ${written} + rejected ${total(({ rejected }) => rejected)} + duplicates ${total(({ duplicates }) => duplicates)}`
  const failing = (question: CheckQuestion) =>
    expectNone(
      question,
      total(({ failing: found }) => found[question.check]!.rows),
      { examples: shards.flatMap(({ failing: found }) => found[question.check]!.examples) },
    )
  const { every_raw_row_accounted_for, day_is_over, rejected_rows } = batchChecks
  return [
    expectEqual(every_raw_row_accounted_for, `raw rows, against ${balance}`, raw.rows, accounted),
    expectTrue(day_is_over, raw.isFollowed, `no event of a day after ${date} is in yet`),
    ...[rejected_rows, ...definition.checks].map(failing),
  ]
}

const filesOf = (staged: readonly StagedShard[]): AddFile[] =>
  staged.flatMap(({ reference }) => (reference as Measured).files)
