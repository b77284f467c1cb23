/** The bridge from Avro as a process, with Apicurio's registry, Kafka and PostgreSQL; both are killed under load. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import avsc from 'avsc'
import protobuf from 'protobufjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { environmentOf, shelfline } from '../../cli/testing.ts'
import { framed, toAvro } from '../../contracts/avro-values.ts'
import { avroTopic } from '../../contracts/topics.ts'
import { SchemaRegistry } from '../../platform/schema-registry/schema-registry.ts'
import { startRegistry, type TestRegistry } from '../../scripts/testing/registry.ts'
import { publishSchemas, sendInAvro } from '../../services/schemas/schemas.ts'
import { listDeadLetters, showDeadLetter } from '../../services/streams/dead-letters.ts'
import { createWorld, killHard, until, type World } from '../../streams/testing/world.ts'
import type { TestAvroOptions } from './worker-for-tests.ts'

const WORKER = join(import.meta.dirname, 'worker-for-tests.ts')
const TOPIC = 'price_changes'
const EVENTS = 6_000
const KILLS = 3

let world: World
let registry: TestRegistry
let bridge: ChildProcess
let schemaId: number

beforeAll(async () => {
  world = await createWorld({ avroTopics: [TOPIC], timeZone: 'Europe/Berlin' })
  registry = await startRegistry(world.settings)
  world = { ...world, settings: { ...world.settings, schemaRegistryUrl: registry.url } }
  const published = await publishSchemas(world.settings)
  schemaId = published.find(({ topic }) => topic === TOPIC)!.id
  bridge = startBridge()
}, 600_000)
afterAll(async () => {
  if (bridge) await killHard(bridge)
  await registry?.close()
  await world?.close()
})

const edgeName = () => `${avroTopic(TOPIC)}${world.topics.suffix}`

function startBridge(): ChildProcess {
  const options: TestAvroOptions = {
    settings: { ...world.settings, httpPort: 0, logLevel: 'error' },
    topicSuffix: world.topics.suffix,
  }
  const flags = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning']
  return spawn(process.execPath, [...flags, WORKER, JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

const price = (id: string, change: Record<string, unknown> = {}) => ({
  event_id: id,
  source: 'erp',
  schema_version: 1,
  event_at: '2024-05-02T08:00:00.123456+02:00',
  store_id: 's1',
  product_id: 'p1',
  new_price: '1.99',
  reason: 'regular',
  ...change,
})

const put = (...values: (Buffer | null)[]) =>
  world.topics.producer.send({ topic: edgeName(), acks: -1, messages: values.map((value) => ({ key: 'k', value })) })

/** What is committed in the topic of the events, as text. */
async function committed(wanted: number): Promise<{ key: string | undefined; text: string }[]> {
  const consumer = world.topics.kafka.consumer({ groupId: `reader-${randomUUID()}` })
  const found: { key: string | undefined; text: string }[] = []
  await consumer.connect()
  try {
    await consumer.subscribe({ topic: `${TOPIC}${world.topics.suffix}`, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ message }) => {
        found.push({ key: message.key?.toString(), text: message.value?.toString() ?? '' })
      },
    })
    await until(`${wanted} events`, 120_000, async () => found.length >= wanted)
    return found
  } finally {
    await consumer.disconnect()
  }
}

test('an event comes out of Avro as it went in, with the key of its topic', async () => {
  const event = price('exact', { old_price: '123456.789012', new_price: '-0.5', new_price_note: undefined })
  await sendInAvro(world.settings, world.topics.producer, {
    topic: TOPIC,
    lines: [JSON.stringify(price('first')), JSON.stringify({ ...event, new_price: '0.000001' })],
    topicSuffix: world.topics.suffix,
  })
  const found = await committed(2)
  expect(found.map(({ text }) => JSON.parse(text) as unknown)).toEqual(
    expect.arrayContaining([price('first'), price('exact', { old_price: '123456.789012', new_price: '0.000001' })]),
  )
  expect(new Set(found.map(({ key }) => key))).toEqual(new Set(['s1']))
}, 180_000)

test("another system's own schema: decimals of its scale, instants as numbers get the offset of the instance's zone", async () => {
  const own = {
    type: 'record',
    name: 'ErpPrice',
    fields: [
      ...['event_id', 'source', 'store_id', 'product_id', 'reason'].map((name) => ({ name, type: 'string' })),
      { name: 'schema_version', type: 'int' },
      { name: 'event_at', type: { type: 'long', logicalType: 'timestamp-micros' } },
      { name: 'new_price', type: { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 } },
    ],
  }
  const id = await new SchemaRegistry(registry.url).register('erp-prices-value', own)
  // Without what its numbers mean they are written as they are.
  const plain = avsc.Type.forSchema(own as avsc.Schema, { logicalTypes: {} })
  const written = plain.toBuffer({
    ...price('own'),
    event_at: Date.parse('2024-05-02T06:00:00Z') * 1_000 + 123_456,
    new_price: Buffer.from([0x01, 0x2b]),
  })
  await put(framed(id, written))
  const found = await committed(3)
  const event = found.map(({ text }) => JSON.parse(text) as { event_id: string }).find((one) => one.event_id === 'own')
  expect(event).toEqual(price('own', { new_price: '2.99' }))
}, 180_000)

