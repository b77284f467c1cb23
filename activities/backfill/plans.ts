/** Backfill plans: how they are made, stored and compared with the ledger. */

import { randomBytes } from 'node:crypto'
import { addDays, daysBetween } from '../../contracts/calendar.ts'
import { UnknownTableError } from '../../lake/errors.ts'
import type { Lake } from '../../lake/lake.ts'
import { readLedger, type WorkReason } from '../../platform/ledger.ts'
import { inTransaction, type Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { requireBegun } from './begun-days.ts'
import {
  type AssetNode,
  daysBeforeMax,
  findMoves,
  findWork,
  type KnownPartition,
  type LedgerMove,
  type Work,
} from './staleness.ts'

const statements = {
  insertCells: statement('backfill/insert_cells.sql'),
  readPlan: statement('backfill/read_plan.sql'),
  readCells: statement('backfill/read_cells.sql'),
}

export interface PlanRequest {
  /** By name; what is downstream of a rebuilt partition follows. */
  requested: readonly string[]
  /** First and last day, YYYY-MM-DD. */
  from: string
  to: string
  forced: boolean
  /** Leaves alone what would follow; it counts as stale then. What the assets lack to be made from is planned all the same. */
  withoutDownstream?: boolean
  /** The reasons that count by themselves; all when left out. */
  reasons?: readonly WorkReason[]
}

export interface BackfillPlan {
  plan: string
  assets: string[]
  from: string
  to: string
  forced: boolean
  failedOnly: boolean
  status: 'planned' | 'running' | 'succeeded' | 'failed' | 'cancelled'
  plannedAt: Date
  appliedAt: Date | null
  finishedAt: Date | null
  cells: number
  succeeded: number
  failed: number
  /** From past runs; null when there are none. */
  estimatedRows: number | null
  estimatedBytes: number | null
  /** The sum over the cells, as if one ran after the other. */
  estimatedMs: number | null
  cellsWithoutEstimate: number
}

export interface BackfillCell extends Work {
  estimatedRows: number | null
  estimatedBytes: number | null
  estimatedMs: number | null
  status: 'planned' | 'succeeded' | 'failed'
  run: number | null
  error: string | null
  finishedAt: Date | null
}

export interface PlanDependencies {
  pool: Pool
  lake: Lake
  assets: readonly AssetNode[]
  /** The zone that schedules are read in. */
  timeZone: string
}

export const backfillWorkflowId = (plan: string): string => `backfill-${plan}`

/**
 * Looks at the ledger and the lake, and stores the partitions of the range that need work.
 *
 * @throws ApplicationFailure `InvalidInput` when the range ends after the newest day that has begun in any store
 * @returns the plan's name, or undefined when nothing needs work; then nothing is stored
 */
export async function makePlan(
  { pool, lake, assets, timeZone }: PlanDependencies,
  request: PlanRequest,
): Promise<string | undefined> {
  await requireBegun(pool, timeZone, 'backfill plan: --to', request.to)
  // What a partition reads of the days before may have changed, and what is rebuilt may be read by the days after.
  const days = daysBeforeMax(assets)
  const partitions = await readLedger(pool, { from: addDays(request.from, -days), to: addDays(request.to, days) })
  const requested = new Set(request.requested)
  const work = findWork({
    assets,
    requested,
    dates: daysBetween(request.from, request.to),
    partitions,
    lakeChanges: await readLakeChanges(lake, assets, partitions),
    forced: request.forced,
    withoutDownstream: request.withoutDownstream ?? false,
    ...(request.reasons && { reasons: new Set(request.reasons) }),
  })
  if (work.length === 0) return undefined
  const plan = newPlanName()
  await inTransaction(pool, async (client) => {
    await client.query(
      'insert into ops.backfill_plans (plan, assets, from_date, to_date, forced, failed_only) values ($1, $2, $3, $4, $5, $6)',
      [plan, request.requested, request.from, request.to, request.forced, request.reasons?.join() === 'failed'],
    )
    await client.query(statements.insertCells, [plan, JSON.stringify(work)])
  })
  return plan
}

/** A name that sorts by time and can be typed: 20240501-093042-3f9a. */
function newPlanName(): string {
  const [day, time] = new Date().toISOString().replaceAll(/[-:]/g, '').split(/[T.]/) as [string, string]
  return `${day}-${time}-${randomBytes(2).toString('hex')}`
}

/** By lake table that the partitions were made from: the last version that changed each date since the oldest of them. */
async function readLakeChanges(
  lake: Lake,
  assets: readonly AssetNode[],
  partitions: readonly KnownPartition[],
): Promise<Map<string, Map<string, number>>> {
  const oldest = new Map<string, number>()
  const ours = new Set(assets.map(({ name }) => name))
  for (const { inputs } of partitions) {
    for (const [input, version] of Object.entries(inputs ?? {})) {
      if (typeof version !== 'number' || ours.has(input)) continue
      oldest.set(input, Math.min(version, oldest.get(input) ?? version))
    }
  }
  const changes = new Map<string, Map<string, number>>()
  for (const [table, version] of oldest) {
    changes.set(table, await changedSince(lake, table, version))
  }
  return changes
}

/** A table that was pinned before its first commit may still not be there. */
async function changedSince(lake: Lake, table: string, version: number): Promise<Map<string, number>> {
  try {
    return await (await lake.table(table)).changedPartitions(version, 'date')
  } catch (error) {
    if (error instanceof UnknownTableError) return new Map()
    throw error
  }
}

export async function readPlan(pool: Pool, plan: string): Promise<BackfillPlan | undefined> {
  return (await pool.query<BackfillPlan>(statements.readPlan, [plan, 1, null])).rows[0]
}

/** The newest plans first, behind the plan of the name `before`. */
export async function listPlans(pool: Pool, limit: number, before?: string): Promise<BackfillPlan[]> {
  return (await pool.query<BackfillPlan>(statements.readPlan, [null, limit, before ?? null])).rows
}

/** A plan's cells in the order in which they are built. */
export async function readCells(pool: Pool, plan: string, date?: string): Promise<BackfillCell[]> {
  return (await pool.query<BackfillCell>(statements.readCells, [plan, date ?? null])).rows
}

/** What others have done since to the cells that the plan has still to build. */
export async function findPlanMoves(pool: Pool, plan: BackfillPlan): Promise<LedgerMove[]> {
  const cells = (await readCells(pool, plan.plan)).filter(({ status }) => status !== 'succeeded')
  const assets = [...new Set(cells.map(({ asset }) => asset))]
  const partitions = await readLedger(pool, { assets })
  return findMoves(cells, partitions, backfillWorkflowId(plan.plan))
}
