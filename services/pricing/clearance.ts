/** By how much goods that hardly sell would have to be marked down to be gone by a day. Nothing is changed. */

import { type DueShelf, elasticityOfShelf } from '../../activities/pricing/markdowns.ts'
import { countDays } from '../../contracts/calendar.ts'
import { clearBy } from '../../models/pricing/clearance.ts'
import type { MarkdownOption } from '../../models/pricing/markdown.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { InvalidError } from '../errors.ts'
import { keyBefore, limitOf, type Page, type PageRequest, pageOf } from '../pages.ts'
import { requireDate } from '../values.ts'

const DAYS_MAX = 182
const PERCENT_MAX = 70

export interface ClearanceFilter extends PageRequest {
  /** What is left after this day, YYYY-MM-DD, is worth `leftPercent` of the list price. */
  by: string
  /** 0 to 100; left out: 0. */
  leftPercent?: number
  store?: string
  category?: string
}

export interface ClearedShelf {
  store: string
  product: string
  productName: string
  currency: string
  units: number
  unitsPerDay: number
  daysSinceSale: number
  /** Money that the units on hand are worth, decimal text. */
  tiedUp: string
  listPrice: number
  elasticity: number
  /** The markdown from now on; the weeks after are planned by what is left then. */
  best: MarkdownOption
  /** At the price of now. */
  untouched: MarkdownOption
}

type SlowShelf = Omit<ClearedShelf, 'elasticity' | 'best' | 'untouched'> &
  Pick<DueShelf, 'productElasticity' | 'categoryElasticity' | 'storeElasticity' | 'allElasticity'> & {
    price: number
    dispersion: number | null
  }

/**
 * Slow movers with the markdown that earns most until the day, the most money tied up first.
 *
 * @throws InvalidError when a value of the filter is impossible
 */
export async function listClearance(pool: Pool, filter: ClearanceFilter): Promise<Page<ClearedShelf>> {
  const { by, leftPercent = 0, store, category } = filter
  const days = await daysUntil(pool, by)
  if (!(leftPercent >= 0 && leftPercent <= 100)) {
    throw new InvalidError('is not a percentage', { field: 'leftPercent', value: leftPercent, fix: 'give 0 to 100' })
  }
  const limit = limitOf(filter)
  const { rows } = await pool.query<SlowShelf>(statement('pricing/slow_shelves.sql'), [
    store ?? null,
    category ?? null,
    limit + 1,
    ...keyBefore(filter, ['numeric', 'text', 'text']),
  ])
  const { items, next } = pageOf(rows, limit, (row) => [row.tiedUp, row.store, row.product])
  return { items: items.map((row) => clear(row, days, leftPercent)), next }
}

async function daysUntil(pool: Pool, by: string): Promise<number> {
  requireDate('by', by)
  const { rows } = await pool.query<{ today: string }>(`select (ops.now() at time zone 'UTC')::date::text as today`)
  const days = countDays(rows[0]!.today, by)
  if (days >= 1 && days <= DAYS_MAX) return days
  throw new InvalidError(`is not 1 to ${DAYS_MAX} days ahead`, { field: 'by', value: by })
}

function clear(row: SlowShelf, days: number, leftPercent: number): ClearedShelf {
  const { productElasticity, categoryElasticity, storeElasticity, allElasticity, price, dispersion, ...shelf } = row
  const { elasticity } = elasticityOfShelf({ productElasticity, categoryElasticity, storeElasticity, allElasticity })
  const { units, unitsPerDay, listPrice } = shelf
  const { best, untouched } = clearBy({
    units,
    unitsPerDay,
    inverseSize: unitsPerDay > 0 ? ((dispersion ?? 1) - 1) / (7 * unitsPerDay) : 0,
    elasticity,
    usualPrice: listPrice,
    price,
    leftWorth: (listPrice * leftPercent) / 100,
    days,
    percentMax: PERCENT_MAX,
  })
  return { ...shelf, elasticity, best, untouched }
}
