/** The receiver as a process, over HTTP, with Kafka and PostgreSQL; it is killed under load. */

import { createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { named } from '../../services/access/testing.ts'
import { addSource, rotateSecret, setSource } from '../../services/sources/sources.ts'
import { listDeadLetters, showDeadLetter } from '../../services/streams/dead-letters.ts'
import { replayLetters } from '../../streams/runtime/letters.ts'
import { sale } from '../../streams/testing/events.ts'
import { createWorld, killHard, until, type World } from '../../streams/testing/world.ts'
import type { TestReceiverOptions } from './receiver-for-tests.ts'
import { startTestReceiver, type TestReceiver } from './testing.ts'

const EXAMPLES = join(import.meta.dirname, '..', '..', 'data', 'examples')

interface Answer {
  status: number
  retryAfter: string | undefined
  body: Record<string, unknown>
}

let world: World
let secret: string
let receiver: TestReceiver
const agent = new Agent({ keepAlive: true, maxSockets: 64 })

beforeAll(async () => {
  world = await createWorld()
  const added = await addSource(world, 'tills', { topic: 'pos_transactions' }, named('ann'))
  secret = added.secret
  receiver = await startReceiver()
}, 300_000)
afterAll(async () => {
  agent.destroy()
  if (receiver) await killHard(receiver.process)
  await world?.close()
})

const startReceiver = (change: TestReceiverOptions['settings'] = {}) => startTestReceiver(world, change)

interface Sending {
  source?: string
  type?: string
  headers?: Record<string, string>
  key?: string
}

function send(
  body: string | Buffer,
  { source = 'tills', type = 'application/json', headers = {}, key = secret }: Sending = {},
) {
  const id = randomUUID()
  const now = new Date()
  const bytes = Buffer.from(body)
  // The library signs text: bytes that are none are signed as they are by the digest of the same form.
  const signature = signBytes(key, id, now, bytes)
  return new Promise<Answer>((resolve, reject) => {
    const asked = request(
      `${receiver.address}/ingest/v1/${source}`,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': type,
          'content-length': bytes.length,
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
          'webhook-signature': signature,
          ...headers,
        },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => {
          text += part
        })
        response.on('end', () =>
          resolve({
            status: response.statusCode!,
            retryAfter: response.headers['retry-after'],
            body: JSON.parse(text) as Record<string, unknown>,
          }),
        )
        response.on('error', reject)
      },
    )
    asked.on('error', reject)
    asked.end(bytes)
  })
}

function signBytes(key: string, id: string, at: Date, bytes: Buffer): string {
  if (bytes.toString().length > 0 && Buffer.from(bytes.toString()).equals(bytes)) {
    return new Webhook(key).sign(id, at, bytes.toString())
  }
  const hmac = createHmac('sha256', Buffer.from(key.slice('whsec_'.length), 'base64'))
  hmac.update(`${id}.${Math.floor(at.getTime() / 1000)}.`).update(bytes)
  return `v1,${hmac.digest('base64')}`
}

/** What was rejected is in the topic, too. */
function parsedOr(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return { text }
  }
}

const events = async (): Promise<Record<string, unknown>[]> => {
  const consumer = world.topics.kafka.consumer({ groupId: `reader-${randomUUID()}` })
  const wanted = await world.topics.count('pos_transactions')
  const found: Record<string, unknown>[] = []
  if (wanted === 0) return found
  const done = Promise.withResolvers<void>()
  await consumer.connect()
  await consumer.subscribe({ topic: `pos_transactions${world.topics.suffix}`, fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ message }) => {
      found.push(parsedOr(message.value!.toString()))
      if (found.length >= wanted) done.resolve()
    },
  })
  await done.promise
  await consumer.disconnect()
  return found
}

test('what is answered with 200 is in Kafka: JSON, an array, lines, and gzip', async () => {
  const before = await world.topics.count('pos_transactions')
  expect(await send(JSON.stringify(sale(1)))).toMatchObject({ status: 200, body: { accepted: 1, rejected: 0 } })
  expect(await send(JSON.stringify([sale(2), sale(3)]))).toMatchObject({ body: { accepted: 2 } })
  const lines = [4, 5, 6].map((number) => JSON.stringify(sale(number))).join('\n')
  expect(await send(lines, { type: 'application/x-ndjson' })).toMatchObject({ body: { accepted: 3 } })
  const packed = { type: 'application/x-ndjson', headers: { 'content-encoding': 'gzip' } }
  expect(await send(gzipSync(lines), packed)).toMatchObject({ status: 200, body: { accepted: 3 } })
  expect(await world.topics.count('pos_transactions')).toBe(before + 9)
})

