import type { TopicName } from '../../contracts/topics.ts'
import type { Product } from './assortment.ts'
import type { Context } from './context.ts'
import { type Goods, Pile, unitsOf } from './lots.ts'
import type { Facts } from './messages.ts'
import { Random } from './random.ts'
import { DAY_MS, dayOf, HOUR_MS, instantOf, MINUTE_MS, midnightBefore } from './time.ts'

/** A shipment on its way from a supplier. */
interface Shipment {
  orderId: string
  shipmentId: string
  product: Product
  ordered: number
  /** What comes of it, damaged units included. */
  units: number
  damaged: number
}

interface Delivery {
  arrivesMs: number
  fails: boolean
  lifeDays: number
}

/** How often a line of a purchase order is late, short or damaged, and by how much. */
const LATE = 0.15
const LATE_DAYS_MAX = 2
const SHORT = 0.12
const SHORT_SHARE = [0.4, 0.9] as const
const DAMAGED = 0.08
const DAMAGED_SHARE = [0.05, 0.3] as const

/** A warehouse: what lies in it by lot, and what suppliers bring. */
export class Depot {
  readonly warehouseId: string
  readonly piles: readonly Pile[]
  /** Units a day that its stores are expected to sell, by product. */
  readonly expectedPerDay: readonly number[]
  /** Units that are ordered and not here yet, by product. */
  readonly onOrder: number[]
  readonly #context: Context
  /** What suppliers have taken and not sent off yet. */
  readonly #waiting = new Set<Shipment>()
  readonly #lots: number[]
  readonly #lastExpiry: string[]

  constructor(context: Context, warehouseId: string, expectedPerDay: readonly number[]) {
    this.#context = context
    this.warehouseId = warehouseId
    this.expectedPerDay = expectedPerDay
    const { products } = context
    this.piles = products.map(() => new Pile())
    this.onOrder = products.map(() => 0)
    this.#lots = products.map(() => 0)
    this.#lastExpiry = products.map(() => '')
  }

