import { expect, test } from 'vitest'
import { keyBefore, limitOf, pageOf } from './pages.ts'

test('a page leads to the next', () => {
  const days = ['2024-05-03', '2024-05-02', '2024-05-01'].map((day) => ({ day }))
  const { items, next } = pageOf(days, 2, ({ day }) => [day, 'x'])
  expect(items).toEqual(days.slice(0, 2))
  expect(keyBefore({ cursor: next! }, ['date', 'text'])).toEqual(['2024-05-02', 'x'])
  expect(pageOf(days, 3, ({ day }) => [day]).next).toBeNull()
  expect(keyBefore({}, ['date', 'text'])).toEqual([null, null])
})

test.each([
  [() => limitOf({ limit: 0 }), 'limit 0 is not a whole number from 1 to 10000'],
  [() => keyBefore({ cursor: 'nonsense' }, ['text']), 'cursor "nonsense" is not a cursor of this list'],
  [() => keyBefore({ cursor: pageOf([1, 2], 1, () => ['a', 'b']).next! }, ['text']), 'is not a cursor'],
])('what is no page is refused: %#', (asked, problem) => {
  expect(asked).toThrow(problem)
})
