import { expect, test } from 'vitest'
import { seeded } from './random.ts'
import { lagged, rollingMoments, rollingSums } from './rolling.ts'

const random = seeded(3)
const values = Float64Array.from({ length: 200 }, () => Math.round(random() * 1e6) / 1e3)
const sumsFrom = (from: number, window: number, firstDay: number) => {
  const own = values.slice(from)
  const sums = new Float64Array(own.length)
  rollingSums(own, window, firstDay + from, sums)
  return sums
}

test.each([1, 2, 7, 28, 90, 300])('a window of %i days holds its days and no others', (window) => {
  for (const firstDay of [0, 5, 19_723, -3]) {
    const sums = sumsFrom(0, window, firstDay)
    for (const [day, sum] of sums.entries()) {
      const own = values.slice(Math.max(0, day - window + 1), day + 1)
      expect(sum).toBeCloseTo(
        own.reduce((total, value) => total + value, 0),
        8,
      )
    }
  }
})

test('wherever the series is cut, a window has the same sum to the last bit', () => {
  for (const window of [7, 28, 90]) {
    const whole = sumsFrom(0, window, 19_723)
    for (const cut of [1, 40, 109]) {
      const part = sumsFrom(cut, window, 19_723)
      for (let day = cut + window - 1; day < values.length; day += 1) expect(part[day - cut]).toBe(whole[day])
    }
  }
})

test('nothing is lost beside a large sum that has left the window', () => {
  const spike = Float64Array.from({ length: 20 }, (_, day) => (day === 3 ? 1e15 : 0.1))
  const sums = new Float64Array(20)
  rollingSums(spike, 7, 0, sums)
  expect(sums[19]).toBeCloseTo(0.7, 12)
})

test('lags, means and deviations of the days that were asked for; NaN where there is none', () => {
  const series = Float64Array.of(2, 4, 9)
  const squares = series.map((value) => value * value)
  const [sums, squareSums] = [new Float64Array(3), new Float64Array(3)]
  rollingSums(series, 2, 0, sums)
  rollingSums(squares, 2, 0, squareSums)
  const days = Int32Array.of(0, 2)
  const counts = Float64Array.of(0, 2, 2)
  const into = new Float32Array(3)
  lagged(series, 1, days, into, 1)
  expect([...into]).toEqual([0, Number.NaN, 4])
  const [mean, deviation] = [new Float32Array(3), new Float32Array(3)]
  rollingMoments({ sums, squareSums, counts }, days, { mean, deviation }, 1)
  expect([...mean]).toEqual([0, Number.NaN, 6.5])
  expect(deviation[1]).toBeNaN()
  expect(deviation[2]).toBeCloseTo(Math.sqrt(12.5), 6)
})
