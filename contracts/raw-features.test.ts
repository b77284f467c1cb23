import { expect, test } from 'vitest'
import { parseRawFeatures } from './raw-features.ts'

test('numbers by name, recent days and a class are read', () => {
  expect(parseRawFeatures('{"level": 3, "price_ratio": null, "recent": [1, 2.5], "demand_class": "smooth"}')).toEqual({
    values: { level: 3, price_ratio: null },
    recent: [1, 2.5],
    demandClass: 'smooth',
  })
  expect(parseRawFeatures('{}')).toEqual({ values: {} })
})

test.each([
  ['{', 'features must be a JSON object'],
  ['[1]', 'features must be a JSON object'],
  ['{"level": "3"}', 'level'],
  ['{"level": 1e13}', 'level'],
  ['{"level": 1e999}', 'level'],
  ['{"Level": 3}', 'numbers by name'],
  ['{"recent": [-1]}', 'recent'],
  ['{"recent": [1e13]}', 'recent'],
  [`{"recent": [${Array.from({ length: 57 }, () => 1)}]}`, 'recent'],
  ['{"demand_class": "none"}', 'one of smooth, erratic, intermittent, lumpy'],
])('%s is refused with what is wrong', (text, problem) => {
  expect(parseRawFeatures(text)).toEqual(expect.stringContaining(problem))
})
