import fc from 'fast-check'
import { expect, test } from 'vitest'
import { difference, instantOfMicros } from './exact.ts'

/** A decimal with up to 18 digits on either side of its point. */
const decimal = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 18n }), fc.stringMatching(/^\d{0,18}$/))
  .map(([isNegative, whole, part]) => `${isNegative ? '-' : ''}${whole}${part === '' ? '' : `.${part}`}`)

/** In units of 10⁻¹⁸. */
function units(text: string): bigint {
  const [whole = '', part = ''] = text.replace('-', '').split('.')
  const digits = BigInt(whole + part.padEnd(18, '0'))
  return text.startsWith('-') ? -digits : digits
}

test('what is before and the difference add up to what is after, to the last digit', () => {
  fc.assert(
    fc.property(decimal, decimal, (before, after) => {
      expect(units(before) + units(difference(before, after)!)).toBe(units(after))
    }),
  )
})

test.each([
  ['1.50', '0.5', '-1.00'],
  ['0', '-0.001', '-0.001'],
  [undefined, '3', '3'],
  ['3', undefined, '-3'],
  [null, null, '0'],
  ['0E-8', '2', '2'],
  ['1', 'NaN', undefined],
  ['1e3', '1', undefined],
  [true, '1', undefined],
])('the difference from %j to %j is %j', (before, after, expected) => {
  expect(difference(before, after)).toBe(expected)
})

test('microseconds become instants with all six digits', () => {
  expect(instantOfMicros(1_488_377_100_000_001)).toBe('2017-03-01T14:05:00.000001Z')
  expect(instantOfMicros(1_488_377_100_123_456)).toBe('2017-03-01T14:05:00.123456Z')
})
