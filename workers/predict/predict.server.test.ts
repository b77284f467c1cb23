/** The predictor as a process: asked by Kafka, by HTTP and by the API; it is killed while it answers. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { featuresDemand } from '../../activities/assets/features/demand.ts'
import { materializePartition, openTestAssets, type TestAssets } from '../../activities/assets/framework/testing.ts'
import { predictionsDemand } from '../../activities/assets/predictions/demand.ts'
import { addDays } from '../../contracts/calendar.ts'
import type { EventOf } from '../../contracts/topics.ts'
import { predict } from '../../services/forecasting/predictions.ts'
import { listDeadLetters } from '../../services/streams/dead-letters.ts'
import { type TestReceiver, whenListening } from '../../sources/receive/testing.ts'
import { createTestTopics, type TestTopics } from '../../streams/testing/kafka.ts'
import { killHard, until } from '../../streams/testing/world.ts'
import type { TestPredictorOptions } from './predictor-for-tests.ts'

const PREDICTOR = join(import.meta.dirname, 'predictor-for-tests.ts')
const ORIGIN = '2024-05-03'
const KILLS = 4
const REQUESTS = 4_000

type Request = EventOf<'feature_requests'>
type Answer = EventOf<'predictions'>

let world: TestAssets
let topics: TestTopics
let predictor: TestReceiver
beforeAll(async () => {
  world = await openTestAssets()
  await world.context.pool.query(
    `insert into ref.product_versions (product_id, valid_from, name, category)
     values ('milk', now(), 'Milk', 'dairy'), ('cheese', now(), 'Cheese', 'dairy'), ('soap', now(), 'Soap', 'household')`,
  )
  await world.addMembers(['s1', 's2'], { milk: 'dairy', cheese: 'dairy', soap: 'household' })
  for (let ago = 34; ago >= 0; ago -= 1) {
    const units = (base: number) => base + (ago % 7)
    await world.putDailySales(
      addDays(ORIGIN, -ago),
      `(select * from (values ('s1', 'milk', ${units(9)}), ('s1', 'soap', ${units(1)}), ('s2', 'milk', ${units(4)})) as line (store_id, product_id, units))`,
    )
  }
  await materializePartition(world.context, featuresDemand, ORIGIN)
  await materializePartition(world.context, predictionsDemand, ORIGIN)
  topics = await createTestTopics(world.context.settings, { feature_requests: 3, predictions: 3 })
  predictor = await start()
}, 300_000)
afterAll(async () => {
  if (predictor) await killHard(predictor.process)
  await topics?.close()
  await world?.close()
})

function start(change: TestPredictorOptions['settings'] = {}): Promise<TestReceiver> {
  const options: TestPredictorOptions = {
    settings: { ...world.context.settings, predictPort: 0, logLevel: 'info', kafkaSessionTimeoutMs: 6_000, ...change },
    topicSuffix: topics.suffix,
  }
  return whenListening([PREDICTOR, JSON.stringify(options)])
}

const request = (id: string, change: Partial<Request> = {}): Request => ({
  event_id: id,
  source: 'test',
  schema_version: 1,
  event_at: '2024-05-04T09:00:00+02:00',
  store_id: 's1',
  product_id: 'milk',
  ...change,
})

/** Reads all answers that are committed, until there are enough and no more come for a while. */
async function answers(wanted: number): Promise<Answer[]> {
  const consumer = topics.kafka.consumer({ groupId: `reader-${randomUUID()}` })
  const found: Answer[] = []
  let lastAt = performance.now()
  await consumer.connect()
  try {
    await consumer.subscribe({ topic: `predictions${topics.suffix}`, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ message }) => {
        lastAt = performance.now()
        found.push(JSON.parse(message.value!.toString()) as Answer)
      },
    })
    await until(`${wanted} answers`, 120_000, async () => found.length >= wanted && performance.now() - lastAt > 3_000)
    return found
  } finally {
    await consumer.disconnect()
  }
}

