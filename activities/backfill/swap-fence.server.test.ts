/** Who may swap, and what lake, star schema and ledger contain when a builder stops, dies or loses an answer on the way. */
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createLake } from '../../lake/lake.ts'
import { readLedger } from '../../platform/ledger.ts'
import type { ObjectStore } from '../../platform/object-store/object-store.ts'
import type { StagedShard } from '../assets/framework/asset.ts'
import { openTestAssets, saleLine, type TestAssets } from '../assets/framework/testing.ts'
import { assets } from '../assets/index.ts'
import type { BatchDependencies } from '../dependencies.ts'
import {
  breakingPool,
  buildRequest,
  dependenciesOf,
  idleLife,
  type StopAt,
  type StoppingBuilder,
  startBuilder,
} from '../testing.ts'
import {
  abandonShards,
  type Built,
  buildPartition,
  publishShards,
  type Sharded,
  stageShard,
} from './build-partition.ts'

let world: TestAssets
let dependencies: BatchDependencies
beforeAll(async () => {
  world = await openTestAssets({ shardRowsMax: 1_000 })
  dependencies = dependenciesOf(world.context, assets)
})
afterAll(() => world?.close())

const builders: StoppingBuilder[] = []
afterEach(async () => {
  for (const { child, outcome } of builders.splice(0)) {
    if (child.exitCode === null) child.kill('SIGKILL')
    await outcome
  }
})

let day = 0
const nextDate = () => `2024-06-${String(++day).padStart(2, '0')}`

const build = async (asset: string, date: string, workflowId?: string) =>
  (await buildPartition(dependencies, buildRequest(asset, date, workflowId), idleLife())) as Built

/** Sale lines of a day, on top of those that there are. */
let line = 0
const addSales = (date: string, count: number) =>
  world.addRaw(
    'pos_transactions',
    Array.from({ length: count }, () =>
      saleLine({ event_at: `${date}T12:00:00+02:00`, store_id: `s${line % 7}`, line_no: ++line }),
    ),
  )

const upstream = ['cleansed/sales', 'dim_store', 'dim_product']
async function addDay(date: string, count: number): Promise<void> {
  await addSales(date, count)
  for (const asset of upstream) await build(asset, date)
}

function start(asset: string, date: string, stop: StopAt): StoppingBuilder {
  const builder = startBuilder(world.context.settings, { request: buildRequest(asset, date), stop })
  builders.push(builder)
  return builder
}

const ledgerOf = async (asset: string, date: string) =>
  (await readLedger(world.context.pool, { assets: [asset], from: date, to: date }))[0]!

/** The rows that are read now, by a reader without any earlier state. */
async function rowsOf(asset: string, date: string): Promise<number> {
  if (asset === 'fact_sales') {
    const [found] = await world.rows<{ rows: number }>(
      `select count(*) as rows from analytics.fact_sales where sale_date = '${date}'`,
    )
    return found!.rows
  }
  const { objectStore, duckdb, settings } = world.context
  const lake = createLake({
    objectStore,
    database: duckdb,
    prefix: settings.lakePrefix,
    onCheckpointFailed: () => undefined,
  })
  const relation = await (await lake.table(asset)).scan({ where: { date } })
  return Number((await world.connection.runAndReadAll(`select count(*) from ${relation}`)).getRows()[0]![0])
}

test.each(['cleansed/sales', 'fact_sales'])(
  'of two runs of %s the one that was stopped before its swap does not replace the newer one, when it continues',
  async (asset) => {
    const date = nextDate()
    await addDay(date, 3)
    const stopped = start(asset, date, { point: 'before swap', by: 'SIGSTOP' })
    await stopped.stopped()
    await addDay(date, 2)
    await build(asset, date)
    stopped.child.kill('SIGCONT')
    expect(await stopped.outcome).toMatchObject({ failed: 'PartitionLost' })
    expect(await rowsOf(asset, date)).toBe(5)
    expect(await ledgerOf(asset, date)).toMatchObject({ status: 'succeeded', rows: 5 })
  },
)

