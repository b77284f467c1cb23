/** The bridge with a client of MQTT, and a store that refuses, waits or is away. */
import { randomBytes } from 'node:crypto'
import mqtt, { type MqttClient } from 'mqtt'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { defaultLimits } from '../../contracts/limits.ts'
import { createLogger } from '../../platform/log.ts'
import { createRegistry } from '../../platform/process.ts'
import { hashOfSecret } from '../../services/access/secrets.ts'
import { sale } from '../../streams/testing/events.ts'
import type { OutgoingMessage } from '../receive/delivery.ts'
import { EventRate } from '../receive/event-rate.ts'
import { Refusal } from '../receive/refusal.ts'
import type { KnownSource } from '../receive/registry.ts'
import { Bridge, type BridgeOptions } from './bridge.ts'
import { Devices } from './device.ts'
import { createMqttMetrics } from './metrics.ts'
import { Statuses } from './statuses.ts'
import { testDevice } from './testing.ts'

const PASSWORD = randomBytes(32).toString('base64url')
const logger = createLogger({ logLevel: 'silent' }, 'test')

const device = (deviceId: string) => testDevice(deviceId, hashOfSecret(PASSWORD).toString('base64'))

const source = (eventsPerSecond = 1_000_000): KnownSource => ({
  sourceId: 'tills',
  topic: 'pos_transactions',
  map: null,
  mapper: undefined,
  scheme: 'standard-webhooks',
  header: null,
  url: null,
  toleranceSeconds: 300,
  secrets: [],
  rate: new EventRate(eventsPerSecond),
  bodyBytesMax: 1_048_576,
  bodyEventsMax: 10_000,
  depthMax: 32,
  eventsPerSecond,
  isStrict: false,
  mqttFilter: null,
  changedBy: 'test',
  updatedAt: new Date(0),
  previousUntil: null,
})

/** Takes what it is given, unless the test has another answer. */
class Store {
  readonly messages: OutgoingMessage[] = []
  before: () => Promise<void> | void = () => undefined
  async send(messages: readonly OutgoingMessage[]): Promise<void> {
    await this.before()
    this.messages.push(...messages)
  }
  ids(topic: string): string[] {
    const own = this.messages.filter((message) => message.topic === topic)
    return own.map(({ value }) => (JSON.parse(value.toString()) as { event_id: string }).event_id)
  }
  statuses(): string[] {
    const own = this.messages.filter(({ topic }) => topic === 'device_status')
    return own.map(({ value }) => (JSON.parse(value.toString()) as { status: string }).status)
  }
}

let store: Store
let problem: string | undefined
const closing: (() => Promise<unknown>)[] = []
beforeEach(() => {
  store = new Store()
  problem = undefined
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function open(change: Partial<BridgeOptions> = {}): Promise<Bridge> {
  const devices = await Devices.open(async () => ['a', 'b', 'c'].map(device), logger)
  const statuses = new Statuses({ store, sourceId: 'devices', timeZone: 'UTC', logger })
  const metrics = createMqttMetrics(createRegistry(), () => undefined, { connections: () => 0, messages: () => 0 })
  const tills = source()
  const bridge = await Bridge.open({
    devices,
    find: (sourceId) => (sourceId === 'tills' ? tills : undefined),
    store,
    statuses,
    metrics,
    logger,
    limits: defaultLimits,
    problem: () => problem,
    host: '127.0.0.1',
    port: 0,
    hint: '',
    certificate: { settings: { httpsCertificateFile: '', httpsKeyFile: '' }, logger },
    connectionsMax: 100,
    packetBytesMax: 131_072,
    ...change,
  })
  closing.push(
    () => devices.close(),
    () => statuses.stop(),
    () => bridge.stop(),
  )
  return bridge
}

async function connect({ url }: Bridge, username: string): Promise<MqttClient> {
  const options = { username, password: PASSWORD, reconnectPeriod: 0 }
  const client = await mqtt.connectAsync(url, options, false)
  client.on('error', () => undefined)
  closing.push(async () => client.end(true))
  return client
}

const event = (number: number): string => JSON.stringify({ ...sale(number), store_id: 's1' })
const publish = (client: MqttClient, number: number) =>
  client.publishAsync('ingest/v1/tills', event(number), { qos: 1 })
const closed = (client: MqttClient) => new Promise<void>((done) => client.once('close', () => done()))

test('what the store refuses is not acknowledged, and sent again it is; while the store is away devices are refused', async () => {
  const bridge = await open()
  const client = await connect(bridge, 'a')
  await expect.poll(() => store.statuses()).toEqual(['connected'])
  store.before = () => {
    throw new Refusal(503, 'kafka_away', 'Kafka does not answer', 5)
  }
  let isAcknowledged = false
  const hasClosed = closed(client)
  publish(client, 1).then(
    () => {
      isAcknowledged = true
    },
    () => undefined,
  )
  await hasClosed
  expect(isAcknowledged).toBe(false)
  problem = 'Kafka does not answer'
  await expect(connect(bridge, 'a')).rejects.toThrow('Server unavailable')
  problem = undefined
  store.before = () => undefined
  await publish(await connect(bridge, 'a'), 1)
  expect(store.ids('pos_transactions')).toEqual(['sale-1'])
  // That the first connection ended is no loss of the device: its bridge has ended it.
  await expect.poll(() => store.statuses().at(-1), { timeout: 10_000 }).toBe('connected')
  expect(store.statuses()).not.toContain('lost')
})

test('a store that is slow holds up what is read: messages in memory have a bound, and none is lost', async () => {
  const bridge = await open({ messagesMax: 50 })
  const clients = await Promise.all(['a', 'b', 'c'].map((name) => connect(bridge, name)))
  await expect.poll(() => store.statuses()).toHaveLength(3)
  const { promise, resolve } = Promise.withResolvers<void>()
  store.before = () => promise
  const sent = clients.flatMap((client, index) =>
    Array.from({ length: 2_000 }, (_, number) => publish(client, index * 2_000 + number)),
  )
  await expect.poll(() => bridge.messages).toBeGreaterThanOrEqual(50)
  let before = 0
  const isSteady = () => {
    const isSame = bridge.messages === before
    before = bridge.messages
    return isSame
  }
  await expect.poll(isSteady, { interval: 250 }).toBe(true)
  // Each connection was read once beyond the bound at most.
  expect(bridge.messages).toBeLessThan(50 + 3 * 300)
  resolve()
  await Promise.all(sent)
  expect(new Set(store.ids('pos_transactions')).size).toBe(6_000)
  expect(bridge.messages).toBe(0)
})

test('events of a device are stored in the order in which it has sent them, also when its source has to wait', async () => {
  const slow = source(100)
  const bridge = await open({ find: () => slow })
  const client = await connect(bridge, 'a')
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: 400 }, (_, number) => publish(client, number)))
  expect(performance.now() - startedAt).toBeGreaterThan(500)
  expect(store.ids('pos_transactions')).toEqual(Array.from({ length: 400 }, (_, number) => `sale-${number}`))
})

test('a bridge that stops stores what it has read', async () => {
  const bridge = await open()
  const client = await connect(bridge, 'a')
  const { promise, resolve } = Promise.withResolvers<void>()
  store.before = () => promise
  publish(client, 1).catch(() => undefined)
  await expect.poll(() => bridge.messages).toBe(1)
  const stopped = bridge.stop()
  resolve()
  await stopped
  expect(store.ids('pos_transactions')).toEqual(['sale-1'])
})
