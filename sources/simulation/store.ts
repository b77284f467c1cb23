import type { TopicName } from '../../contracts/topics.ts'
import type { Context } from './context.ts'
import { CLOSES_AT_HOUR, type InHand, OPENS_AT_HOUR, TILLS, type Visit, type Want } from './customers.ts'
import { StoreFaults } from './faults.ts'
import { type Goods, unitsOf } from './lots.ts'
import { type Facts, kilograms, money } from './messages.ts'
import { OnlineShop } from './online.ts'
import { type Receipt, type SoldLine, StorePayments } from './payments.ts'
import { Place } from './place.ts'
import { Random } from './random.ts'
import { clock, dayOf, HOUR_MS, instantOf, MINUTE_MS, midnightBefore, SECOND_MS } from './time.ts'

const DOOR_INTERVAL_MS = 15 * MINUTE_MS
/** Scales report what they weigh once in this many hours, also when nothing happened. */
const WEIGHED_EVERY_HOURS = 3
const QUIET_AFTER_MS = 4 * HOUR_MS
const STOLEN_THINGS_MAX = 3
const SHIFT_ENDS_HOUR = 15
/** Staff who are asked to count a shelf do it this much later. */
const COUNTED_AFTER_MS = 45 * MINUTE_MS

/** Names the warehouse of a store. */
export interface StoreSite {
  index: number
  storeId: string
  warehouseId: string
  visitsPerDay: number
}

/** One store: its shelves, its customers, its sensors and tills. */
export class Store {
  readonly site: StoreSite
  readonly places: readonly Place[]
  readonly #context: Context
  readonly #faults: StoreFaults
  readonly #aisles: readonly string[]
  #entries = 0
  #exits = 0
  #transactions = 0
  /** What each till has sold today. */
  readonly #tills = Array.from({ length: TILLS }, () => ({ lines: 0, cents: 0 }))
  readonly #payments: StorePayments
  readonly #online: OnlineShop

