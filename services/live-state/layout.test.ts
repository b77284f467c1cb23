import { expect, test } from 'vitest'
import { layOut, type Placement, type ToPlace } from './layout.ts'

const placement = (x: number, level = 1): Placement => ({ x, y: 0.5, width: 1.2, depth: 0.6, level, aisle: 'Dairy' })
const shelf = (productId: string, shelfId: string, placed: Placement | null, category = 'Milk'): ToPlace => ({
  productId,
  shelfId,
  category,
  placement: placed,
})
const rounded = ({ x, y, width, depth }: { x: number; y: number; width: number; depth: number }) =>
  [x, y, width, depth].map((metres) => Number(metres.toFixed(3)))

test('shelves above each other divide the depth, the highest at the back; products of a shelf divide its width', () => {
  const { rectangles, aisles } = layOut([
    shelf('milk', 'A', placement(1)),
    shelf('oat', 'A', placement(1)),
    shelf('tea', 'B', placement(1, 2)),
  ])
  expect(rectangles.map(rounded)).toEqual([
    [1, 0.8, 0.6, 0.3],
    [1.6, 0.8, 0.6, 0.3],
    [1, 0.5, 1.2, 0.3],
  ])
  expect(aisles.map(({ name, ...place }) => [name, ...rounded(place)])).toEqual([['Dairy', 1, 0.5, 1.2, 0.6]])
})

test('shelves without a place are drawn by category below the others, and none covers another', () => {
  const schema = Array.from({ length: 30 }, (_, n) => shelf(`p${n}`, `S${n}`, null, n < 20 ? 'Tins' : 'Tea'))
  const { rectangles, aisles, width, depth } = layOut([shelf('milk', 'A', placement(1)), ...schema])
  expect(aisles.map(({ name }) => name)).toEqual(['Dairy', 'Tins', 'Tea'])
  expect(Math.min(...rectangles.slice(1).map(({ y }) => y))).toBeGreaterThan(1.1)
  expect(Math.max(...rectangles.map((one) => one.x + one.width))).toBeLessThan(width)
  expect(Math.max(...rectangles.map((one) => one.y + one.depth))).toBeLessThan(depth)
  const places = rectangles.map((one) => rounded(one).slice(0, 2).join('/'))
  expect(new Set(places).size).toBe(31)
})