test('a swap that is stopped within its transaction gives way, and changes nothing when it continues', async () => {
  const date = nextDate()
  await addDay(date, 3)
  const stopped = start('fact_sales', date, { point: 'succeed', by: 'SIGSTOP' })
  await stopped.stopped()
  await addDay(date, 2)
  await build('fact_sales', date)
  stopped.child.kill('SIGCONT')
  expect(await stopped.outcome).toMatchObject({ failed: expect.any(String) })
  expect(await rowsOf('fact_sales', date)).toBe(5)
  expect(await ledgerOf('fact_sales', date)).toMatchObject({ status: 'succeeded', rows: 5 })
})

test('a star table that is swapped is in the ledger, also when its process is killed at once', async () => {
  const date = nextDate()
  await addDay(date, 3)
  await start('fact_sales', date, { point: 'after swap', by: 'SIGKILL' }).outcome
  expect(await rowsOf('fact_sales', date)).toBe(3)
  expect(await ledgerOf('fact_sales', date)).toMatchObject({ status: 'succeeded', rows: 3 })
})

test('a star table whose process is killed before the ledger knew is as it was', async () => {
  const date = nextDate()
  await addDay(date, 3)
  await build('fact_sales', date)
  await addDay(date, 2)
  await start('fact_sales', date, { point: 'succeed', by: 'SIGKILL' }).outcome
  expect(await ledgerOf('fact_sales', date)).toMatchObject({ status: 'running', rows: 3 })
  // The server notices the broken connection and rolls back.
  await expect.poll(() => rowsOf('fact_sales', date)).toBe(3)
  await build('fact_sales', date)
  expect(await rowsOf('fact_sales', date)).toBe(5)
  expect(await ledgerOf('fact_sales', date)).toMatchObject({ status: 'succeeded', rows: 5 })
})

test('a lake table whose process is killed between swap and ledger is built again, and the ledger has it', async () => {
  const date = nextDate()
  await addDay(date, 3)
  await addSales(date, 2)
  await start('cleansed/sales', date, { point: 'after swap', by: 'SIGKILL' }).outcome
  expect(await rowsOf('cleansed/sales', date)).toBe(5)
  expect(await ledgerOf('cleansed/sales', date)).toMatchObject({ status: 'running', rows: 3 })
  await build('cleansed/sales', date)
  expect(await rowsOf('cleansed/sales', date)).toBe(5)
  expect(await ledgerOf('cleansed/sales', date)).toMatchObject({ status: 'succeeded', rows: 5 })
})

test('a database that was restored, and is behind its lake, counts its runs on above those of the lake', async () => {
  const date = nextDate()
  await addDay(date, 3)
  const owner = new pg.Client({ connectionString: world.context.settings.postgresMigrateUrl })
  await owner.connect()
  const { rows } = await owner.query('select last_value from ops.partition_run_numbers')
  await owner.query("select setval('ops.partition_run_numbers', last_value - 3) from ops.partition_run_numbers")
  await owner.query(
    `delete from ops.partition_ledger where date = '${date}'; delete from ops.partition_runs where date = '${date}'`,
  )
  await owner.end()
  await addSales(date, 2)
  await expect(build('cleansed/sales', date)).rejects.toMatchObject({
    type: 'PartitionLost',
    nonRetryable: false,
    message: expect.stringContaining('was the database restored?'),
  })
  await build('cleansed/sales', date)
  expect(await rowsOf('cleansed/sales', date)).toBe(5)
  expect((await ledgerOf('cleansed/sales', date)).run).toBeGreaterThan(Number(rows[0].last_value) - 3)
})

const MANY = 1_500

async function stageAll(asset: string, date: string) {
  const begun = (await buildPartition(dependencies, buildRequest(asset, date), idleLife())) as Sharded
  expect(begun).toMatchObject({ kind: 'sharded', shardCount: 2 })
  const staged: StagedShard[] = []
  for (let index = 0; index < 2; index += 1) {
    staged.push(await stageShard(dependencies, begun, { index, count: 2 }, idleLife()))
  }
  return { run: begun.run, inputs: begun.inputs, staged }
}

