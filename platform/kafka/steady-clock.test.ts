import { createRequire } from 'node:module'
import { afterEach, expect, test, vi } from 'vitest'
import { keepKafkaInstantsSteady } from './steady-clock.ts'

const require = createRequire(import.meta.url)
const HOUR_MS = 3_600_000

keepKafkaInstantsSteady()
keepKafkaInstantsSteady()

afterEach(() => vi.restoreAllMocks())

test.each([HOUR_MS, -HOUR_MS])(
  'an instant of a client is as long ago when the wall clock has moved by %i ms',
  (movedMs) => {
    const ConsumerGroup = require('kafkajs/src/consumer/consumerGroup.js') as { prototype: { lastRequest: number } }
    const group = Object.create(ConsumerGroup.prototype) as { lastRequest: number }
    const realNow = Date.now
    group.lastRequest = Date.now() - 500
    vi.spyOn(Date, 'now').mockImplementation(() => realNow() + movedMs)
    expect(Date.now() - group.lastRequest).toSatisfy((agoMs: number) => agoMs >= 499 && agoMs < 5_000)
  },
)

test('what is no instant stays as it is', () => {
  const SocketRequest = require('kafkajs/src/network/requestQueue/socketRequest.js') as { prototype: object }
  const request = Object.create(SocketRequest.prototype) as { sentAt: number | null | undefined }
  expect(request.sentAt).toBeUndefined()
  request.sentAt = null
  expect(request.sentAt).toBeNull()
})
