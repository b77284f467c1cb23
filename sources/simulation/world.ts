import { createAssortment, type Product, wholeCases } from './assortment.ts'
import { catalogue } from './catalogue.ts'
import type { Context } from './context.ts'
import { Customers } from './customers.ts'
import type { Decision } from './decisions.ts'
import { Depot } from './depot.ts'
import { type Goods, Pile, unitsOf } from './lots.ts'
import { Outbox, SOURCE, type WorldMessage } from './messages.ts'
import { endMs, runName, startMs, type WorldOptions } from './options.ts'
import type { Pattern } from './pattern.ts'
import type { Place } from './place.ts'
import { PromotionCalendar } from './promotions.ts'
import { Random } from './random.ts'
import { Store } from './store.ts'
import { DAY_MS, dayOf, SECOND_MS, weekdayOf } from './time.ts'
import { Timeline } from './timeline.ts'
import { Truth, type TruthRecords } from './truth.ts'

const STORES_PER_WAREHOUSE = 10

/** What is on a shelf, as it really is. */
export interface ShelfStock {
  storeId: string
  productId: string
  units: number
}

/**
 * Supermarkets with their customers, shelves, warehouses and suppliers. A pure function of its options and of what is
 * fed back: no clock, no files, no network. Time passes in `advance`.
 */
export class World {
  readonly options: WorldOptions
  readonly run: string
  readonly products: readonly Product[]
  readonly stores: readonly Store[]
  readonly depots: readonly Depot[]
  readonly #context: Context
  readonly #promotions: PromotionCalendar
  readonly #places = new Map<string, { store: Store; place: Place }>()

  constructor(options: WorldOptions, pattern: Pattern) {
    this.options = options
    this.run = runName(options)
    this.products = createAssortment(this.run, options.seed, options.products, pattern)
    this.#context = {
      run: this.run,
      options,
      products: this.products,
      customers: new Customers(pattern, this.products),
      timeline: new Timeline(startMs(options)),
      outbox: new Outbox(this.run),
      truth: new Truth(),
    }
    this.stores = this.#createStores()
    this.depots = this.#createDepots()
    this.#promotions = new PromotionCalendar(options.seed, pattern, this.products)
    for (const store of this.stores) {
      for (const place of store.places) this.#places.set(key(place.storeId, place.product.productId), { store, place })
    }
    this.at(startMs(options), () => this.#open())
    for (let dayMs = startMs(options); dayMs < endMs(options); dayMs += DAY_MS) {
      this.at(dayMs, () => this.#startDay(dayMs))
      this.at(dayMs + DAY_MS - SECOND_MS, () => this.#endDay(dayOf(dayMs)))
    }
  }

  get nowMs(): number {
    return this.#context.timeline.nowMs
  }

  get truth(): Truth {
    return this.#context.truth
  }

  /** Lets something happen at an instant. */
  at(atMs: number, act: () => void): void {
    this.#context.timeline.at(atMs, act)
  }

  /** Stores, products, shelves and policies: what Shelfline has to know before the first day. */
  catalogue(): WorldMessage[] {
    return catalogue(this, startMs(this.options))
  }

  /** Lets time pass. @returns what became known meanwhile, in that order */
  advance(untilMs: number): WorldMessage[] {
    this.#context.timeline.run(untilMs)
    return this.#context.outbox.take(untilMs)
  }

  /** What was written into the truth since the last call. */
  takeTruth(): TruthRecords {
    return this.#context.truth.take()
  }

  *shelves(): Generator<ShelfStock> {
    for (const { places } of this.stores) {
      for (const { storeId, product, shelf } of places) {
        yield { storeId, productId: product.productId, units: shelf.units }
      }
    }
  }

  /** Units that are somewhere: on shelves, on the way to them, in warehouses. What customers hold is not among them. */
  get unitsInStock(): number {
    const inStores = this.stores.flatMap(({ places }) =>
      places.map(({ shelf, transit }) => shelf.units + transit.units),
    )
    const inDepots = this.depots.flatMap(({ piles }) => piles.map(({ units }) => units))
    const between = [...this.#between.values()].map(({ units }) => units)
    return [...inStores, ...inDepots, ...between].reduce((sum, units) => sum + units, 0)
  }

  depotOf(store: Store): Depot {
    return this.depots[Math.floor(store.site.index / STORES_PER_WAREHOUSE)]!
  }

  /** Staff bring goods from the warehouse to a shelf at once, and send the event. @returns the units that arrived */
  refill(store: Store, place: Place, units: number): number {
    const goods = this.depotOf(store).ship(place.product, units, store.site.storeId)
    store.tellStaff(place, 'refill', goods)
    store.putOnShelf(place, goods)
    return unitsOf(goods)
  }

  // What Shelfline decides.

  /**
   * Carries out a decision, now. Decisions about stores, products or lots of another run change nothing.
   *
   * @returns whether it changed something
   */
  react(decision: Decision): boolean {
    if ('source' in decision.event && decision.event.source === SOURCE) return false
    switch (decision.topic) {
      case 'warehouse_events':
        return this.#ship(decision.event)
      case 'shelf_events':
        return this.#workAtShelf(decision.event)
      case 'price_changes':
        return this.#changePrice(decision.event)
      case 'supplier_plan':
        return this.#order(decision.event)
      case 'purchase_orders':
        return this.#orderOrCancel(decision.event)
      case 'alerts':
        return this.#count(decision.event)
    }
  }

  #ship(event: Extract<Decision, { topic: 'warehouse_events' }>['event']): boolean {
    const depot = this.depots.find(({ warehouseId }) => warehouseId === event.warehouse_id)
    const product = this.#product(event.product_id)
    if (depot === undefined || product === undefined) return false
    if (event.direction === 'in') return this.#arrive(depot, product, event.plan_id ?? '')
    const goods = depot.takeOut(product, Number(event.quantity), event.batch_id ?? undefined)
    if (event.reason === 'transfer') return this.#depart(goods, event.plan_id ?? '')
    const found = this.#places.get(key(event.destination_store_id ?? '', event.product_id))
    if (found === undefined) depot.countWaste(product, unitsOf(goods))
    else for (const lot of goods) found.place.transit.add(lot)
    return true
  }

  /** On the way from one warehouse to another, by transfer. */
  readonly #between = new Map<string, Pile>()

  #depart(goods: readonly Goods[], transferId: string): boolean {
    const pile = this.#between.get(transferId) ?? new Pile()
    this.#between.set(transferId, pile)
    for (const lot of goods) pile.add(lot)
    return true
  }

  /** All that left comes together. */
  #arrive(depot: Depot, product: Product, transferId: string): boolean {
    const pile = this.#between.get(transferId)
    if (pile === undefined) return false
    this.#between.delete(transferId)
    for (const lot of pile.goods) depot.piles[product.index]!.add(lot)
    return true
  }

