import { ApplicationFailure } from '@temporalio/activity'
import { expect, test } from 'vitest'
import { type Attempt, retryDelayMs } from './retries.ts'

const NOW = 1_000_000
const attempt = (number: number, change: Partial<Attempt> = {}): Attempt => ({
  attempt: number,
  retryPolicy: { initialInterval: 2_000, backoffCoefficient: 2, maximumInterval: 900_000 },
  scheduledTimestampMs: NOW,
  scheduleToCloseTimeoutMs: 0,
  ...change,
})

test.each([
  [1, 2_000],
  [2, 4_000],
  [5, 32_000],
  [20, 900_000],
])('after attempt %d it waits %d ms, at most the maximum', (number, ms) => {
  expect(retryDelayMs(new Error('away'), attempt(number), NOW)).toBe(ms)
})

test('an error may ask for another wait', () => {
  const asks = ApplicationFailure.create({ message: 'later', type: 'SupplierAway', nextRetryDelay: 60_000 })
  expect(retryDelayMs(asks, attempt(1), NOW)).toBe(60_000)
})

test.each<[string, unknown, Attempt]>([
  ['the error says so', ApplicationFailure.nonRetryable('no', 'OrderRefused'), attempt(1)],
  [
    'the policy names its type',
    ApplicationFailure.retryable('no', 'InvalidInput'),
    attempt(1, { retryPolicy: { nonRetryableErrorTypes: ['InvalidInput'] } }),
  ],
  ['no attempt is left', new Error('away'), attempt(3, { retryPolicy: { maximumAttempts: 3 } })],
  ['no time is left', new Error('away'), attempt(9, { scheduleToCloseTimeoutMs: 60_000 })],
])('it is not retried when %s', (_why, error, at) => {
  expect(retryDelayMs(error, at, NOW)).toBeUndefined()
})
