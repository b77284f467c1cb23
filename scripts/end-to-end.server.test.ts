/**
 * Real sales through the real servers, by the commands that a user types: replay, streams, lake, daily ETL, star schema.
 * Both workers are killed in the middle of it.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createKafka } from '../platform/kafka/kafka.ts'
import { createLogger } from '../platform/log.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing.ts'
import { until } from '../streams/testing/world.ts'

const FROM = '2009-12-01'
const TO = '2009-12-06'
const DAYS = 6
const WAIT_MS_MAX = 120_000
/** A guard against hanging: waits have bounds of their own, and a busy machine is slow, not wrong. */
vi.setConfig({ testTimeout: 8 * 60_000 })

const root = join(import.meta.dirname, '..')
const workers: ChildProcess[] = []
let database: TestDatabase
let client: pg.Client
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  client = new pg.Client(database.url)
  await client.connect()
  environment = {
    ...process.env,
    SHELFLINE_POSTGRES_URL: database.settings.postgresUrl,
    SHELFLINE_POSTGRES_MIGRATE_URL: database.settings.postgresMigrateUrl,
    SHELFLINE_LAKE_PREFIX: database.settings.lakePrefix,
    SHELFLINE_HTTP_PORT: '0',
    SHELFLINE_LOG_LEVEL: 'error',
  }
})

afterAll(async () => {
  for (const worker of workers) await kill(worker)
  await client?.end()
  await database?.drop()
})

/** Runs a command to its end and returns the JSON that it prints. */
async function shelfline<Answer>(...words: string[]): Promise<Answer> {
  const { stdout } = await promisify(execFile)(join(root, 'shelfline'), words, {
    env: environment,
    maxBuffer: 64 * 2 ** 20,
  })
  return JSON.parse(stdout) as Answer
}

function startWorker(kind: 'stream' | 'batch'): ChildProcess {
  const worker = spawn(join(root, 'shelfline'), ['worker', kind], { env: environment, stdio: 'ignore' })
  workers.push(worker)
  return worker
}

async function kill(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return
  const ended = once(worker, 'exit')
  worker.kill('SIGKILL')
  await ended
}

async function number(query: string): Promise<number> {
  const { rows } = await client.query<{ value: string | null }>(query)
  return Number(rows[0]?.value ?? 0)
}

type Sent = { sent: Record<string, number> }
type Lags = { lags: { processor: string; topic: string; lag: number }[] }

test('brings every line that keeps its contract to the reports, whatever is killed on the way', async () => {
  await shelfline('topics', 'apply', '--json')
  const before = await shelfline<Lags>('streams', 'lag', '--json')
  expect(before.lags).toEqual([])

  const first = startWorker('stream')
  const replay = shelfline<Sent>('replay', 'online-retail', '--from', FROM, '--to', TO, '--json')
  await until(
    'the first events',
    WAIT_MS_MAX,
    async () => (await number('select sum(consumed) as value from ops.stream_offsets')) > 0,
  )
  await kill(first)
  startWorker('stream')
  const { sent } = await replay
  await until('the end of the streams', WAIT_MS_MAX, async () => {
    const consumed = await number(
      "select sum(consumed) as value from ops.stream_offsets where processor = 'raw_sink' and topic = 'pos_transactions'",
    )
    const { lags } = await shelfline<Lags>('streams', 'lag', '--json')
    return consumed >= sent.pos_transactions! && lags.every(({ lag }) => lag === 0)
  })

  const builder = startWorker('batch')
  await until('the batch worker', WAIT_MS_MAX, async () => {
    const plan = await shelfline<{ assets?: unknown }>('status', '--json').catch(() => undefined)
    return plan !== undefined && (await number('select count(*) as value from ops.assets')) > 0
  })
  const plan = await shelfline<{ plan: string }>(
    'backfill',
    'plan',
    '--assets',
    'all',
    '--from',
    FROM,
    '--to',
    TO,
    '--json',
  )
  const backfill = shelfline('backfill', 'apply', plan.plan, '--wait', '--json')
  await until('the first partition', WAIT_MS_MAX, async () => {
    return (await number("select count(*) as value from ops.partition_ledger where status = 'succeeded'")) > 0
  })
  await kill(builder)
  startWorker('batch')
  await backfill

  expect(await sumsInReports()).toEqual(await sumsInFile())
  await expectNothingLost(sent)
})

