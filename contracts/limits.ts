/** The limits of a message of any topic; they are settings. */
export interface MessageLimits {
  /** Bytes of the message's value. */
  messageBytesMax: number
  /** Objects and arrays inside each other; the event itself is the first. */
  messageDepthMax: number
  /** The earliest day that `event_at` may name, YYYY-MM-DD. */
  earliestEventDay: string
  /** Bytes that are kept of the value, and of the key, of a message that becomes a dead letter. */
  deadLetterBytesMax: number
}

/** No setting accepts events of an earlier day, YYYY-MM-DD. */
export const EARLIEST_DAY = '1990-01-01'

/**
 * An honest event is flat and has less than 2 kB: a contract's longest texts come to some 20 kB, so that 256 kB leave room
 * for what a till adds of its own. No sender nests deeper than 32, and far below the thousands that end a recursion.
 */
export const defaultLimits: MessageLimits = {
  messageBytesMax: 262_144,
  messageDepthMax: 32,
  earliestEventDay: '2000-01-01',
  deadLetterBytesMax: 65_536,
}