const post = async (body: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(new URL('/predict', predictor.address), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

test('requests by Kafka are answered by the model, the cold start or a refusal; those that break the contract are dead letters', async () => {
  await topics.send('feature_requests', [
    request('r1'),
    request('r2', { target_date: addDays(ORIGIN, 3), store_id: 's2' }),
    request('r3', { product_id: 'cheese' }),
    request('r4', { product_id: 'shampoo', category: 'household' }),
    request('r5', { target_date: '2030-01-01' }),
    { ...request('r6'), features: '{"level": "much"}' },
    'no JSON',
  ])
  const byId = new Map((await answers(5)).map((answer) => [answer.event_id, answer]))
  expect([...byId.keys()].sort()).toEqual(['r1', 'r2', 'r3', 'r4', 'r5'])
  expect(byId.get('r1')).toMatchObject({
    store_id: 's1',
    product_id: 'milk',
    source: 'predictor',
    model: 'weekday_mean',
    model_version: 0,
    features_date: ORIGIN,
    target_date: addDays(ORIGIN, 1),
    horizon: 1,
    mean: expect.stringMatching(/^\d+\.\d{6}$/),
    requested_at: '2024-05-04T09:00:00+02:00',
    event_at: expect.stringMatching(/\+02:00$/),
  })
  expect(byId.get('r2')).toMatchObject({ target_date: addDays(ORIGIN, 3), horizon: 3 })
  expect(byId.get('r3')).toMatchObject({ model: 'cold_start', model_version: 1 })
  expect(byId.get('r4')).toMatchObject({ model: 'cold_start' })
  expect(Number(byId.get('r4')!.mean)).toBeLessThan(Number(byId.get('r3')!.mean))
  expect(byId.get('r5')).toMatchObject({ model: 'none', refusal: expect.stringContaining('2030-01-01 is not one of') })
  expect(byId.get('r5')!.mean).toBeUndefined()
  const { letters } = await listDeadLetters(world.context.pool, { topic: 'feature_requests' })
  expect(letters.map(({ reason }) => reason).sort()).toEqual(['invalid_json', 'schema_violation'])
})

test('by HTTP the same forecast comes with every digit, bad requests are refused with what is wrong', async () => {
  const [byKafka] = await answers(5).then((all) => all.filter(({ event_id }) => event_id === 'r1'))
  const { forecasts } = await predict(
    { predictUrl: predictor.address, predictToken: '' },
    {
      requests: [
        { storeId: 's1', productId: 'milk' },
        { storeId: 's1', productId: 'nothing', targetDate: '2030-01-01' },
      ],
    },
  )
  expect(forecasts[0]).toMatchObject({ model: 'weekday_mean', modelVersion: 0, horizon: 1, refusal: null })
  expect(forecasts[0]!.mean!.toFixed(6)).toBe(byKafka!.mean)
  expect(forecasts[1]).toMatchObject({ model: 'none', mean: null, refusal: expect.stringContaining('2030-01-01') })
  expect(await post('{')).toMatchObject({ status: 400, body: { type: 'urn:shelfline:problem:invalid_json' } })
  expect(await post({ requests: [] })).toMatchObject({ status: 422 })
  expect(await post({ requests: [{ storeId: 's1' }] })).toMatchObject({
    status: 422,
    body: { detail: expect.stringContaining('/requests/0') },
  })
  const features = { level: 'much' }
  expect(await post({ requests: [{ storeId: 's1', productId: 'milk', features }] })).toMatchObject({
    status: 422,
    body: { detail: expect.stringContaining('/requests/0: features: level') },
  })
  await expect(
    predict({ predictUrl: 'http://127.0.0.1:9', predictToken: '' }, { requests: [{ storeId: 's', productId: 'p' }] }),
  ).rejects.toThrow('the predictor at http://127.0.0.1:9 does not answer')
})

test(`killed ${KILLS} times while it answers, it answers every request exactly once`, {
  timeout: 400_000,
}, async () => {
  const before = (await answers(5)).length
  const sending = (async () => {
    for (let from = 0; from < REQUESTS; from += 100) {
      const batch = Array.from({ length: 100 }, (_, index) =>
        request(`k${from + index}`, {
          store_id: `s${(from + index) % 5}`,
          product_id: index % 10 === 0 ? 'cheese' : 'milk',
        }),
      )
      await topics.send('feature_requests', batch)
      await new Promise((sent) => setTimeout(sent, 50))
    }
  })()
  for (let kill = 0; kill < KILLS; kill += 1) {
    const seen = await topics.count('predictions')
    await until('answers after the last kill', 60_000, async () => (await topics.count('predictions')) > seen)
    await killHard(predictor.process)
    predictor = await start()
  }
  await sending
  const found = (await answers(before + REQUESTS)).filter(({ event_id }) => event_id.startsWith('k'))
  expect(found).toHaveLength(REQUESTS)
  expect(new Set(found.map(({ event_id }) => event_id)).size).toBe(REQUESTS)
})

test('two predictors share the partitions, and the one that is left takes over', { timeout: 120_000 }, async () => {
  const other = await start()
  const before = (await answers(0)).length
  const ids = (name: string) =>
    Array.from({ length: 200 }, (_, index) => request(`${name}${index}`, { store_id: `s${index % 7}` }))
  await topics.send('feature_requests', ids('a'))
  expect(await answers(before + 200)).toHaveLength(before + 200)
  await killHard(other.process)
  await topics.send('feature_requests', ids('b'))
  expect(await answers(before + 400)).toHaveLength(before + 400)
})

test('one that listens to others needs a token, and asks for it', async () => {
  await expect(start({ predictHost: '0.0.0.0' })).rejects.toThrow('has ended before it listened')
  const guarded = await start({ predictToken: 'secret-of-the-test', predictRequestsMax: 2 })
  try {
    const asked = { requests: [{ storeId: 's1', productId: 'milk' }] }
    const ask = (token: string, requests = asked) =>
      predict({ predictUrl: guarded.address, predictToken: token }, requests)
    await expect(ask('another')).rejects.toThrow('SHELFLINE_PREDICT_TOKEN')
    expect((await ask('secret-of-the-test')).forecasts).toHaveLength(1)
    const three = { requests: Array.from({ length: 3 }, () => asked.requests[0]!) }
    await expect(ask('secret-of-the-test', three)).rejects.toThrow('2 at most')
  } finally {
    await killHard(guarded.process)
  }
})