/** A day that is built by shards, staged and to be published. */
async function stagedDay(asset: string) {
  const date = nextDate()
  await addSales(date, MANY)
  if (asset === 'fact_sales') {
    for (const each of upstream) await publishShards(dependencies, await stageAll(each, date), idleLife())
  }
  return { date, partition: await stageAll(asset, date) }
}

/** The parts of statements at which a connection breaks while a partition is published. */
const moments = [
  ['insert into ops.check_results', 'after'],
  ['set lease_until', 'before'],
  ['with succeeded', 'before'],
  ['with succeeded', 'after'],
] as const
const commits = [
  ['commit', 'before'],
  ['commit', 'after'],
] as const

test.each([
  ...moments.map((moment) => ['cleansed/sales', ...moment] as const),
  ...[...moments, ...commits].map((moment) => ['fact_sales', ...moment] as const),
])(
  'publishing %s again after a connection broke at "%s", %s its effect, gives the whole day',
  async (asset, part, moment) => {
    const { date, partition } = await stagedDay(asset)
    const pool = breakingPool(world.context.pool, part, moment)
    const first = publishShards({ ...dependencies, pool }, partition, idleLife())
    // Either the ledger showed that it was done after all, or the attempt fails as its connection did.
    await first.catch((error: Error) => expect(error.message).toBe('Connection terminated unexpectedly'))
    const built = await publishShards(dependencies, partition, idleLife())
    expect(built).toMatchObject({ kind: 'built', rows: MANY })
    expect(await rowsOf(asset, date)).toBe(MANY)
    expect(await ledgerOf(asset, date)).toMatchObject({ status: 'succeeded', rows: MANY })
  },
)

/** An object store whose first commit is made and not answered. */
function silentStore(objectStore: ObjectStore): ObjectStore {
  let isSilent = true
  return {
    ...objectStore,
    async put(key, body, options) {
      const result = await objectStore.put(key, body, options)
      if (!isSilent || !options?.ifAbsent) return result
      isSilent = false
      throw new Error('socket hang up')
    },
  }
}

function overSilentStore(): BatchDependencies {
  const objectStore = silentStore(world.context.objectStore)
  const { duckdb, settings } = world.context
  const lake = createLake({
    objectStore,
    database: duckdb,
    prefix: settings.lakePrefix,
    onCheckpointFailed: () => undefined,
  })
  return { ...dependencies, objectStore, lake }
}

test('publishing again after a commit to the lake that was not answered gives the whole day', async () => {
  const { date, partition } = await stagedDay('cleansed/sales')
  await expect(publishShards(overSilentStore(), partition, idleLife())).rejects.toThrow('socket hang up')
  expect(await publishShards(dependencies, partition, idleLife())).toMatchObject({ kind: 'built', rows: MANY })
  expect(await rowsOf('cleansed/sales', date)).toBe(MANY)
  expect(await ledgerOf('cleansed/sales', date)).toMatchObject({ status: 'succeeded', rows: MANY })
})

test('a day that was swapped without an answer counts as built when it is abandoned', async () => {
  const { date, partition } = await stagedDay('cleansed/sales')
  await expect(publishShards(overSilentStore(), partition, idleLife())).rejects.toThrow('socket hang up')
  const built = await abandonShards(dependencies, partition, 'socket hang up', idleLife())
  expect(built).toMatchObject({ kind: 'built', rows: MANY })
  expect(await rowsOf('cleansed/sales', date)).toBe(MANY)
  expect(await ledgerOf('cleansed/sales', date)).toMatchObject({ status: 'succeeded', rows: MANY })
})

test.each(['cleansed/sales', 'fact_sales'])(
  '%s: what was abandoned is not published by an attempt that comes late',
  async (asset) => {
    const { date, partition } = await stagedDay(asset)
    expect(await abandonShards(dependencies, partition, 'a shard failed', idleLife())).toBeNull()
    await expect(publishShards(dependencies, partition, idleLife())).rejects.toThrow()
    expect(await rowsOf(asset, date)).toBe(0)
    expect(await ledgerOf(asset, date)).toMatchObject({ status: 'failed', error: 'a shard failed' })
    // The next run is free to.
    await publishShards(dependencies, await stageAll(asset, date), idleLife())
    expect(await rowsOf(asset, date)).toBe(MANY)
  },
)
