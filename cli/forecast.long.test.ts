/** `shelfline forecast` on files that are as they should be, and on those that are not. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Evaluation,
  type EvaluationRequest,
  evaluateForecast,
  FORECAST_TABLE,
  forecastAhead,
} from '../activities/forecasting/evaluation.ts'
import { planSeason, readSeasonPlan } from '../activities/forecasting/season-plan.ts'
import { addDays } from '../contracts/calendar.ts'
import { PERIOD_DAYS, QUANTILES, quantileColumn } from '../models/forecasting/plan.ts'
import { seeded } from '../models/statistics/random.ts'
import { createLocalDuckDb, type DuckDBConnection } from '../platform/duckdb/duckdb.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { openXgboost, type Xgboost } from '../platform/xgboost/xgboost.ts'
import { readSalesFile } from '../sources/series-file.ts'
import { parseSeriesMap } from '../sources/series-map.ts'

const FIRST = '2024-01-01'
const DAYS = 84
const PLAIN = 'series: [shop, sku]\ndate: day\nquantity: sold\n'

let folder: string
let connection: DuckDBConnection
let xgboost: Xgboost
let close: () => void
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shelfline-forecast-test-'))
  const duckdb = await createLocalDuckDb({ ...loadSettings(), home: folder })
  connection = await duckdb.connect()
  xgboost = openXgboost(loadSettings())
  close = () => {
    connection.closeSync()
    duckdb.closeSync()
  }
})
afterAll(async () => {
  await xgboost[Symbol.asyncDispose]()
  close()
  rmSync(folder, { recursive: true })
})

interface Row {
  day: string
  shop: string
  sku: string
  sold: number | ''
  [more: string]: string | number
}

/** Twice as much at weekends; half of the days on promotion sell twice as much again. */
function shopSales(change: (row: Row, index: number) => Row[] = (row) => [row]): Row[] {
  const random = seeded(7)
  const rows: Row[] = []
  for (const shop of ['north', 'south']) {
    for (let product = 0; product < 6; product += 1) {
      for (let day = 0; day < DAYS; day += 1) {
        const promo = random() < 0.2 ? 1 : 0
        const usual = (2 + product) * (day % 7 >= 5 ? 2 : 1) * (promo ? 2 : 1)
        const sold = Math.max(0, Math.round(usual + (random() - 0.5) * Math.sqrt(usual) * 2))
        rows.push({ day: addDays(FIRST, day), shop, sku: `p${product}`, sold, promo, group: `g${product % 2}` })
      }
    }
  }
  return rows.flatMap(change)
}

function write(rows: readonly Row[]): string {
  written += 1
  const file = join(folder, `${written}.csv`)
  const names = Object.keys(rows[0]!)
  writeFileSync(
    file,
    [names, ...rows.map((row) => names.map((name) => row[name]))].map((row) => row.join(',')).join('\n'),
  )
  return file
}
let written = 0

type Asked = Partial<Pick<EvaluationRequest, 'frequency' | 'horizon' | 'windows' | 'step' | 'excludeCensored'>>

async function read(rows: readonly Row[], map: string, frequency: 'day' | 'week' = 'day') {
  return readSalesFile(connection, write(rows), parseSeriesMap(map, 'map.yaml'), PERIOD_DAYS[frequency])
}

async function evaluate(
  rows: readonly Row[],
  map = PLAIN,
  asked: Asked = {},
): Promise<Evaluation & { notes: string[] }> {
  const sales = await read(rows, map, asked.frequency)
  const wanted = { frequency: 'day', horizon: 7, windows: 1, step: 7, excludeCensored: false, seed: 1 } as const
  return { notes: sales.notes, ...(await evaluateForecast({ connection, xgboost, sales, ...wanted, ...asked })) }
}

async function ahead(rows: readonly Row[], map = PLAIN, horizon = 3) {
  const sales = await read(rows, map)
  const told = await forecastAhead({ connection, xgboost, sales, frequency: 'day', horizon, seed: 1 })
  const reader = await connection.runAndReadAll(`select * from ${FORECAST_TABLE} order by all`)
  return { told, rows: reader.getRowObjectsJson() as Record<string, unknown>[] }
}

const numbers = (evaluation: Evaluation): number[] =>
  Object.values(evaluation.forecasts).flatMap((errors) => Object.values(errors).filter((value) => value !== undefined))

