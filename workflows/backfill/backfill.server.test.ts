import { Context } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { daysBetween } from '../../contracts/calendar.ts'
import { type Activities, createWorkflowBench, type WorkflowBench } from '../../workers/testing.ts'
import type { BackfillState } from './backfill.ts'

let bench: WorkflowBench
beforeAll(async () => {
  bench = await createWorkflowBench()
})
afterAll(() => bench?.close())

/** A plan of one cell a date, held in memory; `onDate` runs while a date is built. */
function planOf(dates: readonly string[], onDate: (date: string) => Promise<void> = async () => {}) {
  const state = { begun: 0, finished: 0, together: 0, running: 0, built: [] as string[], failed: [] as string[] }
  const activities: Partial<Activities> = {
    beginBackfill: async () => {
      state.begun += 1
      return { cells: dates.length, succeeded: 0, failed: 0 }
    },
    nextBackfillDates: async ({ after = '', limit }) => dates.filter((date) => date > after).slice(0, limit),
    materializeDate: async ({ date }) => {
      state.running += 1
      state.together = Math.max(state.together, state.running)
      await onDate(date).finally(() => {
        state.running -= 1
      })
      state.built.push(date)
      return { succeeded: 1, failed: 0 }
    },
    failCell: async ({ date }) => {
      state.failed.push(date)
    },
    finishBackfill: async () => {
      state.finished += 1
      const isDone = state.built.length + state.failed.length === dates.length
      return { status: isDone ? 'succeeded' : 'cancelled', succeeded: state.built.length, failed: state.failed.length }
    },
    refreshBi: async () => ({ aggregates: [] }),
  }
  return { state, activities }
}

/** Long enough for a machine with much else to do. */
const patiently = { timeout: 30_000 }
const month = daysBetween('2024-05-01', '2024-05-31')

