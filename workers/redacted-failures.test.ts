import { ApplicationFailure } from '@temporalio/activity'
import { expect, test } from 'vitest'
import { redactFailures } from './redacted-failures.ts'

const input = { args: [], headers: {} }

test('what an activity throws reaches Temporal without passwords, with its type and whether it is retried', async () => {
  const cause = new Error('at postgres://u:hunter2@h')
  const failure = ApplicationFailure.create({
    message: 'failed at postgres://u:hunter2@h',
    type: 'InvalidInput',
    nonRetryable: true,
    cause,
  })
  const told = await redactFailures(input, () => Promise.reject(failure)).catch((error: unknown) => error)
  expect(told).toBe(failure)
  expect(failure).toMatchObject({ type: 'InvalidInput', nonRetryable: true })
  expect(failure.message).toBe('failed at postgres://u:[redacted]@h')
  expect(`${failure.stack}${cause.message}${cause.stack}`).not.toContain('hunter2')
})

test('what an activity returns is left as it is', async () => {
  expect(await redactFailures(input, async () => 'postgres://u:hunter2@h')).toBe('postgres://u:hunter2@h')
})
