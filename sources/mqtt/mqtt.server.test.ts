/** The bridge as a process, with a client of MQTT, Kafka and PostgreSQL; it is killed under load. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as connectSocket, type Socket } from 'node:net'
import { join } from 'node:path'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { named } from '../../services/access/testing.ts'
import {
  addDevice,
  listDevices,
  removeDevice,
  rotatePassword,
  setDevice,
  showDevice,
} from '../../services/sources/devices.ts'
import { publishAsDevice } from '../../services/sources/publishing.ts'
import { addSource } from '../../services/sources/sources.ts'
import { listDeadLetters } from '../../services/streams/dead-letters.ts'
import { sale as anySale } from '../../streams/testing/events.ts'
import { createWorld, killHard, until, type World } from '../../streams/testing/world.ts'
import type { TestReceiver } from '../receive/testing.ts'
import { startTestBridge } from './testing.ts'

const EXAMPLES = join(import.meta.dirname, '..', '..', 'data', 'examples')
const BY = named('ann')

let world: World
let bridge: TestReceiver
const passwords = new Map<string, string>()
const clients = new Set<MqttClient>()

beforeAll(async () => {
  world = await createWorld()
  await addSource(world, 'tills', { topic: 'pos_transactions' }, BY)
  const map = readFileSync(join(EXAMPLES, 'scale.yaml'), 'utf8')
  await addSource(world, 'scales', { map, mqttFilter: 'stores/+/scales/+' }, BY)
  await add('till-1', ['tills'])
  await add('till-2', ['tills'])
  await add('scale-7', ['scales'], { shelfId: 'A1', sensor: 'shelf' })
  bridge = await startTestBridge(world)
}, 300_000)
afterAll(async () => {
  for (const client of clients) client.end(true)
  if (bridge?.process.exitCode === null) await killHard(bridge.process)
  await world?.close()
})

async function add(deviceId: string, sourceIds: string[], more: { shelfId?: string; sensor?: string } = {}) {
  const added = await addDevice(world.pool, deviceId, { storeId: 's1', sourceIds, ...more }, BY)
  passwords.set(deviceId, added.password)
}

async function connect(deviceId: string, options: IClientOptions = {}, address = bridge.address): Promise<MqttClient> {
  const client = await mqtt.connectAsync(
    address,
    { username: deviceId, password: passwords.get(deviceId)!, reconnectPeriod: 0, connectTimeout: 20_000, ...options },
    false,
  )
  client.on('error', () => undefined)
  clients.add(client)
  return client
}

const refused = (deviceId: string, options: IClientOptions = {}): Promise<string> =>
  connect(deviceId, options).then(
    () => 'connected',
    (error: Error) => error.message,
  )

/** The store of the devices. */
const sale = (number: number) => ({ ...anySale(number), store_id: 's1' })

const closed = (client: MqttClient) => new Promise<void>((done) => client.once('close', () => done()))

const published = (client: MqttClient, topic: string, payload: string | Buffer) =>
  client.publishAsync(topic, payload, { qos: 1 })

async function values(topic: string): Promise<string[]> {
  const wanted = await world.topics.count(topic as never)
  const found: string[] = []
  if (wanted === 0) return found
  const consumer = world.topics.kafka.consumer({ groupId: `reader-${randomUUID()}` })
  const done = Promise.withResolvers<void>()
  await consumer.connect()
  await consumer.subscribe({ topic: `${topic}${world.topics.suffix}`, fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ message }) => {
      found.push(message.value!.toString())
      if (found.length >= wanted) done.resolve()
    },
  })
  await done.promise
  await consumer.disconnect()
  return found
}

const idsIn = async (topic: string): Promise<string[]> =>
  (await values(topic)).flatMap((value) => {
    try {
      return (JSON.parse(value) as { event_id: string }).event_id
    } catch {
      return []
    }
  })

test('what is acknowledged is in Kafka: QoS 1, QoS 2 and arrays', async () => {
  const client = await connect('till-1')
  await published(client, 'ingest/v1/tills', JSON.stringify(sale(1)))
  await client.publishAsync('ingest/v1/tills/anything', JSON.stringify([sale(2), sale(3)]), { qos: 2 })
  expect(await world.topics.count('pos_transactions')).toBe(3)
  expect((await idsIn('pos_transactions')).sort()).toEqual(
    [sale(1), sale(2), sale(3)].map(({ event_id }) => event_id).sort(),
  )
  await client.endAsync()
})

test('a map reads the message and its topic', async () => {
  const messages = readFileSync(join(EXAMPLES, 'scale.jsonl'), 'utf8').trim().split('\n')
  const payloads = messages.map((text) => Buffer.from(text))
  const publishing = { address: bridge.address, deviceId: 'scale-7', password: passwords.get('scale-7')! }
  expect(await publishAsDevice({ ...publishing, topic: 'stores/s1/scales/A1', payloads })).toBe(2)
  const events = (await values('shelf_events')).map((value) => JSON.parse(value) as Record<string, unknown>)
  expect(events).toMatchObject([
    { store_id: 's1', shelf_id: 'A1', product_id: 'tea', event_type: 'weight_change', quantity: '-1', weight: '4.2' },
    { store_id: 's1', shelf_id: 'A1', product_id: 'tea', event_type: 'weight_change', quantity: '-2', weight: '3.8' },
  ])
})

