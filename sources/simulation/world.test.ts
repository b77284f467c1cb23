import { beforeAll, describe, expect, test } from 'vitest'
import type {
  OnlineOrderLine,
  PaymentEvent,
  PosTransaction,
  ShelfEvent,
  SupplierShipment,
} from '../../contracts/events.ts'
import { parseEvent } from '../../contracts/parse.ts'
import { CLOSES_AT_HOUR, OPENS_AT_HOUR } from './customers.ts'
import type { WorldMessage } from './messages.ts'
import { endMs, type Faults, startMs } from './options.ts'
import type { Pattern } from './pattern.ts'
import { eventsOf, offlinePattern, runToEnd, smallWorld } from './testing.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from './time.ts'
import { World } from './world.ts'

let pattern: Pattern
beforeAll(async () => {
  pattern = await offlinePattern()
})

const everyFault: Faults = {
  sensorLies: 0.05,
  sensorSilent: 0.1,
  tillOffline: 0.2,
  duplicates: 0.02,
  theft: 0.05,
  misplaced: 0.5,
  labelLag: 0.3,
  unpaid: 0.05,
  falseRefunds: 0.5,
}

/** Which way an event moves what is on the shelf. */
const directions: Record<string, number> = {
  pickup: -1,
  putback: 1,
  refill: 1,
  removal: -1,
  count: 1,
  weight_change: 0,
}

describe('a world', () => {
  test('is the same, byte for byte, for the same seed, whatever the steps', () => {
    const options = smallWorld({}, everyFault)
    const { messages } = runToEnd(options, pattern)
    expect(JSON.stringify(runToEnd(options, pattern).messages)).toBe(JSON.stringify(messages))

    const whole = new World(options, pattern)
    const stepped = new World(options, pattern)
    const parts = []
    for (let at = startMs(options); at <= endMs(options); at += 7 * MINUTE_MS) parts.push(...stepped.advance(at))
    parts.push(...stepped.advance(endMs(options)))
    expect(JSON.stringify(parts)).toBe(JSON.stringify(whole.advance(endMs(options))))
  })

  test('is another one for another seed', () => {
    const values = (seed: number) => runToEnd(smallWorld({ seed, days: 1 }), pattern).messages.map(({ value }) => value)
    expect(values(1)).not.toEqual(values(2))
  })

  test('sends events in the order in which things become known, and nothing that breaks its contract', () => {
    const { messages } = runToEnd(smallWorld({ online: 0.1 }, everyFault), pattern)
    for (const [at, message] of messages.entries()) {
      const parsed = parseEvent(message.topic, Buffer.from(message.value), message.knownAtMs)
      expect(parsed, message.value).toMatchObject({ ok: true })
      if (at > 0) expect(message.knownAtMs).toBeGreaterThanOrEqual(messages[at - 1]!.knownAtMs)
    }
    expect(new Set(messages.map(({ topic }) => topic)).size).toBe(19)
  })

  test.each([
    ['without faults', {}],
    ['with every fault', everyFault],
  ])('neither makes goods nor loses any, %s', (_how, faults) => {
    const { world } = runToEnd(smallWorld({ days: 8, online: 0.1 }, faults), pattern)
    const { opening, delivered, sold, stolen, misplaced, wasted } = world.truth.totals
    expect(sold).toBeGreaterThan(1000)
    expect(wasted).toBeGreaterThan(0)
    expect(opening + delivered).toBe(sold + stolen + misplaced + wasted + world.unitsInStock)
  })

  test('sells only what the shelf holds', () => {
    const options = smallWorld({ days: 2 })
    const world = new World(options, pattern)
    const messages = world.advance(endMs(options))
    const onShelf = new Map<string, number>()
    let lows = 0
    for (const event of eventsOf<ShelfEvent>(messages, 'shelf_events')) {
      const place = `${event.store_id}/${event.product_id}`
      const units = (onShelf.get(place) ?? 0) + directions[event.event_type]! * Number(event.quantity)
      expect(units).toBeGreaterThanOrEqual(0)
      if (units === 0) lows += 1
      onShelf.set(place, units)
    }
    // No one refilled: the shelves ran empty, and customers left without what they came for.
    expect(lows).toBeGreaterThan(10)
    expect(world.truth.totals.lost).toBeGreaterThan(100)
    for (const { storeId, productId, units } of world.shelves()) {
      expect(onShelf.get(`${storeId}/${productId}`)).toBe(units)
    }
  })

  test('without faults leaves the sensors nothing to be wrong about', () => {
    const { world } = runToEnd(smallWorld(), pattern)
    for (const { places } of world.stores) for (const { book, shelf } of places) expect(book).toBe(shelf.units)
    const { days, incidents } = world.takeTruth()
    expect(days.every(({ phantomHours, silentHours }) => phantomHours + silentHours === 0)).toBe(true)
    expect(incidents.every(({ kind }) => kind === 'supplier order')).toBe(true)
  })

  test('has visits by the hours and weekdays of the real shops', () => {
    const options = smallWorld({ stores: 1, products: 3, visitsPerDay: 2000, days: 14 })
    const { messages } = runToEnd(options, pattern)
    const entered = eventsOf<{ event_at: string; event_type: string }>(messages, 'customer_events').filter(
      ({ event_type }) => event_type === 'enter',
    )
    const count = (weekday: number, hour: number) =>
      entered.filter(({ event_at }) => {
        const at = new Date(event_at)
        return (at.getUTCDay() + 6) % 7 === weekday && at.getUTCHours() === hour
      }).length
    const open = pattern.visits.map((visits, slot) =>
      slot % 24 >= OPENS_AT_HOUR && slot % 24 < CLOSES_AT_HOUR ? visits : 0,
    )
    const total = open.reduce((sum, visits) => sum + visits, 0)
    for (const [weekday, hour] of [
      [0, 12],
      [3, 10],
      [5, 12],
      [6, 15],
      [2, 3],
    ] as const) {
      const expected = (entered.length * open[weekday * 24 + hour]!) / total
      expect(Math.abs(count(weekday, hour) - expected)).toBeLessThan(4 * Math.sqrt(expected) + 4)
    }
  })
})

