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
  product: Product
  units: number
}

/** A warehouse: what lies in it by lot, and what suppliers bring. */
export class Depot {
  readonly warehouseId: string
  readonly piles: readonly Pile[]
  /** Units a day that its stores are expected to sell, by product. */
  readonly expectedPerDay: readonly number[]
  /** Units that are ordered and not here yet, by product. */
  readonly onOrder: number[]
  readonly #context: Context
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

  /** Takes goods out for a store, and says so. */
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

  /** Staff throw away what has expired, and say so. */
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
    const { timeline, truth, options } = this.#context
    const shipment: Shipment = { orderId, product, units }
    const random = new Random(options.seed, 'supplier', this.warehouseId, product.index, dayOf(this.#now))
    const days = random.integer(...product.supplier.leadDays)
    const arrivesMs = midnightBefore(this.#now) + days * DAY_MS + random.integer(5 * 60, 8 * 60) * MINUTE_MS
    const fails = random.chance(product.supplier.failure)
    const lifeDays = Math.max(1, Math.round(product.lifeDays * random.between(0.8, 1)))
    this.onOrder[product.index]! += units
    truth.note({
      kind: 'supplier order',
      at: instantOf(this.#now),
      storeId: this.warehouseId,
      productId: product.productId,
      units,
      orderId,
      arrivesAt: fails ? null : instantOf(arrivesMs),
    })
    this.#announce(shipment, 'announced')
    if (fails) timeline.at(arrivesMs - 2 * HOUR_MS, () => this.#cancel(shipment))
    else {
      timeline.at(arrivesMs - 2 * HOUR_MS, () => this.#announce(shipment, 'shipped'))
      timeline.at(arrivesMs, () => this.#deliver(shipment, lifeDays))
    }
  }

  #cancel(shipment: Shipment): void {
    this.onOrder[shipment.product.index]! -= shipment.units
    this.#announce(shipment, 'cancelled')
  }

  #deliver(shipment: Shipment, lifeDays: number): void {
    const { product, units } = shipment
    this.onOrder[product.index]! -= units
    this.#context.truth.totals.delivered += units
    const goods = this.receive(product, units, dayOf(this.#now + lifeDays * DAY_MS))
    this.#announce(shipment, 'delivered', goods)
  }

  #announce({ orderId, product, units }: Shipment, status: Facts<'supplier_shipments'>['status'], goods?: Goods): void {
    this.#tell('supplier_shipments', {
      store_id: this.warehouseId,
      shipment_id: `${orderId}-s`,
      supplier_id: product.supplier.supplierId,
      purchase_order_id: orderId,
      product_id: product.productId,
      status,
      quantity: String(units),
      batch_id: goods?.batchId ?? null,
      expires_on: goods?.expiresOn ?? null,
    })
  }
}