/** Something that happens once, and can be waited for. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}

test('builds every date once, within its concurrency', async () => {
  const { state, activities } = planOf(month)
  const output = await bench.withActivities(activities, async (start) =>
    (await start('backfill', { plan: 'p', concurrency: 3 })).result(),
  )
  expect(output).toEqual({ plan: 'p', status: 'succeeded', succeeded: 31, failed: 0 })
  expect(state.built.sort()).toEqual(month)
  expect(state.together).toBeLessThanOrEqual(3)
})

test('a date that reads days not built yet gives its place back, and is asked again when those are built', async () => {
  const asked = gate()
  const { state, activities } = planOf(['2024-05-01', '2024-05-02'], () => asked.opened)
  const build = activities.materializeDate!
  const questions: string[] = []
  const output = await bench.withActivities(
    {
      ...activities,
      materializeDate: async (request) => {
        questions.push(request.date)
        const isReady = request.date === '2024-05-01' || state.built.includes('2024-05-01')
        if (isReady) return build(request)
        asked.open()
        return { succeeded: 0, failed: 0, isWaiting: true }
      },
    },
    async (start) => (await start('backfill', { plan: 'p', concurrency: 2 })).result(),
  )
  expect(output).toMatchObject({ status: 'succeeded', succeeded: 2 })
  expect(questions.toSorted()).toEqual(['2024-05-01', '2024-05-02', '2024-05-02'])
  expect(state.built).toEqual(['2024-05-01', '2024-05-02'])
})

test('a long plan continues in further runs, and keeps its counts', async () => {
  const year = daysBetween('2023-01-01', '2024-06-30')
  const { state, activities } = planOf(year)
  await bench.withActivities(activities, async (start) => {
    const handle = await start('backfill', { plan: 'p', concurrency: 8 })
    expect(await handle.result()).toMatchObject({ status: 'succeeded', succeeded: year.length })
    // The handle follows the chain of runs only for the result.
    const last = bench.client.getHandle(handle.workflowId)
    expect(await last.query<BackfillState, []>('progress')).toMatchObject({
      cells: year.length,
      succeeded: year.length,
    })
    expect((await last.describe()).runId).not.toBe(handle.firstExecutionRunId)
  })
  expect(state.begun).toBe(1)
  expect(state.built.length).toBe(year.length)
})

test('paused it begins no date; resumed it continues, with the concurrency that was set meanwhile', async () => {
  const gates = [gate(), gate()]
  const { state, activities } = planOf(month, () => gates[state.built.length < 2 ? 0 : 1]!.opened)
  await bench.withActivities(activities, async (start) => {
    const handle = await start('backfill', { plan: 'p', concurrency: 2 })
    await expect.poll(() => state.running, patiently).toBe(2)
    await handle.signal('pause')
    await handle.signal('setConcurrency', 4)
    const paused = await handle.query<BackfillState, []>('progress')
    expect(paused).toMatchObject({ isPaused: true, concurrency: 4, running: ['2024-05-01', '2024-05-02'] })
    gates[0]!.open()
    await expect.poll(async () => (await handle.query<BackfillState, []>('progress')).running, patiently).toEqual([])
    expect(state.built.length).toBe(2)
    await handle.signal('resume')
    await expect.poll(() => state.running, patiently).toBe(4)
    gates[1]!.open()
    expect(await handle.result()).toMatchObject({ succeeded: 31 })
  })
  expect(state.together).toBe(4)
})

test('cancelled it stops what runs, begins no more and closes the plan', async () => {
  const { state, activities } = planOf(month, untilCancelled)
  await bench.withActivities(activities, async (start) => {
    const handle = await start('backfill', { plan: 'p' })
    await expect.poll(() => state.running, patiently).toBe(2)
    await handle.cancel()
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } })
  })
  expect(state).toMatchObject({ running: 0, together: 2, built: [], finished: 1 })
})

async function untilCancelled(): Promise<void> {
  const context = Context.current()
  const pulse = setInterval(() => context.heartbeat(), 50)
  await context.cancelled.finally(() => clearInterval(pulse))
}

test('a large partition goes by shards, and its date continues; a failed one is a failed cell', async () => {
  const { state, activities } = planOf(['2024-05-01', '2024-05-02'])
  const { materializeDate } = activities
  const asked: string[] = []
  const sharding: Partial<Activities> = {
    ...activities,
    materializeDate: async (request) => {
      asked.push(request.date)
      if (asked.filter((date) => date === request.date).length > 1) return materializeDate!(request)
      const run = { asset: 'cleansed/sales', date: request.date, run: asked.length }
      return { succeeded: 0, failed: 0, sharded: { kind: 'sharded', run, inputs: {}, shardCount: 2 } }
    },
    stageShard: async ({ run, shard }) => {
      if (run.date === '2024-05-02') throw ApplicationFailure.nonRetryable('bad', 'ChecksFailed')
      return { shard, rows: 1, bytes: 1, reference: null }
    },
    publishShards: async ({ run }) => ({ kind: 'built', ...run, rows: 2, bytes: 2, durationMs: 1, warnings: [] }),
    abandonShards: async () => null,
  }
  await bench.withActivities(sharding, async (start) => {
    const handle = await start('backfill', { plan: 'p', concurrency: 1 })
    await handle.result()
    expect(await handle.query<BackfillState, []>('progress')).toMatchObject({ succeeded: 3, failed: 1 })
  })
  expect(state.failed).toEqual(['2024-05-02'])
  expect(state.built).toEqual(['2024-05-01', '2024-05-02'])
})

test('repair runs the plan of what is stale, and nothing when nothing is', async () => {
  const { state, activities } = planOf(['2024-05-01'])
  const repairing = (plan: string | null) => ({ ...activities, planRepair: async () => plan })
  await bench.withActivities(repairing(null), async (start) => {
    expect(await (await start('repairLate')).result()).toEqual({ repaired: null })
  })
  expect(state.built).toEqual([])
  await bench.withActivities(repairing(`late-${Date.now()}`), async (start) => {
    expect(await (await start('repairLate')).result()).toMatchObject({ repaired: { succeeded: 1 } })
  })
  expect(state.built).toEqual(['2024-05-01'])
})
