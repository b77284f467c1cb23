import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createLogger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { environmentOf, shelfline } from '../testing.ts'

let database: TestDatabase
let pool: Pool

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, createLogger({ logLevel: 'silent' }, 'test'))
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
})
beforeEach(async () => {
  await pool.query('truncate ops.outbox, ops.unsent_message, ops.relay_problem')
  await pool.query(`insert into ops.unsent_message (unsent_id, relay, topic, key, payload, emitted_at, bytes, reason, error)
    overriding system value values
    (1, 'outbox', 'warehouse_events', 'w1', '{"pick": 1}', now(), 1200000, 'too_large', 'larger than the max message size'),
    (2, 'outbox', 'purchase_orders', 'PO-1', '{"order": 1}', now(), 9000000, 'too_large', 'larger than the max message size'),
    (3, 'outbox', 'no_such_topic', 'k', '{}', now(), 2, 'unknown_topic', 'it is not in contracts/topics.ts')`)
})

const outbox = (...words: string[]) => shelfline(['outbox', ...words], environmentOf(database.settings))
const statuses = async () =>
  (await pool.query('select status from ops.unsent_message order by unsent_id')).rows.map(({ status }) => status)

test('lists what waits for Kafka and what was set aside, with tries, errors and the next try', async () => {
  await pool.query(`select ops.emit('alerts', 's1', '{}')`)
  await pool.query(`insert into ops.relay_problem (relay, topic, attempts, next_attempt_at, error)
    values ('outbox', 'alerts', 7, '2030-01-01T00:00:00Z', 'This server does not host this topic-partition')`)
  const { code, out } = await outbox('list')
  expect(code).toBe(0)
  const text = out.replaceAll('│', ' ')
  expect(text).toMatch(/outbox +alerts +1 +\S+ \S+ +7 +2030-01-01 00:00:00 +This server does not host/)
  expect(text).toMatch(/1 +outbox +warehouse_events +w1 +1,?200,?000 +too_large +1 /)
  const { waiting, messages, total } = JSON.parse((await outbox('list', '--topic', 'alerts', '--json')).out)
  expect(waiting).toMatchObject([{ topic: 'alerts', messages: 1, attempts: 7 }])
  expect({ messages, total }).toEqual({ messages: [], total: 0 })
})

test('shows a message with what is to be sent', async () => {
  expect((await outbox('show', '2')).out).toContain('{"order": 1}')
  expect(JSON.parse((await outbox('show', '1', '--json')).out)).toMatchObject({
    id: 1,
    payload: '{"pick": 1}',
    attempts: 1,
  })
  expect(await outbox('show', '99')).toMatchObject({
    code: 2,
    error: expect.stringContaining('outbox message "99" does not exist'),
  })
})

test('puts messages back into the outbox, but no state that a newer one replaces', async () => {
  await pool.query(`select ops.emit('purchase_orders', 'PO-1', '{"order": 2}')`)
  expect(await outbox('retry', '1', '2', '--dry-run')).toMatchObject({
    code: 0,
    out: expect.stringContaining('2 would be'),
  })
  expect(await statuses()).toEqual(['open', 'open', 'open'])
  expect(JSON.parse((await outbox('retry', '1', '2', '--json')).out)).toEqual({ retrying: 1, superseded: 1 })
  expect(await statuses()).toEqual(['retrying', 'superseded', 'open'])
  const { rows } = await pool.query('select topic, key, unsent_id from ops.outbox order by topic')
  expect(rows).toEqual([
    { topic: 'purchase_orders', key: 'PO-1', unsent_id: null },
    { topic: 'warehouse_events', key: 'w1', unsent_id: 1 },
  ])
})

test('discards messages with who and why, which then stay readable', async () => {
  expect(await outbox('discard', '--topic', 'no_such_topic', '--why', 'renamed')).toMatchObject({ code: 0 })
  expect(await statuses()).toEqual(['open', 'open', 'discarded'])
  const { messages } = JSON.parse((await outbox('list', '--status', 'discarded', '--json')).out)
  expect(messages).toMatchObject([{ id: 3, settledWhy: 'renamed', settledBy: expect.stringMatching(/./) }])
})

test.each([
  [['retry'], 'no messages are chosen: give their numbers'],
  [['retry', '1', '99'], '1 of the 2 messages named are unknown or not open: nothing was changed'],
  [['list', '--topic', 'nonsense'], '--topic "nonsense" is unknown: use one of pos_transactions'],
  [['discard', '1'], "required option '--why <text>'"],
  [['discard', '1', '--why', ' '], '--why " " is not a text of 1 to 500 characters'],
])('%j is wrong use and changes nothing', async (words, message) => {
  expect(await outbox(...words)).toMatchObject({ code: 2, error: expect.stringContaining(message) })
  expect(await statuses()).toEqual(['open', 'open', 'open'])
})