  constructor(context: Context, site: StoreSite) {
    this.#context = context
    this.site = site
    const { products, customers, options } = context
    const unitsPerDay = site.visitsPerDay * customers.unitsPerVisit
    this.places = products.map((product) => new Place(product, site.storeId, unitsPerDay * product.popularity))
    this.#faults = new StoreFaults(options.faults, options.seed, site.index)
    this.#aisles = [...new Set(products.map(({ category }) => category))]
    const tell: Store['tell'] = (...about) => this.tell(...about)
    this.#payments = new StorePayments(context, site, tell, (receipt, line) => this.#takeBack(receipt, line))
    this.#online = new OnlineShop(context, site, tell, this.#payments, {
      places: this.places,
      pick: (customerId, { place, units }) => this.#pickFor(customerId, place, units),
      sell: (receipt, seen) => this.#sell(receipt, seen),
    })
  }

  tell<Name extends TopicName>(topic: Name, facts: Facts<Name>, atMs = this.#now, knownAtMs = atMs): void {
    const message = this.#context.outbox.put(topic, atMs, facts, knownAtMs)
    const repeatedAt = this.#faults.repeatedAt(knownAtMs)
    if (repeatedAt !== undefined) this.#context.outbox.repeat(message, repeatedAt)
  }

  #tillId = (till: number): string => `${this.site.storeId}-till-${till + 1}`
  /** Two shifts. */
  #cashierId = (till: number, hour: number): string => String(1 + till + (hour < SHIFT_ENDS_HOUR ? 0 : TILLS))

  get #now(): number {
    return this.#context.timeline.nowMs
  }

  // The day.

  /** Plans the day: who comes, what fails, when doors and scales are read. */
  startDay(dayMs: number): void {
    const { timeline, options, customers } = this.#context
    const { index, storeId, visitsPerDay } = this.site
    for (const [aisle, { fromMs, untilMs }] of this.#faults.startDay(dayMs, this.#aisles)) {
      this.#context.truth.note({
        kind: 'silent sensors',
        at: instantOf(fromMs),
        storeId,
        aisle,
        until: instantOf(untilMs),
      })
    }
    const random = new Random(options.seed, 'customers', index, dayMs)
    for (const visit of customers.plan(
      random,
      `${storeId}-${dayOf(dayMs).replaceAll('-', '')}`,
      dayMs,
      visitsPerDay * 7,
    )) {
      timeline.at(visit.enterMs, () => this.#enter(visit))
    }
    this.#payments.startDay(dayMs, this.#cashierId)
    this.#online.startDay(dayMs)
    this.#openLanes(dayMs)
    for (let hour = OPENS_AT_HOUR; hour <= CLOSES_AT_HOUR; hour += 1) {
      timeline.at(dayMs + hour * HOUR_MS, () => this.#look(hour))
      for (let part = 1; part <= HOUR_MS / DOOR_INTERVAL_MS; part += 1) {
        const untilMs = dayMs + hour * HOUR_MS + part * DOOR_INTERVAL_MS
        // The last second of an interval counts to the next one, so that it is sent by the end of the interval.
        timeline.at(untilMs - SECOND_MS, () => this.#countDoor(untilMs - DOOR_INTERVAL_MS))
      }
    }
  }

  /** The hours of the day are known before it begins; each till is a lane. */
  #openLanes(dayMs: number): void {
    const { storeId } = this.site
    const open_on = dayOf(dayMs)
    this.tell('opening_hours', {
      hours_id: `${storeId}/${open_on}`,
      store_id: storeId,
      open_on,
      opens_at: clock(OPENS_AT_HOUR),
      // The last customers leave within the hour after.
      closes_at: clock(CLOSES_AT_HOUR + 1),
    })
    const lanes = [
      [OPENS_AT_HOUR, 'open'],
      [CLOSES_AT_HOUR + 1, 'closed'],
    ] as const
    for (const [hour, status] of lanes) {
      this.#context.timeline.at(dayMs + hour * HOUR_MS, () => {
        for (let till = 0; till < TILLS; till += 1) {
          const lane = { store_id: storeId, lane_id: `${storeId}-lane-${till + 1}`, till_id: this.#tillId(till) }
          this.tell('lane_status', { ...lane, kind: 'staffed', status })
        }
      })
    }
  }

  /** Writes down the day that is over; the tills report what they have sold. */
  endDay(date: string): void {
    for (const [index, till] of this.#tills.entries()) {
      this.tell('till_closings', {
        store_id: this.site.storeId,
        till_id: this.#tillId(index),
        sold_on: date,
        lines: till.lines,
        net_amount: money(till.cents),
      })
      till.lines = 0
      till.cents = 0
    }
    for (const place of this.places) {
      const { product, storeId, capacity } = place
      this.#context.truth.addDay({
        date,
        storeId,
        productId: product.productId,
        category: product.category,
        capacity,
        onShelf: place.shelf.units,
        inTransit: place.transit.units,
        ...place.closeDay(),
      })
    }
  }

  /** Once an opening hour: how full the shelves really are, what can't be seen, what the scales report. */
  #look(hour: number): void {
    const { totals } = this.#context.truth
    const now = this.#now
    const today = dayOf(now)
    const openedMs = midnightBefore(now) + OPENS_AT_HOUR * HOUR_MS
    for (const place of this.places) {
      const sellable = place.shelf.sellable(today)
      totals.fillSum += Math.min(1, sellable / place.capacity)
      totals.fillSamples += 1
      if (sellable === 0) totals.emptySamples += 1
      if (place.shelf.units === 0 && place.book > 0) place.today.phantomHours += 1
      if (this.#faults.isSilent(place.product.category, now)) place.today.silentHours += 1
      if (now - Math.max(place.lastSaleMs, openedMs) >= QUIET_AFTER_MS) place.today.isQuiet = true
      if ((hour - OPENS_AT_HOUR) % WEIGHED_EVERY_HOURS === 0) this.#weigh(place, 0)
    }
  }

  #countDoor(fromMs: number): void {
    const { storeId } = this.site
    const facts = {
      store_id: storeId,
      sensor_id: `${storeId}-door`,
      entries: this.#entries,
      exits: this.#exits,
      interval_seconds: DOOR_INTERVAL_MS / SECOND_MS,
    }
    this.#entries = 0
    this.#exits = 0
    this.tell('foot_traffic', facts, fromMs, this.#now)
  }

  // Customers.

  #enter(visit: Visit): void {
    const { timeline } = this.#context
    const basket = new Map<Place, InHand>()
    const isThief = this.#faults.isThief()
    this.#entries += 1
    this.tell('customer_events', { store_id: this.site.storeId, customer_id: visit.customerId, event_type: 'enter' })
    const wants = isThief ? visit.wants.slice(0, STOLEN_THINGS_MAX) : visit.wants
    for (const want of wants) {
      timeline.at(want.atMs, () => (isThief ? this.#grab(visit, basket, want) : this.#take(visit, basket, want)))
    }
    timeline.at(visit.payMs, () => (isThief ? this.#steal(basket) : this.#pay(visit, basket)))
    timeline.at(visit.leaveMs, () => this.#leave(visit))
  }

  #leave(visit: Visit): void {
    this.#exits += 1
    this.tell('customer_events', { store_id: this.site.storeId, customer_id: visit.customerId, event_type: 'leave' })
  }

  /** A customer takes what the shelf holds of their shopping list, and may put it back. */
  #take(visit: Visit, basket: Map<Place, InHand>, want: Want): void {
    const place = this.places[want.product]!
    const { temptation, putBackAtMs } = want
    const wanted = temptation === null ? want.units : this.#context.customers.unitsTaken(place.uplift, temptation)
    const goods = this.#find(place, wanted)
    const units = unitsOf(goods)
    if (temptation === null) this.#countDemand(place, wanted, units)
    if (units === 0) return
    basket.set(place, { goods, seen: this.#sense(place, 'pickup', units, visit.customerId) })
    if (putBackAtMs !== null) this.#context.timeline.at(putBackAtMs, () => this.#putBack(visit, basket, place))
  }

  #grab(visit: Visit, basket: Map<Place, InHand>, want: Want): void {
    const place = this.places[want.product]!
    const haul = this.#faults.haul(want.units)
    const goods = this.#find(place, haul.units)
    const units = unitsOf(goods)
    if (units === 0) return
    basket.set(place, { goods, seen: haul.isHidden ? 0 : this.#sense(place, 'pickup', units, visit.customerId) })
  }

  /** No one takes what has expired. */
  #find(place: Place, units: number): Goods[] {
    const today = dayOf(this.#now)
    return place.shelf.take(units, ({ expiresOn }) => expiresOn >= today)
  }

  #countDemand(place: Place, wanted: number, found: number): void {
    const { totals } = this.#context.truth
    const lost = wanted - found
    place.today.demanded += wanted
    place.today.lost += lost
    place.today.lostCents += lost * place.tillCents
    totals.demanded += wanted
    totals.lost += lost
    totals.lostCents += lost * place.tillCents
  }

  #putBack(visit: Visit, basket: Map<Place, InHand>, place: Place): void {
    const hand = basket.get(place)!
    basket.delete(place)
    const units = unitsOf(hand.goods)
    if (this.#faults.isMisplaced()) {
      this.#misplace(visit, place, units)
      return
    }
    for (const goods of hand.goods) place.shelf.add(goods)
    this.#sense(place, 'putback', units, visit.customerId)
  }

  /** The sensor of another shelf sees it; customers who look for it do not find it there. */
  #misplace(visit: Visit, place: Place, units: number): void {
    const { truth } = this.#context
    const other = this.places[this.#faults.otherShelf(place.product.index, this.places.length)]!
    place.today.misplaced += units
    truth.totals.misplaced += units
    const { shelfId } = other
    const { productId } = place.product
    truth.note({ kind: 'misplacement', at: instantOf(this.#now), storeId: place.storeId, productId, units, shelfId })
    other.strayGrams += units * place.product.unitWeightGrams
    if (this.#faults.isSilent(other.product.category, this.#now)) return
    place.book += units
    this.tell('shelf_events', {
      store_id: place.storeId,
      shelf_id: shelfId,
      product_id: productId,
      event_type: 'putback',
      customer_id: visit.customerId,
      quantity: String(units),
    })
  }

  #pay(visit: Visit, basket: ReadonlyMap<Place, InHand>): void {
    if (basket.size === 0) return
    const receipt: Receipt = {
      transactionId: this.#newTransaction(),
      customerId: visit.customerId,
      method: visit.paymentMethod,
      tillId: this.#tillId(visit.till),
      cashierId: this.#cashierId(visit.till, new Date(this.#now).getUTCHours()),
      lines: [...basket].map(([place, { goods }]) => {
        const units = unitsOf(goods)
        return { place, units, cents: units * place.tillCents }
      }),
    }
    const seen = [...basket.values()].map((hand) => hand.seen)
    this.#sell(receipt, seen, this.#faults.tillKnownAt(visit.till, this.#now))
    this.#payments.paid(receipt)
  }

  #newTransaction(): string {
    this.#transactions += 1
    return `${this.site.storeId}-t${this.#transactions}`
  }

  /** @param seen by line, the units that a sensor saw leave */
  #sell(receipt: Receipt, seen: readonly number[], knownAtMs = this.#now): void {
    for (const [at, line] of receipt.lines.entries()) {
      this.#countSale(line.place, line.units, seen[at]!)
      this.#tellSale(receipt, line, at + 1, knownAtMs)
    }
  }

  #tellSale(
    { transactionId, customerId, method, tillId, cashierId }: Receipt,
    { place, units, cents }: SoldLine,
    lineNo: number,
    knownAtMs = this.#now,
    original?: string,
  ): void {
    const till = this.#tills.find((_, at) => this.#tillId(at) === tillId)
    if (till !== undefined) {
      till.lines += 1
      till.cents += cents
    }
    this.tell(
      'pos_transactions',
      {
        store_id: place.storeId,
        transaction_id: transactionId,
        line_no: lineNo,
        product_id: place.product.productId,
        quantity: String(units),
        unit_price: money(Math.abs(cents / units)),
        discount: '0',
        customer_id: customerId,
        payment_method: method,
        ...(tillId !== null && { till_id: tillId, cashier_id: cashierId }),
        ...(original !== undefined && { original_transaction_id: original }),
        is_promoted: cents / units < place.product.listPriceCents,
      },
      this.#now,
      knownAtMs,
    )
  }

  /** A customer brings goods back: they are paid back, and discarded. @returns the transaction of the return */
  #takeBack(receipt: Receipt, line: SoldLine): string {
    const { totals } = this.#context.truth
    const { place, units, cents } = line
    const transactionId = this.#newTransaction()
    place.today.sold -= units
    place.today.wasted += units
    totals.sold -= units
    totals.revenueCents -= cents
    totals.wasted += units
    totals.wastedCents += units * place.product.listPriceCents
    const back = { ...line, units: -units, cents: -cents }
    this.#tellSale({ ...receipt, transactionId }, back, 1, this.#now, receipt.transactionId)
    this.#tellStock(place, -units, 'waste')
    return transactionId
  }

  /** Staff pick for an order what the shelf holds. */
  #pickFor(customerId: string, place: Place, wanted: number): InHand & { units: number } {
    const goods = this.#find(place, wanted)
    const units = unitsOf(goods)
    this.#countDemand(place, wanted, units)
    return { goods, units, seen: units === 0 ? 0 : this.#sense(place, 'pickup', units, customerId) }
  }

  #countSale(place: Place, units: number, seen: number): void {
    const { totals } = this.#context.truth
    place.today.sold += units
    if (place.tillCents !== place.priceCents) place.today.mispricedLines += 1
    place.lastSaleMs = this.#now
    place.book -= Math.max(0, units - seen)
    totals.sold += units
    totals.revenueCents += units * place.tillCents
  }

  #steal(basket: ReadonlyMap<Place, InHand>): void {
    const { truth } = this.#context
    for (const [place, { goods, seen }] of basket) {
      const units = unitsOf(goods)
      const { storeId, product } = place
      place.today.stolen += units
      truth.totals.stolen += units
      const { productId } = product
      truth.note({ kind: 'theft', at: instantOf(this.#now), storeId, productId, units, wasSeen: seen > 0 })
    }
  }

  // Sensors.

  /** A sensor reports what moved, as well as it can. @returns the units that it reported */
  #sense(place: Place, event: 'pickup' | 'putback', units: number, customerId: string): number {
    const told = this.#faults.count(place.product.category, units, this.#now)
    if (told === undefined) return 0
    place.book += event === 'pickup' ? -told : told
    this.tell('shelf_events', {
      ...this.#shelfFacts(place),
      event_type: event,
      customer_id: customerId,
      quantity: String(told),
      weight: kilograms(place.weightGrams),
    })
    return told
  }

  #weigh(place: Place, change: number): void {
    if (this.#faults.isSilent(place.product.category, this.#now)) return
    this.tell('shelf_events', {
      ...this.#shelfFacts(place),
      event_type: 'weight_change',
      quantity: String(change),
      weight: kilograms(place.weightGrams),
    })
  }

  #shelfFacts({ storeId, shelfId, product }: Place) {
    return { store_id: storeId, shelf_id: shelfId, product_id: product.productId }
  }

  // Staff.

  /** Goods are on the shelf; the stock system records it, and the scale sees it. */
  putOnShelf(place: Place, goods: readonly Goods[]): void {
    const units = unitsOf(goods)
    if (units === 0) return
    const today = dayOf(this.#now)
    place.strayGrams = 0
    for (const lot of goods) place.shelf.add({ ...lot, receivedOn: today })
    place.book += units
    this.#tellStock(place, units, 'delivery')
    this.#weigh(place, units)
  }

  /** Takes goods off as waste: of the lot first, and when there aren't as many, of what expires first. */
  takeOffShelf(place: Place, units: number, batchId: string | undefined): void {
    const goods = place.shelf.take(units, (lot) => lot.batchId === batchId)
    const rest = place.shelf.take(units - unitsOf(goods))
    // Who asked for it takes it for done, whatever was there.
    place.book -= units
    this.#waste(place, unitsOf(goods) + unitsOf(rest))
  }

  #waste(place: Place, units: number): void {
    if (units === 0) return
    const { totals } = this.#context.truth
    place.today.wasted += units
    totals.wasted += units
    totals.wastedCents += units * place.product.listPriceCents
    this.#tellStock(place, -units, 'waste')
    this.#weigh(place, -units)
  }

  #tellStock(place: Place, change: number, reason: 'delivery' | 'waste'): void {
    this.tell('inventory_updates', {
      store_id: place.storeId,
      inventory_id: place.shelfId,
      product_id: place.product.productId,
      quantity_change: String(change),
      new_quantity: String(place.shelf.units),
      reason,
    })
  }

  /** An event of staff: for what was not reported otherwise. */
  tellStaff(place: Place, event: 'refill' | 'removal', goods: readonly Goods[]): void {
    for (const { units, batchId, expiresOn } of goods) {
      this.tell('shelf_events', {
        ...this.#shelfFacts(place),
        event_type: event,
        quantity: String(units),
        batch_id: batchId,
        expires_on: expiresOn,
      })
    }
  }

  /** Staff will count the shelf, and report by how much the system was wrong. */
  countLater(place: Place): void {
    this.#context.timeline.at(this.#now + COUNTED_AFTER_MS, () => {
      const correction = place.shelf.units - place.book
      place.book = place.shelf.units
      place.strayGrams = 0
      this.tell('shelf_events', {
        ...this.#shelfFacts(place),
        event_type: 'count',
        quantity: String(correction),
        weight: kilograms(place.weightGrams),
      })
    })
  }

  /** Staff take off what has expired. */
  discardExpired(place: Place): void {
    const today = dayOf(this.#now)
    const goods = place.shelf.take(place.capacity * 10, ({ expiresOn }) => expiresOn < today)
    place.book -= unitsOf(goods)
    this.tellStaff(place, 'removal', goods)
    this.#waste(place, unitsOf(goods))
  }

  // Prices.

  /** A price holds from now on; the till may be behind. */
  changePrice(place: Place, cents: number): void {
    const { timeline, truth } = this.#context
    place.priceCents = cents
    const lagMs = cents === place.tillCents ? 0 : this.#faults.labelLagMs()
    if (lagMs === 0) {
      place.tillCents = cents
      return
    }
    const { storeId, product } = place
    const until = instantOf(this.#now + lagMs)
    truth.note({ kind: 'lagging label', at: instantOf(this.#now), storeId, productId: product.productId, until })
    timeline.at(this.#now + lagMs, () => {
      if (place.priceCents === cents) place.tillCents = cents
    })
  }

  /** Changes a price and sends the event. */
  setPrice(place: Place, cents: number, reason: 'regular' | 'promotion', promotionId: string | null): void {
    this.tell('price_changes', {
      store_id: place.storeId,
      product_id: place.product.productId,
      old_price: cents === place.priceCents ? null : money(place.priceCents),
      new_price: money(cents),
      reason,
      promotion_id: promotionId,
    })
    this.changePrice(place, cents)
  }
}
