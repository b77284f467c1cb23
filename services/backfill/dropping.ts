/** Removing partitions that should not be there. Loads every asset. */

import { Registry } from 'prom-client'
import { assets } from '../../activities/assets/index.ts'
import { type DropPlan, dropPartition, planDrop } from '../../activities/backfill/drop-partitions.ts'
import type { BatchDependencies } from '../../activities/dependencies.ts'
import { createBatchMetrics } from '../../activities/metrics.ts'
import type { LedgerPartition } from '../../platform/ledger.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import type { Actor } from '../access/actor.ts'
import { ConflictError, refusalOf } from '../errors.ts'
import { requireWhy } from '../values.ts'
import { type AssetChoice, requireAssets } from './assets.ts'
import { type DayRange, requireRange } from './days.ts'
import { PLANNED_DAYS_MAX } from './planning.ts'

export type { DropPlan } from '../../activities/backfill/drop-partitions.ts'

export type DropDependencies = Omit<BatchDependencies, 'assets' | 'metrics'>

export interface DropChoice extends DayRange {
  assets: AssetChoice
  /** Also what is made from them on the same days. */
  withDownstream?: boolean | undefined
  /** Also rows that can never be built again. */
  force?: boolean | undefined
}

const NAMED_MAX = 10

/**
 * The partitions that would be removed; nothing is changed.
 *
 * @throws InvalidError when the assets or the days are impossible
 * @throws ConflictError when it would leave what is made from them, or lose what can never be built again, and that was not asked for
 */
export async function chooseDrop(pool: Pool, choice: DropChoice): Promise<DropPlan> {
  const { from, to } = requireRange(choice, PLANNED_DAYS_MAX)
  const plan = await planDrop(
    { pool, assets },
    { assets: await requireAssets(pool, 'assets', choice.assets), from, to },
  )
  if (plan.dependents.length > 0 && !choice.withDownstream) {
    throw new ConflictError(`other partitions are made from these: ${named(plan.dependents)}`, {
      fix: 'add with-downstream to remove them too; nothing was removed',
    })
  }
  const takenOnce = assets.filter(
    ({ name, isTakenOnce }) => isTakenOnce && plan.partitions.some(({ asset, rows }) => asset === name && rows),
  )
  if (takenOnce.length > 0 && !choice.force) {
    const names = takenOnce.map(({ name }) => name).join(', ')
    throw new ConflictError(`rows of ${names} were taken at that time and can never be built again`, {
      fix: 'add force to remove them; nothing was removed',
    })
  }
  return plan
}

function named(partitions: readonly LedgerPartition[]): string {
  const shown = partitions.slice(0, NAMED_MAX).map(({ asset, date }) => `${asset} ${date}`)
  const more = partitions.length - shown.length
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '')
}

/**
 * Removes partitions: their rows and their row in the ledger, so that they count as never built. Who and why is kept.
 *
 * @throws as `chooseDrop` does, and InvalidError when a partition is being built; those before it are removed then
 */
export async function dropPartitions(
  dependencies: DropDependencies,
  { by, why, ...choice }: DropChoice & { by: Actor; why: string },
): Promise<DropPlan> {
  requireWhy(why)
  const plan = await chooseDrop(dependencies.pool, choice)
  const batch: BatchDependencies = { ...dependencies, assets, metrics: createBatchMetrics(new Registry()) }
  const life = { heartbeat: () => undefined, signal: new AbortController().signal }
  for (const { asset, date } of plan.partitions) {
    await dropPartition(batch, { asset, date, why, by }, life).catch((error) => {
      throw refusalOf(error)
    })
  }
  // The sums behind bi, and the cover of the stock, follow at once.
  if (plan.partitions.length > 0) await dependencies.pool.query('select from analytics.refresh_bi()')
  return plan
}
