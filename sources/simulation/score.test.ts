import { expect, test } from 'vitest'
import { quality, ranked } from './score.ts'

test('an alert is right when one of its days was wrong; a wrong day is found when one alert speaks of it', () => {
  const wrong = new Set(['a/1', 'a/2', 'b/1'])
  expect(quality([['a/1', 'a/2'], ['a/2', 'a/3'], ['c/1']], wrong)).toEqual({
    found: 3,
    recall: 2 / 3,
    precision: 2 / 3,
    f1: 2 / 3,
  })
  expect(quality([], wrong)).toEqual({ found: 0, recall: 0, precision: null, f1: null })
  expect(quality([['a/1']], new Set())).toEqual({ found: 1, recall: null, precision: 0, f1: null })
})

test('is compared with a rule at as many alarms, and at the same recall', () => {
  const wrong = new Set(['a', 'b'])
  const rule = quality([['a'], ['c'], ['d']], wrong)
  const { atItsAlarms, atItsRecall } = ranked(
    new Map([
      ['c', 0.3],
      ['a', 0.1],
      ['d', 0.9],
      ['b', 0.2],
    ]),
    wrong,
    rule,
  )
  expect(atItsAlarms).toMatchObject({ found: 3, recall: 1, precision: 2 / 3 })
  expect(atItsRecall).toMatchObject({ found: 1, recall: 1 / 2, precision: 1 })
})