test('who is not known, has another password or speaks another protocol is refused', async () => {
  expect(await refused('till-9', { password: 'x' })).toContain('Bad username or password')
  expect(await refused('till-1', { password: passwords.get('till-2')! })).toContain('Bad username or password')
  expect(await refused('till-1', { protocolVersion: 5 })).not.toBe('connected')
  await rotatePassword(world.pool, 'till-2', { keptHours: 1 }, BY)
  await new Promise((done) => setTimeout(done, 10))
  const before = await connect('till-2')
  await before.endAsync()
  await rotatePassword(world.pool, 'till-2', { keptHours: 0 }, BY)
  await until('the expected state', 20_000, async () => (await refused('till-2')) !== 'connected')
  const again = await rotatePassword(world.pool, 'till-2', { keptHours: 0 }, BY)
  passwords.set('till-2', again.password)
  await until('the expected state', 20_000, async () => (await refused('till-2')) === 'connected')
})

test('what is invalid, or of another store, becomes a dead letter and does not stop the others', async () => {
  const client = await connect('till-1')
  const before = await world.topics.count('pos_transactions')
  const foreign = { ...sale(11), store_id: 's2' }
  await published(client, 'ingest/v1/tills', 'no JSON at all')
  await published(client, 'ingest/v1/tills', JSON.stringify([sale(10), foreign, { ...sale(12), quantity: 'many' }]))
  await published(client, 'ingest/v1/tills', Buffer.from([0xff, 0xfe, 0x00]))
  expect(await world.topics.count('pos_transactions')).toBe(before + 5)
  const streams = await world.start(['sales_state'])
  const { dead, applied } = await world.consumed('sales_state', before + 5)
  await streams.stop()
  expect({ dead, applied }).toEqual({ dead: 4, applied: before + 1 })
  const { letters } = await listDeadLetters(world.pool, { topic: 'pos_transactions' })
  expect(letters.map(({ reason }) => reason).sort()).toEqual([
    'invalid_json',
    'invalid_json',
    'invalid_json',
    'schema_violation',
  ])
  await client.endAsync()
})

test('a message of no source of the device is not acknowledged, and subscriptions are refused', async () => {
  const client = await connect('till-1')
  await expect(client.subscribeAsync('#')).rejects.toThrow()
  const hasClosed = closed(client)
  const answer = published(client, 'stores/s1/scales/A1', '{}').then(
    () => 'acknowledged',
    () => 'not',
  )
  await hasClosed
  client.end(true)
  expect(await Promise.race([answer, new Promise((late) => setTimeout(late, 500, 'not'))])).toBe('not')
  const harmless = await connect('till-1')
  await harmless.publishAsync('anything/else', 'x', { qos: 0 })
  await published(harmless, 'ingest/v1/tills', JSON.stringify(sale(20)))
  await harmless.endAsync()
})

const status = async (deviceId: string) => (await showDevice(world.pool, deviceId)).status

test('connections are known: a last will makes a device lost at once, a second connection does not', async () => {
  const streams = await world.start(['device_state'])
  const will = { topic: 'devices/scale-7/state', payload: Buffer.from('gone'), qos: 1 as const, retain: true }
  const first = await connect('scale-7', { will })
  await until('the expected state', 30_000, async () => (await status('scale-7')) === 'connected')
  await first.publishAsync('devices/scale-7/long\n', `${'x'.repeat(500)}\u0000`, { qos: 1 })
  await first.publishAsync('devices/scale-7/state', 'battery 80 %', { qos: 1, retain: true })
  await until(
    'the expected state',
    30_000,
    async () => (await showDevice(world.pool, 'scale-7')).reported === 'battery 80 %',
  )
  // Another connection takes its place: the first is not lost.
  const second = await connect('scale-7', { will, clientId: 'another' })
  await until('the expected state', 10_000, async () => !first.connected)
  await until('the expected state', 30_000, async () => (await showDevice(world.pool, 'scale-7')).reported === 'gone')
  expect(await status('scale-7')).toMatch(/connected|alive/)
  await second.publishAsync('devices/scale-7/state', 'battery 79 %', { qos: 1 })
  second.stream.destroy()
  await until('the expected state', 30_000, async () => (await status('scale-7')) === 'lost')
  const { rows } = await world.pool.query(
    `select cause, store_id, opens, evidence->>'device_id' as device from ops.alert_sensor_silent(now())`,
  )
  expect(rows).toEqual([{ cause: 'device scale-7', store_id: 's1', opens: true, device: 'scale-7' }])
  const third = await connect('scale-7', { will })
  await until('the expected state', 30_000, async () => (await status('scale-7')) === 'connected')
  expect((await world.pool.query('select from ops.alert_sensor_silent(now())')).rowCount).toBe(0)
  await third.endAsync()
  await until('the expected state', 30_000, async () => (await status('scale-7')) === 'disconnected')
  expect((await listDevices(world.pool, { storeId: 's1' })).map(({ deviceId }) => deviceId)).toEqual([
    'scale-7',
    'till-1',
    'till-2',
  ])
  expect((await world.counters('device_state')).dead).toBe(0)
  await streams.stop()
})

