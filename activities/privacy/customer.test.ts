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

test('a message has a customer however their id is written in it', () => {
  const id = 'zoë "z"/7'
  const pattern = new RegExp(messagePattern(subject(id)))
  const plain = JSON.stringify({ customer_id: id })
  const ways = [
    plain,
    // As senders escape it, in both cases.
    '{"customer_id":"zo\\u00eb \\u0022z\\"\\/7"}',
    '{"customer_id":"\\u007Ao\\u00EB \\"z\\"/7"}',
    // A text in other JSON, and in that of another.
    JSON.stringify({ payload: plain }),
    JSON.stringify({ payload: JSON.stringify({ payload: '{"customer_id":"zo\\u00eb \\"z\\"/7"}' }) }),
    Buffer.from(plain).toString('latin1'),
    // `encode(…, 'escape')` of PostgreSQL.
    plain.replaceAll('\\', '\\\\').replace('ë', '\\303\\253'),
  ]
  for (const text of ways) expect(pattern.test(text), text).toBe(true)
  for (const text of [plain.replace('ë', 'e'), plain.replace('7', '77'), plain.replace('customer_id', 'product_id')]) {
    expect(pattern.test(text), text).toBe(false)
  }
})
