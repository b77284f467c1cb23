/** What people expect to sell in place of a forecast. It is laid over the forecast, which stays as it is. */

import { countDays } from '../../contracts/calendar.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { Actor } from '../access/actor.ts'
import { ConflictError, InvalidError, NotFoundError } from '../errors.ts'
import { keyBefore, limitOf, type Page, type PageRequest, pageOf } from '../pages.ts'
import { requireChoice, requireDate, requireWhy } from '../values.ts'

/** Days at most, the first and the last among them. */
export const OVERRIDE_DAYS_MAX = 92
const FACTOR_MAX = 100

export interface OverrideRequest {
  store: string
  product: string
  /** Days of the store, YYYY-MM-DD: the last is today or later. */
  from: string
  to: string
  /** Units a day in place of the forecast, decimal text; or else `factor`. */
  quantity?: string
  /** What the forecast is multiplied by, decimal text: at most 100. */
  factor?: string
  why: string
  /** The last day on which plans use it; left out: `to`. */
  expires?: string
}

export interface OverriddenDay {
  /** YYYY-MM-DD */
  day: string
  /** Decimal text, units: what is forecast, or usual; null: neither is known. */
  untouched: string | null
  /** Null: a factor of what is not known. */
  overridden: string | null
}

export interface OverrideEffect {
  /** Null: a dry run. */
  overrideId: number | null
  productName: string
  /** From today on. */
  days: OverriddenDay[]
}

/**
 * Overrides the forecast of a product in a store. Plans use it from now on.
 *
 * @throws InvalidError when a value is impossible
 * @throws NotFoundError when the store does not have the product, or the person does not see the store
 */
export async function overrideForecast(
  pool: Pool,
  request: OverrideRequest,
  by: Actor,
  { isDryRun = false } = {},
): Promise<OverrideEffect> {
  const { store, product, from, to, quantity, factor, why } = request
  const place = await requireItem(pool, store, product)
  requireRange(request, place.today)
  if ((quantity === undefined) === (factor === undefined)) {
    throw new InvalidError('a quantity or a factor is needed, and not both', { fix: 'give one of them' })
  }
  if (quantity !== undefined) requireAmount('quantity', quantity, 1e9)
  if (factor !== undefined) requireAmount('factor', factor, FACTOR_MAX)
  requireWhy(why)
  const values = [quantity ?? null, factor ?? null]
  const { rows: days } = await pool.query<OverriddenDay>(statement('forecasting/overrides/preview.sql'), [
    store,
    product,
    from,
    to,
    place.today,
    ...values,
  ])
  if (isDryRun) return { overrideId: null, productName: place.productName, days }
  const { rows } = await pool.query<{ overrideId: number }>(statement('forecasting/overrides/insert.sql'), [
    store,
    product,
    from,
    to,
    ...values,
    why,
    request.expires ?? to,
    by,
  ])
  return { overrideId: rows[0]!.overrideId, productName: place.productName, days }
}

interface OverriddenItem {
  productName: string
  /** The store's day, YYYY-MM-DD. */
  today: string
}

async function requireItem(pool: Pool, store: string, product: string): Promise<OverriddenItem> {
  const { rows } = await pool.query<OverriddenItem>(statement('forecasting/overrides/read_item.sql'), [store, product])
  if (rows[0] === undefined) throw new NotFoundError('product', `${product} in store ${store}`)
  return rows[0]
}

function requireRange({ from, to, expires = to }: OverrideRequest, today: string): void {
  for (const [field, value] of Object.entries({ from, to, expires })) requireDate(field, value)
  if (from > to)
    throw new InvalidError('is before the first day', { field: 'to', value: to, fix: `give ${from} or later` })
  const days = countDays(from, to) + 1
  if (days > OVERRIDE_DAYS_MAX) {
    throw new InvalidError(`is more than ${OVERRIDE_DAYS_MAX} days after the first`, { field: 'to', value: to })
  }
  if (to < today) throw new InvalidError('is over', { field: 'to', value: to, fix: `give ${today} or later` })
  if (expires < today) {
    throw new InvalidError('is over', { field: 'expires', value: expires, fix: `give ${today} or later` })
  }
}

function requireAmount(field: string, value: string, most: number): void {
  if (/^\d{1,9}(\.\d{1,6})?$/.test(value) && Number(value) <= most) return
  throw new InvalidError(`is not a number from 0 to ${most}`, { field, value, fix: 'try 1.5' })
}

/** over, expired or withdrawn: plans use it no longer. */
export const overrideStates = ['in_force', 'over', 'expired', 'withdrawn'] as const
export type OverrideState = (typeof overrideStates)[number]

export interface OverrideFilter extends PageRequest {
  store?: string
  product?: string
  state?: OverrideState
}

export interface ForecastOverride {
  overrideId: number
  store: string
  product: string
  productName: string
  /** Days, YYYY-MM-DD. */
  from: string
  to: string
  /** Decimal text: one of the two. */
  quantity: string | null
  factor: string | null
  why: string
  expires: string
  by: Actor
  createdAt: Date
  withdrawnBy: string | null
  withdrawnAt: Date | null
  withdrawnWhy: string | null
  state: OverrideState
  /** Its days that are over and were compared. */
  daysMeasured: number
  /** Decimal text, units: how far the forecast was off on these days, and the override. */
  untouchedError: string | null
  overriddenError: string | null
}

/** The newest first. @throws InvalidError when a value of the filter is impossible */
export async function listOverrides(pool: Pool, filter: OverrideFilter = {}): Promise<Page<ForecastOverride>> {
  const { store, product, state } = filter
  if (state !== undefined) requireChoice('state', state, overrideStates)
  const limit = limitOf(filter)
  const { rows } = await pool.query<ForecastOverride>(statement('forecasting/overrides/list.sql'), [
    store ?? null,
    product ?? null,
    state ?? null,
    limit + 1,
    ...keyBefore(filter, ['bigint']),
  ])
  return pageOf(rows, limit, ({ overrideId }) => [String(overrideId)])
}

export interface OverrideValue {
  days: number
  /** Decimal text, units: how far the forecasts were off, and the overrides. */
  untouchedError: string
  overriddenError: string
  /** Days on which the override was nearer. */
  betterDays: number
}

/** What overrides were worth on all of their days that were compared. */
export async function readOverrideValue(
  pool: Pool,
  { store, product }: Pick<OverrideFilter, 'store' | 'product'> = {},
): Promise<OverrideValue> {
  const values = [store ?? null, product ?? null]
  return (await pool.query<OverrideValue>(statement('forecasting/overrides/value.sql'), values)).rows[0]!
}

/**
 * Plans use the override no longer. Withdrawing it again changes nothing.
 *
 * @returns whether plans could use it until now
 * @throws NotFoundError when there is no such override, or the person does not see its store
 * @throws ConflictError when its days are over
 */
export async function withdrawOverride(
  pool: Pool,
  overrideId: number,
  { by, why }: { by: Actor; why: string },
): Promise<boolean> {
  requireWhy(why)
  const { rowCount } = await pool.query(statement('forecasting/overrides/withdraw.sql'), [overrideId, by, why])
  if (rowCount === 1) return true
  const { rows } = await pool.query<{ isWithdrawn: boolean }>(
    'select withdrawn_at is not null as "isWithdrawn" from ops.forecast_override where override_id = $1',
    [overrideId],
  )
  if (rows[0] === undefined) throw new NotFoundError('override', overrideId)
  if (rows[0].isWithdrawn) return false
  throw new ConflictError(`the days of override ${overrideId} are over`, {
    fix: 'plans no longer use it, so it does not have to be withdrawn',
  })
}
