import type { AddFile } from '../../../lake/protocol.ts'
import { bytesOf, rowsOf } from '../../../lake/table.ts'
import type { DuckDBConnection } from '../../../platform/duckdb/duckdb.ts'
import type {
  AssetContext,
  AssetDefinition,
  CheckQuestion,
  CheckResult,
  InputVersions,
  Shard,
  StagedShard,
} from './asset.ts'
import { withEngine } from './choose-engine.ts'
import { defineAsset, type SqlFiles, type Statements, statementsOf } from './define-asset.ts'
import type { Engine } from './engine.ts'
import {
  type DatedTable,
  daysBeforeOf,
  pinReads,
  type Reads,
  rowsRead,
  scanReads,
  shardCondition,
  tableOf,
} from './lake-input.ts'
import { closeRun, deleteUnused, swapFiles } from './lake-swap.ts'

export interface DerivedDefinition<Sql extends SqlFiles = SqlFiles> {
  pipeline: NonNullable<AssetDefinition['pipeline']>
  output: DatedTable
  /** The lake tables that it reads, each an asset, by the name that its statements call them. */
  reads: Reads
  /** Puts the rows in one order only. */
  orderBy: readonly string[]
  /** The statements that the rows come from, by the names that `make` calls them. */
  sql: Sql
  /** Those of the shared parts that it uses, and those that pin its inputs. Others than all these it can't run. */
  uses?: { rows?: readonly string[]; pins?: readonly string[] }
  /** What else the rows come from. */
  revision: string | number
  isTakenOnce?: true
  runsOnSpark?: true
  /** Further inputs that are pinned, e.g. a catalogue's newest change. */
  pin?(context: AssetContext, date: string): Promise<InputVersions>
  /** Makes the temporary table `features`, with a shard's rows, from the relations by their names. */
  make(
    context: AssetContext,
    engine: Engine,
    work: {
      date: string
      keep: string
      inputs: InputVersions
      relations: Readonly<Record<string, string>>
      sql: Statements<Sql>
    },
  ): Promise<void>
  /** What the checks need to know of a shard's rows, which are in the temporary table `features`. */
  measure?(connection: DuckDBConnection): Promise<Record<string, number>>
  checks: Readonly<Record<string, CheckQuestion>>
  check(measured: readonly Record<string, number>[]): CheckResult[]
  /** What is asked of the days that it reads, whatever it makes of them. */
  checkWindow?(context: AssetContext, date: string): Promise<CheckResult[]>
}

interface Staged {
  files: AddFile[]
  measured: Record<string, number>
}

/** A lake table that is made from other lake tables, over a window of days that is declared. */
export function derivedAsset<const Sql extends SqlFiles>(definition: DerivedDefinition<Sql>): AssetDefinition {
  const { pipeline, output, reads, sql, uses = {}, revision, orderBy, checks } = definition
  const statements = statementsOf(sql)
  const derived: Derivation = {
    ...definition,
    make: (context, engine, work) => definition.make(context, engine, { ...work, sql: statements }),
  }
  return defineAsset({
    name: output.table,
    description: output.definition.description!,
    store: 'lake',
    pipeline,
    upstream: Object.values(reads).map(({ table }) => table),
    daysBefore: daysBeforeOf(reads),
    columns: output.columns,
    checks: Object.values(checks),
    ...(definition.isTakenOnce && { isTakenOnce: true }),
    ...(definition.runsOnSpark && { runsOnSpark: true }),
    sql: { rows: [...Object.values(sql), ...(uses.rows ?? [])], others: uses.pins ?? [] },
    madeFrom: [orderBy.join(), revision],
    plan: (context, date) => plan(derived, context, date),
    stage: (context, date, shard, pinned) => stage(derived, context, date, shard, pinned),
    async check(context, date, staged) {
      const measured = staged.map(({ reference }) => (reference as Staged).measured)
      return [...definition.check(measured), ...((await definition.checkWindow?.(context, date)) ?? [])]
    },
    swap: async (context, date, staged, _inputs, fence) =>
      swapFiles(context, await tableOf(output, context), { date, files: filesOf(staged), fence }),
    close: async (context, date, run, staged) => closeRun(await tableOf(output, context), date, run, filesOf(staged)),
    discard: async (context, staged) => deleteUnused(context, await tableOf(output, context), filesOf(staged)),
  })
}

/** A definition as the steps below see it: whichever statements it has. */
interface Derivation
  extends Pick<DerivedDefinition, 'output' | 'reads' | 'orderBy' | 'runsOnSpark' | 'pin' | 'measure'> {
  make(
    context: AssetContext,
    engine: Engine,
    work: Omit<Parameters<DerivedDefinition['make']>[2], 'sql'>,
  ): Promise<void>
}

async function plan({ reads, pin }: Derivation, context: AssetContext, date: string) {
  const further = await pin?.(context, date)
  const { inputs, inputRows } = await pinReads(context, reads, date)
  return { inputs: { ...further, ...inputs }, inputRows }
}

async function stage(
  definition: Derivation,
  context: AssetContext,
  date: string,
  shard: Shard,
  inputs: InputVersions,
): Promise<StagedShard> {
  const { output, reads, runsOnSpark = false } = definition
  const table = await tableOf(output, context)
  const candidate = { asset: output.table, runsOnSpark, rows: () => rowsRead(context, reads, date, inputs) }
  return withEngine(context, candidate, async (engine) => {
    const relations = await scanReads(reads, date, inputs, engine.relation)
    await definition.make(context, engine, { date, keep: shardCondition(shard), inputs, relations })
    await engine.result('features')
    context.heartbeat()
    const { connection } = engine
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
