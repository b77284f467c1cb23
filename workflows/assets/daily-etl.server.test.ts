import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StagedShard } from '../../activities/assets/framework/asset.ts'
import type { Built } from '../../activities/backfill/build-partition.ts'
import { type Activities, createWorkflowBench, type WorkflowBench } from '../../workers/testing.ts'
import type { BuildDayProgress } from './build-day.ts'

let bench: WorkflowBench
beforeAll(async () => {
  bench = await createWorkflowBench()
})
afterAll(() => bench?.close())

const assets = [
  { name: 'cleansed/sales', upstream: [] },
  { name: 'dim_store', upstream: ['cleansed/sales'] },
  { name: 'fact_sales', upstream: ['cleansed/sales', 'dim_store'] },
  { name: 'cleansed/traffic', upstream: [] },
]

/** Activities that build everything, and what they were asked. */
function builders(change: Partial<Activities> = {}) {
  const built: string[] = []
  const activities: Partial<Activities> = {
    planDay: async ({ date, at }) => ({ date: date ?? `day before ${at.slice(0, 10)}`, assets }),
    materializePartition: async ({ asset, date }) => {
      built.push(asset)
      return {
        kind: 'built',
        asset,
        date,
        rows: 5,
        bytes: 50,
        durationMs: 1,
        warnings: asset === 'dim_store' ? ['w'] : [],
      }
    },
    refreshBi: async () => ({ aggregates: [] }),
    wantsPowerBiRefresh: async () => false,
    ...change,
  }
  return { built, activities }
}

