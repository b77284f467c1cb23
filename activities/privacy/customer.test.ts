import { expect, test } from 'vitest'
import { messagePattern, unusualTexts } from './customer.ts'

const PSEUDONYM = '~AbCdEfGhIjKlMnOp'
const subject = (...customerIds: string[]) => ({ customerIds, names: [...customerIds, PSEUDONYM], reportNames: [] })

test('a pseudonym and an id that nothing else contains are looked for anywhere; a number and a short id are not', () => {
  expect(unusualTexts(subject('loyalty-7731'))).toEqual(['loyalty-7731', PSEUDONYM])
  for (const id of ['481516', '4815162342108', '7', 'ann', 'c-48151']) {
    expect(unusualTexts(subject(id))).toEqual([PSEUDONYM])
  }
})

test('a message has a customer when one of its fields is the customer, and the whole of it', () => {
  const pattern = new RegExp(messagePattern(subject('481516')))
  for (const text of ['{"customer_id": "481516"}', '{"customer_id":481516,"a":1}', '{"customer_id":" 481516 "}']) {
    expect(pattern.test(text), text).toBe(true)
  }
  for (const text of ['{"customer_id":"4815162"}', '{"product_id":"481516"}', '{"customer_id":"9481516"}', '481516']) {
    expect(pattern.test(text), text).toBe(false)
  }
})
