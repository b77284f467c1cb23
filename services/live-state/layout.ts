/** Where shelves are drawn: as their places were sent, or in a schema. */

export interface Placement {
  x: number
  y: number
  width: number
  depth: number
  level: number
  aisle: string | null
}

export interface ToPlace {
  productId: string
  category: string | null
  shelfId: string
  /** Metres; null: it was not sent. */
  placement: Placement | null
}

export interface Rectangle {
  /** Metres from the left and from the back wall. */
  x: number
  y: number
  width: number
  depth: number
}

export interface Aisle extends Rectangle {
  name: string
}

export interface Layout {
  /** Of each thing in the order that they were given in. */
  rectangles: Rectangle[]
  aisles: Aisle[]
  width: number
  depth: number
}

/** The schema: runs of at most twelve shelves, each of a category; short ones are side by side. */
const RUN_MAX = 12
const WIDTH = 1
const DEPTH = 0.8
const WALKWAY = 0.9
const MARGIN = 0.5
const NO_CATEGORY = '–'

/**
 * A rectangle for each product: products that share a shelf divide its width, shelves above each other its depth. Shelves without a
 * place are drawn in a schema below the others.
 */
export function layOut(all: readonly ToPlace[]): Layout {
  const placed = all.filter(({ placement }) => placement !== null)
  const bottom = Math.max(0, ...placed.map(({ placement }) => placement!.y + placement!.depth))
  const rectangles = new Map([...placedRectangles(placed), ...schematic(all, bottom)])
  const ordered = all.map((one) => rectangles.get(one)!)
  const nameOf = ({ placement, category }: ToPlace) => (placement === null ? category : placement.aisle) ?? NO_CATEGORY
  const aisles = [...Map.groupBy(all, (one) => `${one.placement === null}/${nameOf(one)}`).values()].map((own) => ({
    name: nameOf(own[0]!),
    ...around(own.map((one) => rectangles.get(one)!)),
  }))
  const { x, y, width, depth } = around(ordered)
  return { rectangles: ordered, aisles, width: x + width + MARGIN, depth: y + depth + MARGIN }
}

function placedRectangles(placed: readonly ToPlace[]): Map<ToPlace, Rectangle> {
  const rectangles = new Map<ToPlace, Rectangle>()
  const racks = Map.groupBy(placed, ({ placement }) => {
    const { x, y, width, depth } = placement!
    return `${x}/${y}/${width}/${depth}`
  })
  for (const rack of racks.values()) {
    const shelves = [...Map.groupBy(rack, ({ shelfId }) => shelfId).values()].sort(
      ([one], [other]) => other!.placement!.level - one!.placement!.level || (one!.shelfId < other!.shelfId ? -1 : 1),
    )
    shelves.forEach((own, level) => {
      const { x, y, width, depth } = own[0]!.placement!
      own.forEach((one, position) => {
        rectangles.set(one, {
          x: x + (width * position) / own.length,
          y: y + (depth * level) / shelves.length,
          width: width / own.length,
          depth: depth / shelves.length,
        })
      })
    })
  }
  return rectangles
}

function schematic(all: readonly ToPlace[], below: number): Map<ToPlace, Rectangle> {
  const rectangles = new Map<ToPlace, Rectangle>()
  const byCategory = Map.groupBy(
    all.filter(({ placement }) => placement === null),
    ({ category }) => category ?? NO_CATEGORY,
  )
  let [x, y, rows] = [MARGIN, below + WALKWAY, 0]
  for (const category of [...byCategory.keys()].sort()) {
    const own = byCategory.get(category)!
    const width = Math.min(RUN_MAX, own.length) * WIDTH
    if (x > MARGIN && x + width > MARGIN + RUN_MAX * WIDTH) {
      y += rows * DEPTH + WALKWAY
      ;[x, rows] = [MARGIN, 0]
    }
    own.forEach((one, position) => {
      const [column, row] = [position % RUN_MAX, Math.floor(position / RUN_MAX)]
      rectangles.set(one, { x: x + column * WIDTH, y: y + row * DEPTH, width: WIDTH, depth: DEPTH })
    })
    x += width + WALKWAY
    rows = Math.max(rows, Math.ceil(own.length / RUN_MAX))
  }
  return rectangles
}

function around(all: readonly Rectangle[]): Rectangle {
  if (all.length === 0) return { x: 0, y: 0, width: 1, depth: 1 }
  const x = Math.min(...all.map((one) => one.x))
  const y = Math.min(...all.map((one) => one.y))
  return {
    x,
    y,
    width: Math.max(...all.map((one) => one.x + one.width)) - x,
    depth: Math.max(...all.map((one) => one.y + one.depth)) - y,
  }
}
