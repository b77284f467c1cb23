import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseCdcMap } from './cdc-map.ts'

const examples = join(import.meta.dirname, '..', '..', 'data', 'examples', 'cdc')
const example = (name: string) => parseCdcMap(readFileSync(join(examples, `${name}.yaml`), 'utf8'), name)

describe('a map of changes', () => {
  test('has the table, the topic, and the columns that it reads', () => {
    expect(example('stock')).toMatchObject({
      from: 'erp.public.stock',
      topic: 'inventory_updates',
      columns: ['article_no', 'store', 'quantity'],
      differences: ['quantity'],
      rows: { isExact: true, key: ['change.id'], columns: { event_at: { columns: ['change.at'] } } },
      deletes: { constants: { reason: 'adjustment', new_quantity: '0' } },
    })
  })

  test('reads also the columns that it names only as they were before', () => {
    expect(example('prices').columns).toEqual(['store', 'article_no', 'amount'])
  })

  test('makes nothing of deleted rows where they are ignored', () => {
    expect(example('articles').deletes).toBeUndefined()
  })

  test('takes a time from a column of the table', () => {
    const map = parseCdcMap(priceMap('event_at: { column: changed_at, zone: Europe/London }'), 'prices')
    expect(map.rows.columns.event_at).toEqual({ columns: ['changed_at'], zone: 'Europe/London' })
    expect(map.columns).toContain('changed_at')
  })
})

const priceMap = (column: string) => `
from: erp.public.price
topic: price_changes
source: erp
time_zone: Europe/London
columns:
  store_id: store
  product_id: article_no
  new_price: amount
  ${column}
constants: { reason: regular }
`

const plain = priceMap('old_price: before.amount')

test.each([
  [
    'no table',
    plain.replace('from: erp.public.price', ''),
    /from undefined is not the topic of the changes of a table/,
  ],
  ['a topic of events', plain.replace('erp.public.price', 'price_changes'), /from price_changes is a topic of events/],
  ['a file', `${plain}file: { format: csv }`, /file is for files/],
  ['a key', `${plain}key: [article_no]`, /key is for files/],
  [
    'a field that is missing',
    plain.replace('  new_price: amount\n', ''),
    /has no column and no constant for new_price/,
  ],
  ['a field that is unknown', plain.replace('old_price', 'old'), /field "old" is not one of price_changes/],
  ['deletes that are a word', `${plain}deletes: yes`, /deletes is neither "ignore" nor/],
  ['deletes with another key', `${plain}deletes: { where: x }`, /deletes is neither "ignore" nor/],
  ['a field of deletes that is unknown', `${plain}deletes: { constants: { gone: "1" } }`, /deletes: field "gone"/],
  ['a list', '- from', /is not a map with from/],
])('%s is refused', (_, content, why) => {
  expect(() => parseCdcMap(content, 'prices')).toThrow(why)
})
