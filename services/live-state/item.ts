/** A product in a store: all that is known of it, on one time axis. */
import { addDays } from '../../contracts/calendar.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { NotFoundError } from '../errors.ts'
import { requireCount } from '../values.ts'

const AHEAD_DAYS = 14
const EVENTS_MAX = 200
const PRICES_MAX = 200
const LOTS_MAX = 100

/** Quantities and money are decimal text; instants are dates. */
export interface ItemNow {
  storeId: string
  storeName: string
  timeZone: string
  currency: string
  /** By the business clock. */
  asOf: Date
  /** The store's day, YYYY-MM-DD. */
  today: string
  productId: string
  name: string
  category: string | null
  department: string | null
  brand: string | null
  packageSize: string | null
  shelfId: string | null
  capacity: string | null
  available: string | null
  held: string | null
  onHand: string | null
  lastRefillAt: Date | null
  lastSaleAt: Date | null
  lastWeightAt: Date | null
  warehouseId: string | null
  warehouseOnHand: string | null
  /** Of the location that orders it. */
  onOrder: string | null
  unitsPerDay: string | null
  /** Of a stock-out until `horizonUntil`. */
  probability: number | null
  hoursOfCover: number | null
  moneyAtRisk: string | null
  horizonUntil: Date | null
  /** That a customer finds it; as of the end of the hour. */
  pAvailable: number | null
  availabilityHour: Date | null
  restockBelow: string | null
  supplierId: string | null
  supplierName: string | null
  unitCost: string | null
  costCurrency: string | null
  pickedLastHour: string
  pickedBy: number
}

/** Quantities are decimal text, units; null: not known. */
export interface ItemDay {
  /** YYYY-MM-DD */
  day: string
  sold: string | null
  revenue: string | null
  /** At the end of the day. */
  stock: string | null
  received: string | null
  outOfStockMinutes: number | null
  mean: string | null
  p10: string | null
  p50: string | null
  p90: string | null
  /** The day that the forecast was made on; null with a model: usual demand. */
  forecastDate: string | null
  model: string | null
  /** The override of that day; null: there is none. */
  overrideId: number | null
  /** What it expects instead of `mean`. */
  overridden: string | null
}

export interface ItemPrice {
  validFrom: Date
  price: string
  reason: string
  promotionId: string | null
}

export interface ItemLot {
  batchId: string
  onHand: string
  expiresOn: string | null
  receivedOn: string | null
}

export interface ItemEvent {
  kind: 'alert' | 'restock' | 'removal' | 'markdown' | 'order' | 'delivery'
  at: Date
  id: string
  /** The message of an alert, the warehouse, the lot, the per cent, the supplier or the shipment. */
  text: string
  quantity: string | null
  status: string | null
}

export interface Item {
  now: ItemNow
  /** The oldest first, 14 days ahead. */
  days: ItemDay[]
  /** The oldest first; the first may be older than the days. */
  prices: ItemPrice[]
  /** On the shelf, the soonest to expire first. */
  lots: ItemLot[]
  /** The newest first, at most 200. */
  events: ItemEvent[]
}

interface DayRow extends Omit<ItemDay, 'overridden'> {
  /** Decimal text: one of the two, where there is an override. */
  overrideQuantity: string | null
  overrideFactor: string | null
}

type NowRow = ItemNow & { usualUnits: number | null; usualInverseSize: number | null; usualWeek: number[] | null }

/**
 * @param days before today, 7 to 365
 * @throws NotFoundError when the store does not have the product, or the reader does not see the store
 */
export async function readItem(
  pool: Pool,
  { store, product, days }: { store: string; product: string; days: number },
): Promise<Item> {
  requireCount('days', days, 7, 365)
  const found = await pool.query<NowRow>(statement('live-state/read_item.sql'), [store, product])
  if (found.rows[0] === undefined) throw new NotFoundError('product', `${product} in store ${store}`)
  const { usualUnits, usualInverseSize, usualWeek, ...now } = found.rows[0]
  const [from, to] = [addDays(now.today, -days), addDays(now.today, AHEAD_DAYS)]
  const read = <Row extends object>(file: string, values: unknown[]) =>
    pool.query<Row>(statement(file), values).then(({ rows }) => rows)
  return {
    now,
    days: (await read<DayRow>('live-state/read_item_days.sql', [store, product, from, to, now.today])).map((day) =>
      withOverride(day.day < now.today || day.mean !== null ? day : { ...day, ...usualOf(day.day) }),
    ),
    prices: await read<ItemPrice>('live-state/read_item_prices.sql', [store, product, from, PRICES_MAX]),
    lots: await read<ItemLot>('live-state/read_item_lots.sql', [store, product, LOTS_MAX]),
    events: await read<ItemEvent>('live-state/read_item_events.sql', [store, product, from, EVENTS_MAX]),
  }

  /** Where nothing was forecast: the usual demand of the weekday, with the spread of its negative binomial distribution. */
  function usualOf(day: string): Partial<ItemDay> {
    if (usualUnits === null) return {}
    const weekday = (new Date(day).getUTCDay() + 6) % 7
    const mean = usualUnits * (usualWeek?.[weekday] ?? 1)
    const spread = Z_80 * Math.sqrt(mean + (usualInverseSize ?? 0) * mean ** 2)
    const text = (value: number) => Math.max(0, value).toFixed(3)
    return { mean: text(mean), p10: text(mean - spread), p90: text(mean + spread), model: USUAL }
  }
}

function withOverride({ overrideQuantity, overrideFactor, ...day }: DayRow): ItemDay {
  const overridden =
    overrideFactor !== null && day.mean !== null
      ? (Number(overrideFactor) * Number(day.mean)).toFixed(3)
      : overrideQuantity
  return { ...day, overridden }
}

/** The model of a day that nothing was forecast for. */
export const USUAL = 'usual demand'

/** Between its 10th and 90th percentile a normal distribution has 80 %. */
const Z_80 = 1.2816
