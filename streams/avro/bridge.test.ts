/** Messages in Avro and what the bridge makes of them, with a registry that answers as each test needs. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import protobuf from 'protobufjs'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { avroSchema } from '../../contracts/avro.ts'
import { framed, toAvro } from '../../contracts/avro-values.ts'
import { defaultLimits } from '../../contracts/limits.ts'
import { parseEvent } from '../../contracts/parse.ts'
import { topics } from '../../contracts/topics.ts'
import { SchemaRegistry } from '../../platform/schema-registry/schema-registry.ts'
import type { StreamMessage } from '../runtime/processor.ts'
import { AVRO_ERROR_HEADER, bridged } from './bridge.ts'
import { WriterSchemas } from './writer-schemas.ts'

const TOPIC = 'price_changes'
const SCHEMA_ID = 7

let server: Server
let schemas: WriterSchemas
let answer: { status: number; body: unknown }

beforeAll(async () => {
  server = createServer((_, response) => {
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
})
afterAll(() => {
  server.close()
})
beforeEach(() => {
  const { port } = server.address() as AddressInfo
  schemas = new WriterSchemas(new SchemaRegistry(`http://127.0.0.1:${port}`), 'UTC')
  answer = { status: 200, body: { schema: JSON.stringify(avroSchema(topics[TOPIC])) } }
})

const price = (product: string) => ({
  event_id: 'e1',
  source: 'erp',
  schema_version: 1,
  event_at: '2024-05-02T08:00:00Z',
  store_id: 's1',
  product_id: product,
  new_price: '1.99',
  reason: 'regular',
})
const made = (value: Buffer, limits = defaultLimits) =>
  bridged(TOPIC, { key: null, value } as StreamMessage, schemas, limits)
const inAvro = (product: string) => framed(SCHEMA_ID, toAvro(TOPIC, price(product)))

test('an event that is longer as JSON than a message may be is rejected, with the reason', async () => {
  const limits = { ...defaultLimits, messageBytesMax: 300 }
  const value = inAvro('p'.repeat(150))
  expect(value.length).toBeLessThan(limits.messageBytesMax)
  const rejected = await made(value, limits)
  expect(rejected).toMatchObject({ key: null, value })
  expect(rejected.headers![AVRO_ERROR_HEADER]).toMatch(/^has 3\d\d bytes as JSON; at most 300 are accepted$/)
  expect((await made(inAvro('p1'), limits)).headers).toBeUndefined()
})

test('JSON without the frame of Avro is rejected, and no reader applies it', async () => {
  const json = Buffer.from(JSON.stringify(price('p1')))
  expect(parseEvent(TOPIC, json, Date.now()).ok).toBe(true)
  const rejected = await made(json)
  expect(rejected.headers![AVRO_ERROR_HEADER]).toContain('does not begin with a zero')
  const value = rejected.value as Buffer
  expect(parseEvent(TOPIC, value, Date.now())).toMatchObject({ ok: false, problem: 'invalid_json' })
  expect(value.subarray(1)).toEqual(json)
})

test('only the answer that there is no such schema is the fault of a message', async () => {
  answer = { status: 404, body: { error_code: 40403, message: 'no such schema' } }
  expect((await made(inAvro('p1'))).headers![AVRO_ERROR_HEADER]).toContain('schema 7 is not in the registry')
  const later = framed(8, Buffer.alloc(1))
  for (const body of ['404 page not found', { error_code: 404, message: 'HTTP 404 Not Found' }, null]) {
    answer = { status: 404, body }
    await expect(made(later)).rejects.toThrow(/404/)
  }
})

test('a message in Protobuf is read by the type that its schema has in the registry', async () => {
  const names = ['event_id', 'source', 'event_at', 'store_id', 'product_id', 'new_price', 'reason']
  const fields = names.map((name, at) => `string ${name} = ${at + 1};`).join(' ')
  const schema = `syntax = "proto3"; message Price { ${fields} int32 schema_version = 9; }`
  answer = { status: 200, body: { schemaType: 'PROTOBUF', schema } }
  const type = protobuf.parse(schema, { keepCase: true }).root.lookupType('Price')
  const bytes = Buffer.concat([Buffer.alloc(1), type.encode(price('p1')).finish()])
  const { value, key, headers } = await made(framed(SCHEMA_ID, bytes))
  expect([JSON.parse(String(value)), key, headers]).toEqual([price('p1'), 's1', undefined])
})

test('a schema of another type is named', async () => {
  answer = { status: 200, body: { schemaType: 'JSON', schema: '{}' } }
  const { headers } = await made(inAvro('p1'))
  expect(headers![AVRO_ERROR_HEADER]).toBe("its schema 7 can't be used: it is of type JSON; AVRO and PROTOBUF are read")
})
