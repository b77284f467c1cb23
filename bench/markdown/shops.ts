/**
 * Simulated supermarkets run by rules, without servers: staff restock, remove what has expired and order by the simulation's
 * policies, as the minute jobs do, and mark down by one of two rules. What is learnt about prices is learnt from what a
 * retailer sees: units and visitors by hour, prices, and whether the shelf held any.
 */
import { type MarkdownLimits, planMarkdown, REVIEW_HOUR } from '../../models/pricing/plan-markdown.ts'
import { type DayPrice, stretchesOf } from '../../models/pricing/price-day.ts'
import { addDay, noEvidence, type PriceEvidence, usualRate } from '../../models/pricing/price-evidence.ts'
import {
  byCategory,
  elasticityIn,
  learnPriceResponse,
  type PriceResponse,
} from '../../models/pricing/price-response.ts'
import { wholeCases } from '../../sources/simulation/assortment.ts'
import { OPENS_AT_HOUR } from '../../sources/simulation/customers.ts'
import type { WorldMessage } from '../../sources/simulation/messages.ts'
import { startMs, type WorldOptions } from '../../sources/simulation/options.ts'
import type { Pattern } from '../../sources/simulation/pattern.ts'
import type { Place } from '../../sources/simulation/place.ts'
import type { Store } from '../../sources/simulation/store.ts'
import { DAY_MS, dayOf, HOUR_MS, hourOfWeek, MINUTE_MS, midnightBefore } from '../../sources/simulation/time.ts'
import { World } from '../../sources/simulation/world.ts'

/** Goods are bought for this share of what they are sold for, as in the simulation's terms of suppliers. */
export const COST_SHARE = 0.65

const TICK_MS = 30 * MINUTE_MS
const RESTOCK_BELOW = 0.5
const REMOVAL_HOUR = 6
const ORDER_HOUR = 8
const HOURS_A_DAY = 24
const HOURS_A_WEEK = 168

/** By what lots near their expiry are marked down: the same percentage, or what is planned. */
export type MarkdownRule =
  | { kind: 'fixed'; nearExpiryDays: number; percent: number }
  | { kind: 'planned'; limits: MarkdownLimits }

/** Units and cents over the days that are measured. */
export interface Takings {
  sold: number
  wasted: number
  /** At cost. */
  wastedCents: number
  lost: number
  revenueCents: number
  /** Revenue less what was sold and wasted cost. */
  marginCents: number
}

/** A product in a store, as its till, sensors and labels show it. */
interface Series {
  place: Place
  store: Store
  evidence: PriceEvidence
  /** Of the running day. */
  units: Float64Array
  available: Float64Array
  prices: DayPrice[]
  usualAtMidnight: number
  /** What holds without markdown. */
  base: { cents: number; reason: 'regular' | 'promotion' }
  percent: number
  plannedOn: number
  soldBefore: number
  sellableBefore: number
}

export class Shops {
  readonly world: World
  response: PriceResponse
  rule: MarkdownRule
  readonly #series: Series[]
  readonly #seriesOf = new Map<string, Series>()
  /** Visitors by store and hour of the running day, and by store and hour of the week so far. */
  readonly #visitors = new Map<string, Float64Array>()
  readonly #week = new Map<string, { visitors: Float64Array; hours: Float64Array }>()
  #costOfSoldCents = 0

