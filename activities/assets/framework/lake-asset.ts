import type { TopicName } from '../../../contracts/topics.ts'
import type { AddFile } from '../../../lake/protocol.ts'
import { rawTableName } from '../../../lake/raw-table.ts'
import type { Column } from '../../../lake/schema.ts'
import { bytesOf, rowsOf, type Table } from '../../../lake/table.ts'
import type { DuckDBConnection } from '../../../platform/duckdb/duckdb.ts'
import { statement } from '../../../platform/postgres/sql.ts'
import { loadUnknownMembers } from '../star/members.ts'
import {
  type AssetContext,
  type AssetDefinition,
  CHECK_EXAMPLES_MAX,
  type CheckQuestion,
  type CheckResult,
  type InputVersions,
  type Shard,
  type StagedShard,
} from './asset.ts'
import { type Example, expectEqual, expectNone, type Severity } from './checks.ts'
import { declaredAsset } from './declared-asset.ts'
import { pinDate, rawInput, scanAt, shardCondition } from './lake-input.ts'
import { closeRun, deleteUnused, swapFiles } from './lake-swap.ts'
import { inDuckDb, onlyRow } from './work.ts'

/** Of a failing row's text so many characters are kept. */
const EXAMPLE_TEXT_MAX = 500

/** A property that a cleansed row should not have. */
export interface RowRule {
  check: string
  severity: Severity
  /** A sentence about the row. */
  reason: string
  /** A condition over the cleansed columns. */
  condition: string
}

export interface CleansedDefinition {
  name: `cleansed/${string}`
  description: string
  topic: TopicName
  columns: readonly Column[]
  /** Puts the rows in one order only, so that the same rows give the same bytes. */
  orderBy: readonly string[]
  /** Makes the table `cleansed` from `events`. */
  statementFile: string
  /** Other statements that it runs. */
  otherFiles?: readonly string[]
  /** Raise it when the rows change and no statement does. */
  revision: number
  /** SQL over the contract's fields: why a message is refused although it keeps its contract, or null. */
  rejection: string
  /** Rows are held against the catalogue of stores; of products too? */
  members: { products: boolean }
  /** Makes the further tables that the statement reads. */
  prepare?(context: AssetContext, connection: DuckDBConnection, date: string, inputs: InputVersions): Promise<void>
  rules: readonly RowRule[]
}

/** What a shard tells its check. */
interface Measured {
  files: AddFile[]
  rejected: number
  duplicates: number
  failing: Record<string, { rows: number; examples: Example[] }>
}

/** `cleansed/<entity>`: one date of a raw topic, validated, each event once, what is doubtful flagged. */
export function cleansedAsset(own: CleansedDefinition): AssetDefinition {
  const definition = { ...own, rules: [...memberRules(own.members), ...own.rules] }
  const { name, description, topic, statementFile, otherFiles = [], rejection, orderBy, revision } = definition
  const asset: Omit<AssetDefinition, 'codeVersion'> = {
    name,
    description,
    store: 'lake',
    upstream: [],
    questions: questionsOf(definition),
    plan: (context, date) => plan(context, topic, date),
    stage: (context, date, shard, inputs) => stage(definition, context, date, shard, inputs),
    check: async (context, date, staged, inputs) => check(definition, context, date, staged, inputs),
    swap: async (context, date, staged, _inputs, fence) =>
      swapFiles(context, await tableOf(definition, context), { date, files: filesOf(staged), fence }),
    close: async (context, date, run, staged) =>
      closeRun(await tableOf(definition, context), date, run, filesOf(staged)),
    async discard(context, staged) {
      await deleteUnused(context, await tableOf(definition, context), filesOf(staged))
    },
  }
  const rows = [
    'cleansed/read_raw.sql',
    'cleansed/find_unknown.sql',
    statementFile,
    'cleansed/count_raw.sql',
    ...otherFiles,
  ]
  const others = ['star/reference_versions.sql']
  return declaredAsset(asset, { rows, others }, rejection, orderBy.join(), revision)
}

const memberRules = ({ products }: CleansedDefinition['members']): RowRule[] => [
  {
    check: 'unknown_stores',
    severity: 'warn',
    reason: 'no catalogue knows the store',
    condition: 'is_unknown_store',
  },
  ...(products
    ? [
        {
          check: 'unknown_products',
          severity: 'warn' as const,
          reason: 'no catalogue knows the product',
          condition: 'is_unknown_product',
        },
      ]
    : []),
]

const questionsOf = ({ rules }: CleansedDefinition): CheckQuestion[] => [
  {
    check: 'every_raw_row_accounted_for',
    severity: 'block',
    question: 'rows written + rejected + duplicates = rows that the raw table holds of the date',
  },
  {
    check: 'day_is_over',
    severity: 'warn',
    question: 'the raw table holds events of a later day, so that this one is complete but for late events',
  },
  { check: 'rejected_rows', severity: 'warn', question: 'raw messages were refused; each is kept with its reason' },
  ...rules.map(({ check: name, severity, reason }) => ({ check: name, severity, question: reason })),
]