/** No forecast is NaN, negative, or out of order. */
function expectSound(rows: readonly Record<string, unknown>[]): void {
  for (const row of rows) {
    const values = QUANTILES.map((level) => Number(row[quantileColumn(level)]))
    expect([Number(row.mean), ...values].every((value) => Number.isFinite(value) && value >= 0)).toBe(true)
    expect(values).toEqual([...values].sort((left, right) => left - right))
  }
}

describe('evaluate', () => {
  test('date, store, product and quantity are enough to beat the simple forecasts', async () => {
    const { forecasts, series, windows } = await evaluate(shopSales(), PLAIN, { windows: 2 })
    expect({ series, windows: windows.length, rows: forecasts.mean.rows }).toEqual({
      series: 12,
      windows: 2,
      rows: 168,
    })
    const simple = [forecasts.seasonal_naive, forecasts.moving_average_7, forecasts.moving_average_28]
    for (const { wape } of simple) expect(forecasts.mean.wape).toBeLessThan(wape!)
  })

  test('what is new and what has ended is measured too, from its first row on', async () => {
    const launched = addDays(FIRST, DAYS - 5)
    // One product is sold from five days before the end on; another was sold once, months before.
    const ended = ['north', 'south'].map((shop) => ({
      day: addDays(FIRST, -60),
      shop,
      sku: 'old',
      sold: 3,
      promo: 0,
      group: 'g0',
    }))
    const rows = [...ended, ...shopSales((row) => (row.sku === 'p4' && row.day < launched ? [] : [row]))]
    const { forecasts, parts } = await evaluate(rows, `${PLAIN}category: group\n`)
    const [part] = parts.filter(({ demandClass }) => demandClass === 'new')
    // Two stores, five days.
    expect(part).toMatchObject({ horizon: '1-7', rows: 10 })
    expect(part!.wape).toBeLessThan(0.8)
    expect(parts.find(({ demandClass }) => demandClass === 'ended')).toMatchObject({ rows: 14, wape: undefined })
    expect(forecasts.mean.rows).toBe(parts.reduce((sum, { rows: own }) => sum + own, 0))
    expect(forecasts.seasonal_naive.wape).toBeGreaterThan(forecasts.mean.wape!)
  })

  test('a text under known is a value, and an empty one is none; a few texts among numbers are reported', async () => {
    const named = shopSales((row) => [
      { ...row, event: row.promo ? 'spring sale' : '', price: row.day.endsWith('9') ? 'n/a' : 2 },
    ])
    const { forecasts, notes } = await evaluate(named, `${PLAIN}known: [event, price]\n`)
    expect(notes).toEqual(['96 rows with a price that is not a number, such as "n/a": no value'])
    const without = await evaluate(shopSales(), PLAIN)
    expect(forecasts.mean.wape).toBeLessThan(0.8 * without.forecasts.mean.wape!)
  })

  test('what is known of the days ahead helps; what is known up to the day does not show them', async () => {
    const [known, past] = await Promise.resolve([`${PLAIN}known: [promo]\n`, `${PLAIN}past: [promo]\n`])
    const withKnown = await evaluate(shopSales(), known)
    const withPast = await evaluate(shopSales(), past)
    expect(withKnown.forecasts.mean.wape).toBeLessThan(0.8 * withPast.forecasts.mean.wape!)
  })

  test('weeks that follow the year before are forecast better than by last week or the same week of last year', async () => {
    const random = seeded(3)
    const weeks = Array.from({ length: 8 }, (_, product) =>
      Array.from({ length: 130 }, (_, week): Row => {
        const season = Math.exp(0.8 * Math.sin((2 * Math.PI * 7 * week) / 364 + product))
        const level = (20 + 10 * product) * season * (1 + week / 130)
        const sold = Math.max(0, Math.round(level + (random() - 0.5) * 4 * Math.sqrt(level)))
        return { day: addDays(FIRST, 7 * week), shop: 'north', sku: `p${product}`, sold }
      }),
    ).flat()
    const { forecasts } = await evaluate(weeks, PLAIN, { frequency: 'week', horizon: 4, windows: 1, step: 4 })
    const simple = [forecasts.seasonal_naive, forecasts.seasonal_naive_year, forecasts.moving_average_28]
    for (const { wape } of simple) expect(forecasts.mean.wape).toBeLessThan(0.7 * wape!)
  })

  test('the same file and seed give the same figures', async () => {
    const { forecasts } = await evaluate(shopSales())
    expect((await evaluate(shopSales())).forecasts).toEqual(forecasts)
  })

  test('weeks are sums from Monday on; one that is not whole is left out and reported', async () => {
    const { forecasts, windows, notes } = await evaluate(shopSales().slice(0, -1), PLAIN, {
      frequency: 'week',
      horizon: 1,
      windows: 1,
      step: 1,
    })
    expect(windows).toEqual([{ origin: '2024-03-17', from: '2024-03-18', through: '2024-03-24' }])
    expect(forecasts.mean.wape).toBeLessThan(0.3)
    const part = await evaluate(
      shopSales().filter(({ day }) => day < '2024-03-22'),
      PLAIN,
      { frequency: 'week', horizon: 1, windows: 1, step: 1 },
    )
    expect(part.windows[0]!.through).toBe('2024-03-17')
    expect([...notes, ...part.notes]).toEqual(['48 rows of an incomplete week: skipped'])
  })

  test('demand that met an empty shelf is put back, and sales are compared with the part of the day in stock', async () => {
    const halved = shopSales((row, index) => [
      index % 3 === 0 ? { ...row, sold: Math.round(Number(row.sold) / 2), out: 0.5 } : { ...row, out: 0 },
    ])
    const map = `${PLAIN}stock_out: { column: out, unit: share }\n`
    const recovered = await evaluate(halved, map)
    expect(Math.abs(recovered.forecasts.mean.bias!)).toBeLessThan(0.1)
    expect(recovered.forecasts.mean.uncensored_rows).toBe(60)
    const whole = await evaluate(halved, map, { excludeCensored: true })
    expect(whole.forecasts.mean.rows).toBe(60)
  })
})