  constructor(options: WorldOptions, pattern: Pattern, rule: MarkdownRule) {
    this.world = new World(options, pattern)
    this.rule = rule
    this.#series = this.world.stores.flatMap((store) => store.places.map((place) => seriesOf(store, place)))
    for (const series of this.#series)
      this.#seriesOf.set(keyOf(series.place.storeId, series.place.product.productId), series)
    for (const { site } of this.world.stores) {
      this.#visitors.set(site.storeId, new Float64Array(HOURS_A_DAY))
      this.#week.set(site.storeId, {
        visitors: new Float64Array(HOURS_A_WEEK),
        hours: new Float64Array(HOURS_A_WEEK),
      })
    }
    this.response = this.#learn()
  }

  /** Lets days pass. @returns what they brought */
  run(untilDay: number): Takings {
    const before = this.#totals()
    const untilMs = startMs(this.world.options) + untilDay * DAY_MS
    for (let at = this.world.nowMs; at < untilMs; at = this.world.nowMs) this.#tick(at + TICK_MS)
    return difference(this.#totals(), before)
  }

  #tick(atMs: number): void {
    this.#hear(this.world.advance(atMs))
    if (atMs % HOUR_MS === 0) this.#noteHour(atMs - HOUR_MS)
    if (atMs % DAY_MS === 0) this.#closeDay()
    const hour = (atMs - midnightBefore(atMs)) / HOUR_MS
    if (hour === REMOVAL_HOUR) this.#removeExpired()
    if (hour === ORDER_HOUR) this.#order()
    if (hour < REMOVAL_HOUR) return
    this.#restock()
    for (const series of this.#series) this.#markDown(series, atMs, hour)
  }

  // What can be seen.

  #hear(messages: readonly WorldMessage[]): void {
    for (const { topic, value } of messages) {
      if (topic === 'foot_traffic') this.#countVisitors(JSON.parse(value))
      if (topic === 'price_changes') this.#noteBase(JSON.parse(value))
    }
  }

  #countVisitors(event: { store_id: string; event_at: string; entries: number }): void {
    this.#visitors.get(event.store_id)![new Date(event.event_at).getUTCHours()]! += event.entries
  }

  #noteBase(event: {
    store_id: string
    product_id: string
    event_at: string
    new_price: string
    reason: 'regular' | 'promotion'
  }): void {
    const series = this.#seriesOf.get(keyOf(event.store_id, event.product_id))!
    series.base = { cents: Math.round(Number(event.new_price) * 100), reason: event.reason }
    series.percent = 0
    this.#notePrice(series, Date.parse(event.event_at), event.reason)
  }

  #notePrice(series: Series, atMs: number, reason: DayPrice['reason']): void {
    const from = (atMs - midnightBefore(this.world.nowMs - 1)) / HOUR_MS
    series.prices.push({ from, price: series.place.priceCents, reason })
  }

  #noteHour(fromMs: number): void {
    const hour = (fromMs - midnightBefore(fromMs)) / HOUR_MS
    const today = dayOf(fromMs)
    for (const series of this.#series) {
      const { place, soldBefore, sellableBefore } = series
      const sellable = place.shelf.sellable(today)
      const sold = place.today.sold - soldBefore
      series.units[hour] = sold
      series.available[hour] =
        sellableBefore > 0 && sellable > 0 ? 1 : sellableBefore > 0 || sellable > 0 || sold > 0 ? 0.5 : 0
      series.soldBefore = place.today.sold
      series.sellableBefore = sellable
    }
  }

  /** The world has closed the day a second before, so that its last hour is short of what was sold in that second: nothing. */
  #closeDay(): void {
    const { days } = this.world.takeTruth()
    for (const { storeId, productId, sold } of days) {
      this.#costOfSoldCents +=
        sold * COST_SHARE * this.#seriesOf.get(keyOf(storeId, productId))!.place.product.listPriceCents
    }
    const lastHour = this.world.nowMs - HOUR_MS
    for (const [store, visitors] of this.#visitors) {
      const week = this.#week.get(store)!
      for (let hour = 0; hour < HOURS_A_DAY; hour += 1) {
        const slot = hourOfWeek(midnightBefore(lastHour) + hour * HOUR_MS)
        week.visitors[slot]! += visitors[hour]!
        week.hours[slot]! += 1
      }
    }
    for (const series of this.#series) this.#closeSeries(series)
    for (const visitors of this.#visitors.values()) visitors.fill(0)
    this.response = this.#learn()
  }

  #closeSeries(series: Series): void {
    const { place, units, available, prices, usualAtMidnight, evidence } = series
    // What was sold before the world closed the day is not in the counts of the new one.
    units[HOURS_A_DAY - 1] = Math.max(0, units[HOURS_A_DAY - 1]!)
    addDay(
      evidence,
      stretchesOf({ units, available, prices, usualPrice: usualAtMidnight }, this.#visitors.get(place.storeId)!),
    )
    series.soldBefore = 0
    series.usualAtMidnight = place.product.listPriceCents
    series.prices = [{ from: 0, price: place.priceCents, reason: series.percent > 0 ? 'markdown' : series.base.reason }]
  }

  #learn(): PriceResponse {
    return learnPriceResponse(
      byCategory(
        this.#series.map(({ place, evidence }) => ({
          store: place.storeId,
          product: place.product.productId,
          category: place.product.category,
          evidence,
        })),
      ),
    )
  }

  // What staff do.

  #removeExpired(): void {
    for (const depot of this.world.depots) depot.discardExpired()
    for (const { store, place } of this.#series) store.discardExpired(place)
  }

  #restock(): void {
    for (const { store, place } of this.#series) {
      const { units } = place.shelf
      if (units < RESTOCK_BELOW * place.capacity) this.world.refill(store, place, place.capacity - units)
    }
  }

  /** The simulation's policies of warehouses, as the job `plan_supply` follows them. */
  #order(): void {
    const today = dayOf(this.world.nowMs)
    for (const depot of this.world.depots) {
      for (const product of this.world.products) {
        const perDay = depot.expectedPerDay[product.index]!
        const reorderPoint = Math.floor(perDay * (product.supplier.leadDays[1] + 1))
        const orderUpTo = perDay * (product.supplier.leadDays[1] + 1 + Math.min(4, Math.max(1, product.lifeDays / 2)))
        const position = depot.piles[product.index]!.sellable(today) + depot.onOrder[product.index]!
        if (position >= reorderPoint) continue
        depot.order(
          product,
          wholeCases(product, orderUpTo - position),
          `${depot.warehouseId}-${product.index}-${today}`,
        )
      }
    }
  }

  // Prices.

  #markDown(series: Series, atMs: number, hour: number): void {
    const percent =
      this.rule.kind === 'fixed' ? this.#fixed(series, this.rule, atMs) : this.#planned(series, this.rule, atMs, hour)
    if (percent === series.percent) return
    const { place, store, base } = series
    const marked = Math.min(base.cents, Math.round((place.product.listPriceCents * (100 - percent)) / 100))
    series.percent = percent
    store.changePrice(place, marked)
    this.#notePrice(series, atMs, marked < base.cents ? 'markdown' : base.reason)
  }

  #fixed({ place }: Series, { nearExpiryDays, percent }: MarkdownRule & { kind: 'fixed' }, atMs: number): number {
    const today = dayOf(atMs)
    const until = dayOf(atMs + nearExpiryDays * DAY_MS)
    return place.shelf.goods.some(({ expiresOn }) => expiresOn >= today && expiresOn <= until) ? percent : 0
  }

  /** Planned before the doors open, at the review, and when goods near their expiry come in between. */
  #planned(series: Series, { limits }: MarkdownRule & { kind: 'planned' }, atMs: number, hour: number): number {
    const { place, evidence, base, percent } = series
    const midnight = midnightBefore(atMs)
    const lots = place.shelf.goods.map(({ units, expiresOn }) => ({
      units,
      days: (Date.parse(expiresOn) - midnight) / DAY_MS,
    }))
    const isNear = lots.some(({ days }) => days >= 0 && days <= limits.nearExpiryDays)
    if (!isNear) return 0
    const isFirst = series.plannedOn < midnight
    if (!isFirst && hour !== REVIEW_HOUR) return percent
    series.plannedOn = atMs
    const { product, storeId } = place
    const week = this.#week.get(storeId)!
    const rate = usualRate(evidence)
    const known = elasticityIn(this.response, {
      store: storeId,
      product: product.productId,
      category: product.category,
    })
    const dispersion = this.response.categories.get(product.category)?.dispersion ?? 1
    const usual = product.listPriceCents
    const unitsADay = rate * dailyVisitors(week)
    const plan = planMarkdown(
      {
        lots: lots.filter(({ days }) => days >= 0),
        stored: this.#stored(series, unitsADay, midnight),
        hour: Math.max(hour, OPENS_AT_HOUR),
        unitsBetween: (from, to) => rate * visitorsBetween(week, midnight, from, to),
        inverseSize: unitsADay > 0 ? (dispersion - 1) / unitsADay : 0,
        elasticity: known.elasticity,
        usualPrice: usual,
        price: base.cents,
        unitCost: COST_SHARE * usual,
        isResupplied: this.world.depotOf(series.store).piles[product.index]!.sellable(dayOf(atMs)) > 0,
        percentNow: isFirst ? 0 : percent,
      },
      limits,
    )
    return plan?.percent ?? 0
  }

  /** The shelf's part of what the warehouse has. */
  #stored({ store, place }: Series, unitsADay: number, midnight: number): { units: number; days: number }[] {
    const depot = this.world.depotOf(store)
    const others = this.#series.filter(
      (one) => one.place.product === place.product && this.world.depotOf(one.store) === depot,
    )
    const all = others.reduce(
      (sum, one) => sum + usualRate(one.evidence) * dailyVisitors(this.#week.get(one.place.storeId)!),
      0,
    )
    const share = all > 0 ? unitsADay / all : 1 / others.length
    return depot.piles[place.product.index]!.goods.map(({ units, expiresOn }) => ({
      units: units * share,
      days: (Date.parse(expiresOn) - midnight) / DAY_MS,
    })).filter(({ days }) => days >= 0)
  }

  #totals(): Takings {
    const { sold, wasted, wastedCents, lost, revenueCents } = this.world.truth.totals
    const wastedAtCost = COST_SHARE * wastedCents
    return {
      sold,
      wasted,
      wastedCents: wastedAtCost,
      lost,
      revenueCents,
      marginCents: revenueCents - this.#costOfSoldCents - wastedAtCost,
    }
  }
}

