/**
 * kafkajs measures elapsed time by the wall clock. When that is set back by an hour, a consumer sends no heartbeat for an hour: it loses
 * its partitions, does not notice, and continues to read them beside their new owner; and a request that is never answered has no time-out
 * for an hour. Its instants are kept by the monotonic clock here, and read as they are on the wall clock of the moment
 * (docs/decisions/0170-elapsed-time-is-monotonic.md).
 */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

const instants = [
  ['consumer/consumerGroup', 'lastRequest'],
  ['network/requestQueue/socketRequest', 'sentAt'],
  ['network/requestQueue/index', 'throttledUntil'],
  ['cluster/brokerPool', 'metadataExpireAt'],
] as const

/** Call it before the first client is made; more than once does no harm. */
export function keepKafkaInstantsSteady(): void {
  for (const [file, property] of instants) {
    const { prototype } = require(`kafkajs/src/${file}.js`) as { prototype: object }
    if (!Object.hasOwn(prototype, property)) Object.defineProperty(prototype, property, steadyInstant())
  }
}

/** A property that holds an instant in milliseconds since the epoch, or nothing. */
function steadyInstant(): PropertyDescriptor & ThisType<object> {
  const monotonic = new WeakMap<object, number | null | undefined>()
  return {
    configurable: true,
    set(value: number | null | undefined) {
      monotonic.set(this, typeof value === 'number' ? value - Date.now() + performance.now() : value)
    },
    get() {
      const at = monotonic.get(this)
      return typeof at === 'number' ? Math.round(at - performance.now() + Date.now()) : at
    },
  }
}