describe('run', () => {
  test('every series has a forecast for every day ahead', async () => {
    const { told, rows } = await ahead(shopSales())
    expect(told).toEqual({ from: '2024-03-25', through: '2024-03-27', rows: 36 })
    expectSound(rows)
  })

  test('a product that has never sold is forecast as its category sells in its store, a new store as others', async () => {
    const map = `${PLAIN}category: group\n`
    const unsold = { day: '2024-03-24', sold: 0, promo: 0 }
    const { rows } = await ahead(
      [
        ...shopSales(),
        { ...unsold, shop: 'north', sku: 'new', group: 'g1' },
        { ...unsold, shop: 'north', sku: 'odd', group: 'never seen' },
        { ...unsold, shop: 'east', sku: 'p1', group: 'g1' },
      ],
      map,
    )
    expectSound(rows)
    const mean = (shop: string, ...skus: string[]) => {
      const own = rows.filter((row) => row.store_id === shop && skus.includes(String(row.product_id)))
      return own.reduce((sum, row) => sum + Number(row.mean), 0) / own.length
    }
    expect(mean('north', 'new')).toBeCloseTo(mean('north', 'p1', 'p3', 'p5'), 4)
    expect(mean('north', 'odd')).toBeCloseTo(mean('north', 'p0', 'p1', 'p2', 'p3', 'p4', 'p5'), 4)
    expect(mean('east', 'p1')).toBeCloseTo((mean('north', 'p1', 'p3', 'p5') + mean('south', 'p1', 'p3', 'p5')) / 2, 4)
  })

  test('a product that has stopped selling is not forecast as its peers sell', async () => {
    const old = Array.from(
      { length: 30 },
      (_, day): Row => ({ day: addDays(FIRST, day - 60), shop: 'north', sku: 'old', sold: 9 }),
    )
    const { rows } = await ahead([...shopSales().map(({ day, shop, sku, sold }) => ({ day, shop, sku, sold })), ...old])
    const ended = rows.filter(({ product_id }) => product_id === 'old')
    expect(ended.map((row) => [row.mean, row[quantileColumn(0.95)]])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ])
  })

  test('a horizon past the known covariates is refused, and works when the days ahead are known', async () => {
    const map = `${PLAIN}known: [promo]\n`
    await expect(ahead(shopSales(), map)).rejects.toThrow(
      'the covariates under known (promo) end on 2024-03-24, the horizon on 2024-03-27',
    )
    const told = Array.from({ length: 3 }, (_, day): Row[] =>
      ['north', 'south'].flatMap((shop) =>
        Array.from({ length: 6 }, (_, product) => ({
          day: addDays('2024-03-25', day),
          shop,
          sku: `p${product}`,
          sold: '' as const,
          promo: day === 1 ? 1 : 0,
          group: '',
        })),
      ),
    ).flat()
    const { rows } = await ahead([...shopSales(), ...told], map)
    const total = (day: string) =>
      rows.filter((row) => row.target_date === day).reduce((sum, row) => sum + Number(row.mean), 0)
    expect(total('2024-03-26')).toBeGreaterThan(1.5 * total('2024-03-25'))
  })
})