const seriesOf = (store: Store, place: Place): Series => ({
  place,
  store,
  evidence: noEvidence(),
  units: new Float64Array(HOURS_A_DAY),
  available: new Float64Array(HOURS_A_DAY),
  prices: [],
  usualAtMidnight: place.product.listPriceCents,
  base: { cents: place.product.listPriceCents, reason: 'regular' },
  percent: 0,
  plannedOn: Number.NEGATIVE_INFINITY,
  soldBefore: 0,
  sellableBefore: 0,
})

interface Week {
  visitors: Float64Array
  hours: Float64Array
}

/** Visitors of a usual week from one hour to another of the days from `midnight` on. */
function visitorsBetween({ visitors, hours }: Week, midnight: number, from: number, to: number): number {
  let sum = 0
  for (let hour = Math.floor(from); hour < to; hour += 1) {
    const slot = hourOfWeek(midnight + hour * HOUR_MS)
    const share = Math.min(to, hour + 1) - Math.max(from, hour)
    sum += hours[slot]! > 0 ? (share * visitors[slot]!) / hours[slot]! : 0
  }
  return sum
}

const dailyVisitors = ({ visitors, hours }: Week): number =>
  visitors.reduce((sum, count, slot) => sum + (hours[slot]! > 0 ? count / hours[slot]! : 0), 0) / 7

const keyOf = (storeId: string, productId: string): string => `${storeId}/${productId}`

const difference = (after: Takings, before: Takings): Takings => ({
  sold: after.sold - before.sold,
  wasted: after.wasted - before.wasted,
  wastedCents: after.wastedCents - before.wastedCents,
  lost: after.lost - before.lost,
  revenueCents: after.revenueCents - before.revenueCents,
  marginCents: after.marginCents - before.marginCents,
})
