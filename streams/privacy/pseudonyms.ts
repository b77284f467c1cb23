/** What customers are called, by keys: pure functions. */
import { hash } from 'node:crypto'

/** A pseudonym begins with it: ids of tills and shops do not. */
const MARK = '~'
/** Twelve bytes. */
const PSEUDONYM_CHARACTERS = 16
/** Sixteen bytes. */
const LOOKUP_CHARACTERS = 32
export const KEY_BYTES = 16

/** A regular expression, also of PostgreSQL and DuckDB. */
export const PSEUDONYM_PATTERN = '^~[A-Za-z0-9_-]{16}$'
const PSEUDONYM = new RegExp(PSEUDONYM_PATTERN)

export const isPseudonym = (text: string): boolean => PSEUDONYM.test(text)

const BLOCK_BYTES = 64
const TEXT_BYTES_MAX = 1_024
const inner = Buffer.alloc(BLOCK_BYTES + TEXT_BYTES_MAX)
const outer = Buffer.alloc(BLOCK_BYTES + 32)

/**
 * HMAC-SHA-256 (RFC 2104) by Node's one-shot hash: `createHmac` makes an object for each key, which takes ten times as long (decision 0343).
 *
 * @param key at most a block
 */
function hmac(key: Buffer, text: string, encoding: 'base64url' | 'hex'): string {
  const bytes = Buffer.byteLength(text)
  if (key.length > BLOCK_BYTES) throw new Error(`a key has ${key.length} bytes; the limit is ${BLOCK_BYTES}`)
  if (bytes > TEXT_BYTES_MAX) throw new Error(`a text has ${bytes} bytes; the limit is ${TEXT_BYTES_MAX}`)
  inner.fill(0x36, 0, BLOCK_BYTES)
  outer.fill(0x5c, 0, BLOCK_BYTES)
  for (const [index, byte] of key.entries()) {
    inner[index]! ^= byte
    outer[index]! ^= byte
  }
  inner.write(text, BLOCK_BYTES)
  outer.write(hash('sha256', inner.subarray(0, BLOCK_BYTES + bytes), 'binary'), BLOCK_BYTES, 'binary')
  return hash('sha256', outer, encoding)
}

const named = (key: Buffer, text: string): string => MARK + hmac(key, text, 'base64url').slice(0, PSEUDONYM_CHARACTERS)

/** By what the key of a customer is found, in hexadecimal: without the key of the door no one can compute it from an id. */
export const lookupOf = (doorKey: Buffer, customerId: string): string =>
  hmac(doorKey, customerId, 'hex').slice(0, LOOKUP_CHARACTERS)

/** The same for all their events, 96 bits: among ten million customers two are the same once in 10¹⁵ times. */
export const pseudonymOf = (key: Buffer, customerId: string): string => named(key, `customer ${customerId}`)

/** What an erased customer is called on a day, YYYY-MM-DD: no one knows that two days are of the same person. */
export const dayPseudonym = (key: Buffer, day: string): string => named(key, `day ${day}`)
