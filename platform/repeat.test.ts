import { expect, test, vi } from 'vitest'
import type { Logger } from './log.ts'
import { repeatEvery } from './repeat.ts'

const logger = () => ({ warn: vi.fn() }) as unknown as Logger & { warn: ReturnType<typeof vi.fn> }

test('of failures in a row the first is logged, and the work is done again', async () => {
  const log = logger()
  const outcomes = [true, false, false, true, false, true]
  const isOver = Promise.withResolvers<void>()
  const repetition = repeatEvery(
    1,
    async () => {
      if (outcomes.length === 1) isOver.resolve()
      if (outcomes.shift() === false) throw new Error('away')
    },
    { logger: log, problem: 'it can not be read' },
  )
  await isOver.promise
  await repetition.stop()
  expect(log.warn.mock.calls).toEqual([
    [{ error: 'away' }, 'it can not be read'],
    [{ error: 'away' }, 'it can not be read'],
  ])
})

test('a stop ends the pause, and waits for work that is under way', async () => {
  const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let isStopped = false
  const repetition = repeatEvery(
    60_000,
    async () => {
      begun.resolve()
      await ended.promise
    },
    { logger: logger(), problem: '' },
  )
  await begun.promise
  const stopped = repetition.stop().then(() => (isStopped = true))
  await new Promise(setImmediate)
  expect(isStopped).toBe(false)
  ended.resolve()
  await stopped
  const waiting = repeatEvery(60_000, () => Promise.reject(new Error('never')), {
    logger: logger(),
    problem: '',
    pausesFirst: true,
  })
  await waiting.stop()
})
