/** Planning a backfill: which partitions need work, and what it is likely to cost. Loads every asset; `plans.ts` does not. */
import { assets } from '../../activities/assets/index.ts'
import { type UnbuiltDays, unbuiltBefore } from '../../activities/backfill/lacking.ts'
import {
  type BackfillCell,
  type BackfillPlan,
  makePlan,
  type PlanRequest,
  readCells,
} from '../../activities/backfill/plans.ts'
import type { Lake } from '../../lake/lake.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { InvalidError, refusalOf } from '../errors.ts'
import { type AssetChoice, requireAssets } from './assets.ts'
import { type DayRange, requireAcceptedDay, requireBegunDay, requireRange } from './days.ts'
import { requirePlan } from './plans.ts'

export interface PlanningDependencies {
  pool: Pool
  lake: Lake
  /** The zone that schedules are read in. */
  timeZone: string
}

export interface BackfillRequest extends DayRange {
  /** What is made from them is planned too. */
  assets: AssetChoice
  /** Also what is up to date. */
  force?: boolean | undefined
  /** Only what failed, and what follows from it. */
  failedOnly?: boolean | undefined
  /** Leaves out what is made from the assets. */
  withoutDownstream?: boolean | undefined
}

export interface PlannedBackfill {
  /** With its cost, as past runs of its partitions give it. */
  plan: BackfillPlan
  /** Each partition to build, in order, with its reason and its cost. */
  cells: BackfillCell[]
  /** Days before that the partitions read and that were never built: they count as days on which nothing happened. */
  unbuilt: UnbuiltDays[]
}

export const PLANNED_DAYS_MAX = 3_660

/**
 * Compares the ledger with the lake, and stores the partitions that need work as a plan.
 *
 * @throws InvalidError when the assets or the days are impossible; nothing is stored then
 * @returns undefined when nothing needs work; nothing is stored then
 */
export async function planBackfill(
  { pool, lake, timeZone }: PlanningDependencies,
  request: BackfillRequest,
): Promise<PlannedBackfill | undefined> {
  const { from, to } = requireRange(request, PLANNED_DAYS_MAX)
  if (request.force && request.failedOnly) {
    throw new InvalidError('force and failed-only cannot be combined', {
      fix: 'use one of them',
    })
  }
  requireAcceptedDay('from', from)
  await requireBegunDay(pool, timeZone, 'to', to)
  const requested = await requireAssets(pool, 'assets', request.assets)
  const wanted: PlanRequest = {
    requested,
    from,
    to,
    forced: request.force ?? false,
    withoutDownstream: request.withoutDownstream ?? false,
    ...(request.failedOnly && { reasons: ['failed'] }),
  }
  const name = await makePlan({ pool, lake, assets, timeZone }, wanted).catch((error) => {
    throw refusalOf(error)
  })
  if (name === undefined) return undefined
  const cells = await readCells(pool, name)
  return { plan: await requirePlan(pool, name), cells, unbuilt: await unbuiltBefore(pool, assets, cells) }
}