test('bytes that can not be read become dead letters with the reason, and the others are read', async () => {
  await world.start(['enriched_sales'])
  const good = framed(schemaId, toAvro(TOPIC, price('after')))
  await put(
    // An event, but not in Avro: it must not be rejected and applied.
    Buffer.from(JSON.stringify(price('json'))),
    Buffer.from([0, 0]),
    framed(987_654, Buffer.from('x')),
    framed(schemaId, Buffer.from([1, 2, 3])),
    good,
  )
  await until('four letters', 120_000, async () => (await listDeadLetters(world.pool, {})).total >= 4)
  const { letters, total } = await listDeadLetters(world.pool, {})
  expect(total).toBe(4)
  const whole = await Promise.all(letters.map(({ letterId }) => showDeadLetter(world.pool, letterId)))
  const reasons = whole.map(({ headers }) => headers['shelfline-avro-error'])
  expect(reasons.filter((text) => text?.startsWith('does not begin with a zero'))).toHaveLength(2)
  expect(reasons).toEqual(expect.arrayContaining([expect.stringContaining('schema 987654 is not in the registry')]))
  const found = await committed(8)
  expect(found.some(({ text }) => text.includes('"after"'))).toBe(true)
  expect(found.find(({ text }) => text.includes('"json"'))?.text).toBe(`\0${JSON.stringify(price('json'))}`)
}, 180_000)

test('Protobuf is read by the schema that the registry has of it', async () => {
  const names = ['event_id', 'source', 'event_at', 'store_id', 'product_id', 'new_price', 'reason']
  const fields = names.map((name, at) => `  string ${name} = ${at + 1};`).join('\n')
  const schema = `syntax = "proto3";\npackage erp;\nmessage Price {\n${fields}\n  int32 schema_version = 9;\n}\n`
  const subject = 'erp-prices-in-protobuf-value'
  const id = await new SchemaRegistry(registry.url).register(subject, { schema, schemaType: 'PROTOBUF' })
  const type = protobuf.parse(schema, { keepCase: true }).root.lookupType('erp.Price')
  await put(framed(id, Buffer.concat([Buffer.alloc(1), type.encode(price('in-protobuf')).finish()])))
  const found = await committed(9)
  const event = found.find(({ text }) => text.includes('in-protobuf'))!
  expect(JSON.parse(event.text)).toEqual(price('in-protobuf'))
}, 180_000)

test('killed again and again, with its registry, it makes one event of each message', async () => {
  const before = (await committed(9)).length
  const messages = Array.from({ length: EVENTS }, (_, index) => framed(schemaId, toAvro(TOPIC, price(`many-${index}`))))
  for (let part = 0; part < KILLS; part += 1) {
    const size = EVENTS / KILLS
    await put(...messages.slice(part * size, (part + 1) * size))
    await killHard(bridge)
    if (part === 1) await registry.kill()
    bridge = startBridge()
    if (part === 1) await registry.start()
  }
  const found = (await committed(before + EVENTS)).slice(before)
  const ids = found.map(({ text }) => (JSON.parse(text) as { event_id: string }).event_id)
  expect(ids).toHaveLength(EVENTS)
  expect(new Set(ids).size).toBe(EVENTS)
}, 300_000)

test('commands: publish prints ids, and refuses what is not compatible; send names the line that is no event', async () => {
  const environment = { ...environmentOf(world.settings), SHELFLINE_SCHEMA_REGISTRY_URL: registry.url }
  const again = await shelfline(['schemas', 'publish', '--json'], environment)
  expect(again.code).toBe(0)
  const { schemas } = JSON.parse(again.out) as { schemas: { topic: string; id: number }[] }
  expect(schemas.find(({ topic }) => topic === TOPIC)?.id).toBe(schemaId)
  const other = { type: 'record', name: 'other', fields: [{ name: 'x', type: 'int' }] }
  await expect(new SchemaRegistry(registry.url).register(`${TOPIC}.avro-value`, other)).rejects.toMatchObject({
    status: 409,
  })
  const sent = await shelfline(['schemas', 'send', 'till_closings', 'data/examples/price-changes.jsonl'], environment)
  expect(sent.code).not.toBe(0)
  expect(sent.error).toContain('line 1 is no event of till_closings')
}, 180_000)
