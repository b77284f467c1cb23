import { Context } from '@temporalio/activity'
import { ApplicationFailure, CancelledFailure, type WorkflowFailedError } from '@temporalio/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TrainedVersion } from '../../activities/registry/trainable-model.ts'
import { type Activities, createWorkflowBench, type WorkflowBench } from '../../workers/testing.ts'
import type { BuildDayProgress } from '../assets/build-day.ts'

let bench: WorkflowBench
beforeAll(async () => {
  bench = await createWorkflowBench()
})
afterAll(() => bench?.close())

const MODELS = ['demand', 'anomalies', 'cross_sell']

const trainedVersion = (model: string, date: string): TrainedVersion => ({
  model,
  date,
  version: 4,
  trainingRows: 10,
  isChampion: true,
  decision: 'promoted: the first version',
})

/** Activities that train everything, and what they were asked. */
function trainers(change: Partial<Activities> = {}) {
  const asked: object[] = []
  const activities: Partial<Activities> = {
    planTraining: async ({ models, date, at }) => ({
      date: date ?? `day before ${at.slice(0, 10)}`,
      models: MODELS.filter((model) => models === undefined || models.includes(model)),
    }),
    trainModel: async (request) => {
      asked.push(request)
      return trainedVersion(request.model, request.date)
    },
    ...change,
  }
  return { asked, activities }
}

const failureOf = (result: Promise<unknown>) =>
  result.then(
    () => expect.fail('it should have failed'),
    (error: WorkflowFailedError) => error.cause as ApplicationFailure,
  )

test('every model is trained by an activity of its own, and each reports its result', async () => {
  const { asked, activities } = trainers()
  const [output, progress] = await bench.withActivities(activities, async (start) => {
    const handle = await start('trainModels', { date: '2024-05-01', seed: 7, horizonDays: 14, asKnownAt: '2024-05-02' })
    return [await handle.result(), await handle.query<BuildDayProgress, []>('progress')]
  })
  const request = { date: '2024-05-01', seed: 7, horizonDays: 14, asKnownAt: '2024-05-02' }
  expect(asked).toHaveLength(MODELS.length)
  expect(asked).toEqual(expect.arrayContaining(MODELS.map((model) => ({ ...request, model }))))
  expect(output).toMatchObject({ date: '2024-05-01', partitions: 3, rows: 30 })
  expect(output.warnings.demand).toEqual(['v4 promoted: the first version'])
  expect(progress.assets.map(({ asset, state }) => [asset, state])).toEqual(MODELS.map((model) => [model, 'succeeded']))
})

test('some of the models, of the day before the run was due', async () => {
  const { asked, activities } = trainers()
  await bench.withActivities(activities, async (start) =>
    (await start('trainModels', { models: ['anomalies'] })).result(),
  )
  expect(asked).toEqual([{ model: 'anomalies', date: expect.stringMatching(/^day before \d{4}-\d{2}-\d{2}$/) }])
})

test('progress shows which models are being trained, which wait and which failed', async () => {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const { activities } = trainers({
    trainModel: async ({ model, date }) => {
      if (model === 'demand') throw ApplicationFailure.nonRetryable('no library', 'InvalidInput')
      await held
      return trainedVersion(model, date)
    },
  })
  await bench.withActivities(activities, async (start) => {
    const handle = await start('trainModels', { date: '2024-05-01' })
    const states = async () =>
      Object.fromEntries(
        (await handle.query<BuildDayProgress, []>('progress')).assets.map((each) => [each.asset, each.state]),
      )
    try {
      await expect.poll(states).toEqual({ demand: 'failed', anomalies: 'running', cross_sell: 'running' })
    } finally {
      // A worker waits for its activities when it ends.
      release()
    }
    const failure = await failureOf(handle.result())
    expect(failure).toMatchObject({
      type: 'ModelsFailed',
      message: 'trainModels 2024-05-01: demand failed (no library)',
    })
    expect(await states()).toEqual({ demand: 'failed', anomalies: 'succeeded', cross_sell: 'succeeded' })
  })
})

test('a model that there is too little history for is skipped with what it needs, and the run succeeds', async () => {
  const { activities } = trainers({
    trainModel: async ({ model, date }) => {
      if (model !== 'anomalies')
        throw ApplicationFailure.nonRetryable(`${model}: 3 days are too few`, 'TooLittleHistory')
      return trainedVersion(model, date)
    },
  })
  const [output, progress] = await bench.withActivities(activities, async (start) => {
    const handle = await start('trainModels', { date: '2024-05-01' })
    return [await handle.result(), await handle.query<BuildDayProgress, []>('progress')]
  })
  expect(output).toEqual({
    date: '2024-05-01',
    partitions: 1,
    rows: 10,
    warnings: {
      demand: ['skipped: demand: 3 days are too few'],
      anomalies: ['v4 promoted: the first version'],
      cross_sell: ['skipped: cross_sell: 3 days are too few'],
    },
  })
  expect(progress.assets.map(({ state }) => state)).toEqual(['skipped', 'succeeded', 'skipped'])
})

test('a training whose worker is lost is started again', async () => {
  const attempts = new Map<string, number>()
  const { activities } = trainers({
    trainModel: async ({ model, date }) => {
      attempts.set(model, (attempts.get(model) ?? 0) + 1)
      // What Temporal makes of a heartbeat that stays away.
      if (model === 'demand' && attempts.get(model) === 1)
        throw ApplicationFailure.retryable('activity heartbeat timeout')
      return trainedVersion(model, date)
    },
  })
  const output = await bench.withActivities(activities, async (start) =>
    (await start('trainModels', { date: '2024-05-01' })).result(),
  )
  expect(output.partitions).toBe(3)
  expect(attempts.get('demand')).toBe(2)
})

test('cancelled, no further model is begun', async () => {
  const begun: string[] = []
  const { activities } = trainers({
    trainModel: ({ model }) => {
      begun.push(model)
      const { cancelled, heartbeat } = Context.current()
      const pulse = setInterval(() => heartbeat(), 50)
      return cancelled.finally(() => clearInterval(pulse))
    },
  })
  await bench.withActivities(activities, async (start) => {
    const handle = await start('trainModels', { date: '2024-05-01' })
    await expect.poll(() => begun.length).toBe(2)
    await handle.cancel()
    const error = await handle.result().catch((thrown: unknown) => thrown)
    expect((error as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure)
  })
  expect(begun.sort()).toEqual(['anomalies', 'demand'])
})

test.each([
  [{ date: '2024-13-01' }, 'YYYY-MM-DD'],
  [{ date: '2024-05-01', asKnownAt: 'yesterday' }, 'YYYY-MM-DD'],
])('%j ends it at once, with a fix', async (input, fix) => {
  const { asked, activities } = trainers()
  const failure = await bench.withActivities(activities, async (start) =>
    failureOf((await start('trainModels', input)).result()),
  )
  expect(failure).toMatchObject({ type: 'InvalidInput', nonRetryable: true })
  expect(failure.message).toContain(fix)
  expect(asked).toEqual([])
})
