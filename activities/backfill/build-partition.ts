/** How a partition is built under the ledger's eye: claim it, keep it, stage, check, swap, write it down. */
import { ApplicationFailure, CancelledFailure } from '@temporalio/activity'
import { columnsAboutPeople } from '../../contracts/data-classes.ts'
import { ClosedRunsError, SupersededError } from '../../lake/errors.ts'
import {
  type BuiltPartition,
  CellSettledError,
  failRun,
  findBuilt,
  isRunClosed,
  passRunNumber,
  type Run,
  type RunRequest,
  recordChecks,
  renewRun,
  startRun,
  succeedRun,
} from '../../platform/ledger.ts'
import { redact } from '../../platform/redact.ts'
import { type Life, whilePulsing } from '../activity-context.ts'
import type {
  AssetContext,
  AssetDefinition,
  Fence,
  InputVersions,
  Shard,
  StagedShard,
  Swapped,
} from '../assets/framework/asset.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { type FailureType, postpone, refuse } from '../failures.ts'
import { requireBegun } from './begun-days.ts'

/** A partition that can be read now. */
export interface Built {
  kind: 'built'
  asset: string
  date: string
  rows: number
  bytes: number
  durationMs: number
  /** What the checks that only warn have found. */
  warnings: string[]
}

/** A partition with too many rows for one activity: its run has begun, its shards are to be staged, then published. */
export interface Sharded {
  kind: 'sharded'
  run: Run
  inputs: InputVersions
  shardCount: number
}

/**
 * Builds one partition, or begins it when its rows ask for shards.
 *
 * @throws ApplicationFailure `InvalidInput`, `PartitionBusy`, `PartitionLost`, `ChecksFailed`, or what the asset throws;
 *   the ledger has it, and the partition from before is kept
 */
export async function buildPartition(
  dependencies: BatchDependencies,
  request: RunRequest,
  life: Life,
): Promise<Built | Sharded> {
  const asset = findAsset(dependencies.assets, request.asset)
  await requireBegun(dependencies.pool, dependencies.settings.timeZone, request.asset, request.date)
  const run = await claim(dependencies, request)
  return endingInLedger(dependencies, run, () =>
    keeping(dependencies, run, life, async (context) => {
      const { inputs, inputRows } = await asset.plan(context, run.date)
      const shardCount = Math.ceil(inputRows / dependencies.settings.shardRowsMax)
      if (shardCount > 1) return { kind: 'sharded', run, inputs, shardCount }
      const staged = [await asset.stage(context, run.date, { index: 0, count: 1 }, inputs)]
      return publishOwn(dependencies, context, { run, inputs, staged, plan: request.plan })
    }),
  )
}

/** Writes one shard's part of a partition that has begun; it is not visible yet. */
export function stageShard(
  dependencies: BatchDependencies,
  { run, inputs }: Pick<Sharded, 'run' | 'inputs'>,
  shard: Shard,
  life: Life,
): Promise<StagedShard> {
  const asset = findAsset(dependencies.assets, run.asset)
  return keeping(dependencies, run, life, (context) => asset.stage(context, run.date, shard, inputs))
}

export interface StagedPartition {
  run: Run
  inputs: InputVersions
  staged: readonly StagedShard[]
  plan?: string | undefined
}

/**
 * Checks a partition whose shards are all staged, and swaps it in. What is staged stays whatever goes wrong: the next attempt
 * needs it, and `abandonShards` discards it.
 */
export function publishShards(dependencies: BatchDependencies, partition: StagedPartition, life: Life): Promise<Built> {
  return keeping(dependencies, partition.run, life, async (context) => {
    // An attempt whose answer was lost may have done it.
    const built = await findBuilt(dependencies.pool, partition.run)
    if (built !== undefined) return builtOf(partition.run, built)
    const warnings = await assertPublishable(dependencies, context, partition)
    return swapIn(dependencies, context, partition, warnings)
  })
}

/**
 * Ends the run of a partition whose shards can't all be staged or published, so that no attempt of it swaps later, and
 * discards what is staged.
 *
 * @returns the partition when an attempt had swapped it after all; then it counts as built
 */
export function abandonShards(
  dependencies: BatchDependencies,
  partition: StagedPartition,
  error: string,
  life: Life,
): Promise<Built | null> {
  const { pool, assets, metrics } = dependencies
  const { run, staged } = partition
  const asset = findAsset(assets, run.asset)
  return whilePulsing(life.heartbeat, async () => {
    const context = contextOf(dependencies, life)
    const outputVersion = await asset.close?.(context, run.date, run.run, staged)
    if (outputVersion !== undefined) {
      await succeedRun(pool, run, recordOf(asset, partition, { ...sizeOf(staged), outputVersion }))
    }
    await failRun(pool, run, error)
    const built = await findBuilt(pool, run)
    if (built !== undefined) return builtOf(run, built)
    if (outputVersion === undefined) await asset.discard(context, staged)
    metrics.partitionFailed(run.asset)
    return null
  })
}

