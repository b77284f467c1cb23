import type { Facts } from './messages.ts'
import type { Place } from './place.ts'

/** Metres. Two runs are back to back; people walk between the pairs and along the middle of the store. */
const SHELF_WIDTH = 1
const SHELF_DEPTH = 0.6
const WALKWAY = 2
const RUN_SHELVES = 8
const WALL = 0.5

/**
 * Where the shelves of a store are: a category is a run of shelves, left and right of the middle in turns; what does not fit side by
 * side is on the next level.
 */
export function floorPlan(places: readonly Place[]): Facts<'store_layouts'>[] {
  const runs = [...Map.groupBy(places, ({ product }) => product.category)]
  return runs.flatMap(([category, own], run) => {
    const row = Math.floor(run / 2)
    const x = WALL + (run % 2) * (RUN_SHELVES * SHELF_WIDTH + WALKWAY)
    const y = WALL + Math.floor(row / 2) * (2 * SHELF_DEPTH + WALKWAY) + (row % 2) * SHELF_DEPTH
    return own.map(({ storeId, shelfId, product }, position) => ({
      layout_id: `${storeId}/${shelfId}`,
      store_id: storeId,
      shelf_id: shelfId,
      x: metres(x + (position % RUN_SHELVES) * SHELF_WIDTH),
      y: metres(y),
      width: metres(SHELF_WIDTH),
      depth: metres(SHELF_DEPTH),
      level: 1 + Math.floor(position / RUN_SHELVES),
      aisle: `${product.department}: ${category}`,
    }))
  })
}

const metres = (length: number): string => length.toFixed(2)
