import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dayPseudonym, isPseudonym, lookupOf, pseudonymOf } from './pseudonyms.ts'

const hmac = (key: Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest()
const key = fc.uint8Array({ minLength: 0, maxLength: 64 }).map((bytes) => Buffer.from(bytes))

test('names are HMAC-SHA-256 of the standard library, for any key and text', () => {
  fc.assert(
    fc.property(key, fc.string({ unit: 'grapheme', maxLength: 64 }), (key, id) => {
      const pseudonym = `~${hmac(key, `customer ${id}`).subarray(0, 12).toString('base64url')}`
      expect(pseudonymOf(key, id)).toBe(pseudonym)
      expect(isPseudonym(pseudonym)).toBe(true)
      expect(lookupOf(key, id)).toBe(hmac(key, id).toString('hex', 0, 16))
      expect(dayPseudonym(key, id)).toBe(`~${hmac(key, `day ${id}`).toString('base64url', 0, 12)}`)
    }),
  )
})

test('a key or a text that does not fit is refused, not cut', () => {
  expect(() => pseudonymOf(Buffer.alloc(65), 'C1')).toThrow('a key has 65 bytes; the limit is 64')
  expect(() => pseudonymOf(Buffer.alloc(16), 'é'.repeat(600))).toThrow('a text has 1209 bytes; the limit is 1024')
})
