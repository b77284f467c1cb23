import { expect, test } from 'vitest'
import { assertAnswered, requestsOf } from './kafka.ts'

const placed = new Map([
  [
    'alerts',
    new Map([
      [{}, 0],
      [{}, 2],
      [{}, 2],
    ]),
  ],
  ['shelf_state', new Map([[{}, 0]])],
])

test('a send counts as done when every partition that it went to has an answer', () => {
  const answers = [
    { topicName: 'alerts', partition: 0 },
    { topicName: 'alerts', partition: 2 },
    { topicName: 'shelf_state', partition: 0 },
  ]
  expect(() => assertAnswered(placed, answers)).not.toThrow()
  expect(() => assertAnswered(placed, answers.toSpliced(1, 1))).toThrow('no broker answered for alerts/2')
})

test('requests are cut by their number of messages and by their bytes', () => {
  const sizes = [10, 10, 10, 899_900, 950_000, 10]
  expect([...requestsOf(sizes, (bytes) => bytes, 2)]).toEqual([[10, 10], [10], [899_900], [950_000], [10]])
  expect([...requestsOf([], (bytes: number) => bytes, 2)]).toEqual([])
})
