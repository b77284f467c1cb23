import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../platform/log.ts'
import { createObjectStore, type ObjectStore } from '../platform/object-store/object-store.ts'
import { createPool, type Pool } from '../platform/postgres/postgres.ts'
import { statement } from '../platform/postgres/sql.ts'
import { loadSettings, type Settings } from '../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing.ts'
import { watchServers } from './server-metrics.ts'

const logger = createLogger({ logLevel: 'silent' }, 'test')
const WAIT = { timeout: 60_000, interval: 200 }
let database: TestDatabase
let pool: Pool
let objectStore: ObjectStore

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, logger)
  objectStore = createObjectStore(database.settings)
})

afterAll(async () => {
  objectStore?.close()
  await pool?.end()
  await database?.drop()
})

async function watched(settings: Settings, look: (read: () => Promise<string>) => Promise<void>): Promise<void> {
  const registry = new Registry()
  const watch = watchServers({ settings, pool, objectStore, logger, registry })
  try {
    await look(() => registry.metrics())
  } finally {
    await watch.stop()
  }
}

/** The value of a metric with its labels, as Prometheus would read it. */
const sampleIn = (text: string, sample: string): number | undefined => {
  const line = text.split('\n').find((one) => one.startsWith(`${sample} `))
  return line === undefined ? undefined : Number(line.slice(sample.length + 1))
}

test('the servers, their load, and how far the positions are behind', async () => {
  await pool.query(
    `insert into ops.stream_offsets (processor, topic, partition, position) values ('sales_state', 'no_such_topic', 0, 5)`,
  )
  await watched(database.settings, async (read) => {
    for (const server of ['postgres', 'kafka', 'object_store']) {
      await expect.poll(async () => sampleIn(await read(), `shelfline_server_up{server="${server}"}`), WAIT).toBe(1)
    }
    await expect.poll(read, WAIT).toContain('shelfline_position_lag_messages{')
    const text = await read()
    expect(sampleIn(text, 'shelfline_kafka_brokers')).toBe(1)
    expect(sampleIn(text, 'shelfline_kafka_partitions{state="offline"}')).toBe(0)
    expect(sampleIn(text, 'shelfline_postgres_connections_max')).toBe(200)
    expect(sampleIn(text, 'shelfline_postgres_database_bytes')).toBeGreaterThan(1_000_000)
    expect(sampleIn(text, 'shelfline_postgres_transactions_total{end="commit"}')).toBeGreaterThan(0)
    // A topic that Kafka does not have is no lag.
    expect(sampleIn(text, 'shelfline_position_lag_messages{processor="sales_state",topic="no_such_topic"}')).toBe(0)
    expect(sampleIn(text, 'shelfline_daily_etl_late')).toBe(0)
  })
})

test('sessions of other roles have their state', async () => {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await watched(database.settings, async (read) => {
      const state = 'shelfline_postgres_connections{state="idle_in_transaction"}'
      await expect.poll(async () => sampleIn(await read(), state), WAIT).toBeGreaterThan(0)
    })
  } finally {
    await client.query('rollback')
    client.release()
  }
})

test('a Kafka that is away is a figure, and the others are read', async () => {
  const settings = { ...database.settings, kafkaBrokers: ['127.0.0.1:9'] }
  await watched(settings, async (read) => {
    await expect.poll(async () => sampleIn(await read(), 'shelfline_server_up{server="kafka"}'), WAIT).toBe(0)
    await expect.poll(async () => sampleIn(await read(), 'shelfline_server_up{server="postgres"}'), WAIT).toBe(1)
    expect(await read()).not.toContain('shelfline_kafka_partitions{')
  })
})

test('the daily run is late from 09:30 of the stores on, while sales of yesterday are known and not built', async () => {
  const late = async (timeZone: string): Promise<boolean> => {
    const { rows } = await pool.query<{ isLate: boolean }>(statement('ledger/daily_etl_late.sql'), [timeZone])
    return rows[0]!.isLate
  }
  const noon = zoneWithHour(13)
  const night = zoneWithHour(3)
  expect(await late(noon)).toBe(false)
  await pool.query(
    `insert into ops.stream_watermark (processor, topic, partition, watermark, active_at)
     values ('sales_windows', 'pos_transactions', 0, now(), now())`,
  )
  expect(await late(noon)).toBe(true)
  expect(await late(night)).toBe(false)
  await pool.query(
    `insert into ops.partition_ledger
       (asset, date, status, run, workflow_id, run_id, reason, started_at, lease_until, succeeded_run, succeeded_at)
     values ('fact_sales', (now() at time zone $1)::date - 1, 'succeeded', 1, 'w', 'r', 'missing', now(), now(), 1, now())`,
    [noon],
  )
  expect(await late(noon)).toBe(false)
})

/** A zone of a fixed offset in which it is that hour now. PostgreSQL, like POSIX, counts offsets westwards. */
function zoneWithHour(hour: number): string {
  const ahead = ((hour - new Date().getUTCHours() + 36) % 24) - 12
  return `Etc/GMT${ahead <= 0 ? '+' : '-'}${Math.abs(ahead)}`
}
