import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createLimit } from './limit.ts'

test('runs no more than so many at once, in order, also when one fails', async () => {
  const limit = createLimit(2)
  const begun: number[] = []
  let running = 0
  let most = 0
  const work = (number: number) =>
    limit(async () => {
      begun.push(number)
      running += 1
      most = Math.max(most, running)
      await turn()
      running -= 1
      if (number === 1) throw new Error('one')
      return number
    })
  const results = await Promise.allSettled([0, 1, 2, 3, 4].map(work))
  expect(results.map((result) => (result.status === 'fulfilled' ? result.value : 'failed'))).toEqual([
    ...[0, 'failed', 2, 3, 4],
  ])
  expect(begun).toEqual([0, 1, 2, 3, 4])
  expect(most).toBe(2)
  expect(await work(5)).toBe(5)
})
