/** Between which locations transfers are proposed, and what moving costs. */

import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { Actor } from '../access/actor.ts'
import { InvalidError, NotFoundError } from '../errors.ts'
import { requireCount } from '../values.ts'

const LANES_MAX = 1_000
const DAYS_MAX = 30

/** Left out: any location. */
export interface LaneEnds {
  from?: string
  to?: string
}

export interface Lane {
  /** Null: any location. */
  from: string | null
  to: string | null
  /** Decimal text, money. */
  costPerTransfer: string
  costPerUnit: string
  /** Until moved goods can be sold. */
  days: number
  changedBy: string
}

/** At most 1,000. */
export async function listLanes(pool: Pool): Promise<Lane[]> {
  return (await pool.query<Lane>(statement('replenishment/list_lanes.sql'), [LANES_MAX])).rows
}

export interface LaneCosts {
  /** Decimal text: money for each transfer of a product. */
  cost: string
  /** Decimal text: money for each unit. */
  unitCost: string
  /** Until moved goods can be sold, 0 to 30. */
  days: number
}

/**
 * Lets goods be moved at a cost; replaces the costs of a lane that there is.
 *
 * @throws InvalidError when a location is unknown, or a value is impossible
 */
export async function setLane(
  pool: Pool,
  ends: LaneEnds,
  { cost, unitCost, days }: LaneCosts,
  by: Actor,
): Promise<void> {
  await requireEnds(pool, ends)
  const costs = [
    requireMoney('cost', cost),
    requireMoney('unitCost', unitCost),
    requireCount('days', days, 0, DAYS_MAX),
  ]
  await pool.query(statement('replenishment/set_lane.sql'), [ends.from ?? null, ends.to ?? null, ...costs, by])
}

/**
 * Ends proposals by a lane.
 *
 * @throws InvalidError when a location is unknown
 * @throws NotFoundError when there is no such lane
 */
export async function removeLane(pool: Pool, ends: LaneEnds): Promise<void> {
  await requireEnds(pool, ends)
  const { from = null, to = null } = ends
  const { rowCount } = await pool.query(statement('replenishment/remove_lane.sql'), [from, to])
  if (rowCount === 0) throw new NotFoundError('lane', `${from ?? 'any'} to ${to ?? 'any'}`)
}

async function requireEnds(pool: Pool, { from, to }: LaneEnds): Promise<void> {
  await requireLocation(pool, 'from', from)
  await requireLocation(pool, 'to', to)
  if (from !== undefined && from === to) {
    throw new InvalidError('is also the start of the lane', { field: 'to', value: to, fix: 'give two locations' })
  }
}

async function requireLocation(pool: Pool, field: string, value: string | undefined): Promise<void> {
  if (value === undefined) return
  const { rowCount } = await pool.query('select from ref.location_product where location_id = $1 limit 1', [value])
  if (rowCount === 0) throw new InvalidError('is not a location that orders', { field, value })
}

function requireMoney(field: string, value: string): string {
  if (/^\d{1,9}(\.\d{1,6})?$/.test(value)) return value
  throw new InvalidError('is not an amount of money (12.50)', { field, value })
}
