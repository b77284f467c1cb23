import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { topicNames } from '../../contracts/topics.ts'
import { createLogger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { processorNames } from '../../streams/runtime/runtime.ts'
import { named } from '../access/testing.ts'
import { chooseDeadLetters, discardDeadLetters, listDeadLetters, showDeadLetter } from './dead-letters.ts'
import { discardMessages, readOutbox } from './outbox.ts'
import { pauseProcessors } from './streams.ts'

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

describe('pausing and resuming processors', () => {
  test('returns what changed, and what is paused now', async () => {
    const pause = (...processors: string[]) => pauseProcessors(pool, { processors, isPaused: true })
    const resume = (...processors: string[]) => pauseProcessors(pool, { processors, isPaused: false })
    expect(await pause('sales_state')).toEqual({ changed: ['sales_state'], paused: ['sales_state'] })
    expect(await pause('sales_state', 'raw_sink', 'raw_sink')).toEqual({
      changed: ['raw_sink'],
      paused: ['raw_sink', 'sales_state'],
    })
    expect(await resume('sales_windows', 'raw_sink')).toEqual({ changed: ['raw_sink'], paused: ['sales_state'] })
    await expect(pause('sales')).rejects.toMatchObject({ code: 'invalid', value: 'sales' })
    await pauseProcessors(pool, { processors: 'all', isPaused: false })
    expect(await pauseProcessors(pool, { processors: 'all', isPaused: true })).toEqual({
      changed: [...processorNames],
      paused: [...processorNames].sort(),
    })
  })
})

describe('dead letters', () => {
  const decision = { by: named('maria'), why: 'noise' }
  beforeEach(async () => {
    await pool.query('truncate ops.dead_letters')
    await pool.query(
      `insert into ops.dead_letters (letter_id, origin, topic, partition, "offset", known_at, reason, error, payload, headers, read_partition, read_offset)
       overriding system value
       select n, 'contract', 'foot_traffic', 0, n, now(), 'schema_violation', 'entries must be >= 0', '{}', '{}', 0, n
       from generate_series(1, 5) as n`,
    )
  })

  test('come in pages, the oldest first', async () => {
    const seen: number[] = []
    let cursor: string | undefined
    do {
      const page = await listDeadLetters(pool, { topic: 'foot_traffic' }, { limit: 2, ...(cursor && { cursor }) })
      expect(page.total).toBe(5)
      seen.push(...page.letters.map(({ letterId }) => letterId))
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
    expect(seen).toEqual([1, 2, 3, 4, 5])
  })

  test('are discarded by number or by filter, and never without either', async () => {
    expect(await chooseDeadLetters(pool, { since: '2024-05-01' })).toMatchObject({ matching: 5 })
    expect(await discardDeadLetters(pool, { letters: [1, 2, 2] }, decision)).toBe(2)
    await expect(discardDeadLetters(pool, { letters: [1, 3] }, decision)).rejects.toMatchObject({
      code: 'conflict',
      message: '1 of the 2 letters named are unknown or not open: nothing was changed',
    })
    await expect(discardDeadLetters(pool, {}, decision)).rejects.toThrow('no dead letters are chosen')
    await expect(discardDeadLetters(pool, { topic: 'nonsense' }, decision)).rejects.toMatchObject({ field: 'topic' })
    expect((await listDeadLetters(pool, {})).total).toBe(3)
    expect(await discardDeadLetters(pool, { all: true, limit: 2 }, decision)).toBe(2)
    await expect(discardDeadLetters(pool, { all: true }, { by: named('maria'), why: '' })).rejects.toMatchObject({
      field: 'why',
    })
    expect(await showDeadLetter(pool, 1)).toMatchObject({
      status: 'discarded',
      settledBy: 'maria',
      settledWhy: 'noise',
    })
    await expect(showDeadLetter(pool, 99)).rejects.toMatchObject({ code: 'not_found' })
  })

  test('are filtered by what can be', async () => {
    await expect(listDeadLetters(pool, { since: 'yesterday' })).rejects.toMatchObject({ field: 'since' })
    await expect(listDeadLetters(pool, { since: '2024-05-02', until: '2024-05-01' })).rejects.toThrow(
      'since "2024-05-02" is not before 2024-05-01',
    )
    await expect(listDeadLetters(pool, { status: 'lost' })).rejects.toMatchObject({ field: 'status' })
  })
})

describe('the outbox', () => {
  beforeEach(async () => {
    await pool.query('truncate ops.outbox, ops.unsent_message, ops.relay_problem')
    await pool.query(
      `insert into ops.unsent_message (unsent_id, relay, topic, key, payload, emitted_at, bytes, reason, error)
       overriding system value
       select n, 'outbox', case when n = 3 then 'no_such_topic' else 'alerts' end, 'k', '{}', now(), 2, 'refused', 'x'
       from generate_series(1, 3) as n`,
    )
  })

  test('comes in pages, of a topic that is in the catalogue or that a message has', async () => {
    const first = await readOutbox(pool, {}, { limit: 2 })
    expect(first).toMatchObject({ total: 3, messages: [{ id: 1 }, { id: 2 }] })
    const second = await readOutbox(pool, {}, { limit: 2, cursor: first.next! })
    expect(second).toMatchObject({ total: 3, messages: [{ id: 3 }], next: null })
    expect(await readOutbox(pool, { topic: 'no_such_topic' })).toMatchObject({ total: 1 })
    expect(await readOutbox(pool, { topic: 'foot_traffic' })).toMatchObject({ total: 0, messages: [] })
    await expect(readOutbox(pool, { topic: 'nonsense' })).rejects.toThrow(
      `topic "nonsense" is unknown: use one of ${topicNames[0]}`,
    )
  })

  test('gives messages up with who and why', async () => {
    await expect(discardMessages(pool, { all: true }, { by: named('maria'), why: ' ' })).rejects.toMatchObject({
      field: 'why',
    })
    expect(await discardMessages(pool, { topic: 'alerts' }, { by: named('maria'), why: 'sent by mail' })).toBe(2)
    expect((await readOutbox(pool, { status: 'discarded' })).messages).toMatchObject([
      { settledBy: 'maria', settledWhy: 'sent by mail' },
      { id: 2 },
    ])
  })
})
