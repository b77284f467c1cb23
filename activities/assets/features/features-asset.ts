import type { AddFile } from '../../../lake/protocol.ts'
import { bytesOf, rowsOf, type Table } from '../../../lake/table.ts'
import type { DuckDBConnection } from '../../../platform/duckdb/duckdb.ts'
import type {
  AssetContext,
  AssetDefinition,
  CheckQuestion,
  CheckResult,
  InputVersions,
  Shard,
  StagedShard,
} from '../framework/asset.ts'
import { declaredAsset } from '../framework/declared-asset.ts'
import {
  daysBeforeOf,
  type LakeInput,
  pinReads,
  type Reads,
  scanReads,
  shardCondition,
} from '../framework/lake-input.ts'
import { closeRun, deleteUnused, swapFiles } from '../framework/lake-swap.ts'
import { inDuckDb } from '../framework/work.ts'

export interface DerivedDefinition {
  name: string
  description: string
  pipeline: NonNullable<AssetDefinition['pipeline']>
  output: LakeInput
  /** The lake tables that it reads, each an asset, by the name that its statements call them. */
  reads: Reads
  /** Puts the rows in one order only. */
  orderBy: readonly string[]
  /** The statements that the rows come from, every one: it can run no others. */
  files: readonly string[]
  /** What else the rows come from. */
  revision: string | number
  questions: readonly CheckQuestion[]
  isTakenOnce?: true
  /** Further inputs that are pinned, e.g. a catalogue's newest change. */
  pin?(context: AssetContext, date: string): Promise<InputVersions>
  /** The statements that pin them. */
  pinFiles?: readonly string[]
  /** Makes the temporary table `features`, with a shard's rows, from the relations by their names. */
  make(
    context: AssetContext,
    connection: DuckDBConnection,
    work: { date: string; keep: string; inputs: InputVersions; relations: Readonly<Record<string, string>> },
  ): Promise<void>
  /** What the checks need to know of a shard's rows, which are in the temporary table `features`. */
  measure?(connection: DuckDBConnection): Promise<Record<string, number>>
  check(measured: readonly Record<string, number>[]): CheckResult[]
  /** What is asked of the days that it reads, whatever it makes of them. */
  checkWindow?(context: AssetContext, date: string): Promise<CheckResult[]>
}

interface Staged {
  files: AddFile[]
  measured: Record<string, number>
}

/** A lake table that is made from other lake tables, over a window of days that is declared. */
export function derivedAsset(definition: DerivedDefinition): AssetDefinition {
  const { name, description, pipeline, output, reads, files, revision, orderBy, questions, pinFiles = [] } = definition
  const inputs = Object.values(reads)
  const asset: Omit<AssetDefinition, 'codeVersion'> = {
    name,
    description,
    store: 'lake',
    pipeline,
    upstream: inputs.map(({ table }) => table),
    daysBefore: daysBeforeOf(reads),
    questions,
    ...(definition.isTakenOnce && { isTakenOnce: true }),
    plan: (context, date) => plan(definition, context, date),
    stage: (context, date, shard, pinned) => stage(definition, context, date, shard, pinned),
    async check(context, date, staged) {
      const measured = staged.map(({ reference }) => (reference as Staged).measured)
      return [...definition.check(measured), ...((await definition.checkWindow?.(context, date)) ?? [])]
    },
    swap: async (context, date, staged, _inputs, fence) =>
      swapFiles(context, await tableOf(output, context), { date, files: filesOf(staged), fence }),
    close: async (context, date, run, staged) => closeRun(await tableOf(output, context), date, run, filesOf(staged)),
    discard: async (context, staged) => deleteUnused(context, await tableOf(output, context), filesOf(staged)),
  }
  return declaredAsset(asset, { rows: files, others: pinFiles }, orderBy.join(), revision)
}

async function plan({ reads, pin }: DerivedDefinition, context: AssetContext, date: string) {
  const further = await pin?.(context, date)
  const { inputs, inputRows } = await pinReads(context, reads, date)
  return { inputs: { ...further, ...inputs }, inputRows }
}

async function stage(
  definition: DerivedDefinition,
  context: AssetContext,
  date: string,
  shard: Shard,
  inputs: InputVersions,
): Promise<StagedShard> {
  const relations = await scanReads(context, definition.reads, date, inputs)
  const table = await tableOf(definition.output, context)
  return inDuckDb(context, async (connection) => {
    await definition.make(context, connection, { date, keep: shardCondition(shard), inputs, relations })
    context.heartbeat()
    const measured = (await definition.measure?.(connection)) ?? {}
    const files = await table.writePartition(connection, {
      partition: { date },
      select: 'select * from features',
      orderBy: definition.orderBy,
    })
    const reference: Staged = { files, measured }
    return { shard, rows: rowsOf(files), bytes: bytesOf(files), reference }
  })
}

const filesOf = (staged: readonly StagedShard[]): AddFile[] =>
  staged.flatMap(({ reference }) => (reference as Staged).files)

const tableOf = ({ table, definition }: LakeInput, context: AssetContext): Promise<Table> =>
  context.lake.ensureTable(table, definition)