describe('months ahead', () => {
  /** Three years of weeks with a strong year; each product belongs to one of two categories. */
  const weeks = (count: number): Row[] => {
    const random = seeded(11)
    return Array.from({ length: 6 }, (_, product) =>
      Array.from({ length: count }, (_, week): Row => {
        const level = (20 + 8 * product) * Math.exp(0.8 * Math.sin((2 * Math.PI * week) / 52 + (product % 2)))
        const sold = Math.max(0, Math.round(level + (random() - 0.5) * 4 * Math.sqrt(level)))
        return { day: addDays(FIRST, 7 * week), shop: 'north', sku: `p${product}`, sold, group: `g${product % 2}` }
      }),
    ).flat()
  }

  test('half a year of weeks follows the year, not the last weeks', async () => {
    const { forecasts, parts } = await evaluate(weeks(170), PLAIN, { frequency: 'week', horizon: 26, step: 26 })
    expect(parts.map(({ horizon }) => horizon)).toEqual(expect.arrayContaining(['1-28', '29-91', '92-182']))
    // What is left to chance is some 14 %: the mean error of the true level itself.
    expect(forecasts.mean.wape).toBeLessThan(0.2)
    expect(forecasts.mean.wape).toBeLessThan(0.4 * forecasts.seasonal_naive.wape!)
  })

  test('where months ahead can not be trained they are forecast all the same, with what is a year ago', async () => {
    const { forecasts } = await evaluate(weeks(90), PLAIN, { frequency: 'week', horizon: 26, step: 26 })
    expect(forecasts.mean.wape).toBeLessThan(0.7 * forecasts.seasonal_naive.wape!)
  })

  test('a plan has every store and category, an interval, and the same week of last year', async () => {
    const sales = await read(weeks(130), `${PLAIN}category: group\n`, 'week')
    const told = await planSeason({ connection, xgboost, sales, horizon: 8, seed: 1 })
    const planned = await readSeasonPlan(connection)
    expect(told).toEqual({ from: addDays(FIRST, 7 * 130), through: addDays(FIRST, 7 * 138 - 1) })
    expect(planned).toHaveLength(16)
    for (const { mean, low, high, lastYear } of planned) {
      expect(low).toBeLessThanOrEqual(mean)
      expect(high).toBeGreaterThanOrEqual(mean)
      expect(Math.abs(mean - lastYear!) / lastYear!).toBeLessThan(0.35)
    }
    const without = await read(weeks(30), PLAIN, 'week')
    await expect(planSeason({ connection, xgboost, sales: without, horizon: 8, seed: 1 })).rejects.toThrow(
      'no product has a category: name its column as category in the map',
    )
  })
})

describe('why', () => {
  test('the parts of a forecast add up to it, and a promotion is in its own part', async () => {
    const told = ['north', 'south'].flatMap((shop) =>
      Array.from({ length: 6 }, (_, product) =>
        [1, 2].map(
          (day): Row => ({
            day: addDays(FIRST, DAYS - 1 + day),
            shop,
            sku: `p${product}`,
            sold: '',
            promo: day === 2 ? 1 : 0,
            group: '',
          }),
        ),
      ).flat(),
    )
    const sales = await read([...shopSales(), ...told], `${PLAIN}known: [promo]\n`)
    await forecastAhead({ connection, xgboost, sales, frequency: 'day', horizon: 2, seed: 1, isExplained: true })
    const reader = await connection.runAndReadAll(`select * from ${FORECAST_TABLE}`)
    const rows = reader.getRowObjectsJson() as Record<string, unknown>[]
    const names = Object.keys(rows[0]!).filter((name) => name.startsWith('why_'))
    expect(names).toEqual(['why_level', 'why_season', 'why_calendar', 'why_recent_sales', 'why_price', 'why_promo'])
    for (const row of rows) {
      const sum = names.reduce((total, name) => total + Number(row[name]), 0)
      expect(Math.abs(sum - Number(row.mean))).toBeLessThan(1e-3 * (1 + Number(row.mean)))
    }
    const promoted = rows.filter(({ target_date }) => target_date === '2024-03-26')
    for (const row of promoted) expect(Number(row.why_promo)).toBeGreaterThan(0.15 * Number(row.mean))
  })
})