test('requests that are not signed, not known, or not readable are refused, and send nothing', async () => {
  const before = await world.topics.count('pos_transactions')
  const body = JSON.stringify(sale(10))
  const wrong = `whsec_${Buffer.alloc(32).toString('base64')}`
  expect(await send(body, { key: wrong })).toMatchObject({
    status: 401,
    body: { type: 'urn:shelfline:problem:not_signed' },
  })
  expect(await send(body, { source: 'nobody' })).toMatchObject({ status: 404 })
  expect(await send(body, { type: 'text/csv' })).toMatchObject({ status: 415 })
  expect(await send('[', {})).toMatchObject({ status: 400 })
  expect(await send('not gzip', { headers: { 'content-encoding': 'gzip' } })).toMatchObject({ status: 400 })
  const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20, '[]\n'))
  expect(await send(bomb, { type: 'application/jsonl', headers: { 'content-encoding': 'gzip' } })).toMatchObject({
    status: 413,
  })
  expect(await send(Buffer.alloc(2 ** 21, ' '))).toMatchObject({ status: 413 })
  expect(await world.topics.count('pos_transactions')).toBe(before)
  expect(await send(body)).toMatchObject({ status: 200 })
})

test('rejected events are named line by line, and become dead letters that are mended and replayed', async () => {
  const streams = await world.start(['sales_state'])
  const bad = { ...sale(20), quantity: 'two' }
  const lines = [JSON.stringify(sale(21)), JSON.stringify(bad), '{"half":'].join('\n')
  const answer = await send(lines, { type: 'application/jsonl' })
  expect(answer).toMatchObject({
    status: 422,
    body: {
      accepted: 1,
      rejected: 2,
      errors: [
        { line: 2, problem: 'schema_violation', error: expect.stringContaining('found "two"') },
        { line: 3, problem: 'invalid_json' },
      ],
    },
  })
  // Sent again and again, it makes no more letters.
  for (let turn = 0; turn < 3; turn += 1)
    expect(await send(lines, { type: 'application/jsonl' })).toMatchObject({ status: 422 })
  await until('two letters', 60_000, async () => (await listDeadLetters(world.pool, {})).total >= 2)
  await world.consumed('sales_state', await world.topics.count('pos_transactions'))
  const { letters, total } = await listDeadLetters(world.pool, {})
  expect(total).toBe(2)
  const letter = letters.find(({ reason }) => reason === 'schema_violation')!
  expect(await showDeadLetter(world.pool, letter.letterId)).toMatchObject({ headers: { 'shelfline-source': 'tills' } })
  const fixed = Buffer.from(JSON.stringify({ ...bad, quantity: '2' }))
  const { applied } = await world.counters('sales_state')
  const replayed = await replayLetters(world.pool, world.topics.producer, {
    filter: { letterIds: [letter.letterId], status: 'open' },
    limit: 1,
    ratePerSecond: 10,
    payload: fixed,
    kafkaTopic: (topic) => `${topic}${world.topics.suffix}`,
    readMessage: async () => undefined,
  })
  expect(replayed).toEqual({ sent: 1, refused: [] })
  await world.consumed('sales_state', await world.topics.count('pos_transactions'))
  expect((await world.counters('sales_state')).applied).toBe(applied + 1)
  await streams.stop()

  // Strict, the good line is not accepted either, and no letter is made.
  const before = await world.topics.count('pos_transactions')
  const strict = { type: 'application/jsonl', headers: { prefer: 'handling=strict' } }
  expect(await send(lines, strict)).toMatchObject({ status: 422, body: { accepted: 0, rejected: 2 } })
  expect(await world.topics.count('pos_transactions')).toBe(before)
})

test('a new source, a changed one and a new secret need no restart', async () => {
  const map = readFileSync(join(EXAMPLES, 'shop.yaml'), 'utf8')
  const { secret: first } = await addSource(world, 'shop', { map }, named('ann'))
  const [order] = readFileSync(join(EXAMPLES, 'shop.jsonl'), 'utf8').split('\n')
  const post = (key: string) => send(order!, { source: 'shop', key })
  await until('the source is known', 20_000, async () => (await post(first)).status === 200)
  expect(await post(first)).toMatchObject({ status: 200, body: { accepted: 2 } })

  const { secret: second } = await rotateSecret(world, 'shop', {}, named('ann'))
  const { rows } = await world.pool.query('select secret, previous_secret from ref.event_source')
  const stored = JSON.stringify(rows)
  expect(stored).toContain('sealed:v1:')
  for (const each of [first, second]) expect(stored).not.toContain(each)
  await until('the new secret is known', 20_000, async () => (await post(second)).status === 200)
  expect(await post(first)).toMatchObject({ status: 200 })
  await rotateSecret(world, 'shop', { secret: second, keptHours: 0 }, named('ann'))
  await until('the first secret has ended', 20_000, async () => (await post(first)).status === 401)

  await setSource(world, 'shop', { eventsPerSecond: 1 }, named('ann'))
  await until('the rate is known', 20_000, async () => (await post(second)).status === 429)
  expect(Number((await post(second)).retryAfter)).toBeGreaterThan(0)
})

