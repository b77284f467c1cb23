import { expect, test } from 'vitest'
import { readChange } from './change.ts'
import { messageOf, NOON_US, sentBy } from './testing.ts'

const key = { store: 'S1', article_no: 'A1' }

test('a row has its key, its columns, its place and its time', () => {
  const change = readChange(messageOf({ op: 'u', key, after: { ...key, quantity: '4.5' }, lsn: 77 }))
  expect(change).toEqual({
    kind: 'row',
    key: JSON.stringify(key),
    row: { ...key, quantity: '4.5' },
    snapshot: undefined,
    place: 'lsn=77',
    atUs: NOON_US,
  })
})

test('numbers keep every digit, also those that a double does not hold', () => {
  const value = sentBy({ op: 'c', key, after: {} }).value.replace(
    '"after":{}',
    '"after":{"id":9007199254740993,"price":0.10}',
  )
  expect(readChange(messageOf({ key: '{"id":9007199254740993}', value }))).toMatchObject({
    key: '{"id":"9007199254740993"}',
    row: { id: '9007199254740993', price: '0.10' },
  })
})

test('a deleted row is only its key: what the message has of the others may not be true', () => {
  const change = readChange(messageOf({ op: 'd', key, before: { ...key, quantity: '0' } }))
  expect(change).toMatchObject({ kind: 'row', row: undefined })
})

test.each([
  ['first', 'first'],
  ['first_in_data_collection', 'first'],
  ['true', 'within'],
  ['last_in_data_collection', 'last'],
  ['last', 'last'],
  ['incremental', undefined],
  ['false', undefined],
])('a row that is read with snapshot %s is %s', (snapshot, mark) => {
  expect(readChange(messageOf({ op: 'r', key, after: key, snapshot }))).toMatchObject({ snapshot: mark })
})

test('tombstones and messages that concern no row are nothing; a truncated table is', () => {
  expect(readChange(messageOf({ key: '{}', value: null }))).toEqual({ kind: 'nothing' })
  expect(readChange(messageOf({ op: 'm' }))).toEqual({ kind: 'nothing' })
  expect(readChange(messageOf({ op: 't', lsn: 5 }))).toEqual({ kind: 'truncate', place: 'lsn=5', atUs: NOON_US })
})

test('a converter with schemas wraps key and value', () => {
  const { key: plainKey, value } = sentBy({ op: 'c', key, after: key })
  const wrapped = (text: string | null) => `{"schema":{"type":"struct"},"payload":${text}}`
  expect(readChange(messageOf({ key: wrapped(plainKey), value: wrapped(value) }))).toMatchObject({
    key: JSON.stringify(key),
    row: key,
  })
})

const large = { ...messageOf({ op: 'c', key, after: key }), whole: { bytes: 9_000_000, sha256: '' } }

test.each([
  ['no JSON', messageOf({ key: '{}', value: '{"op":' }), /JSON/],
  ['no UTF-8', { ...messageOf({ key: '{}', value: '' }), value: Buffer.from([0xff, 0xfe]) }, /UTF-8/],
  ['an array', messageOf({ key: '{}', value: '[]' }), /op and source/],
  ['an unwrapped row', messageOf({ key: '{}', value: '{"quantity":"1"}' }), /neither op nor source/],
  ['an unknown op', messageOf({ key: '{}', value: '{"op":"x","source":{}}' }), /op "x" is not one of/],
  ['no key', messageOf({ op: 'c', after: key }), /no key: the table needs a primary key/],
  ['no row', messageOf({ op: 'c', key }), /op c has no row in after/],
  ['too many bytes', large, /9000000 bytes/],
  ['too deep', messageOf({ key: '{}', value: '['.repeat(200_000) }), /./],
])('%s is broken, with why', (_, message, why) => {
  expect(readChange(message)).toEqual({ kind: 'broken', error: expect.stringMatching(why) })
})
