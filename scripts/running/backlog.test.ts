import { expect, test } from 'vitest'
import { Backlog } from './backlog.ts'

const reading = (position: number, logEnd: number | null, processor = 'sales_state') =>
  ({ processor, topic: 'pos_transactions', partition: 0, position, logEnd }) as const

test('what is sent after the wait began is not waited for', () => {
  const backlog = new Backlog()
  expect(backlog.measure([reading(10, 110)], 0)).toEqual({ done: 0, total: 100 })
  expect(backlog.measure([reading(60, 500)], 0)).toEqual({ done: 50, total: 100 })
  expect(backlog.measure([reading(200, 900)], 0)).toEqual({ done: 100, total: 100 })
})

test('a partition counts from when it is opened, and as one before', () => {
  const backlog = new Backlog()
  expect(backlog.measure([reading(5, 5)], 1)).toEqual({ done: 0, total: 1 })
  const opened = reading(0, 20, 'raw_sink')
  expect(backlog.measure([reading(5, 5), opened], 0)).toEqual({ done: 0, total: 20 })
  expect(backlog.measure([reading(5, 5), { ...opened, position: 20 }], 0)).toEqual({ done: 20, total: 20 })
})

test('a topic that Kafka does not have holds nothing up', () => {
  expect(new Backlog().measure([reading(5, null)], 0)).toEqual({ done: 0, total: 0 })
})
