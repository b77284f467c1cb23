import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sale } from '../../streams/testing/events.ts'
import { decimalOf, microsOf, paidMicros } from './totals.ts'

test('decimals pass through exactly', () => {
  const decimals = fc.tuple(fc.boolean(), fc.nat(999_999_999), fc.nat(999_999))
  fc.assert(
    fc.property(decimals, ([isNegative, whole, fraction]) => {
      const text = `${isNegative ? '-' : ''}${whole}.${String(fraction).padStart(6, '0')}`
      expect(Number(decimalOf(microsOf(text))) - Number(text)).toBe(0)
      expect(microsOf(decimalOf(microsOf(text)))).toBe(microsOf(text))
    }),
  )
  expect(['0', '-0.5', '12.50', '1.000001'].map((text) => decimalOf(microsOf(text)))).toEqual([
    '0.00',
    '-0.50',
    '12.50',
    '1.000001',
  ])
})

test('what was paid is the amount of the till, else quantity × price − discount to the cent', () => {
  const paid = (change: object) => decimalOf(paidMicros({ ...sale(1), net_amount: null, ...change }))
  expect(paid({ net_amount: '7.77' })).toBe('7.77')
  expect(paid({ quantity: '3', unit_price: '1.10', discount: '0.30' })).toBe('3.00')
  expect(paid({ quantity: '1.005', unit_price: '1.00', discount: '0' })).toBe('1.01')
  expect(paid({ quantity: '-1.005', unit_price: '1.00', discount: '0' })).toBe('-1.01')
  expect(paid({ quantity: '0.333333', unit_price: '0.33', discount: '0' })).toBe('0.11')
})
