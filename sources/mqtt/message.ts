/** The items of a message: as a body of the receiver, and for a map with where it came from. */
import { type BodyBounds, type Items, splitBody } from '../receive/body.ts'

export interface Origin {
  topic: string
  deviceId: string
  storeId: string
  receivedAt: string
}

const LEVELS_MAX = 16
const OBJECT_START = 0x7b
const ARRAY_START = 0x5b
const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d])

const firstOf = (bytes: Buffer): number => bytes.findIndex((byte) => !BLANKS.has(byte))

/**
 * @param origin given where a map reads the message: each object gets it as `mqtt`, and what is no object or array becomes `value`
 * @throws Refusal when the message is no JSON array although it begins like one, is empty, or has too many elements
 */
export function splitMessage(payload: Buffer, bounds: BodyBounds, origin?: Origin): Items {
  if (origin === undefined) return splitBody(payload, 'json', bounds)
  const mqtt = JSON.stringify({
    topic: origin.topic,
    device: origin.deviceId,
    store: origin.storeId,
    received_at: origin.receivedAt,
    ...Object.fromEntries(
      origin.topic
        .split('/')
        .slice(0, LEVELS_MAX)
        .map((level, index) => [`level_${index + 1}`, level]),
    ),
  })
  const begin = payload[firstOf(payload)]
  if (begin !== OBJECT_START && begin !== ARRAY_START) {
    const value = `{"mqtt":${mqtt},"value":${JSON.stringify(payload.toString().trim())}}`
    return { items: [{ line: 1, value: Buffer.from(value) }], rejected: [] }
  }
  const { items, rejected } = splitBody(payload, 'json', bounds)
  return { items: items.map(({ line, value }) => ({ line, value: withOrigin(value, mqtt) })), rejected }
}

const OBJECT_END = 0x7d

function withOrigin(value: Buffer, mqtt: string): Buffer {
  const start = firstOf(value)
  if (value[start] !== OBJECT_START) return value
  const rest = value.subarray(start + 1)
  const isEmpty = rest[firstOf(rest)] === OBJECT_END
  return Buffer.concat([Buffer.from(`{"mqtt":${mqtt}${isEmpty ? '' : ','}`), rest])
}