/** Per store, product and day: lines, units and money, as in the reports. */
async function sumsInReports(): Promise<string[]> {
  const { rows } = await client.query<{ sums: string }>(`
    select concat_ws('|', sale_date, store_id, product_id, count(*), sum(quantity)::numeric(18, 3), sum(net_amount)::numeric(18, 3)) as sums
    from bi.fact_sales
    join bi.dim_store using (store_key)
    join bi.dim_product using (product_key)
    group by sale_date, store_id, product_id`)
  return rows.map(({ sums }) => sums).sort()
}

/** The same from the file itself; what breaks the contract is left out. */
async function sumsInFile(): Promise<string[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const reader = await connection.runAndReadAll(`
      select concat_ws('|', invoiced_at::date, lower(replace(country, ' ', '-')), trim(stock_code), count(*),
        sum(quantity)::decimal(18, 3), sum(quantity * unit_price::decimal(18, 3))::decimal(18, 3)) as sums
      from read_parquet('${join(root, 'data', 'online-retail-ii', 'lines.parquet')}')
      where invoiced_at::date between date '${FROM}' and date '${TO}'
        and unit_price >= 0
      group by invoiced_at::date, country, trim(stock_code)`)
    return reader
      .getRows()
      .map(([sums]) => String(sums))
      .sort()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

async function consumedByTopic(): Promise<Record<string, number>> {
  const { rows } = await client.query<{ topic: string; consumed: string }>(
    "select topic, sum(consumed) as consumed from ops.stream_offsets where processor = 'raw_sink' group by topic",
  )
  return Object.fromEntries(rows.map(({ topic, consumed }) => [topic, Number(consumed)]))
}

/** What Kafka has of the topics that the raw sink reads. */
async function messagesByTopic(): Promise<Record<string, number>> {
  const admin = createKafka(loadSettings(), 'end-to-end', createLogger({ logLevel: 'error' }, 'test')).admin()
  await admin.connect()
  try {
    const counted = Object.keys(await consumedByTopic()).map(async (topic) => {
      const partitions = await admin.fetchTopicOffsets(topic)
      return [topic, partitions.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0)] as const
    })
    return Object.fromEntries(await Promise.all(counted))
  } finally {
    await admin.disconnect()
  }
}

/** Invariant 4, and the same numbers in ledger, lake and star schema. */
async function expectNothingLost(sent: Record<string, number>): Promise<void> {
  const unbalanced = await client.query(
    'select * from ops.stream_offsets where applied + duplicate + late + dead <> consumed',
  )
  expect(unbalanced.rows).toEqual([])
  // Other tests may send to the same topics: what Kafka has is consumed once, and what was sent here is in it.
  const inKafka = await messagesByTopic()
  await expect.poll(consumedByTopic).toEqual(inKafka)
  for (const [topic, count] of Object.entries(inKafka)) expect(count, topic).toBeGreaterThanOrEqual(sent[topic] ?? 0)
  const { rows: ledger } = await client.query<{ asset: string; days: string; rows: string }>(`
    select asset, count(*) as days, sum(rows) as rows
    from ops.partition_ledger where status = 'succeeded' group by asset`)
  for (const { asset, days } of ledger) expect([asset, Number(days)]).toEqual([asset, DAYS])
  const rowsOf = (asset: string) => Number(ledger.find((row) => row.asset === asset)?.rows)
  expect(rowsOf('fact_sales')).toBe(await number('select count(*) as value from bi.fact_sales'))
  expect(rowsOf('fact_sales')).toBe(rowsOf('cleansed/sales'))
  const lake = await shelfline<{ tables: { table: string; rows: number }[] }>('lake', 'list', '--json')
  expect(lake.tables.find(({ table }) => table === 'raw/pos_transactions')?.rows).toBe(inKafka.pos_transactions)
  expect(lake.tables.find(({ table }) => table === 'cleansed/sales')?.rows).toBe(rowsOf('cleansed/sales'))
}
