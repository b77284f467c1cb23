import { expect, test } from 'vitest'
import { baseAfter, enterLog } from './log-numbers.ts'

const LOG = 1_000_000_000_000

test('numbers a later log above everything before it', () => {
  expect([0, 17, LOG, LOG + 5].map(baseAfter)).toEqual([LOG, LOG, 2 * LOG, 2 * LOG])
  expect(Number.isSafeInteger(9_000 * LOG + 1)).toBe(true)
})

test('enters another log at its start, and the rest of the same one where it was', () => {
  const range = { start: 3, end: 40 }
  const other = [
    { base: 0, topicId: 'a' },
    { base: LOG, topicId: 'b' },
  ]
  expect(enterLog(other, 17, range)).toBe(LOG + 3)
  expect(enterLog(other, LOG + 17, range)).toBe(LOG + 17)
  const cut = [
    { base: 0, topicId: 'z' },
    { base: LOG, topicId: 'a' },
    { base: 2 * LOG, topicId: 'a' },
  ]
  expect(enterLog(cut, LOG + 17, range)).toBe(2 * LOG + 17)
  expect(enterLog(cut, LOG + 400, range)).toBe(2 * LOG + 40)
  expect(enterLog(cut, 400, range)).toBe(2 * LOG + 3)
})