  #workAtShelf(event: Extract<Decision, { topic: 'shelf_events' }>['event']): boolean {
    const found = this.#places.get(key(event.store_id, event.product_id))
    if (found === undefined) return false
    const { store, place } = found
    const units = Number(event.quantity)
    if (event.event_type === 'refill') store.putOnShelf(place, arrived(place, units, event.batch_id ?? undefined))
    else if (event.event_type === 'removal') store.takeOffShelf(place, units, event.batch_id ?? undefined)
    else return false
    return true
  }

  #changePrice(event: Extract<Decision, { topic: 'price_changes' }>['event']): boolean {
    const found = this.#places.get(key(event.store_id, event.product_id))
    if (found === undefined) return false
    found.store.changePrice(found.place, Math.round(Number(event.new_price) * 100))
    return true
  }

  /** Staff look where goods should be that don't sell. */
  #count({ store_id, product_id, alert_type }: Extract<Decision, { topic: 'alerts' }>['event']): boolean {
    const found = this.#places.get(key(store_id, product_id ?? ''))
    if (found === undefined || alert_type !== 'phantom_stock') return false
    found.store.countLater(found.place)
    return true
  }

  readonly #ordered = new Set<string>()

  /** A plan is an order when it first comes; later events about it order nothing. */
  #order(plan: Extract<Decision, { topic: 'supplier_plan' }>['event']): boolean {
    const depot = this.depots.find(({ warehouseId }) => warehouseId === plan.warehouse_id)
    const product = this.#product(plan.product_id)
    if (depot === undefined || product === undefined || this.#ordered.has(plan.plan_id)) return false
    this.#ordered.add(plan.plan_id)
    depot.order(product, Math.round(Number(plan.quantity)), plan.plan_id)
    return true
  }

  /**
   * Suppliers have an order from the first event that it is sent. What has not left them is cancelled with the order, and
   * when the order is received without it: then the rest was cancelled.
   */
  #orderOrCancel(order: Extract<Decision, { topic: 'purchase_orders' }>['event']): boolean {
    const depot = this.depots.find(({ warehouseId }) => warehouseId === order.location_id)
    if (depot === undefined) return false
    const { purchase_order_id: orderId, status } = order
    if (status === 'cancelled' || status === 'received') return depot.cancelPurchase(orderId)
    if (status !== 'sent' || this.#ordered.has(orderId)) return false
    this.#ordered.add(orderId)
    for (const { product_id, quantity } of order.lines) {
      const product = this.#product(product_id)
      const units = Math.round(Number(quantity))
      if (product !== undefined && units > 0) depot.purchase(product, units, orderId)
    }
    return true
  }

  readonly #productById = new Map<string, Product>()

  #product(productId: string): Product | undefined {
    if (this.#productById.size === 0)
      for (const product of this.products) this.#productById.set(product.productId, product)
    return this.#productById.get(productId)
  }

  // How it begins, and its days.

  #createStores(): Store[] {
    const { stores, seed, visitsPerDay } = this.options
    return Array.from({ length: stores }, (_, index) => {
      const factor = new Random(seed, 'store', index).between(0.7, 1.4)
      return new Store(this.#context, {
        index,
        storeId: `${this.run}-${index + 1}`,
        warehouseId: `${this.run}-w${Math.floor(index / STORES_PER_WAREHOUSE) + 1}`,
        visitsPerDay: visitsPerDay * factor,
      })
    })
  }

  #createDepots(): Depot[] {
    return [...new Set(this.stores.map(({ site }) => site.warehouseId))].map((warehouseId) => {
      const served = this.stores.filter(({ site }) => site.warehouseId === warehouseId)
      const expected = this.products.map(({ index }) =>
        served.reduce((sum, { places }) => sum + places[index]!.expectedPerDay, 0),
      )
      return new Depot(this.#context, warehouseId, expected)
    })
  }

  /** Full shelves, and warehouses with some days' stock of two ages. */
  #open(): void {
    const { totals } = this.truth
    for (const depot of this.depots) {
      for (const product of this.products) {
        for (const age of [0.6, 1]) {
          const days = Math.min(1.75, product.lifeDays / 4)
          const units = wholeCases(product, depot.expectedPerDay[product.index]! * days)
          depot.receive(product, units, this.#expiry(product, age))
          totals.opening += units
        }
      }
    }
    for (const store of this.stores) {
      for (const place of store.places) {
        const goods = [this.#openingLot(place)]
        store.tellStaff(place, 'refill', goods)
        store.putOnShelf(place, goods)
        totals.opening += place.capacity
        store.setPrice(place, place.product.listPriceCents, 'regular', null)
      }
    }
  }

  #openingLot({ product, shelfId, capacity }: Place): Goods {
    const receivedOn = dayOf(this.nowMs)
    return { batchId: `${shelfId}-open`, expiresOn: this.#expiry(product, 0.5), receivedOn, units: capacity }
  }

  #expiry({ lifeDays }: Product, share: number): string {
    return dayOf(this.nowMs + Math.max(1, Math.round(lifeDays * share)) * DAY_MS)
  }

  #startDay(dayMs: number): void {
    if (dayMs === startMs(this.options) || weekdayOf(dayMs) === 0) {
      const promoted = this.#promotions.week(dayMs)
      // A moment after the list prices that the first day opens with: of two prices of one instant neither is the later.
      this.at(dayMs + SECOND_MS, () => {
        for (const store of this.stores) this.#promote(store, promoted)
      })
    }
    for (const store of this.stores) store.startDay(dayMs)
  }

  #promote(store: Store, promoted: ReadonlyMap<number, { cents: number; promotionId: string }>): void {
    for (const place of store.places) {
      const promotion = promoted.get(place.product.index)
      const cents = promotion?.cents ?? place.product.listPriceCents
      if (cents === place.priceCents) continue
      const promotionId = promotion ? `${this.run}-${promotion.promotionId}` : null
      store.setPrice(place, cents, promotion ? 'promotion' : 'regular', promotionId)
    }
  }

  #endDay(date: string): void {
    for (const store of this.stores) store.endDay(date)
    for (const depot of this.depots) depot.endDay(date)
  }
}

const key = (storeId: string, productId: string): string => `${storeId}/${productId}`

/** What is on its way to a shelf: of the lot that is named, and when it isn't as much, of the others. */
function arrived({ transit }: Place, units: number, batchId: string | undefined): Goods[] {
  const named = transit.take(units, (lot) => lot.batchId === batchId)
  return [...named, ...transit.take(units - unitsOf(named))]
}
