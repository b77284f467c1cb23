/** Learns, once per store and day, what `availability.ts` and `stock-out-risk.ts` take as usual. */
import { dayNumber } from '../../contracts/calendar.ts'
import { HOURS_A_DAY, type SeriesRates, trafficOver } from '../../models/live-state/availability.ts'
import { fitAvailability, ratesLike, type SeriesHours } from '../../models/live-state/availability-fit.ts'
import {
  type DailySales,
  groupPattern,
  HOURS_A_WEEK,
  type UsualDemand,
  usualDemands,
  weekPattern,
} from '../../models/live-state/stock-out-risk.ts'
import { type UsualWeek, unitsOfUsualWeek, usualWeek } from '../../models/live-state/usual-week.ts'
import { inTransaction, type Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'

const HISTORY_DAYS = 28
/** A store's model is learnt from this many of its products at most, evenly drawn: it takes a second or two. */
const LEARNT_PRODUCTS_MAX = 400

const outdatedProfiles = statement('live-state/outdated_profiles.sql')
const readStoreHours = statement('live-state/read_store_hours.sql')
const readStoreProducts = statement('live-state/read_store_products.sql')
const mergeDemandProfiles = statement('live-state/merge_demand_profiles.sql')
const deleteOldProfiles = statement('live-state/delete_old_profiles.sql')

interface StoreHour {
  at: number
  lines: number
  entries: number
  transactions: number
}

interface ProductHistory {
  productId: string
  category: string
  unitPrice: string | null
  soldAt: number[]
  soldUnits: number[]
  /** Hours without a sale in which it was more likely missing than not, and how probably it was there. */
  doubtfulAt: number[]
  doubtfulAvailable: number[]
}

interface StoreHistory {
  /** From midnight of the first day on which the store sold anything. */
  hours: number
  /** Days on which it did. */
  days: number
  usualVisitors: number[]
  traffic: Float32Array
  week: UsualWeek
  /** By hour: days' worth of usual trade. */
  exposure: Float64Array
}

/**
 * Learns the demand of the stores whose profile is not of their day yet.
 *
 * @param storesMax stores in one call; the rest is for the next one
 * @param beat called after each store
 * @returns products that have a new profile
 */
export async function learnDemand(pool: Pool, asOf: Date, storesMax: number, beat: () => void): Promise<number> {
  const { rows } = await pool.query<{ storeId: string; today: string }>(outdatedProfiles, [asOf, storesMax])
  let profiles = 0
  for (const { storeId, today } of rows) {
    profiles += await learnStore(pool, storeId, today)
    beat()
  }
  return profiles
}

async function learnStore(pool: Pool, storeId: string, today: string): Promise<number> {
  const range = [storeId, today, HISTORY_DAYS]
  const hours = (await pool.query<StoreHour>(readStoreHours, range)).rows
  const products = (await pool.query<ProductHistory>(readStoreProducts, range)).rows
  const store = storeHistory(hours, weekdayOf(today))
  const demands = usualDemands(products.map((product) => dailySalesOf(product, store)))
  const { fitted, rates } = learnAvailability(products, store)
  const profiles = products.map((product, index) => profileOf(product, store.days, demands[index]!, rates[index]!))
  return inTransaction(pool, async (client) => {
    await client.query(mergeDemandProfiles, [
      storeId,
      today,
      JSON.stringify(profiles),
      JSON.stringify(patternsOf(products, store, weekdayOf(today))),
      JSON.stringify(fitted.model),
      store.usualVisitors,
    ])
    await client.query(deleteOldProfiles, [storeId, today])
    return profiles.length
  })
}

/** 0 is Monday, as 1970-01-05 was. */
const weekdayOf = (date: string): number => (dayNumber(date) + 3) % 7

/**
 * Cuts the days before the store's first event, so that a new store is not one that sold nothing.
 *
 * @param weekday of the first day; the history is of whole weeks, so that it is the one of the day behind them, too
 */
function storeHistory(hours: readonly StoreHour[], weekday: number): StoreHistory {
  const firstDay = hours.length > 0 ? Math.floor(hours[0]!.at / HOURS_A_DAY) : HISTORY_DAYS - 1
  const offset = firstDay * HOURS_A_DAY
  const length = (HISTORY_DAYS - firstDay) * HOURS_A_DAY
  const hasDoors = hours.some(({ entries }) => entries > 0)
  const visitors = new Float32Array(length)
  const trade = new Float64Array(length)
  const isOpen = new Uint8Array(length)
  for (const { at, entries, transactions } of hours) {
    visitors[at - offset] = hasDoors ? entries : transactions
    // A buyer is a visitor, also while the door does not count.
    trade[at - offset] = Math.max(entries, transactions)
    isOpen[at - offset] = transactions > 0 ? 1 : 0
  }
  const days = new Set(hours.filter(({ lines }) => lines > 0).map(({ at }) => Math.floor(at / HOURS_A_DAY))).size
  const usualVisitors = new Array<number>(HOURS_A_DAY).fill(0)
  visitors.forEach((count, at) => {
    usualVisitors[at % HOURS_A_DAY]! += count / Math.max(1, days)
  })
  const week = usualWeek(byDay(trade), (weekday + firstDay) % 7, firstDay === 0)
  return {
    hours: length,
    days,
    usualVisitors,
    // An hour in which the whole store sold nothing shows nothing about a product.
    traffic: visitors.map((count, at) => (isOpen[at] ? trafficOver(count, usualVisitors[at % HOURS_A_DAY]!) : 0)),
    week,
    exposure: trade.map((count) => (week.tradeADay > 0 ? count / week.tradeADay : 1 / HOURS_A_DAY)),
  }
}

function byDay(hours: Float64Array): Float64Array {
  const days = new Float64Array(hours.length / HOURS_A_DAY)
  hours.forEach((value, at) => {
    days[Math.floor(at / HOURS_A_DAY)]! += value
  })
  return days
}

/** What it sold by day, and what share of the day's trade found it on the shelf. */
function dailySalesOf(product: ProductHistory, store: StoreHistory): DailySales {
  const { category, soldAt, soldUnits, doubtfulAt, doubtfulAvailable } = product
  const offset = HISTORY_DAYS * HOURS_A_DAY - store.hours
  const units = new Float64Array(store.hours)
  const exposure = Float64Array.from(store.exposure)
  soldAt.forEach((at, index) => {
    if (at >= offset) units[at - offset]! += soldUnits[index]!
  })
  doubtfulAt.forEach((at, index) => {
    if (at >= offset) exposure[at - offset]! *= doubtfulAvailable[index]!
  })
  return { group: category, units: byDay(units), exposure: byDay(exposure) }
}

function learnAvailability(products: readonly ProductHistory[], store: StoreHistory) {
  const offset = HISTORY_DAYS * HOURS_A_DAY - store.hours
  const seriesOf = ({ soldAt }: ProductHistory): SeriesHours => {
    const sold = new Uint8Array(store.hours)
    for (const at of soldAt) if (at >= offset) sold[at - offset] = 1
    return { group: 0, firstHour: 0, sold, traffic: store.traffic }
  }
  const step = Math.max(1, Math.ceil(products.length / LEARNT_PRODUCTS_MAX))
  const sample = products.filter((_, index) => index % step === 0).map(seriesOf)
  const nothing: SeriesHours = { group: 0, firstHour: 0, sold: new Uint8Array(store.hours), traffic: store.traffic }
  const fitted = fitAvailability(sample.length > 0 ? sample : [nothing])
  const rates = products.map((product, index) =>
    index % step === 0 ? fitted.rates[index / step]! : ratesLike(fitted, seriesOf(product)),
  )
  return { fitted, rates }
}

function profileOf(product: ProductHistory, days: number, demand: UsualDemand, rates: SeriesRates) {
  return {
    product_id: product.productId,
    category: product.category,
    days,
    units_per_day: demand.unitsPerDay,
    inverse_size: demand.inverseSize,
    unit_price: product.unitPrice,
    sales_an_hour: Array.from(rates.expected),
    depletion_factor: rates.depletionFactor,
    restock_factor: rates.restockFactor,
  }
}

function patternsOf(products: readonly ProductHistory[], { week, exposure }: StoreHistory, weekday: number) {
  const store = new Float64Array(HOURS_A_WEEK)
  const categories = new Map<string, Float64Array>(
    products.map(({ category }) => [category, new Float64Array(HOURS_A_WEEK)]),
  )
  for (const { category, soldAt, soldUnits } of products) {
    soldAt.forEach((at, index) => {
      const hour = (weekday * HOURS_A_DAY + at) % HOURS_A_WEEK
      store[hour]! += soldUnits[index]!
      categories.get(category)![hour]! += soldUnits[index]!
    })
  }
  const exposed = exposure.reduce((sum, value) => sum + value, 0)
  const weekOf = (units: Float64Array) => unitsOfUsualWeek(units, week, exposed)
  if (!categories.has('')) categories.set('', store)
  return Array.from(categories, ([category, units]) => ({
    category,
    running_days: Array.from(category === '' ? weekPattern(weekOf(store)) : groupPattern(weekOf(units), weekOf(store))),
  }))
}