  get #now(): number {
    return this.#context.timeline.nowMs
  }

  #tell<Name extends TopicName>(topic: Name, facts: Facts<Name>): void {
    this.#context.outbox.put(topic, this.#now, facts)
  }

  endDay(date: string): void {
    for (const { index, productId } of this.#context.products) {
      this.#context.truth.addWarehouseDay({
        date,
        warehouseId: this.warehouseId,
        productId,
        onHand: this.piles[index]!.units,
      })
    }
  }

  /** Goods come in as a new lot. A later lot never expires before an earlier one of its product. */
  receive(product: Product, units: number, expiresOn: string): Goods {
    const { index, productId } = product
    this.#lots[index]! += 1
    const expiry = expiresOn > this.#lastExpiry[index]! ? expiresOn : this.#lastExpiry[index]!
    this.#lastExpiry[index] = expiry
    const batchId = `${this.warehouseId}-${productId.split('-').at(-1)}-l${this.#lots[index]}`
    const goods: Goods = { batchId, expiresOn: expiry, receivedOn: dayOf(this.#now), units }
    this.piles[index]!.add(goods)
    this.#tell('warehouse_events', { ...this.#movement(product, goods), direction: 'in', reason: 'receipt' })
    return goods
  }

  /** Takes goods out: of the lot that is named, else of what expires first. @returns what was there of it */
  takeOut(product: Product, units: number, batchId?: string): Goods[] {
    return this.piles[product.index]!.take(units, batchId === undefined ? undefined : (lot) => lot.batchId === batchId)
  }

  /** Takes goods out for a store, and sends the event. */
  ship(product: Product, units: number, storeId: string): Goods[] {
    const goods = this.takeOut(product, units)
    for (const lot of goods) {
      this.#tell('warehouse_events', {
        ...this.#movement(product, lot),
        direction: 'out',
        reason: 'store_refill',
        destination_store_id: storeId,
      })
    }
    return goods
  }

  /** Staff discard what has expired; the events are sent. */
  discardExpired(): void {
    const today = dayOf(this.#now)
    for (const product of this.#context.products) {
      const pile = this.piles[product.index]!
      const goods = pile.take(pile.units, ({ expiresOn }) => expiresOn < today)
      for (const lot of goods) {
        this.#tell('warehouse_events', { ...this.#movement(product, lot), direction: 'out', reason: 'waste' })
      }
      this.countWaste(product, unitsOf(goods))
    }
  }

  countWaste({ listPriceCents }: Product, units: number): void {
    const { totals } = this.#context.truth
    totals.wasted += units
    totals.wastedCents += units * listPriceCents
  }

  #movement({ productId }: Product, { units, batchId, expiresOn }: Goods) {
    return {
      store_id: this.warehouseId,
      warehouse_id: this.warehouseId,
      product_id: productId,
      batch_id: batchId,
      quantity: String(units),
      expires_on: expiresOn,
    }
  }

  /**
   * Orders from the supplier. It delivers in the morning of one of the next days, or, now and then, not at all; which of
   * them follows from the order's day, product and warehouse, not from who ordered.
   */
  order(product: Product, units: number, orderId: string): void {
    const shipment = { orderId, shipmentId: `${orderId}-s`, product, ordered: units, units, damaged: 0 }
    this.#begin(shipment, this.#supplierOf(product))
  }

  /**
   * Takes a line of a purchase order. As for `order`; besides, a supplier is now and then some days late,
   * brings fewer cases than were ordered, or drops some on the way.
   */
  purchase(product: Product, units: number, orderId: string): void {
    const { truth } = this.#context
    const delivery = this.#supplierOf(product)
    const { random, fails } = delivery
    const about = { at: instantOf(this.#now), storeId: this.warehouseId, productId: product.productId, orderId }
    // All are drawn, whatever comes of them: so that one fault does not change the others.
    const lateDays = random.chance(LATE) ? random.integer(1, LATE_DAYS_MAX) : 0
    const short = random.chance(SHORT) ? random.between(...SHORT_SHARE) : 1
    const damage = random.chance(DAMAGED) ? random.between(...DAMAGED_SHARE) : 0
    const coming = Math.max(1, Math.floor((units * short) / product.caseUnits)) * product.caseUnits
    const delivered = Math.min(units, coming)
    const damaged = Math.round(delivered * damage)
    if (!fails && lateDays > 0) truth.note({ kind: 'late delivery', ...about, days: lateDays })
    if (!fails && delivered < units) truth.note({ kind: 'short delivery', ...about, units: units - delivered })
    if (!fails && damaged > 0) truth.note({ kind: 'damaged delivery', ...about, units: damaged })
    const shipmentId = `${orderId}-${product.productId.split('-').at(-1)}`
    const shipment = { orderId, shipmentId, product, ordered: units, units: delivered, damaged }
    this.#begin(shipment, { ...delivery, arrivesMs: delivery.arrivesMs + lateDays * DAY_MS })
  }

  /** What of an order has not left its supplier won't come. @returns whether there was any */
  cancelPurchase(orderId: string): boolean {
    const waiting = [...this.#waiting].filter((shipment) => shipment.orderId === orderId)
    for (const shipment of waiting) this.#cancel(shipment)
    return waiting.length > 0
  }

  /** How a supplier would deliver what is ordered today. */
  #supplierOf(product: Product) {
    const { options } = this.#context
    const random = new Random(options.seed, 'supplier', this.warehouseId, product.index, dayOf(this.#now))
    const days = random.integer(...product.supplier.leadDays)
    const arrivesMs = midnightBefore(this.#now) + days * DAY_MS + random.integer(5 * 60, 8 * 60) * MINUTE_MS
    const fails = random.chance(product.supplier.failure)
    const lifeDays = Math.max(1, Math.round(product.lifeDays * random.between(0.8, 1)))
    return { random, arrivesMs, fails, lifeDays }
  }

  #begin(shipment: Shipment, { arrivesMs, fails, lifeDays }: Delivery): void {
    const { timeline, truth } = this.#context
    const { product, ordered: units, orderId } = shipment
    this.onOrder[product.index]! += units
    this.#waiting.add(shipment)
    truth.note({
      kind: 'supplier order',
      at: instantOf(this.#now),
      storeId: this.warehouseId,
      productId: product.productId,
      units,
      orderId,
      arrivesAt: fails ? null : instantOf(arrivesMs),
    })
    this.#announce(shipment, 'announced', units)
    const leavesMs = arrivesMs - 2 * HOUR_MS
    timeline.at(leavesMs, () => {
      if (!this.#waiting.has(shipment)) return
      if (fails) this.#cancel(shipment)
      else this.#leave(shipment, arrivesMs, lifeDays)
    })
  }

  #cancel(shipment: Shipment): void {
    this.#waiting.delete(shipment)
    this.onOrder[shipment.product.index]! -= shipment.ordered
    this.#announce(shipment, 'cancelled', shipment.ordered)
  }

  #leave(shipment: Shipment, arrivesMs: number, lifeDays: number): void {
    const { product, ordered, units } = shipment
    this.#waiting.delete(shipment)
    this.#announce(shipment, 'shipped', units)
    if (units < ordered) {
      this.onOrder[product.index]! -= ordered - units
      this.#announce(shipment, 'cancelled', ordered - units)
    }
    this.#context.timeline.at(arrivesMs, () => this.#deliver(shipment, lifeDays))
  }

  #deliver(shipment: Shipment, lifeDays: number): void {
    const { product, units, damaged } = shipment
    this.onOrder[product.index]! -= units
    this.#context.truth.totals.delivered += units - damaged
    const goods =
      units > damaged ? this.receive(product, units - damaged, dayOf(this.#now + lifeDays * DAY_MS)) : undefined
    this.#announce(shipment, 'delivered', units, goods)
  }

  #announce(
    { orderId, shipmentId, product, damaged }: Shipment,
    status: Facts<'supplier_shipments'>['status'],
    units: number,
    goods?: Goods,
  ): void {
    this.#tell('supplier_shipments', {
      store_id: this.warehouseId,
      shipment_id: shipmentId,
      supplier_id: product.supplier.supplierId,
      purchase_order_id: orderId,
      product_id: product.productId,
      status,
      quantity: String(units),
      ...(status === 'delivered' && damaged > 0 && { damaged_quantity: String(damaged) }),
      batch_id: goods?.batchId ?? null,
      expires_on: goods?.expiresOn ?? null,
    })
  }
}
