/**
 * Every asset that is written for both engines, on both: the same bytes, also when a worker of Spark is killed midway. A statement that one of
 * the two can't run fails here. `npm run test:engines` builds a month; SHELFLINE_ENGINE_DAYS=1 one day.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { addDays, daysBetween } from '../../contracts/calendar.ts'
import type { PosTransaction } from '../../contracts/events.ts'
import type { AddFile } from '../../lake/protocol.ts'
import { contentTag } from '../../lake/write.ts'
import { Home } from '../../scripts/stack/home.ts'
import { noReport } from '../../scripts/stack/progress.ts'
import { prepareSpark } from '../../scripts/stack/spark.ts'
import { down, up } from '../../scripts/stack/stack.ts'
import type { AssetContext, AssetDefinition, StagedShard } from './framework/asset.ts'
import {
  doorCount,
  materializePartition,
  openTestAssets,
  priceChange,
  saleLine,
  stockMovement,
  type TestAssets,
} from './framework/testing.ts'
import { assets } from './index.ts'
import { putForecasts } from './predictions/testing.ts'

const FIRST_DAY = '2024-05-01'
const DAYS = daysBetween(FIRST_DAY, addDays(FIRST_DAY, Number(process.env.SHELFLINE_ENGINE_DAYS ?? 1) - 1))
/** Of the lake it is built in parts, as a large one. */
const SHARDED_DAY = DAYS.at(-1)
const STORES = ['s1', 's2', 's3', 's4', 's5']
const EMPTY_DAY = '2024-07-20'
const BIG_DAY = '2024-07-06'
const BIG_DAY_LINES = 400_000

const portable = assets.filter(({ runsOnSpark }) => runsOnSpark)

let world: TestAssets
let home: string
let sparkUrl: string

/** Spark takes minutes to start and to build: not a part of every run. */
const isWanted = process.env.SHELFLINE_ENGINE_DAYS !== undefined
/** Why there is no Spark here; empty where there is one. */
const missing = isWanted
  ? await prepareSpark(noReport).then(
      () => '',
      (error: Error) => `, which can't be had here: ${error.message}`,
    )
  : ': `npm run test:engines` builds on both'

describe.skipIf(missing !== '')(`DuckDB and Spark${missing}`, () => {
  beforeAll(async () => {
    world = await openTestAssets()
    home = mkdtempSync(join(tmpdir(), 'shelfline-spark-'))
    const { settings } = world.context
    vi.stubEnv('SHELFLINE_OBJECT_STORE_ENDPOINT', settings.objectStoreEndpoint)
    vi.stubEnv('SHELFLINE_OBJECT_STORE_ACCESS_KEY', settings.objectStoreAccessKey)
    vi.stubEnv('SHELFLINE_OBJECT_STORE_SECRET_KEY', settings.objectStoreSecretKey)
    vi.stubEnv('SHELFLINE_OBJECT_STORE_BUCKET', settings.objectStoreBucket)
    const { spark } = await up({ home, ports: 'free', only: [], spark: true, isDisposable: true })
    sparkUrl = spark!.url
    await addMessages()
  }, 900_000)

  afterAll(async () => {
    await down({ home })
    rmSync(home, { recursive: true, force: true })
    await world?.close()
  }, 120_000)

  test.each(portable.map(({ name }) => name))('%s is the same', { timeout: 900_000 }, async (name) => {
    const asset = portable.find((candidate) => candidate.name === name)!
    let rows = 0
    for (const date of DAYS) {
      const shards = date === SHARDED_DAY && asset.store === 'lake' ? 2 : 1
      const expected = await contentOf(on('duckdb'), asset, date, shards)
      expect(await contentOf(on('spark'), asset, date, shards)).toEqual(expected)
      rows += expected.reduce((sum, content) => sum + content.rows, 0)
      // What other assets read.
      if (asset.store === 'lake') await materializePartition(on('duckdb'), asset, date)
    }
    expect(rows).toBeGreaterThan(0)
  })

  test('a rebuild by the other engine leaves the files that are there, and nothing beside them', {
    timeout: 300_000,
  }, async () => {
    const asset = portable.find(({ name }) => name === 'cleansed/sales')!
    const filesNow = async () => [...(await (await world.context.lake.table(asset.name)).snapshot()).files.keys()]
    const before = await filesNow()
    await materializePartition(on('spark'), asset, DAYS[0]!)
    expect(await filesNow()).toEqual(before)
    const { objectStore, settings } = world.context
    const left: string[] = []
    for await (const { key } of objectStore.list(`${settings.lakePrefix}/results/`)) left.push(key)
    expect(left).toEqual([])
  })

  test('a day without a message is empty on both', { timeout: 300_000 }, async () => {
    const asset = portable.find(({ name }) => name === 'cleansed/sales')!
    const expected = await contentOf(on('duckdb'), asset, EMPTY_DAY, 1)
    expect(expected).toMatchObject([{ tags: [], rows: 0 }])
    expect(await contentOf(on('spark'), asset, EMPTY_DAY, 1)).toEqual(expected)
  })

  test('a worker of Spark is killed midway: the same bytes', { timeout: 900_000 }, async () => {
    await world.addRawRows('pos_transactions', bigDay())
    const asset = portable.find(({ name }) => name === 'cleansed/sales')!
    const expected = await contentOf(on('duckdb'), asset, BIG_DAY, 1)
    expect(expected).toMatchObject([{ rows: BIG_DAY_LINES }])
    const worker = new Home(home).readServer('sparkWorker1')!
    let signs = 0
    let isKilled = false
    const heartbeat = () => {
      signs += 1
      if (signs < SIGNS_BEFORE_KILL || isKilled) return
      isKilled = true
      // With the process that it has started for its share.
      process.kill(-worker.pid, 'SIGKILL')
    }
    const found = await contentOf(on('spark', { heartbeat }), asset, BIG_DAY, 1)
    expect(isKilled).toBe(true)
    expect(found).toEqual(expected)
  })
})

