import { addDays } from '../../contracts/calendar.ts'
import type { RunReason } from '../../platform/ledger.ts'
import { currentLife, currentWorkflow } from '../activity-context.ts'
import type { AssetDefinition, InputVersions, Shard, StagedShard } from '../assets/framework/asset.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { refuse } from '../failures.ts'
import { dayIn, requireBegun } from './begun-days.ts'
import {
  abandonShards,
  type Built,
  buildPartition,
  findAsset,
  publishShards,
  type Sharded,
  type StagedPartition,
  stageShard,
} from './build-partition.ts'
import { lackingText, lackingUpstream, unbuiltBefore, unbuiltText } from './lacking.ts'

export interface DayQuestion {
  /** The store's day, YYYY-MM-DD; left out: the day before `at` in the zone that schedules are read in. */
  date?: string
  /** When the run was due, ISO. */
  at: string
  /** Whose assets; left out: the daily load's. */
  pipeline?: AssetDefinition['pipeline']
}

/** What a pipeline has to do for a day. */
export interface DayPlan {
  date: string
  /** Each asset after its upstream. */
  assets: { name: string; upstream: string[] }[]
  /** By asset: why it can't be built, in a sentence; what it is made from was never built. */
  lacking?: Record<string, string>
  /** By asset: days before that it reads and that were never built. */
  warnings?: Record<string, string[]>
}

export interface MaterializeRequest {
  asset: string
  /** The store's day, YYYY-MM-DD. */
  date: string
  reason: RunReason
  /** The backfill plan whose cell this is. */
  plan?: string
}

export interface ShardRequest {
  run: Sharded['run']
  inputs: InputVersions
  shard: Shard
}

/** Building partitions: what every pipeline asks for. */
export function createPartitionActivities(dependencies: BatchDependencies) {
  const { assets, settings, pool } = dependencies
  return {
    /**
     * A day that was asked for is refused when anything that it is made from was never built; by the clock, what can be built is.
     *
     * @throws ApplicationFailure `InvalidInput` when the day has not begun in any store, or naming what was never built
     */
    async planDay({ date, at, pipeline }: DayQuestion): Promise<DayPlan> {
      if (date !== undefined) await requireBegun(pool, settings.timeZone, pipeline ?? 'daily-etl', date)
      const own = assets.filter((asset) => asset.pipeline === pipeline)
      const day = date ?? dayBefore(new Date(at), settings.timeZone)
      const lacking = await lackingUpstream(pool, own, day)
      if (date !== undefined && lacking.size > 0) {
        throw refuse('InvalidInput', `${pipeline} ${day}: ${lackingText([...lacking.values()].flat(), day)}`)
      }
      const work = own.map(({ name }) => ({ asset: name, date: day }))
      const unbuilt = Map.groupBy(await unbuiltBefore(pool, own, work), ({ readBy }) => readBy)
      return {
        date: day,
        assets: own.map(({ name, upstream }) => ({ name, upstream: [...upstream] })),
        lacking: Object.fromEntries([...lacking].map(([name, missing]) => [name, lackingText(missing, day)])),
        warnings: Object.fromEntries([...unbuilt].map(([name, days]) => [name, days.map(unbuiltText)])),
      }
    },

    /** @throws ApplicationFailure `InvalidInput` naming the assets that there are, or the newest day */
    async assertAsset(name: string, date?: string): Promise<void> {
      findAsset(assets, name)
      if (date !== undefined) await requireBegun(pool, settings.timeZone, name, date)
    },

    materializePartition(request: MaterializeRequest): Promise<Built | Sharded> {
      return buildPartition(dependencies, { ...request, ...currentWorkflow() }, currentLife())
    },

    stageShard(request: ShardRequest): Promise<StagedShard> {
      return stageShard(dependencies, request, request.shard, currentLife())
    },

    publishShards(partition: StagedPartition): Promise<Built> {
      return publishShards(dependencies, partition, currentLife())
    },

    abandonShards(partition: StagedPartition & { error: string }): Promise<Built | null> {
      return abandonShards(dependencies, partition, partition.error, currentLife())
    },
  }
}

export type PartitionActivities = ReturnType<typeof createPartitionActivities>

/** The calendar day before an instant, as a clock in `timeZone` shows it; YYYY-MM-DD. */
export function dayBefore(instant: Date, timeZone: string): string {
  return addDays(dayIn(instant, timeZone), -1)
}
