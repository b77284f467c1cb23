import {
  ApplicationFailure,
  CancellationScope,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  rootCause,
  upsertSearchAttributes,
} from '@temporalio/workflow'
import type { StagedShard } from '../../activities/assets/framework/asset.ts'
import type { Built, Sharded } from '../../activities/backfill/build-partition.ts'
import type { MaterializeRequest, ShardRequest } from '../../activities/backfill/partitions.ts'
import type { FailureType } from '../../activities/failures.ts'
import { localQueries, partitionBuilds } from '../activities.ts'
import { describedBy } from '../search-attributes.ts'
import { isDay } from './days.ts'
import { mapBounded } from './graph.ts'

/** Shards of one partition that are staged at once. */
const SHARDS_AT_ONCE_MAX = 4

export interface MaterializeAssetInput {
  asset: string
  /** The store's day, YYYY-MM-DD. */
  date: string
}

export type MaterializeAssetOutput = Built

/** One partition of one asset. From the Web UI: `{"asset": "cleansed/sales", "date": "2024-05-01"}`. */
export async function materializeAsset(input: MaterializeAssetInput): Promise<MaterializeAssetOutput> {
  assertDay('materializeAsset', input?.date)
  const { asset, date } = input
  await localQueries.assertAsset(asset, date)
  upsertSearchAttributes(describedBy({ pipeline: 'materialize-asset', businessDate: date, asset }))
  return materialize({ asset, date, reason: 'requested' })
}

/** One shard of a partition that has begun: a workflow of its own, so that any worker can take it. */
export function stageShard(input: ShardRequest): Promise<StagedShard> {
  return partitionBuilds.stageShard(input)
}

/** Builds a partition: in one activity, or by shards where its rows ask for it. */
export async function materialize(request: MaterializeRequest): Promise<Built> {
  // The summary is what the Web UI's timeline shows beside the step.
  const outcome = await partitionBuilds.materializePartition.executeWithOptions({ summary: request.asset }, [request])
  return outcome.kind === 'built' ? outcome : materializeShards(outcome, request.plan)
}

/**
 * Stages the shards as child workflows, checks and swaps. When one fails, nothing of the others stays, unless an attempt had
 * swapped and only its answer was lost.
 */
export async function materializeShards({ run, inputs, shardCount }: Sharded, plan?: string): Promise<Built> {
  const shards = Array.from({ length: shardCount }, (_, index) => ({ index, count: shardCount }))
  const staged: StagedShard[] = []
  try {
    await mapBounded(shards, SHARDS_AT_ONCE_MAX, async (shard) => {
      const done = await executeChild(stageShard, {
        args: [{ run, inputs, shard }],
        workflowId: `stage-${run.asset}-${run.date}-run-${run.run}-shard-${shard.index + 1}-of-${shard.count}`,
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        typedSearchAttributes: describedBy({ pipeline: 'stage-shard', businessDate: run.date, asset: run.asset }),
      })
      staged.push(done)
    })
    staged.sort((left, right) => left.shard.index - right.shard.index)
    return await partitionBuilds.publishShards({ run, inputs, staged, ...(plan !== undefined && { plan }) })
  } catch (error) {
    const message = rootCause(error) ?? 'cancelled'
    const abandon = () =>
      partitionBuilds.abandonShards({ run, inputs, staged, error: message, ...(plan !== undefined && { plan }) })
    const built = await CancellationScope.nonCancellable(abandon)
    if (!built || isCancellation(error)) throw error
    return built
  }
}

/** @throws ApplicationFailure `InvalidInput` naming the workflow, the value and what is required */
export function assertDay(workflow: string, value: unknown): asserts value is string {
  if (isDay(value)) return
  const type: FailureType = 'InvalidInput'
  throw ApplicationFailure.nonRetryable(
    `${workflow}: date ${JSON.stringify(value) ?? 'is missing'} is not a date: give it as YYYY-MM-DD, for example {"date": "2024-05-01"}`,
    type,
  )
}