/** @throws ApplicationFailure `InvalidInput` naming the assets that there are */
export function findAsset(assets: readonly AssetDefinition[], name: string): AssetDefinition {
  const asset = assets.find((candidate) => candidate.name === name)
  if (asset) return asset
  const known = assets.map((candidate) => candidate.name).join(', ')
  throw refuse('InvalidInput', `asset "${name}" is unknown: it is one of ${known}`)
}

async function claim({ pool }: BatchDependencies, request: RunRequest): Promise<Run> {
  const answer = await startRun(pool, request).catch((error) => {
    throw error instanceof CellSettledError ? postpone('PartitionLost', error.message) : error
  })
  if ('run' in answer) return answer
  throw postpone(
    'PartitionBusy',
    `${request.asset} ${request.date} is being built by ${answer.workflowId}; its lease ends at ${answer.leaseUntil.toISOString()} or later`,
  )
}

/** Runs `work` with heartbeats: Temporal and the ledger's lease are kept alive, and `work` is aborted when the partition is lost. */
export async function keeping<Result>(
  dependencies: BatchDependencies,
  run: Run,
  life: Life,
  work: (context: AssetContext) => Promise<Result>,
): Promise<Result> {
  const lost = new AbortController()
  let isRenewing = false
  const beat = () => {
    life.heartbeat()
    // One at a time: those that wait for a slow database would take the connections that the work needs.
    if (isRenewing) return
    isRenewing = true
    renewRun(dependencies.pool, run)
      .then((isOurs) => isOurs || lost.abort(lostPartition(run)))
      .catch((error: Error) =>
        dependencies.logger.warn({ ...run, error: error.message }, 'the lease could not be renewed'),
      )
      .finally(() => {
        isRenewing = false
      })
  }
  const signal = AbortSignal.any([life.signal, lost.signal])
  try {
    return await whilePulsing(beat, () => work(contextOf(dependencies, { ...life, signal })))
  } catch (error) {
    // The error of an interrupted statement is only that it was interrupted; what counts is why.
    throw signal.aborted ? signal.reason : error
  }
}

async function endingInLedger<Result>(
  { pool, metrics, logger }: BatchDependencies,
  run: Run,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    metrics.partitionFailed(run.asset)
    // Should the ledger be what fails, its lease runs out by itself; the first error is the one to report.
    await failRun(pool, run, describe(error)).catch((lost: Error) =>
      logger.warn({ ...run, error: lost.message }, 'a failed run could not be recorded'),
    )
    throw error
  }
}

/** Publishes what this attempt has staged itself; no other attempt knows of it. */
async function publishOwn(
  dependencies: BatchDependencies,
  context: AssetContext,
  partition: StagedPartition,
): Promise<Built> {
  const { logger, assets } = dependencies
  const asset = findAsset(assets, partition.run.asset)
  let isSwapping = false
  try {
    const warnings = await assertPublishable(dependencies, context, partition)
    isSwapping = true
    return await swapIn(dependencies, context, partition, warnings)
  } catch (error) {
    // A transaction has ended. A commit to the lake may still be on its way, and then its files are needed: if it never
    // arrives, a vacuum takes them.
    if (!isSwapping || isLost(error) || asset.store === 'postgres') {
      await asset
        .discard(context, partition.staged)
        .catch((lost: Error) =>
          logger.warn({ ...partition.run, error: lost.message }, 'staged rows could not be removed'),
        )
    }
    throw error
  }
}

/** @returns the findings of the checks that only warn */
async function assertPublishable(
  dependencies: BatchDependencies,
  context: AssetContext,
  partition: StagedPartition,
): Promise<string[]> {
  const asset = findAsset(dependencies.assets, partition.run.asset)
  const warnings = await assertChecks(dependencies, context, asset, partition)
  if (!(await renewRun(dependencies.pool, partition.run))) throw lostPartition(partition.run)
  context.signal.throwIfAborted()
  return warnings
}

