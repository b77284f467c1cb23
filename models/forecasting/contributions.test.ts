import { expect, test } from 'vitest'
import { addCandidate, addMember, PARTS, partsOfFeatures, partsWith } from './contributions.ts'

const features = ['lag_1', 'season_factor', 'weekday', 'price_ratio', 'promo_ahead', 'promo_effect', 'year_units']
const parts = partsOfFeatures(features, { promo: ['promo_ahead', 'promo_effect'] })
const row = { level: 4, season: 1.5, weekdayMean: 6, mean28: 5 }
const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0)

test('a feature belongs to one part, a covariate to its own', () => {
  expect([...parts].map((part) => PARTS[part] ?? 'promo')).toEqual([
    'recent_sales',
    'season',
    'calendar',
    'price',
    'promo',
    'promo',
    'season',
  ])
})

test('a covariate that has the name of a part belongs to it', () => {
  const covariates = { price: ['price_last'], promo: ['promo_ahead'] }
  expect(partsWith(covariates)).toEqual([...PARTS, 'promo'])
  expect([...partsOfFeatures(['price_last', 'price_ratio', 'promo_ahead'], covariates)]).toEqual([4, 4, 5])
})

test.each([
  ['reg:tweedie', 'level', 4 * Math.exp(0.1 + 0.5)],
  ['reg:tweedie', 'season', 6 * Math.exp(0.1 + 0.5)],
  ['reg:squarederror', 'level', 4 * 0.6],
  ['reg:squarederror', 'season', 6 * 0.6],
] as const)('the parts of a %s booster relative to the %s add up to its forecast', (objective, base, forecast) => {
  const shap = Float32Array.from([0.2, 0.3, -0.1, 0.05, 0.4, -0.3, -0.05, 0.1])
  const into = new Float64Array(PARTS.length + 1)
  addMember(into, { base, objective }, row, shap, parts, 0.5)
  expect(sum(into)).toBeCloseTo(forecast / 2, 5)
  // What raises the margin raises the forecast.
  expect(into[PARTS.length]).toBeGreaterThan(0)
  expect(into[PARTS.indexOf('calendar')]).toBeLessThan(0)
})

test('the parts of a forecast below zero add up to nothing', () => {
  const into = new Float64Array(PARTS.length + 1)
  addMember(
    into,
    { base: 'season', objective: 'reg:squarederror' },
    row,
    Float32Array.from([-2, 0, 0, 0, 0, 0, 0, 0.9]),
    parts,
    1,
  )
  expect(sum(into)).toBeCloseTo(0, 6)
})

test.each(['weekday_mean', 'weekday_mean_season', 'seasonal_naive_year', 'tsb'] as const)(
  'those of %s, too',
  (candidate) => {
    const into = new Float64Array(PARTS.length + 1)
    addCandidate(into, candidate, row, 9, 0.25)
    expect(sum(into)).toBeCloseTo(9 / 4, 9)
    addCandidate(into, candidate, { ...row, weekdayMean: Number.NaN, mean28: Number.NaN }, 3, 0.25)
    expect(sum(into)).toBeCloseTo(12 / 4, 9)
  },
)