async function failureOf(result: Promise<unknown>): Promise<ApplicationFailure> {
  const error = await result.then(
    () => expect.fail('it should have failed'),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(WorkflowFailedError)
  expect((error as WorkflowFailedError).cause).toBeInstanceOf(ApplicationFailure)
  return (error as WorkflowFailedError).cause as ApplicationFailure
}

test('builds every asset after what it is made from, and reports how it went', async () => {
  const { built, activities } = builders()
  const [output, progress] = await bench.withActivities(activities, async (start) => {
    const handle = await start('dailyEtl', { date: '2024-05-01' })
    return [await handle.result(), await handle.query<BuildDayProgress, []>('progress')]
  })
  expect(output).toEqual({ date: '2024-05-01', partitions: 4, rows: 20, warnings: { dim_store: ['w'] } })
  expect(built.indexOf('fact_sales')).toBeGreaterThan(built.indexOf('dim_store'))
  expect(built.indexOf('dim_store')).toBeGreaterThan(built.indexOf('cleansed/sales'))
  expect(progress.assets.every(({ state }) => state === 'succeeded')).toBe(true)
})

test('without a date it asks for the day before its start', async () => {
  const { activities } = builders()
  const output = await bench.withActivities(activities, async (start) => (await start('dailyEtl')).result())
  expect(output.date).toMatch(/^day before \d{4}-\d{2}-\d{2}$/)
})

test.each(['2024-13-01', '2024-02-30', '01.05.2024', '', 20240501])(
  'date %j ends it at once, with a fix',
  async (date) => {
    const { built, activities } = builders()
    const failure = await bench.withActivities(activities, async (start) =>
      failureOf((await start('dailyEtl', { date: date as string })).result()),
    )
    expect(failure).toMatchObject({ type: 'InvalidInput', nonRetryable: true })
    expect(failure.message).toContain('YYYY-MM-DD')
    expect(built).toEqual([])
  },
)

test('what lacks what it is made from is named and not built, and the rest is', async () => {
  const { built, activities } = builders({
    planDay: async () => ({
      date: '2024-05-01',
      assets,
      lacking: { 'cleansed/sales': 'raw 2024-05-01 was never built' },
      warnings: { 'cleansed/traffic': ['it reads 3 days that were never built'] },
    }),
  })
  const failure = await bench.withActivities(activities, async (start) => failureOf((await start('dailyEtl')).result()))
  expect(failure.message).toBe(
    'dailyEtl 2024-05-01: cleansed/sales failed (raw 2024-05-01 was never built); skipped, because they depend on these: dim_store, fact_sales',
  )
  expect(built).toEqual(['cleansed/traffic'])
})

test('what fails is named, what follows is skipped, the rest is built', async () => {
  const { built, activities } = builders()
  const { materializePartition } = activities
  const failing: Partial<Activities> = {
    ...activities,
    materializePartition: (request) => {
      if (request.asset !== 'dim_store') return materializePartition!(request)
      throw ApplicationFailure.nonRetryable('3 orphans', 'ChecksFailed')
    },
  }
  const failure = await bench.withActivities(failing, async (start) =>
    failureOf((await start('dailyEtl', { date: '2024-05-01' })).result()),
  )
  expect(failure.type).toBe('PartitionsFailed')
  expect(failure.message).toBe(
    'dailyEtl 2024-05-01: dim_store failed (3 orphans); skipped, because they depend on these: fact_sales',
  )
  expect(built.sort()).toEqual(['cleansed/sales', 'cleansed/traffic'])
})

test('a partition that fails and passes later is retried, over as long as the lease of a lost run', async () => {
  let attempts = 0
  const { activities } = builders()
  const { materializePartition } = activities
  const flaky: Partial<Activities> = {
    ...activities,
    materializePartition: (request) => {
      if (request.asset !== 'dim_store' || ++attempts === 5) return materializePartition!(request)
      throw ApplicationFailure.retryable('held by another', 'PartitionBusy')
    },
  }
  const output = await bench.withActivities(flaky, async (start) =>
    (await start('dailyEtl', { date: '2024-05-01' })).result(),
  )
  expect(output.partitions).toBe(4)
})

const run = { asset: 'cleansed/sales', date: '2024-05-01', run: 7 }

function shardedBuilders(change: Partial<Activities> = {}) {
  const published: StagedShard[][] = []
  const { activities } = builders({
    planDay: async () => ({ date: '2024-05-01', assets: assets.slice(0, 1) }),
    materializePartition: async () => ({ kind: 'sharded', run, inputs: { raw: 3 }, shardCount: 6 }),
    stageShard: async ({ shard }) => ({ shard, rows: 10, bytes: 1, reference: shard.index }),
    publishShards: async ({ staged }) => {
      published.push([...staged])
      return { kind: 'built', asset: run.asset, date: run.date, rows: 60, bytes: 6, durationMs: 1, warnings: [] }
    },
    ...change,
  })
  return { published, activities }
}

test('a large partition is staged by child workflows, then published once, in order', async () => {
  const { published, activities } = shardedBuilders()
  const output = await bench.withActivities(activities, async (start) =>
    (await start('dailyEtl', { date: '2024-05-01' })).result(),
  )
  expect(output.rows).toBe(60)
  expect(published.map((staged) => staged.map(({ reference }) => reference))).toEqual([[0, 1, 2, 3, 4, 5]])
})

test('when a shard fails, what the others staged is discarded and nothing is published', async () => {
  const abandoned: { error: string; staged: readonly StagedShard[] }[] = []
  const { published, activities } = shardedBuilders({
    stageShard: async ({ shard }) => {
      if (shard.index === 3) throw ApplicationFailure.nonRetryable('shard 3 is bad', 'ChecksFailed')
      return { shard, rows: 10, bytes: 1, reference: shard.index }
    },
    abandonShards: async (partition) => {
      abandoned.push(partition)
      return null
    },
  })
  const failure = await bench.withActivities(activities, async (start) =>
    failureOf((await start('dailyEtl', { date: '2024-05-01' })).result()),
  )
  expect(failure.message).toContain('shard 3 is bad')
  expect(published).toEqual([])
  expect(abandoned).toMatchObject([{ error: 'shard 3 is bad' }])
  expect(abandoned[0]!.staged.length).toBeGreaterThanOrEqual(3)
})

test('a partition that was published although its answer was lost counts as built', async () => {
  const built: Built = {
    kind: 'built',
    asset: run.asset,
    date: run.date,
    rows: 60,
    bytes: 6,
    durationMs: 1,
    warnings: [],
  }
  const { activities } = shardedBuilders({
    publishShards: async () => {
      throw ApplicationFailure.nonRetryable('the database does not answer')
    },
    abandonShards: async () => built,
  })
  const output = await bench.withActivities(activities, async (start) =>
    (await start('dailyEtl', { date: '2024-05-01' })).result(),
  )
  expect(output.rows).toBe(60)
})

test('one asset of one day, from the Web UI; an unknown one ends it at once', async () => {
  const { activities } = builders({
    assertAsset: async (name) => {
      if (name !== 'dim_store') throw ApplicationFailure.nonRetryable(`asset "${name}" is unknown`, 'InvalidInput')
    },
  })
  await bench.withActivities(activities, async (start) => {
    const output = await (await start('materializeAsset', { asset: 'dim_store', date: '2024-05-01' })).result()
    expect(output.rows).toBe(5)
    const unknown = await start('materializeAsset', { asset: 'nothing', date: '2024-05-01' })
    await expect(unknown.result()).rejects.toThrow()
    const undated = await start('materializeAsset', { asset: 'dim_store' } as never)
    expect((await failureOf(undated.result())).message).toContain('is missing')
  })
})
