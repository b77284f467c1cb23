import { wholeCases } from './assortment.ts'
import { endMs, startMs } from './options.ts'
import { DAY_MS, HOUR_MS } from './time.ts'
import type { World } from './world.ts'

const NIGHT_SHIFT_HOUR = 6
const ORDER_HOUR = 8
const WEEK_DAYS = 7

/**
 * How supermarkets do it without Shelfline: before opening, staff take off what has expired and fill every shelf from
 * the warehouse; once a week each warehouse orders what it expects to sell in a week.
 */
export function followPlainRule(world: World): void {
  const { options } = world
  for (let dayMs = startMs(options), day = 0; dayMs < endMs(options); dayMs += DAY_MS, day += 1) {
    world.at(dayMs + NIGHT_SHIFT_HOUR * HOUR_MS, () => fillShelves(world))
    if (day % WEEK_DAYS === 0) world.at(dayMs + ORDER_HOUR * HOUR_MS, () => orderForAWeek(world, day))
  }
}

function fillShelves(world: World): void {
  for (const depot of world.depots) depot.discardExpired()
  for (const store of world.stores) {
    for (const place of store.places) {
      store.discardExpired(place)
      world.refill(store, place, Math.max(0, place.capacity - place.shelf.units))
    }
  }
}

function orderForAWeek(world: World, day: number): void {
  for (const depot of world.depots) {
    for (const product of world.products) {
      const units = wholeCases(product, depot.expectedPerDay[product.index]! * WEEK_DAYS)
      depot.order(product, units, `${depot.warehouseId}-${product.productId.split('-').at(-1)}-d${day}`)
    }
  }
}
