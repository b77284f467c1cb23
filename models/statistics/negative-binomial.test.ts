import { expect, test } from 'vitest'
import { expectedAbove, logGamma, regularisedBeta, tailAbove } from './negative-binomial.ts'

const closeTo = (actual: number, wanted: number, relative: number) =>
  expect(Math.abs(actual / wanted - 1), `${actual} against ${wanted}`).toBeLessThan(relative)

test.each([
  // size, mean, count, SciPy 1.x: nbinom.sf(count, size, size / (size + mean))
  [0.05, 0.3, 0, 0.09271214380823754],
  [0.05, 0.3, 2, 0.03633068417346374],
  [1.5, 4, 0, 0.8575728269453382],
  [1.5, 4, 9, 0.08884375193768917],
  [1.5, 4, 60, 1.730745194052605e-8],
  [20, 50, 49, 0.48488888798567575],
  [20, 50, 80, 0.019340431036219925],
  [20, 50, 140, 3.464307110776702e-7],
  [300, 1000, 1000, 0.48922723591558676],
  [300, 1000, 1300, 1.1541503788231755e-5],
  [0.7, 2500, 100, 0.9104393807076026],
  [0.7, 2500, 9000, 0.0430284095589988],
  [1e6, 3, 5, 0.08391824449085072],
])('the tail of size %d, mean %d above %d', (size, mean, count, wanted) => {
  closeTo(tailAbove(count, mean, size), wanted, 1e-8)
})

test.each([
  // size, mean, limit; the sum over SciPy's probabilities
  [1.5, 4, 0, 4],
  [1.5, 4, 9, 0.3557172286204263],
  [20, 50, 49, 5.737955158879362],
  [0.05, 0.3, 2, 0.15345947764888612],
  [0.7, 2500, 9000, 143.18238027731587],
])('what size %d, mean %d is expected to be above %d', (size, mean, limit, wanted) => {
  closeTo(expectedAbove(limit, mean, size), wanted, 1e-9)
})

test('a limit between whole numbers', () => {
  // Above 9.5 lie the same values as above 9, each half a unit nearer.
  closeTo(expectedAbove(9.5, 4, 1.5), 0.3557172286204263 - 0.5 * 0.08884375193768917, 1e-9)
})

test('ends', () => {
  expect(tailAbove(-1, 4, 1.5)).toBe(1)
  expect(tailAbove(0, 0, 1.5)).toBe(0)
  expect(expectedAbove(3, 0, 1.5)).toBe(0)
  expect(regularisedBeta(2, 3, 0)).toBe(0)
  expect(regularisedBeta(2, 3, 1)).toBe(1)
})

test('the incomplete beta function and the gamma function against SciPy', () => {
  closeTo(regularisedBeta(0.5, 3, 0.1), 0.5545844446520297, 1e-13)
  closeTo(regularisedBeta(12.3, 4.5, 0.8), 0.7166740221964032, 1e-13)
  closeTo(regularisedBeta(0.001, 40, 0.002), 0.9979637337607113, 1e-13)
  closeTo(regularisedBeta(900, 400, 0.7), 0.7243931543009481, 1e-11)
  closeTo(regularisedBeta(61, 1e5, 0.0007), 0.8744326645507815, 1e-9)
  closeTo(logGamma(0.1), 2.252712651734206, 1e-14)
  closeTo(logGamma(3.7), 1.428072326665388, 1e-14)
  closeTo(logGamma(1e5), 1051287.7089736569, 1e-14)
})