/** Swaps, and writes it down: with the swap where its transaction can, else after it. */
async function swapIn(
  { assets, pool, metrics }: BatchDependencies,
  context: AssetContext,
  partition: StagedPartition,
  warnings: string[],
): Promise<Built> {
  const { run, inputs, staged } = partition
  const asset = findAsset(assets, run.asset)
  let durationMs: number | undefined
  const record = async (database: Parameters<typeof succeedRun>[0], swapped: Swapped) => {
    durationMs = await succeedRun(database, run, recordOf(asset, partition, swapped))
    if (durationMs === undefined) throw lostPartition(run)
  }
  const hasPeople = Object.keys(asset.columns).some((column) => columnsAboutPeople.has(column))
  const fence: Fence = {
    run: run.run,
    async succeed(client, swapped) {
      if (hasPeople && (await isRunClosed(client, run))) throw closedRun(run)
      await record(client, swapped)
    },
  }
  try {
    const swapped = await asset.swap(context, run.date, staged, inputs, fence)
    if (durationMs === undefined) await record(pool, swapped)
    metrics.partitionBuilt(run.asset, swapped.rows, durationMs!)
    return builtOf(run, { ...swapped, durationMs: durationMs!, warnings })
  } catch (error) {
    // What was lost may have been the answer only.
    const built = await findBuilt(pool, run).catch(() => undefined)
    if (built !== undefined) return builtOf(run, built)
    throw error instanceof SupersededError ? await supersededBy(context, run, error) : error
  }
}

/**
 * The lake knows a later run. So does the ledger, as a rule; a database that was restored from a backup does not, and would give
 * out numbers that the lake has seen.
 */
async function supersededBy({ pool, logger }: AssetContext, run: Run, error: SupersededError): Promise<Error> {
  if (error instanceof ClosedRunsError) return closedRun(run)
  if (!(await renewRun(pool, run))) return lostPartition(run)
  logger.warn(
    { ...run, lastRun: error.lastRun },
    'the lake has higher run numbers than the ledger; new runs continue above them',
  )
  await passRunNumber(pool, error.lastRun)
  return postpone(
    'PartitionLost',
    `${error.message}; run ${error.lastRun} is missing in the ledger (was the database restored?); new run numbers are above it`,
  )
}

const recordOf = (
  { codeVersion }: AssetDefinition,
  { inputs, plan }: StagedPartition,
  { rows, bytes, outputVersion }: Swapped,
): BuiltPartition => ({
  inputs,
  codeVersion,
  rows,
  bytes,
  ...(outputVersion !== undefined && { outputVersion }),
  ...(plan !== undefined && { plan }),
})

const builtOf = (
  { asset, date }: Run,
  { rows, bytes, durationMs, warnings }: Pick<Built, 'rows' | 'bytes' | 'durationMs' | 'warnings'>,
): Built => ({ kind: 'built', asset, date, rows, bytes, durationMs, warnings })

const sizeOf = (staged: readonly StagedShard[]) => ({
  rows: staged.reduce((sum, { rows }) => sum + rows, 0),
  bytes: staged.reduce((sum, { bytes }) => sum + bytes, 0),
})

/** Runs and records the checks; returns the warnings' findings. */
async function assertChecks(
  { pool, metrics }: BatchDependencies,
  context: AssetContext,
  asset: AssetDefinition,
  { run, inputs, staged }: StagedPartition,
): Promise<string[]> {
  const results = await asset.check(context, run.date, staged, inputs)
  await recordChecks(pool, run, results)
  const failed = results.filter(({ passed }) => !passed)
  for (const { check, severity } of failed) metrics.checkFailed(run.asset, check, severity)
  const findings = (severity: 'block' | 'warn') =>
    failed.filter((result) => result.severity === severity).map(({ check, finding }) => `${check}: ${finding}`)
  const blocking = findings('block')
  if (blocking.length > 0) {
    throw refuse('ChecksFailed', `${run.asset} ${run.date} was not replaced: ${blocking.join('; ')}`)
  }
  return findings('warn')
}

const contextOf = (dependencies: BatchDependencies, { heartbeat, signal }: Life): AssetContext => ({
  ...dependencies,
  heartbeat,
  signal,
})

export const lostPartition = ({ asset, date, run }: Run) =>
  postpone('PartitionLost', `${asset} ${date}: another run has taken over from run ${run}`)

/** The next run reads what was changed. */
const closedRun = ({ asset, date, run }: Run) =>
  postpone(
    'PartitionLost',
    `${asset} ${date}: a customer was erased from what run ${run} may have read; it begins again`,
  )

/** Whether another run has taken the partition over. */
export function isLost(error: unknown): boolean {
  const lost: FailureType = 'PartitionLost'
  return error instanceof ApplicationFailure && error.type === lost
}

const ERROR_LENGTH_MAX = 2_000

/** An error for the ledger, without secrets. */
export function describe(error: unknown): string {
  if (error instanceof CancelledFailure) return 'cancelled'
  const message = error instanceof Error ? error.message : String(error)
  return redact(message).slice(0, ERROR_LENGTH_MAX)
}