describe('faults', () => {
  test('killed under load: what was acknowledged is in Kafka, and sent again it is there once by its id', {
    timeout: 600_000,
  }, async () => {
    const acknowledged = new Set<string>()
    const all = Array.from({ length: 12_000 }, (_, index) => ({ ...sale(index), event_id: `kill-${index}` }))
    const batches = Array.from({ length: 600 }, (_, index) => all.slice(index * 20, index * 20 + 20))
    const pending = [...batches]
    let kills = 0
    const sender = async () => {
      for (let batch = pending.shift(); batch !== undefined; batch = pending.shift()) {
        const body = batch.map((event) => JSON.stringify(event)).join('\n')
        const answer = await send(body, { type: 'application/jsonl' }).catch(() => undefined)
        if (answer?.status === 200) for (const { event_id } of batch) acknowledged.add(event_id)
        else pending.push(batch)
        if (answer === undefined) await new Promise((next) => setTimeout(next, 20))
      }
    }
    const killer = async () => {
      for (const at of [2_000, 6_000]) {
        await until(`${at} are acknowledged`, 120_000, async () => acknowledged.size >= at, 5)
        await killHard(receiver.process)
        kills += 1
        const before = new Set(acknowledged)
        const there = new Set((await events()).map(({ event_id }) => event_id))
        expect([...before].filter((id) => !there.has(id))).toEqual([])
        receiver = await startReceiver()
      }
    }
    await Promise.all([killer(), ...Array.from({ length: 16 }, sender)])
    expect(kills).toBe(2)
    expect(acknowledged.size).toBe(all.length)
    const ids = (await events()).map(({ event_id }) => String(event_id)).filter((id) => id.startsWith('kill-'))
    expect(new Set(ids).size).toBe(all.length)
  })

  test('while Kafka is away every request is answered with 503 and Retry-After, soon', async () => {
    const away = await startReceiver({ kafkaBrokers: ['127.0.0.1:1'] })
    const own = receiver
    receiver = away
    try {
      const answers = await Promise.all([1, 2, 3].map((number) => send(JSON.stringify(sale(number)))))
      for (const answer of answers) expect(answer).toMatchObject({ status: 503, body: { status: 503 } })
      const startedAt = performance.now()
      const probe = send(JSON.stringify(sale(4)))
      const later = await send(JSON.stringify(sale(5)))
      expect(later).toMatchObject({ status: 503, retryAfter: '5' })
      await probe
      expect(performance.now() - startedAt).toBeLessThan(20_000)
    } finally {
      receiver = own
      await killHard(away.process)
    }
  })

  test('bodies beyond the bound of memory are refused with 503, and the receiver lives', async () => {
    const own = receiver
    receiver = await startReceiver({ receiveBytesMax: 1_048_576 })
    try {
      const body = Array.from({ length: 2_000 }, (_, index) =>
        JSON.stringify({ ...sale(index), event_id: `m-${index}` }),
      ).join('\n')
      const answers = await Promise.all(
        Array.from({ length: 24 }, () => send(body, { type: 'application/jsonl' }).catch(() => undefined)),
      )
      const statuses = answers.map((answer) => answer?.status)
      expect(statuses).toContain(200)
      expect(statuses).toContain(503)
      expect(await send(body, { type: 'application/jsonl' })).toMatchObject({ status: 200 })
    } finally {
      await killHard(receiver.process)
      receiver = own
    }
  })

  test('asked to stop, it answers what is under way', async () => {
    const child = receiver.process
    const under = Array.from({ length: 50 }, (_, index) =>
      send(JSON.stringify({ ...sale(index), event_id: `stop-${index}` })),
    )
    await under[0]
    child.kill('SIGTERM')
    const answers = await Promise.allSettled(under)
    const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode]
    expect(code).toBe(0)
    const there = new Set((await events()).map(({ event_id }) => event_id))
    for (const [index, answer] of answers.entries()) {
      if (answer.status === 'fulfilled' && answer.value.status === 200) expect(there.has(`stop-${index}`)).toBe(true)
    }
    receiver = await startReceiver()
  })
})