describe('files that are not as they should be', () => {
  test('short series, series of zeros, gaps, repeated rows, returns and constant columns: stated rules, and no NaN', async () => {
    const rows = shopSales((row, index) => {
      const own = { ...row, constant: 1 }
      if (row.sku === 'p0') return row.day >= '2024-03-20' ? [own] : []
      if (row.sku === 'p1') return [{ ...own, sold: 0 }]
      if (row.sku === 'p2' && index % 4 === 1) return []
      if (row.sku === 'p3' && index % 10 === 0) return [own, own]
      if (row.sku === 'p4' && index % 10 === 0) return [{ ...own, sold: -3 }]
      return [own]
    })
    const map = `${PLAIN}known: [constant]\nstatic: [group]\n`
    const evaluation = await evaluate(rows, map)
    expect(numbers(evaluation).every(Number.isFinite)).toBe(true)
    expect(evaluation.notes.map((note) => note.replace(/^\d+ /, ''))).toEqual([
      'rows with a sold below zero: returns, which take nothing from what sold',
      'rows with the series and day of another row: added up',
    ])
    const { rows: forecasts } = await ahead(rows, `${PLAIN}past: [constant]\nstatic: [group]\n`)
    expect(forecasts).toHaveLength(36)
    expectSound(forecasts)
  })

  test.each(['zero', 'missing', 'closed'])('days without a row, taken as %s', async (rule) => {
    const rows = shopSales((row) => (row.day.endsWith('5') ? [] : [row]))
    const evaluation = await evaluate(rows, `${PLAIN}missing_days: ${rule}\n`)
    expect(numbers(evaluation).every(Number.isFinite)).toBe(true)
    expect(Math.abs(evaluation.forecasts.mean.bias!)).toBeLessThan(0.15)
  })

  test.each<[string, () => Promise<unknown>, string]>([
    ['nothing sold', () => evaluate(shopSales((row) => [{ ...row, sold: 0 }])), 'no sales: no sold is above zero'],
    ['a column that is not there', () => evaluate(shopSales(), `${PLAIN}past: [weather]\n`), 'has no column "weather"'],
    [
      'dates of another format',
      () => evaluate(shopSales((row) => [{ ...row, day: 'x' }])),
      'is date.format in the map',
    ],
    ['more windows than days', () => evaluate(shopSales(), PLAIN, { windows: 9 }), 'use fewer --windows'],
    ['too few days', () => ahead(shopSales((row) => (row.day < '2024-02-05' ? [row] : []))), 'are too few to train'],
    ['a horizon too far', () => evaluate(shopSales(), PLAIN, { horizon: 183 }), 'reach 182 days ahead'],
  ])('%s is refused with the fix', async (_, work, message) => {
    await expect(work()).rejects.toThrow(message)
  })

  test('a missing library is reported with the fix', async () => {
    await using missing = openXgboost({ ...loadSettings(), xgboostLibrary: '/nowhere/libxgboost.so' })
    const sales = await read(shopSales(), PLAIN)
    const work = { connection, xgboost: missing, sales, frequency: 'day', horizon: 7, seed: 1 } as const
    await expect(forecastAhead(work)).rejects.toThrow(
      /no shared library \/nowhere.*`shelfline stack prepare` fetches it/,
    )
  })

  test.each([
    ['date: day\nquantity: sold', 'series is missing'],
    [`${PLAIN}colour: red`, 'colour is not a key: the keys are series, date, quantity'],
    [`${PLAIN}known: [promo]\npast: [promo]`, '"promo" occurs twice'],
    [`${PLAIN}missing_days: maybe`, 'missing_days'],
    [`${PLAIN}stock_out: { column: out, unit: days }`, 'stock_out'],
    ['[', 'is not YAML'],
    ['series', 'is not a map of columns'],
  ])('map %j is refused', (content, message) => {
    expect(() => parseSeriesMap(content, 'map.yaml')).toThrow(message)
  })
})

test('the example map is one', () => {
  const content = readFileSync(join(import.meta.dirname, '../data/examples/forecasts/sales.yaml'), 'utf8')
  expect(parseSeriesMap(content, 'sales.yaml')).toMatchObject({
    series: ['product'],
    missingDays: 'closed',
  })
})
