/** Changes in, events out: DuckDB maps them, and PostgreSQL knows what the rows were before. */
import type { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultLimits } from '../../contracts/limits.ts'
import { createLocalDuckDb } from '../../platform/duckdb/duckdb.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { silent } from '../testing.ts'
import { parseCdcMap } from './cdc-map.ts'
import { MapLostError, RowStore } from './row-store.ts'
import { SliceMapper } from './slice-mapper.ts'
import { messageOf, NOON_US, type SentChange } from './testing.ts'

let database: TestDatabase
let pool: Pool
let duckdb: DuckDBInstance

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, silent)
  duckdb = await createLocalDuckDb(database.settings)
}, 120_000)
afterAll(async () => {
  duckdb?.closeSync()
  await pool?.end()
  await database?.drop()
})

const STOCK = `
from: erp.public.stock
topic: inventory_updates
source: erp
time_zone: Europe/Berlin
columns:
  inventory_id: article
  store_id: store
  product_id: article
  quantity_change: change.quantity
  new_quantity: quantity
constants: { reason: adjustment }
deletes: { constants: { new_quantity: "0" } }
`
const LOG = { topicId: '11111111-1111-1111-1111-111111111111', start: 0 }

interface Event {
  event_id: string
  event_at: string
  product_id: string
  quantity_change: string
  new_quantity: string
}

/** A map of its own, as a worker has it. */
async function openTable(mapId: string, map = STOCK) {
  await pool.query(
    "insert into ref.cdc_map (map_id, change_topic, topic, map, changed_by) values ($1, 'x', 'y', $2, 'z')",
    [mapId, map],
  )
  const parsed = parseCdcMap(map, mapId)
  const { store } = await RowStore.takeOver(pool, mapId, LOG)
  const options = { map: parsed, mapId, store, limits: defaultLimits, topicName: (name: string) => name }
  const mapper = await SliceMapper.open(duckdb, options)
  let slice = 0
  let position = 0
  let snapshotFrom: number | null = null
  const rejected: { value: string; error: string }[] = []
  return {
    store,
    rejected,
    /** Maps messages to the last, in as many slices as they need. */
    async take(...changes: Parameters<typeof messageOf>[0][]): Promise<Event[]> {
      const events: Event[] = []
      const messages = changes.map((change, index) => messageOf(change, position + index))
      const end = position + changes.length
      while (position < end) {
        const from = position
        const mapped = await mapper.map(
          messages.filter(({ offset }) => offset >= from),
          end,
          snapshotFrom,
        )
        slice += 1
        await store.write(slice, mapped.note, mapped.rows)
        position = mapped.note.position
        snapshotFrom = mapped.note.snapshotFrom
        for (const { message } of mapped.messages) {
          const value = String(message.value)
          if (message.headers === undefined) events.push(JSON.parse(value))
          else rejected.push({ value, error: String(message.headers['shelfline-cdc-error']) })
        }
      }
      return events
    },
    slice: () => slice,
    close: () => mapper.close(),
  }
}

const of = (article: string, quantity: string, more: object = {}) => ({
  key: { store: 'S1', article },
  after: { store: 'S1', article, quantity, note: 'not mapped', ...more },
})
let lsn = 1_000
const change = (
  op: SentChange['op'],
  article: string,
  quantity: string,
  more: Partial<SentChange> = {},
): SentChange => {
  lsn += 1
  return { op, lsn, ...of(article, quantity), ...(op === 'd' && { after: null }), ...more }
}
const changes = (events: Event[]) => events.map(({ product_id, quantity_change }) => `${product_id} ${quantity_change}`)

