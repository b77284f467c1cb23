import { expect, test } from 'vitest'
import { seeded } from '../statistics/random.ts'
import {
  createDemandFeatures,
  recentColumns,
  type SeriesDays,
  seriesColumns,
  WINDOW_DAYS_MAX,
} from './demand-features.ts'

/** 2024-01-01, a Monday. */
const FIRST_DAY = 19_723
const zeros = (days: number) => new Float64Array(days)
const open = (days: number) => Float64Array.from({ length: days + 1 }, (_, day) => day)

function seriesOf(units: Float64Array, price = 2): SeriesDays {
  const days = units.length
  const netAmount = units.map((value) => value * price)
  return { units, netAmount, returnedUnits: zeros(days), discountAmount: zeros(days), promotedUnits: zeros(days) }
}

function featuresOf(
  series: SeriesDays,
  origins: number[],
  { firstDay = FIRST_DAY, openDays = open(series.units.length) } = {},
) {
  const days = { days: series.units.length, firstDay, origins: Int32Array.from(origins) }
  const features = createDemandFeatures(days, origins.length)
  const rows = features.write(series, openDays, 0)
  return Array.from({ length: rows }, (_, row) => ({
    origin: origins[features.origin[row]!]!,
    ...Object.fromEntries([...seriesColumns, ...recentColumns].map((name) => [name, features.columns[name]![row]!])),
  })) as (Record<string, number> & { origin: number })[]
}

const random = seeded(5)
const noisy = () => Float64Array.from({ length: 400 }, () => (random() < 0.4 ? 0 : Math.round(random() * 80) / 4))

test('a year at once gives each day the very numbers that the day gets by itself', () => {
  const units = noisy()
  const origins = Array.from({ length: 60 }, (_, index) => 100 + index * 5)
  const together = featuresOf(seriesOf(units), origins)
  expect(together).toHaveLength(origins.length)
  for (const [index, origin] of origins.entries()) {
    const from = origin - WINDOW_DAYS_MAX + 1
    const alone = featuresOf(seriesOf(units.slice(from, origin + 1)), [WINDOW_DAYS_MAX - 1], {
      firstDay: FIRST_DAY + from,
    })
    expect({ ...alone[0], origin }).toEqual(together[index])
  }
})

test('nothing that comes after the origin changes its features', () => {
  const units = noisy()
  const before = featuresOf(seriesOf(units), [200])
  const later = units.map((value, day) => (day > 200 ? value + 50 : value))
  expect(featuresOf(seriesOf(later), [200])).toEqual(before)
})

test('a weekly pattern, a trend and the time since the last sale are found', () => {
  // Monday is day 0: 3 units on Saturdays, which are days 5, 12, …
  const saturdays = Float64Array.from({ length: 90 }, (_, day) => (day % 7 === 5 ? 3 : 0))
  const [row] = featuresOf(seriesOf(saturdays), [89])
  expect(row).toMatchObject({
    weekday_mean_6: 3,
    weekday_mean_1: 0,
    days_since_sale: 0,
    days_of_history: 85,
  })
  expect(row!.interval_mean).toBeCloseTo(85 / 13, 5)
  const rising = Float64Array.from({ length: 90 }, (_, day) => day)
  expect(featuresOf(seriesOf(rising), [89])[0]!.trend_28).toBeCloseTo(1, 5)
})

test('a series that has not sold for 90 days has no row, and is back with its first sale', () => {
  const units = zeros(200)
  units[10] = 1
  units[150] = 1
  expect(featuresOf(seriesOf(units), [9, 10, 99, 100, 149, 150]).map(({ origin }) => origin)).toEqual([10, 99, 150])
})

test('means are over the days that the store was open, from the first sale on', () => {
  const units = zeros(90)
  units[80] = 6
  const openDays = Float64Array.from({ length: 91 }, (_, day) => Math.ceil(day / 2))
  const [row] = featuresOf(seriesOf(units), [89], { openDays })
  // Days 80 to 89 are ten, of which every other was open.
  expect(row!.mean_28).toBeCloseTo(6 / 5, 5)
  expect(row!.zero_share_28).toBeCloseTo(4 / 5, 5)
  expect(row!.std_7).toBe(0)
})

test('what can not be computed is NaN and nothing is infinite, whatever was sold', () => {
  const free = featuresOf({ ...seriesOf(Float64Array.of(1, 0, 0)), netAmount: zeros(3) }, [0, 1, 2])
  for (const row of free)
    for (const value of Object.values(row)) expect(Math.abs(value)).not.toBe(Number.POSITIVE_INFINITY)
  expect(free[0]).toMatchObject({ price_ratio: Number.NaN, std_7: Number.NaN, weekday_mean_1: Number.NaN })
})
