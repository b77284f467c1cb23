/** How a partition is built under the ledger's eye: claim it, keep it, stage, check, swap, write it down. */
import { CancelledFailure } from '@temporalio/activity'
import { failRun, type Run, type RunRequest, recordChecks, renewRun, startRun, succeedRun } from '../platform/ledger.ts'
import { redact } from '../platform/redact.ts'
import type { AssetContext, AssetDefinition, InputVersions, Shard, StagedShard } from './asset.ts'
import type { BatchDependencies } from './dependencies.ts'
import { postpone, refuse } from './failures.ts'
import { type Life, whilePulsing } from './life.ts'

export interface BuildRequest extends RunRequest {
  /** The backfill plan whose cell this is. */
  plan?: string
}

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
 *   the ledger has it, and the partition that stood there before still stands
 */
export async function buildPartition(
  dependencies: BatchDependencies,
  request: BuildRequest,
  life: Life,
): Promise<Built | Sharded> {
  const asset = findAsset(dependencies.assets, request.asset)
  const run = await claim(dependencies, request)
  return endingInLedger(dependencies, run, () =>
    keeping(dependencies, run, life, async (context) => {
      const { inputs, inputRows } = await asset.plan(context, run.date)
      const shardCount = Math.ceil(inputRows / dependencies.settings.shardRowsMax)
      if (shardCount > 1) return { kind: 'sharded', run, inputs, shardCount }
      const staged = [await asset.stage(context, run.date, { index: 0, count: 1 }, inputs)]
      return publish(dependencies, context, { run, inputs, staged, plan: request.plan })
    }),
  )
}

/** Writes one shard's part of a partition that has begun; nobody sees it yet. */
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

/** Checks a partition whose shards are all staged, and swaps it in. */
export function publishShards(dependencies: BatchDependencies, partition: StagedPartition, life: Life): Promise<Built> {
  return keeping(dependencies, partition.run, life, (context) => publish(dependencies, context, partition))
}

/** Ends the run of a partition whose shards can't all be staged. */
export async function abandonShards(
  dependencies: BatchDependencies,
  { run, staged }: StagedPartition,
  error: string,
  life: Life,
): Promise<void> {
  const asset = findAsset(dependencies.assets, run.asset)
  await asset.discard(contextOf(dependencies, life), staged)
  await failRun(dependencies.pool, run, error)
  dependencies.metrics.partitionFailed(run.asset)
}

/** @throws ApplicationFailure `InvalidInput` naming the assets that there are */
export function findAsset(assets: readonly AssetDefinition[], name: string): AssetDefinition {
  const asset = assets.find((candidate) => candidate.name === name)
  if (asset) return asset
  const known = assets.map((candidate) => candidate.name).join(', ')
  throw refuse('InvalidInput', `asset "${name}" is unknown: it is one of ${known}`)
}

async function claim({ pool }: BatchDependencies, request: BuildRequest): Promise<Run> {
  const answer = await startRun(pool, request)
  if ('run' in answer) return answer
  throw postpone(
    'PartitionBusy',
    `${request.asset} ${request.date} is being built by ${answer.workflowId}, which holds it until ${answer.leaseUntil.toISOString()} at least`,
  )
}

/** Runs `work` with a pulse: Temporal and the ledger hear that it lives, and it hears when the partition is lost. */
async function keeping<Result>(
  dependencies: BatchDependencies,
  run: Run,
  life: Life,
  work: (context: AssetContext) => Promise<Result>,
): Promise<Result> {
  const lost = new AbortController()
  const beat = () => {
    life.heartbeat()
    renewRun(dependencies.pool, run).then(
      (isOurs) => isOurs || lost.abort(lostPartition(run)),
      (error: Error) => dependencies.logger.warn({ ...run, error: error.message }, 'the lease could not be renewed'),
    )
  }
  const signal = AbortSignal.any([life.signal, lost.signal])
  try {
    return await whilePulsing(beat, () => work(contextOf(dependencies, { ...life, signal })))
  } catch (error) {
    // An interrupted statement says that it was interrupted; what counts is why.
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
    // Should the ledger be what fails, its lease runs out by itself; the first error is the one to tell.
    await failRun(pool, run, describe(error)).catch((lost: Error) =>
      logger.warn({ ...run, error: lost.message }, 'a failed run could not be written down'),
    )
    throw error
  }
}

/** Until the swap begins, whatever goes wrong leaves nothing behind; from then on the staged files may be the table's. */
async function publish(
  dependencies: BatchDependencies,
  context: AssetContext,
  { run, inputs, staged, plan }: StagedPartition,
): Promise<Built> {
  const { assets, pool, metrics } = dependencies
  const asset = findAsset(assets, run.asset)
  let warnings: string[]
  try {
    warnings = await assertChecks(dependencies, context, asset, { run, inputs, staged })
    if (!(await renewRun(pool, run))) throw lostPartition(run)
    context.signal.throwIfAborted()
  } catch (error) {
    await asset.discard(context, staged)
    throw error
  }
  const { rows, bytes, outputVersion } = await asset.swap(context, run.date, staged, inputs)
  const durationMs = await succeedRun(pool, run, {
    inputs,
    codeVersion: asset.codeVersion,
    rows,
    bytes,
    ...(outputVersion !== undefined && { outputVersion }),
    ...(plan !== undefined && { plan }),
  })
  if (durationMs === undefined) throw lostPartition(run)
  metrics.partitionBuilt(run.asset, rows, durationMs)
  return { kind: 'built', asset: run.asset, date: run.date, rows, bytes, durationMs, warnings }
}

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

const lostPartition = ({ asset, date, run }: Run) =>
  postpone('PartitionLost', `${asset} ${date}: another run has taken over from run ${run}`)

const ERROR_LENGTH_MAX = 2_000

/** An error for the ledger, without secrets. */
export function describe(error: unknown): string {
  if (error instanceof CancelledFailure) return 'cancelled'
  const message = error instanceof Error ? error.message : String(error)
  return redact(message).slice(0, ERROR_LENGTH_MAX)
}