describe('changes of rows', () => {
  test('become events with the difference, the time of the change and an id of its place', async () => {
    const table = await openTable('differences')
    const events = await table.take(
      change('c', 'A', '10.000'),
      change('u', 'A', '7.5'),
      change('u', 'A', '7.5', { after: { ...of('A', '7.5').after, note: 'changed' } }),
      change('d', 'A', ''),
      { key: '{"article":"A"}', value: null },
    )
    expect(changes(events)).toEqual(['A 10', 'A -2.5', 'A -7.5'])
    expect(events[0]).toEqual({
      event_id: expect.stringMatching(/^erp-[0-9a-f]{32}$/),
      source: 'erp',
      schema_version: 1,
      event_at: '2017-03-01T13:00:00+01:00',
      store_id: 'S1',
      inventory_id: 'A',
      product_id: 'A',
      quantity_change: '10',
      new_quantity: '10',
      reason: 'adjustment',
    })
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(3)
    expect(events.at(-1)!.new_quantity).toBe('0')
    await table.close()
  })

  test('of one row are at later times each, also in one transaction and when the clock went back', async () => {
    const table = await openTable('times')
    const events = await table.take(
      change('c', 'A', '1'),
      change('u', 'A', '2'),
      change('u', 'A', '3', { atUs: NOON_US - 60_000_000 }),
    )
    expect(events.map(({ event_at }) => event_at)).toEqual([
      '2017-03-01T13:00:00+01:00',
      '2017-03-01T13:00:00.000001+01:00',
      '2017-03-01T13:00:00.000002+01:00',
    ])
    await table.close()
  })

  test('of a key are a deleted row and a new one', async () => {
    const table = await openTable('keys')
    await table.take(change('c', 'A', '4'))
    expect(changes(await table.take(change('d', 'A', ''), change('c', 'B', '4')))).toEqual(['A -4', 'B 4'])
    await table.close()
  })

  test('of a row that no one knew, and that is deleted, are nothing', async () => {
    const table = await openTable('unknown')
    expect(await table.take(change('d', 'A', ''))).toEqual([])
    await table.close()
  })
})

describe('a snapshot', () => {
  const read = (article: string, quantity: string, snapshot: string) => change('r', article, quantity, { snapshot })

  test('that is taken again makes events only of what differs, and of rows that are gone', async () => {
    const table = await openTable('snapshot')
    await table.take(read('A', '1', 'first'), read('B', '2', 'true'), read('C', '3', 'last'))
    await table.take(change('c', 'D', '4'))
    const again = await table.take(
      read('A', '1', 'first_in_data_collection'),
      read('C', '5', 'true'),
      read('D', '4', 'last_in_data_collection'),
    )
    expect(changes(again)).toEqual(['C 2', 'B -2'])
    expect(changes(await table.take(read('A', '1', 'last')))).toEqual(['C -5', 'D -4'])
    await table.close()
  })

  test('that was broken off removes nothing', async () => {
    const table = await openTable('broken-off')
    await table.take(read('A', '1', 'first'), read('B', '2', 'last'))
    expect(await table.take(read('A', '1', 'first'))).toEqual([])
    expect(await table.take(read('A', '1', 'first'), read('B', '2', 'last'))).toEqual([])
    await table.close()
  })

  test('and an emptied table delete thousands of rows, part by part', async () => {
    const table = await openTable('emptied')
    const articles = Array.from({ length: 4_500 }, (_, index) => `A${index}`)
    await table.take(...articles.map((article) => change('c', article, '1')))
    const before = table.slice()
    const deleted = await table.take(change('t', '', '', { key: null, after: null }))
    expect(deleted).toHaveLength(4_500)
    expect(new Set(deleted.map(({ event_id }) => event_id)).size).toBe(4_500)
    expect(table.slice() - before).toBe(3)
    await table.close()
  })
})

