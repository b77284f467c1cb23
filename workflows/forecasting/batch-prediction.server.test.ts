import { ApplicationFailure, type WorkflowFailedError } from '@temporalio/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Activities, createWorkflowBench, type WorkflowBench } from '../../workers/testing.ts'
import type { BuildDayProgress } from '../assets/build-day.ts'

let bench: WorkflowBench
beforeAll(async () => {
  bench = await createWorkflowBench()
})
afterAll(() => bench?.close())

const DATE = '2024-05-01'

/** Activities that build everything, and what they did, in order. */
function builders(change: Partial<Activities> = {}) {
  const done: string[] = []
  const activities: Partial<Activities> = {
    planDay: async ({ date, pipeline }) => ({
      date: date ?? 'day before',
      assets:
        pipeline === 'batch-prediction'
          ? [
              { name: 'predictions/demand', upstream: [] },
              { name: 'fact_forecast', upstream: ['predictions/demand'] },
            ]
          : [{ name: 'features/demand', upstream: [] }],
    }),
    materializePartition: async ({ asset, date }) => {
      done.push(asset)
      return { kind: 'built', asset, date, rows: 5, bytes: 50, durationMs: 1, warnings: [] }
    },
    measureDrift: async (date) => {
      done.push('drift')
      return { model: 'demand', date, version: 3, measured: 70, drifted: ['price_last differs'] }
    },
    refreshBi: async () => {
      done.push('sums')
      return { aggregates: [] }
    },
    wantsPowerBiRefresh: async () => false,
    ...change,
  }
  return { done, activities }
}

const failureOf = (result: Promise<unknown>) =>
  result.then(
    () => expect.fail('it should have failed'),
    (error: WorkflowFailedError) => error.cause as ApplicationFailure,
  )

test('drift is measured when the predictions are there, and reported', async () => {
  const { done, activities } = builders()
  const [output, progress] = await bench.withActivities(activities, async (start) => {
    const handle = await start('batchPrediction', { date: DATE })
    return [await handle.result(), await handle.query<BuildDayProgress, []>('progress')]
  })
  expect(done).toEqual(['predictions/demand', 'fact_forecast', 'drift', 'sums'])
  expect(output).toMatchObject({ partitions: 2, rows: 10, warnings: { drift: ['price_last differs'] } })
  expect(progress.assets.at(-1)).toMatchObject({ asset: 'drift', state: 'succeeded', rows: 70 })
})

test('predictions that fail do not keep drift from being measured', async () => {
  const { done, activities } = builders({
    materializePartition: async () => {
      throw ApplicationFailure.nonRetryable('no features', 'ChecksFailed')
    },
  })
  await bench.withActivities(activities, async (start) => {
    const handle = await start('batchPrediction', { date: DATE })
    const error = await failureOf(handle.result())
    expect(error).toMatchObject({ type: 'PartitionsFailed' })
    expect(error.message).toContain('predictions/demand failed (no features); skipped')
    const { assets } = await handle.query<BuildDayProgress, []>('progress')
    expect(assets.map(({ state }) => state)).toEqual(['failed', 'skipped', 'succeeded'])
  })
  expect(done).toEqual(['drift'])
})

test('a measurement that fails for good fails the run, with the predictions in place', async () => {
  const { done, activities } = builders({
    measureDrift: async () => {
      throw ApplicationFailure.nonRetryable('the bucket is away', 'InvalidInput')
    },
  })
  await bench.withActivities(activities, async (start) => {
    const handle = await start('batchPrediction', { date: DATE })
    expect((await failureOf(handle.result())).message).toContain('drift failed (the bucket is away)')
    const { assets } = await handle.query<BuildDayProgress, []>('progress')
    expect(assets.at(-1)).toMatchObject({ state: 'failed', error: 'the bucket is away' })
  })
  expect(done).toEqual(['predictions/demand', 'fact_forecast'])
})

test('features are built by their own pipeline, without further steps', async () => {
  const { done, activities } = builders()
  await bench.withActivities(activities, async (start) => (await start('featureEngineering', { date: DATE })).result())
  expect(done).toEqual(['features/demand'])
})
