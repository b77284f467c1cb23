import { expect, test } from 'vitest'
import { evidenceText } from './alerts.ts'

test('evidence is shown on the store’s clock, lists a line each', () => {
  const at = (instant: Date) => instant.toLocaleString('sv-SE', { timeZone: 'America/New_York' })
  expect(evidenceText('2017-03-01T17:00:00+00:00', at)).toBe('2017-03-01 12:00:00')
  expect(evidenceText(['s1', 's2'], at)).toBe('s1, s2')
  expect(evidenceText([{ product_id: 'tea', impact: '2.00' }, { product_id: 'milk' }], at)).toMatch(
    /^product id tea, impact 2\.00\n +product id milk$/,
  )
})