test('garbage, packets without end and silent connections end, and the bridge serves others', async () => {
  const sockets: Socket[] = []
  const attack = async (bytes: Buffer) => {
    const { hostname, port } = new URL(bridge.address)
    const socket = connectSocket(Number(port), hostname)
    sockets.push(socket)
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    socket.write(bytes)
    return new Promise<boolean>((done) => {
      socket.once('close', () => done(true))
      setTimeout(() => done(false), 15_000).unref()
    })
  }
  const length = (bytes: number) =>
    Buffer.from([0x10, (bytes & 0x7f) | 0x80, ((bytes >> 7) & 0x7f) | 0x80, ((bytes >> 14) & 0x7f) | 0x80, bytes >> 21])
  const ended = await Promise.all([
    attack(Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n')),
    attack(length(200_000_000)),
    attack(Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff])),
    attack(Buffer.from([0x30, 0x02, 0x00, 0x00])),
    attack(Buffer.alloc(0)),
  ])
  expect(ended).toEqual([true, true, true, true, true])
  const client = await connect('till-1')
  const tooLarge = closed(client)
  client.publish('ingest/v1/tills', Buffer.alloc(200_000), { qos: 1 })
  await tooLarge
  client.end(true)
  const other = await connect('till-2')
  await published(other, 'ingest/v1/tills', JSON.stringify(sale(30)))
  await other.endAsync()
}, 200_000)

test('two bridges with the same device: each stores what it acknowledges', async () => {
  const second = await startTestBridge(world)
  try {
    const [one, two] = [await connect('till-1'), await connect('till-1', {}, second.address)]
    const before = await world.topics.count('pos_transactions')
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        published(index % 2 === 0 ? one : two, 'ingest/v1/tills', JSON.stringify(sale(1_000 + index))),
      ),
    )
    expect(await world.topics.count('pos_transactions')).toBe(before + 100)
    await one.endAsync()
    await two.endAsync()
  } finally {
    await killHard(second.process)
  }
})

test('killed under load: what was acknowledged is in Kafka, and what was not is sent again', async () => {
  const acknowledged = new Set<string>()
  const open = new Map<string, string>()
  for (let number = 2_000; number < 6_000; number += 1) {
    const event = sale(number)
    open.set(event.event_id, JSON.stringify(event))
  }
  for (let round = 0; open.size > 0; round += 1) {
    const client = await connect('till-1')
    const hasClosed = closed(client)
    const sending = [...open].map(([id, text]) =>
      published(client, 'ingest/v1/tills', text).then(
        () => {
          acknowledged.add(id)
          open.delete(id)
        },
        () => undefined,
      ),
    )
    if (round < 3) {
      const enough = acknowledged.size + 300
      await until('the expected state', 30_000, async () => acknowledged.size >= enough)
      await killHard(bridge.process)
      await hasClosed
      client.end(true)
      bridge = await startTestBridge(world)
    } else {
      await Promise.all(sending)
      await client.endAsync()
    }
  }
  expect(acknowledged.size).toBe(4_000)
  const stored = new Set(await idsIn('pos_transactions'))
  expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([])
}, 400_000)

test('a removed device is gone within seconds; a bridge that stops ends its connections without a last will', async () => {
  await add('door-1', ['tills'])
  await until('the expected state', 20_000, async () => (await refused('door-1')) === 'connected')
  await setDevice(world.pool, 'door-1', { sensor: 'door' }, BY)
  const client = await connect('door-1')
  await removeDevice(world.pool, 'door-1')
  await until('its connection is ended', 20_000, async () => {
    client.publish('ingest/v1/tills', JSON.stringify(sale(40)), { qos: 1 })
    return !client.connected
  })
  client.end(true)
  expect(await refused('door-1')).toContain('Bad username or password')
  const will = { topic: 'ingest/v1/tills', payload: Buffer.from('a will'), qos: 1 as const, retain: false }
  const last = await connect('till-1', { will })
  const before = await world.topics.count('pos_transactions')
  bridge.process.kill('SIGTERM')
  await once(bridge.process, 'exit')
  last.end(true)
  expect(await world.topics.count('pos_transactions')).toBe(before)
  const ends = (await values('device_status')).map(
    (value) => JSON.parse(value) as { device_id: string; status: string; reason?: string },
  )
  expect(ends.at(-1)).toMatchObject({ device_id: 'till-1', status: 'disconnected', reason: 'the bridge stops' })
}, 200_000)
