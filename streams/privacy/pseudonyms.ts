/** What customers are called, by keys: pure functions. */
import { createHmac } from 'node:crypto'

/** A pseudonym begins with it: ids of tills and shops do not. */
const MARK = '~'
const PSEUDONYM_BYTES = 12
const LOOKUP_BYTES = 16
export const KEY_BYTES = 16

/** A regular expression, also of PostgreSQL and DuckDB. */
export const PSEUDONYM_PATTERN = '^~[A-Za-z0-9_-]{16}$'
const PSEUDONYM = new RegExp(PSEUDONYM_PATTERN)

export const isPseudonym = (text: string): boolean => PSEUDONYM.test(text)

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

const named = (key: Buffer, text: string): string =>
  MARK + hmac(key, text).subarray(0, PSEUDONYM_BYTES).toString('base64url')

/** By what the key of a customer is found: without the key of the door no one can compute it from an id. */
export const lookupOf = (doorKey: Buffer, customerId: string): Buffer =>
  hmac(doorKey, customerId).subarray(0, LOOKUP_BYTES)

/** The same for all their events, 96 bits: among ten million customers two are the same once in 10¹⁵ times. */
export const pseudonymOf = (key: Buffer, customerId: string): string => named(key, `customer ${customerId}`)

/** What an erased customer is called on a day, YYYY-MM-DD: no one knows that two days are of the same person. */
export const dayPseudonym = (key: Buffer, day: string): string => named(key, `day ${day}`)
