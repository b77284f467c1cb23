import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLogger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { environmentOf, shelfline } from '../testing.ts'

const VISITS = {
  event_id: 'door-1',
  source: 'doors',
  schema_version: 1,
  event_at: '2024-05-01T10:00:00+02:00',
  store_id: '7',
  sensor_id: 'main',
  entries: 3,
  exits: 2,
  interval_seconds: 60,
}

let database: TestDatabase
let pool: Pool
let letter: string
const folder = mkdtempSync(join(tmpdir(), 'shelfline-dlq-'))

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, createLogger({ logLevel: 'silent' }, 'test'))
  const { rows } = await pool.query<{ letter_id: number }>(
    `insert into ops.dead_letters (origin, topic, partition, "offset", known_at, reason, error, payload, headers, read_partition, read_offset)
     values ('contract', 'foot_traffic', 0, 1, now(), 'schema_violation', 'entries must be >= 0', '{}', '{}', 0, 1)
     returning letter_id`,
  )
  letter = String(rows[0]!.letter_id)
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
  rmSync(folder, { recursive: true })
})

function payloadFile(name: string, content: string): string {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

const replay = (...words: string[]) => shelfline(['dlq', 'replay', ...words], environmentOf(database.settings))

describe('dlq replay --payload-file', () => {
  test.each([
    ['a field that breaks the contract', { ...VISITS, entries: -3 }, /schema_violation\): entries .* found -3/],
    ['a field that is missing', { ...VISITS, store_id: undefined }, /schema_violation\): .*store_id/],
    ['an event from the future', { ...VISITS, event_at: '2999-05-01T10:00:00Z' }, /future_event\): event_at 2999/],
  ])('refuses %s, dry run or not, and sends nothing', async (_what, event, message) => {
    const file = payloadFile('broken.json', JSON.stringify(event))
    for (const more of [['--dry-run'], []]) {
      const { code, error } = await replay(letter, '--payload-file', file, ...more)
      expect([code, error]).toEqual([2, expect.stringMatching(message)])
      expect(error).toContain('the payload breaks the contract of foot_traffic')
    }
    const { rows } = await pool.query('select status from ops.dead_letters')
    expect(rows).toEqual([{ status: 'open' }])
  })

  test('refuses what is not JSON', async () => {
    const { code, error } = await replay(letter, '--payload-file', payloadFile('cut.json', '{"entries": '), '--dry-run')
    expect([code, error]).toEqual([2, expect.stringContaining('invalid_json')])
  })

  test('takes a payload that keeps the contract', async () => {
    const file = payloadFile('mended.json', JSON.stringify(VISITS))
    const { code, out } = await replay(letter, '--payload-file', file, '--dry-run', '--json')
    expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ dryRun: true, matching: 1 })])
  })
})