describe('faults', () => {
  const run = (faults: Partial<Faults>) => {
    const { world, messages } = runToEnd(smallWorld({}, faults), pattern)
    return { world, messages, records: world.takeTruth() }
  }
  const receipts = (messages: ReturnType<typeof run>['messages']) =>
    eventsOf<PosTransaction>(messages, 'pos_transactions').map(
      ({ store_id, product_id, event_at, quantity }) =>
        `${store_id.split('-').at(-1)} ${product_id.split('-').at(-1)} ${event_at} ${quantity}`,
    )

  test('change nothing of who comes for what', () => {
    const calm = run({}).world.truth.totals
    const noisy = run({ sensorLies: 0.3, sensorSilent: 0.3, tillOffline: 0.5, duplicates: 0.1 }).world.truth.totals
    expect(noisy.demanded).toBe(calm.demanded)
    expect(noisy.sold).toBe(calm.sold)

    const options = smallWorld({}, { theft: 0.2, sensorLies: 0.1 })
    const unrefilled = new World(options, pattern)
    unrefilled.advance(endMs(options))
    expect(unrefilled.truth.totals.demanded).toBe(runToEnd(options, pattern).world.truth.totals.demanded)
  })

  test('duplicates: events come twice, with the same id', () => {
    const { messages } = run({ duplicates: 0.1 })
    const sales = eventsOf<PosTransaction>(messages, 'pos_transactions')
    const ids = new Set(sales.map(({ event_id }) => event_id))
    expect(sales.length / ids.size).toBeCloseTo(1.1, 1)
    expect(ids.size).toBe(receipts(run({}).messages).length)
  })

  test('tills offline: the same sales, later', () => {
    const { messages } = run({ tillOffline: 0.5 })
    const late = messages.filter(
      ({ topic, value, knownAtMs }) =>
        topic === 'pos_transactions' && knownAtMs > Date.parse((JSON.parse(value) as PosTransaction).event_at),
    )
    expect(late.length).toBeGreaterThan(20)
    expect(receipts(messages).sort().join('\n')).toBe(receipts(run({}).messages).sort().join('\n'))
  })

  test('theft: goods leave without a sale, and the sensors miss a part of it', () => {
    const { world, records } = run({ theft: 0.2 })
    const thefts = records.incidents.filter((incident) => incident.kind === 'theft')
    expect(thefts.reduce((sum, { units }) => sum + units, 0)).toBe(world.truth.totals.stolen)
    const hidden = thefts.filter(({ wasSeen }) => !wasSeen).length
    expect(hidden / thefts.length).toBeGreaterThan(0.25)
    expect(hidden / thefts.length).toBeLessThan(0.55)
    const places = world.stores.flatMap((store) => store.places)
    expect(places.some(({ book, shelf }) => book > shelf.units)).toBe(true)
    expect(records.days.some(({ phantomHours }) => phantomHours > 0)).toBe(true)
  })

  test('lying sensors: their sum is off, the sales are not', () => {
    const { world } = run({ sensorLies: 0.3 })
    const places = world.stores.flatMap((store) => store.places)
    expect(places.filter(({ book, shelf }) => book !== shelf.units).length).toBeGreaterThan(10)
  })

  test('silent sensors: an aisle sends nothing for hours', () => {
    const { messages, records } = run({ sensorSilent: 0.3 })
    const silent = records.incidents.filter((incident) => incident.kind === 'silent sensors')
    expect(silent.length).toBeGreaterThan(10)
    const seen = eventsOf<ShelfEvent>(messages, 'shelf_events').filter(
      ({ event_type }) => event_type === 'pickup' || event_type === 'weight_change',
    )
    const categories = new Map(records.days.map(({ productId, category }) => [productId, category]))
    for (const { storeId, aisle, at, until } of silent) {
      const told = seen.filter(
        ({ store_id, product_id, event_at }) =>
          store_id === storeId && categories.get(product_id) === aisle && event_at >= at && event_at < until,
      )
      expect(told).toEqual([])
    }
  })

  test('misplaced: another shelf sees what was put back', () => {
    const { world, messages } = run({ misplaced: 1 })
    const homes = new Map(
      world.stores.flatMap(({ places }) =>
        places.map(({ storeId, shelfId, product }) => [`${storeId}/${product.productId}`, shelfId]),
      ),
    )
    const putBack = eventsOf<ShelfEvent>(messages, 'shelf_events').filter(({ event_type }) => event_type === 'putback')
    expect(putBack.length).toBeGreaterThan(10)
    for (const event of putBack) expect(homes.get(`${event.store_id}/${event.product_id}`)).not.toBe(event.shelf_id)
  })

  test('lagging labels: the till charges another price than the one that was published', () => {
    const mismatches = (faults: Partial<Faults>) => {
      const told = new Map<string, string>()
      let different = 0
      const { messages } = runToEnd(smallWorld({ days: 9 }, faults), pattern)
      for (const { topic, value } of messages) {
        const event = JSON.parse(value) as {
          store_id: string
          product_id: string
          new_price: string
          unit_price: string
        }
        const place = `${event.store_id}/${event.product_id}`
        if (topic === 'price_changes') told.set(place, event.new_price)
        if (topic === 'pos_transactions' && told.get(place) !== event.unit_price) different += 1
      }
      return different
    }
    expect(mismatches({})).toBe(0)
    expect(mismatches({ labelLag: 1 })).toBeGreaterThan(5)
  })
})

