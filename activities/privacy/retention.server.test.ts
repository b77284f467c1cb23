import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLake } from '../../lake/lake.ts'
import { rawTableName } from '../../lake/raw-table.ts'
import { createDuckDb, withConnection } from '../../platform/duckdb/duckdb.ts'
import { createObjectStore } from '../../platform/object-store/object-store.ts'
import { createWorld, until, type World } from '../../streams/testing/world.ts'
import { whileAlone } from './lock.ts'
import { enforceRetention } from './retention.ts'

let world: World
beforeAll(async () => {
  world = await createWorld({
    lakePrefix: `test/retention-${process.pid}`,
    customerRetentionDays: 30,
    deadLetterDays: 90,
  })
})
afterAll(() => world?.close())

const DAY_MS = 86_400_000
const dayBefore = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10)
const sale = (id: string, date: string, change: object = {}) => ({
  event_id: id,
  source: 'test',
  schema_version: 1,
  event_at: `${date}T10:00:00+00:00`,
  store_id: 's1',
  transaction_id: id,
  line_no: 1,
  product_id: 'p1',
  quantity: '1',
  unit_price: '1',
  discount: '0',
  customer_id: 'ann',
  payment_method: 'card',
  ...change,
})

async function rawRows(): Promise<[string, boolean][]> {
  const { settings } = world
  const database = await createDuckDb(settings)
  const objectStore = createObjectStore(settings)
  try {
    const lake = createLake({ objectStore, database, prefix: settings.lakePrefix, onCheckpointFailed: () => undefined })
    const raw = await (await lake.table(rawTableName('pos_transactions'))).scan()
    return await withConnection(database, async (connection) => {
      const reader = await connection.runAndReadAll(
        `select event_id, customer_id is not null from ${raw} where problem is null order by event_id`,
      )
      return reader.getRows() as [string, boolean][]
    })
  } finally {
    objectStore.close()
    database.closeSync()
  }
}

test('after its time a customer is in no row of the lake and of facts, a dead letter has no message, and a key of an erased one is gone', async () => {
  const { pool, topics, settings, logger } = world
  await topics.send('pos_transactions', [
    sale('old', dayBefore(40)),
    sale('new', dayBefore(2)),
    sale('broken', dayBefore(2), { quantity: 'one' }),
  ])
  await world.start(['raw_sink'])
  await world.consumed('raw_sink', 3)
  await world.stop()
  await pool.query(
    `insert into ops.customer_erasure (asked_by, why, lookup, log_ends, kafka_until, finished_at, found, proof)
     values ('ann', 'over', decode(repeat('01', 16), 'hex'), '{}', now() - interval '1 day', now(), '{}', '{}'),
       ('ann', 'not yet over', decode(repeat('02', 16), 'hex'), '{}', now() + interval '1 day', now(), '{}', '{}')`,
  )
  await pool.query(
    `insert into ref.customer_key (lookup, key, erased_at)
     select decode(repeat(byte, 16), 'hex'), decode(repeat('00', 16), 'hex'), now() from unnest(array['01', '02']) as byte`,
  )
  expect(await enforceRetention({ settings, pool, logger }, new Date())).toMatchObject({
    customersFrom: dayBefore(30),
    changed: { 'lake raw/pos_transactions, customer_id': 1 },
    keysForgotten: 1,
    openErasures: [],
  })
  expect(await rawRows()).toEqual([
    ['new', true],
    ['old', false],
  ])
  expect((await pool.query('select status, payload is null as empty from ops.dead_letters')).rows).toEqual([
    { status: 'open', empty: false },
  ])
  // Nothing is left to do; later the letter is too old, too.
  expect(await enforceRetention({ settings, pool, logger }, new Date())).toMatchObject({
    changed: {},
    keysForgotten: 0,
  })
  const later = await enforceRetention({ settings, pool, logger }, new Date(Date.now() + 100 * DAY_MS))
  expect(later.changed).toMatchObject({ 'ops.dead_letters': 1, 'lake raw/pos_transactions, customer_id': 1 })
  expect((await pool.query('select status, payload, settled_by from ops.dead_letters')).rows).toEqual([
    { status: 'discarded', payload: null, settled_by: 'shelfline' },
  ])
})

test('the schedule waits for an erasure that is running', async () => {
  const { pool, settings, logger } = world
  const gate = Promise.withResolvers<void>()
  const erasing = whileAlone(pool, () => gate.promise)
  let isOver = false
  const retention = enforceRetention({ settings, pool, logger }, new Date()).finally(() => {
    isOver = true
  })
  await until('retention waits', 30_000, async () => {
    const { rowCount } = await pool.query(
      `select from pg_locks join pg_database on pg_database.oid = database
       where locktype = 'advisory' and not granted and datname = current_database()`,
    )
    return rowCount === 1
  })
  expect(isOver).toBe(false)
  gate.resolve()
  await erasing
  await retention
})

test('the schedule changes raw events as the user that it is given', async () => {
  const { pool, settings, logger } = world
  const given = { ...settings, vacuumAccessKey: 'nobody', vacuumSecretKey: 'and-not-their-key' }
  await expect(enforceRetention({ settings: given, pool, logger }, new Date())).rejects.toThrow()
})
