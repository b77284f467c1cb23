import { expect, test } from 'vitest'
import { clearBy } from './clearance.ts'

const question = {
  units: 30,
  unitsPerDay: 0.2,
  inverseSize: 0,
  elasticity: 2.5,
  usualPrice: 10,
  price: 10,
  leftWorth: 0,
  days: 56,
  percentMax: 70,
}

test('clears what hardly sells by the day, and what is worth something afterwards less', () => {
  const { best, untouched } = clearBy(question)
  expect(untouched.wasted).toBeGreaterThan(15)
  expect(best.percent).toBeGreaterThan(15)
  expect(best.wasted).toBeLessThan(untouched.wasted / 2)
  expect(best.earned).toBeGreaterThan(1.3 * untouched.earned)
  expect(clearBy({ ...question, leftWorth: 8 }).best.percent).toBeLessThan(best.percent)
})

test('leaves what will be gone anyway', () => {
  expect(clearBy({ ...question, units: 3 }).best.percent).toBe(0)
})