describe('payments', () => {
  const paymentsOf = (messages: readonly WorldMessage[]) => eventsOf<PaymentEvent>(messages, 'payment_events')
  const cents = (amount: string | null | undefined) => Math.round(Number(amount) * 100)
  const sumBy = <Event>(
    events: readonly Event[],
    keyOf: (event: Event) => string,
    centsOf: (event: Event) => number,
  ) => {
    const sums = new Map<string, number>()
    for (const event of events) sums.set(keyOf(event), (sums.get(keyOf(event)) ?? 0) + centsOf(event))
    return sums
  }
  const run = (faults: Partial<Faults> = {}, online = 0.1) => {
    const { world, messages } = runToEnd(smallWorld({ days: 6, visitsPerDay: 200, online }, faults), pattern)
    const sales = eventsOf<PosTransaction>(messages, 'pos_transactions')
    return { world, messages, sales, incidents: world.takeTruth().incidents }
  }

  test('are captured for every sale by card and paid back for every return, to the cent', () => {
    const { messages, sales } = run()
    const electronic = sales.filter(({ payment_method }) => payment_method !== 'cash')
    const due = sumBy(
      electronic,
      ({ transaction_id }) => transaction_id,
      ({ quantity, unit_price }) => cents(unit_price) * Number(quantity),
    )
    const settled = sumBy(
      paymentsOf(messages).filter(({ event_type }) => event_type === 'captured' || event_type === 'refunded'),
      ({ transaction_id }) => transaction_id,
      ({ event_type, amount }) => (event_type === 'captured' ? cents(amount) : -cents(amount)),
    )
    expect(sales.some(({ quantity }) => quantity.startsWith('-'))).toBe(true)
    expect(new Map([...settled].sort())).toEqual(new Map([...due].sort()))
    for (const { quantity, original_transaction_id } of sales) {
      expect(quantity.startsWith('-')).toBe(original_transaction_id !== undefined)
    }
  })

  test('unpaid: goods leave without a payment', () => {
    const { messages, incidents } = run({ unpaid: 0.1 }, 0)
    const unpaid = incidents.flatMap((one) => (one.kind === 'unpaid sale' ? one.transactionId : []))
    const captured = new Set(
      paymentsOf(messages).flatMap((one) => (one.event_type === 'captured' ? one.transaction_id : [])),
    )
    expect(unpaid.length).toBeGreaterThan(20)
    expect(unpaid.filter((id) => captured.has(id))).toEqual([])
  })

  test('false refunds: a cashier pays back without goods', () => {
    const { messages, sales, incidents } = run({ falseRefunds: 0.5 })
    const returned = new Set(sales.flatMap((one) => (one.quantity.startsWith('-') ? one.transaction_id : [])))
    const without = paymentsOf(messages).filter(
      ({ event_type, transaction_id }) => event_type === 'refunded' && !returned.has(transaction_id),
    )
    expect(without.length).toBeGreaterThan(5)
    expect(without.map(({ transaction_id }) => transaction_id).sort()).toEqual(
      incidents.flatMap((one) => (one.kind === 'false refund' ? one.transactionId : [])).sort(),
    )
    expect(without.every(({ cashier_id }) => cashier_id)).toBe(true)
  })

  test('lines of online orders are picked, cancelled or not due yet, never more than were ordered', () => {
    const { messages } = run()
    const lines = eventsOf<OnlineOrderLine>(messages, 'online_order_lines')
    const sum = (...types: string[]) =>
      sumBy(
        lines.filter(({ event_type }) => types.includes(event_type)),
        ({ order_id, line_no }) => `${order_id}/${line_no}`,
        ({ quantity }) => Number(quantity),
      )
    const ordered = sum('ordered')
    expect(ordered.size).toBeGreaterThan(50)
    expect(sum('picked', 'cancelled')).toEqual(ordered)
  })
})