/** Sales, returns, copies, late and broken ones, amounts with all their places: all that the statements distinguish. */
async function addMessages(): Promise<void> {
  await world.addMembers(['s1', 's2', 's3', 's4'], { p1: 'dairy', p2: 'dairy', p3: null })
  const lines: (PosTransaction | string)[] = []
  for (const [number, date] of DAYS.entries()) {
    for (const [place, store] of STORES.entries()) {
      const at = (hour: number) => `${date}T${String(hour).padStart(2, '0')}:30:00.123456+02:00`
      const sale = saleLine({
        store_id: store,
        transaction_id: `${date} ${store}`,
        product_id: `p${1 + ((place + number) % 4)}`,
        quantity: '3.333333',
        unit_price: '1.999999',
        discount: '0.005',
        customer_id: `c${place}`,
        event_at: at(9),
      })
      lines.push(sale, sale, { ...sale, event_id: `${sale.event_id} again`, line_no: 2 })
      const { customer_id: _, ...anonymous } = sale
      lines.push({
        ...anonymous,
        event_id: `${sale.event_id} anonymous`,
        line_no: 3,
        quantity: '0.000001',
        is_promoted: true,
      })
      lines.push({
        ...sale,
        event_id: `${sale.event_id} back`,
        transaction_id: `${date} ${store} back`,
        quantity: '-1',
        event_at: at(17),
      })
      lines.push({
        ...sale,
        event_id: `${sale.event_id} net`,
        line_no: 4,
        net_amount: '6.66',
        unit_price: '2.345678',
        event_at: at(10),
      })
    }
    lines.push('{ broken')
  }
  await world.addRaw('pos_transactions', lines)
  const each = DAYS.flatMap((date) => STORES.map((store_id) => ({ store_id, event_at: `${date}T07:00:00+02:00` })))
  await world.addRaw(
    'inventory_updates',
    each.flatMap((of) => [stockMovement(of), stockMovement({ ...of, quantity_change: '-0.5' })]),
  )
  await world.addRaw(
    'price_changes',
    each.flatMap((of) => [priceChange(of), priceChange({ ...of, new_price: '2.75' })]),
  )
  await world.addRaw(
    'foot_traffic',
    each.flatMap((of) => [doorCount(of), doorCount({ ...of, sensor_id: 'back door' })]),
  )
  const forecasts = STORES.map((store, place) => `('${store}', 'p${1 + place}', 1, ${place + 0.123_456_7})`)
  for (const date of [addDays(FIRST_DAY, -1), ...DAYS])
    await putForecasts(world, date, [...forecasts, "('s1', 'p2', 1, 2)", "('s1', 'p3', 2, 0)"])
}

const on = (engine: 'duckdb' | 'spark', change: Partial<AssetContext> = {}): AssetContext => ({
  ...world.context,
  ...change,
  settings: { ...world.context.settings, engine, sparkUrl },
})

interface Content {
  /** Of a table in the lake: the tags of its files. Of one in PostgreSQL: a hash of the rows. */
  tags: (string | undefined)[]
  rows: number
  bytes: number
  measured: object
}

/** What a shard's rows are, whatever their files are called. The files are removed. */
async function contentOf(
  context: AssetContext,
  asset: AssetDefinition,
  date: string,
  shards: number,
): Promise<Content[]> {
  const { inputs } = await asset.plan(context, date)
  const staged: StagedShard[] = []
  for (let index = 0; index < shards; index += 1) {
    staged.push(await asset.stage(context, date, { index, count: shards }, inputs))
  }
  const contents: Content[] = []
  for (const { rows, bytes, reference } of staged) {
    const { files, table, ...measured } = reference as { files?: AddFile[]; table?: string }
    const tags = files === undefined ? [await hashOf(table!)] : files.map(contentTag)
    contents.push({ tags, rows, bytes, measured })
  }
  await asset.discard(context, staged)
  return contents
}

async function hashOf(table: string): Promise<string> {
  const query = `select md5(coalesce(string_agg(line::text, ' ' order by line::text), '')) as hash from ${table} as line`
  return (await world.rows<{ hash: string }>(query))[0]!.hash
}

/** Spark shows signs of life in answer to each statement, and every two seconds while one runs. */
const SIGNS_BEFORE_KILL = 12

const bigDay = (): string => `
  select 'event ' || i as event_id, 'test' as source, 1::bigint as schema_version,
    timestamptz '${BIG_DAY} 06:00:00+00' + to_seconds(i % 50000) as event_at,
    's' || (i % 20) as store_id, 't' || (i // 5) as transaction_id, (i % 5)::bigint as line_no, 'p' || (i % 997) as product_id,
    (case when i % 50 = 0 then -1 else 1 + i % 3 end)::decimal(18, 6) as quantity,
    (0.5 + (i % 1000) / 100)::decimal(18, 6) as unit_price, 0::decimal(18, 6) as discount, 'card' as payment_method,
    case when i % 3 = 0 then 'c' || (i % 5000) end as customer_id,
    'pos_transactions' as topic, 0::bigint as "partition", (10000000 + i)::bigint as "offset",
    timestamptz '${BIG_DAY} 20:00:00+00' as known_at, date '${BIG_DAY}' as date
  from range(${BIG_DAY_LINES}) as numbers (i)`
