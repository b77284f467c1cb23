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
  const id = 'zoë"z/7'
  const pattern = new RegExp(messagePattern(subject(id)))
  const plain = JSON.stringify({ customer_id: id })
  const ways = [
    plain,
    // As senders escape it, in both cases, and the name of the field too.
    '{"customer_id":"zo\\u00eb\\u0022z\\/7"}',
    '{"customer_id":"\\u007Ao\\u00EB\\"z/7"}',
    '{"\\u0063ustomer_id":"zo\\u00eb\\"z/7"}',
    // A text in other JSON, and in that of another.
    JSON.stringify({ payload: plain }),
    JSON.stringify({ payload: JSON.stringify({ customer_id: id }, null, 2) }),
    JSON.stringify({ payload: JSON.stringify({ payload: '{"customer_id":"zo\\u00eb\\"z/7"}' }) }),
    Buffer.from(plain).toString('latin1'),
    // `encode(…, 'escape')` of PostgreSQL.
    plain.replaceAll('\\', '\\\\').replace('ë', '\\303\\253'),
    // A message that was cut.
    plain.slice(0, -2),
  ]
  for (const text of ways) expect(pattern.test(text), text).toBe(true)
  for (const text of [plain.replace('ë', 'e'), plain.replace('7', '77'), plain.replace('customer_id', 'product_id')]) {
    expect(pattern.test(text), text).toBe(false)
  }
})

test('a number is the customer of a message as a float, in a list and in no other column', () => {
  const pattern = new RegExp(messagePattern(subject('481516')))
  for (const text of ['{"customer_id":481516.0}', '{"customer_id":["481516"]}', '{"customer_id":\n [ 481516 ]}']) {
    expect(pattern.test(text), text).toBe(true)
  }
  for (const text of ['{"customer_id":481516.5}', '{"loyalty":"481516"}']) expect(pattern.test(text), text).toBe(false)
  expect(new RegExp(messagePattern(subject('481516'), ['loyalty'])).test('{"loyalty":"481516"}')).toBe(true)
})

test('an id that nothing else contains is found in any field, escaped too', () => {
  const pattern = new RegExp(messagePattern(subject('loyalty-7731')))
  for (const text of ['{"note":"of loyalty-7731"}', '{"note":"of loyalty\\u002d7731"}']) {
    expect(pattern.test(text), text).toBe(true)
  }
  expect(pattern.test('{"note":"of loyalty\\u002d7732"}')).toBe(false)
})

test('a long text of spaces and backslashes takes no long time', () => {
  const pattern = new RegExp(messagePattern(subject('481516', 'loyalty-7731')))
  const from = performance.now()
  for (const filling of [' ', '\\n', '[', '\\']) {
    for (const begin of ['{"customer_id":', '{"customer_id":"', '{"customer_id":481516']) {
      expect(pattern.test(begin + filling.repeat(200_000))).toBe(
        filling !== '[' && filling !== '\\' && begin.endsWith('6'),
      )
    }
  }
  expect(performance.now() - from).toBeLessThan(5_000)
})