describe('what Shelfline decides', () => {
  const envelope = { event_id: 'e', source: 'shelfline/restock', schema_version: 1, event_at: '2026-11-02T12:00:00Z' }

  test('moves goods from the warehouse to the shelf, by lot', () => {
    const options = smallWorld({ days: 1 })
    const world = new World(options, pattern)
    world.advance(startMs(options) + 18 * HOUR_MS)
    const store = world.stores[0]!
    const place = store.places.find(({ shelf }) => shelf.units === 0)!
    const { storeId, shelfId, product } = place
    const depot = world.depotOf(store)
    const { batchId, expiresOn } = depot.piles[product.index]!.goods[0]!
    const before = depot.piles[product.index]!.units
    const goods = { product_id: product.productId, quantity: '3', batch_id: batchId, expires_on: expiresOn }
    const out = {
      ...envelope,
      ...goods,
      store_id: depot.warehouseId,
      warehouse_id: depot.warehouseId,
      direction: 'out' as const,
      reason: 'store_refill' as const,
      destination_store_id: storeId,
    }
    const refill = { ...envelope, ...goods, store_id: storeId, shelf_id: shelfId, event_type: 'refill' as const }

    expect(world.react({ topic: 'warehouse_events', event: out })).toBe(true)
    expect(depot.piles[product.index]!.units).toBe(before - 3)
    expect(place.transit.units).toBe(3)
    expect(place.shelf.units).toBe(0)
    world.react({ topic: 'shelf_events', event: refill })
    expect(place.transit.units).toBe(0)
    expect(place.shelf.goods).toMatchObject([{ batchId, expiresOn, units: 3 }])
    world.react({ topic: 'shelf_events', event: { ...refill, event_type: 'removal', quantity: '1' } })
    expect(place.shelf.units).toBe(2)
    expect(world.truth.totals.wasted).toBe(1)
    expect(world.react({ topic: 'shelf_events', event: { ...refill, source: 'simulation' } })).toBe(false)
    expect(world.react({ topic: 'shelf_events', event: { ...refill, store_id: 'elsewhere' } })).toBe(false)
  })

  test('orders from the supplier once a plan, who delivers in the next days', () => {
    const options = smallWorld({ days: 6 })
    const world = new World(options, pattern)
    world.advance(startMs(options) + 12 * HOUR_MS)
    const depot = world.depots[0]!
    const plans = world.products.map(({ productId, index }) => ({
      plan_id: `plan-${index}`,
      warehouse_id: depot.warehouseId,
      product_id: productId,
      quantity: '24',
    }))
    const before = depot.piles.reduce((sum, { units }) => sum + units, 0)
    for (const event of [...plans, ...plans]) world.react({ topic: 'supplier_plan', event })
    world.advance(endMs(options))
    const after = depot.piles.reduce((sum, { units }) => sum + units, 0)
    const came = world.truth.totals.delivered
    expect(after - before).toBe(came)
    expect(came / 24).toBeGreaterThan(30)
    expect(came / 24).toBeLessThanOrEqual(40)
    expect(depot.onOrder.every((units) => units === 0)).toBe(true)
  })

  test('has suppliers that take a purchase order once, and deliver it late, short and damaged', () => {
    const options = smallWorld({ days: 8, orders: true })
    const world = new World(options, pattern)
    world.advance(startMs(options) + 9 * HOUR_MS)
    const depot = world.depots[0]!
    const lines = world.products.map(({ productId, caseUnits }, at) => ({
      line_no: at + 1,
      product_id: productId,
      quantity: String(caseUnits * 10),
    }))
    const order = { purchase_order_id: 'PO-1', location_id: depot.warehouseId, status: 'approved', lines }
    const tell = (change: Partial<typeof order>) =>
      world.react({ topic: 'purchase_orders', event: { ...order, ...change } })
    expect(tell({})).toBe(false)
    expect(tell({ location_id: 'elsewhere', status: 'sent' })).toBe(false)
    expect([tell({ status: 'sent' }), tell({ status: 'sent' })]).toEqual([true, false])
    expect([
      tell({ purchase_order_id: 'PO-2', status: 'sent' }),
      tell({ purchase_order_id: 'PO-2', status: 'cancelled' }),
    ]).toEqual([true, true])
    const messages = world.advance(endMs(options))
    const told = eventsOf<SupplierShipment>(messages, 'supplier_shipments')
    const units = (id: string, status: string, field: 'quantity' | 'damaged_quantity' = 'quantity') =>
      told
        .filter((event) => event.purchase_order_id === id && event.status === status)
        .reduce((sum, event) => sum + Number(event[field] ?? 0), 0)
    const ordered = lines.reduce((sum, { quantity }) => sum + Number(quantity), 0)
    expect(units('PO-2', 'cancelled')).toBe(ordered)
    expect(units('PO-2', 'delivered')).toBe(0)
    // Every unit is delivered or cancelled; what is damaged does not reach the warehouse.
    expect(units('PO-1', 'delivered') + units('PO-1', 'cancelled')).toBe(ordered)
    const came = eventsOf<{ direction: string; quantity: string }>(messages, 'warehouse_events')
      .filter(({ direction }) => direction === 'in')
      .reduce((sum, { quantity }) => sum + Number(quantity), 0)
    expect(came).toBe(units('PO-1', 'delivered') - units('PO-1', 'delivered', 'damaged_quantity'))
    expect(depot.onOrder.every((onOrder) => onOrder === 0)).toBe(true)
    const kinds = world.takeTruth().incidents.map(({ kind }) => kind)
    expect(kinds).toEqual(expect.arrayContaining(['late delivery', 'short delivery', 'damaged delivery']))
  })

  test('has suppliers that send nothing more of an order whose rest was cancelled', () => {
    const options = smallWorld({ days: 8, orders: true })
    const world = new World(options, pattern)
    world.advance(startMs(options) + 9 * HOUR_MS)
    const lines = world.products.map(({ productId, caseUnits }, at) => ({
      line_no: at + 1,
      product_id: productId,
      quantity: String(caseUnits * 10),
    }))
    const order = { purchase_order_id: 'PO-1', location_id: world.depots[0]!.warehouseId, lines }
    const tell = (status: string) => world.react({ topic: 'purchase_orders', event: { ...order, status } })
    tell('sent')
    const units = (messages: readonly WorldMessage[], ...statuses: string[]) =>
      eventsOf<SupplierShipment>(messages, 'supplier_shipments')
        .filter(({ status }) => statuses.includes(status))
        .reduce((sum, { quantity }) => sum + Number(quantity), 0)
    const early = world.advance(startMs(options) + 2 * DAY_MS)
    expect([tell('received'), tell('received')]).toEqual([true, false])
    const late = world.advance(endMs(options))
    expect(units(early, 'delivered')).toBeGreaterThan(0)
    expect(units(late, 'delivered', 'shipped')).toBe(0)
    const ordered = lines.reduce((sum, { quantity }) => sum + Number(quantity), 0)
    expect(units([...early, ...late], 'delivered', 'cancelled')).toBe(ordered)
  })

  test('moves goods from one warehouse to another, by lot, and loses none on the way', () => {
    const options = { ...smallWorld(), stores: 11, products: 5, visitsPerDay: 10 }
    const world = new World(options, pattern)
    world.advance(startMs(options) + 6 * HOUR_MS)
    const [from, to] = world.depots
    const { productId } = world.products[0]!
    const { batchId, expiresOn } = from!.piles[0]!.goods[0]!
    const units = [from!.piles[0]!.units, to!.piles[0]!.units, world.unitsInStock]
    const move = (warehouse: string, direction: 'in' | 'out') =>
      world.react({
        topic: 'warehouse_events',
        event: {
          event_id: direction,
          source: 'shelfline/jobs',
          schema_version: 2,
          event_at: '',
          plan_id: 'TR-1',
          store_id: warehouse,
          warehouse_id: warehouse,
          product_id: productId,
          batch_id: batchId,
          expires_on: expiresOn,
          direction,
          quantity: '2',
          reason: 'transfer',
          destination_store_id: to!.warehouseId,
        },
      })
    expect(move(from!.warehouseId, 'out')).toBe(true)
    expect([from!.piles[0]!.units, to!.piles[0]!.units, world.unitsInStock]).toEqual([
      units[0]! - 2,
      units[1],
      units[2],
    ])
    expect([move(to!.warehouseId, 'in'), move(to!.warehouseId, 'in')]).toEqual([true, false])
    expect(to!.piles[0]!.goods).toContainEqual(expect.objectContaining({ batchId, expiresOn, units: 2 }))
    expect([to!.piles[0]!.units, world.unitsInStock]).toEqual([units[1]! + 2, units[2]])
  })

  test('sends suppliers, terms and rules only when it is replenished by orders', () => {
    const topics = (orders: boolean) =>
      new Set(new World(smallWorld(orders ? { orders } : {}), pattern).catalogue().map(({ topic }) => topic))
    expect(topics(true)).toContain('supply_terms')
    expect(topics(false)).not.toContain('supply_terms')
    for (const { value } of new World(smallWorld({ orders: true }), pattern).catalogue()) {
      expect(JSON.parse(value).event_id.length).toBeLessThanOrEqual(64)
    }
  })

  test('has a shelf counted that should hold goods which do not sell', () => {
    const options = smallWorld({ days: 1 }, { theft: 1 })
    const world = new World(options, pattern)
    world.advance(startMs(options) + 20 * HOUR_MS)
    const place = world.stores[0]!.places.find(({ book, shelf }) => book > shelf.units)!
    const about = { store_id: place.storeId, product_id: place.product.productId, message: 'count it' }
    const alert = { ...envelope, ...about, alert_id: '1', severity: 'warning' as const }
    expect(world.react({ topic: 'alerts', event: { ...alert, alert_type: 'near_expiry' } })).toBe(false)
    expect(world.react({ topic: 'alerts', event: { ...alert, alert_type: 'phantom_stock' } })).toBe(true)
    const told = eventsOf<ShelfEvent>(world.advance(startMs(options) + 21 * HOUR_MS), 'shelf_events')
    const count = told.find(({ event_type }) => event_type === 'count')!
    expect(count).toMatchObject({ product_id: place.product.productId, store_id: place.storeId })
    expect(Number(count.quantity)).toBeLessThan(0)
  })

  test('is followed by customers: a markdown sells more', () => {
    const sold = (cheaper: boolean) => {
      const options = smallWorld({ stores: 1, visitsPerDay: 200, days: 1 })
      const world = new World(options, pattern)
      world.advance(startMs(options) + HOUR_MS)
      for (const place of world.stores[0]!.places) {
        place.shelf.add({ batchId: 'more', expiresOn: '2027-01-01', receivedOn: '2026-11-02', units: 10_000 })
        const cents = place.product.listPriceCents
        const new_price = ((cheaper ? cents * 0.7 : cents) / 100).toFixed(2)
        const facts = { store_id: place.storeId, product_id: place.product.productId, new_price }
        world.react({ topic: 'price_changes', event: { ...envelope, ...facts, reason: 'markdown' } })
      }
      world.advance(startMs(options) + DAY_MS)
      return world.truth.totals.sold
    }
    expect(sold(true)).toBeGreaterThan(1.2 * sold(false))
  })
})