async function plan(context: AssetContext, topic: TopicName, date: string) {
  const [raw, reference] = await Promise.all([
    pinDate(context, rawInput(topic), date),
    context.pool.query<{ stores: Date | null; products: Date | null }>(statement('star/reference_versions.sql')),
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
  definition: CleansedDefinition,
  context: AssetContext,
  date: string,
  shard: Shard,
  inputs: InputVersions,
): Promise<StagedShard> {
  const { topic, rejection, statementFile, orderBy } = definition
  const version = Number(inputs[rawTableName(topic)])
  const raw = await scanAt(context, rawInput(topic), version, { date })
  const table = await tableOf(definition, context)
  return inDuckDb(context, async (connection) => {
    await connection.run(statement('cleansed/read_raw.sql', { raw, rejection, keep: shardCondition(shard) }))
    context.heartbeat()
    await loadUnknownMembers(context, connection, definition.members)
    await definition.prepare?.(context, connection, date, inputs)
    await connection.run(statement(statementFile))
    context.heartbeat()
    const counts = await measure(definition, connection, Math.ceil(CHECK_EXAMPLES_MAX / shard.count))
    await connection.run('drop view events; drop table raw_rows')
    const files = await table.writePartition(connection, {
      partition: { date },
      select: 'select * from cleansed',
      orderBy,
    })
    const reference: Measured = { files, ...counts }
    return { shard, rows: rowsOf(files), bytes: bytesOf(files), reference }
  })
}

async function measure(
  { rules }: CleansedDefinition,
  connection: DuckDBConnection,
  examplesMax: number,
): Promise<Omit<Measured, 'files'>> {
  const raw = await onlyRow(connection, statement('cleansed/count_raw.sql'))
  const counted = rules.map(({ check, condition }) => `count(*) filter (where ${condition}) as ${check}`)
  const found = await onlyRow(connection, `select ${['count(*) as "all"', ...counted].join(', ')} from cleansed`)
  const failing: Measured['failing'] = {}
  for (const { check, reason, condition } of rules) {
    const rows = Number(found[check])
    const examples = rows === 0 ? [] : await exampleRows(connection, 'cleansed', condition, examplesMax)
    failing[check] = { rows, examples: examples.map((row) => ({ reason, row })) }
  }
  const rejected = Number(raw.rejected)
  const refused = rejected === 0 ? [] : await exampleRows(connection, 'raw_rows', 'rejection is not null', examplesMax)
  failing.rejected_rows = { rows: rejected, examples: refused.map((row) => ({ reason: String(row.rejection), row })) }
  return { rejected, duplicates: Number(raw.duplicates), failing }
}

async function exampleRows(connection: DuckDBConnection, table: string, condition: string, rowsMax: number) {
  const order = table === 'cleansed' ? 'store_id, event_id' : '"partition", "offset"'
  const reader = await connection.runAndReadAll(
    `select * from ${table} where ${condition} order by ${order} limit ${rowsMax}`,
  )
  const rows = reader.getRowObjectsJson() as Record<string, unknown>[]
  // A payload may be a megabyte, and examples travel between activities.
  const short = (value: unknown) => (typeof value === 'string' ? value.slice(0, EXAMPLE_TEXT_MAX) : value)
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row)
        .filter(([, value]) => value !== null)
        .map(([name, value]) => [name, short(value)]),
    ),
  )
}

async function check(
  definition: CleansedDefinition,
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
  const [, , ...rowQuestions] = questionsOf(definition)
  const balance = `written ${written} + rejected ${total(({ rejected }) => rejected)} + duplicates ${total(({ duplicates }) => duplicates)}`
  const failing = ({ check: name, severity, question: what }: CheckQuestion) =>
    expectNone(
      name,
      what,
      total(({ failing: found }) => found[name]!.rows),
      severity,
      shards.flatMap(({ failing: found }) => found[name]!.examples),
    )
  return [
    expectEqual('every_raw_row_accounted_for', `raw rows, against ${balance}`, raw.rows, accounted),
    isFresh(raw.isFollowed, date),
    ...rowQuestions.map(failing),
  ]
}

/** The newest rows of the topic are of a later day, or else this one may not be over. */
function isFresh(isFollowed: boolean, date: string): CheckResult {
  const finding = isFollowed ? `events of a day after ${date} are in` : `no event of a day after ${date} is in yet`
  return { check: 'day_is_over', severity: 'warn', passed: isFollowed, finding, failingRows: 0 }
}

const filesOf = (staged: readonly StagedShard[]): AddFile[] =>
  staged.flatMap(({ reference }) => (reference as Measured).files)

const tableOf = ({ name, columns, description }: CleansedDefinition, context: AssetContext): Promise<Table> =>
  context.lake.ensureTable(name, { schema: columns, partitionColumns: ['date'], description })