describe('what can not be an event', () => {
  test('is sent with why, and the others are mapped', async () => {
    const table = await openTable('rejected')
    const events = await table.take(
      change('c', 'A', '1'),
      { key: '{"article":"X"}', value: 'no JSON' },
      change('c', 'B', 'NaN'),
      change('c', 'C', '1.2345678'),
      change('c', 'D', '99999999999'),
      change('c', 'E\u0000', '1', { key: { article: 'E' } }),
      change('u', 'F', '__debezium_unavailable_value'),
      change('c', 'G', '2'),
    )
    expect(changes(events)).toEqual(['A 1', 'G 2'])
    expect(table.rejected.map(({ error }) => error)).toEqual([
      expect.stringMatching(/JSON/),
      expect.stringMatching(/quantity_change/),
      expect.stringMatching(/quantity_change must be a decimal .*"1\.2345678"/),
      expect.stringMatching(/quantity_change must be a decimal .*"99999999999"/),
      expect.stringMatching(/NUL/),
      expect.stringMatching(/replica identity to full/),
    ])
    await table.close()
  })

  test('stays as it was: the next change of the row makes up for it', async () => {
    const table = await openTable('made-up-for')
    const events = await table.take(
      change('c', 'A', '1'),
      change('c', 'B', '2'),
      change('u', 'A', 'NaN'),
      change('u', 'B', '3'),
      change('u', 'A', '99999999999'),
      change('u', 'A', '5'),
    )
    expect(changes(events)).toEqual(['A 1', 'B 2', 'B 1', 'A 4'])
    expect(table.rejected).toHaveLength(2)
    expect(changes(await table.take(change('d', 'A', ''), change('u', 'B', '4')))).toEqual(['A -5', 'B 1'])
    await table.close()
  })

  test('a value that was not sent, because it did not change, is known', async () => {
    const table = await openTable('unavailable')
    await table.take(change('c', 'A', '8'))
    const after = { store: '__debezium_unavailable_value', article: 'A', quantity: '9' }
    expect(changes(await table.take(change('u', 'A', '9', { after })))).toEqual(['A 1'])
    await table.close()
  })

  test('a table without a mapped column stops the map at its first change', async () => {
    const table = await openTable('misfit')
    const renamed = change('u', 'A', '9', { after: { store: 'S1', article: 'A', amount: '9' } })
    await expect(table.take(change('c', 'A', '8'), renamed)).rejects.toThrow(
      /the map reads column quantity, which the change at erp\.public\.stock\/0@1 does not have/,
    )
    await table.close()
  })
})

describe('a slice that Kafka has not committed', () => {
  test('is taken back: the rows and counters are what they were', async () => {
    const table = await openTable('undone')
    await table.take(change('c', 'A', '1'), change('c', 'B', '2'))
    await table.store.settle(table.slice())
    const before = await rowsOf('undone')
    await table.take(change('u', 'A', '5'), change('d', 'B', ''), change('c', 'C', '3'))
    expect(await rowsOf('undone')).not.toEqual(before)
    await table.store.undo(table.slice())
    expect(await rowsOf('undone')).toEqual(before)
    await table.close()
  })

  test('is taken back whole by the next worker, also what it deleted and happened long ago', async () => {
    const table = await openTable('old')
    await table.take(change('c', 'A', '1'), change('c', 'B', '2'))
    await table.store.settle(table.slice())
    const before = await rowsOf('old')
    await table.take(change('d', 'B', ''))
    const { store, taken } = await RowStore.takeOver(pool, 'old', LOG)
    expect(taken).toMatchObject({ slice: table.slice(), isSettled: false })
    await store.forgetDeleted()
    await store.undo(taken.slice)
    expect(await rowsOf('old')).toEqual(before)
    await table.close()
  })

  test('a row that was deleted long ago is forgotten when that is settled', async () => {
    const table = await openTable('forgotten')
    await table.take(change('c', 'A', '1'), change('c', 'B', '2'), change('d', 'B', ''))
    await table.store.settle(table.slice())
    await table.store.forgetDeleted()
    expect(await rowsOf('forgotten')).toMatchObject({ rows: [{ row_key: expect.stringContaining('A') }] })
    await table.close()
  })

  test('can not be written by a worker that no longer has the map', async () => {
    const table = await openTable('lost')
    await RowStore.takeOver(pool, 'lost', LOG)
    await expect(table.take(change('c', 'A', '1'))).rejects.toThrow(MapLostError)
    expect(await rowsOf('lost')).toMatchObject({ rows: [] })
    await table.close()
  })
})

async function rowsOf(mapId: string): Promise<{ rows: object[]; counters: object }> {
  const rows = await pool.query('select row_key, image, at_us from ops.cdc_row where map_id = $1 order by row_key', [
    mapId,
  ])
  const counters = await pool.query(
    'select position, messages, events, rejected from ops.cdc_stream where map_id = $1',
    [mapId],
  )
  return { rows: rows.rows, counters: counters.rows[0] }
}
