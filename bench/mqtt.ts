/**
 * The bridge from MQTT under load: messages with QoS 1 of several devices, acknowledged when Kafka has them (`acks=all`).
 *
 *   node bench/mqtt.ts --messages 50000 --devices 50 --window 20
 *
 * It needs a running instance, registers a source and devices of its own, and starts a bridge on one core (`taskset`, where there is
 * one). Each device has `--window` messages under way. `--map` sends readings through the example map instead of contract events.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import mqtt, { type MqttClient } from 'mqtt'
import { createLogger } from '../platform/log.ts'
import { createPool } from '../platform/postgres/postgres.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { memoryBytes } from '../scripts/stack/processes.ts'
import { SHELFLINE } from '../services/access/actor.ts'
import { addDevice, removeDevice } from '../services/sources/devices.ts'
import { addSource, removeSource } from '../services/sources/sources.ts'
import { sale } from '../streams/testing/events.ts'

const ROOT = join(import.meta.dirname, '..')
const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '50000' },
    devices: { type: 'string', default: '50' },
    window: { type: 'string', default: '20' },
    map: { type: 'boolean', default: false },
  },
})
const [messages, devices, window] = [values.messages, values.devices, values.window].map(Number) as [
  number,
  number,
  number,
]
const STORE = 's1'

const settings = loadSettings()
const pool = createPool(settings, createLogger({ logLevel: 'error' }, SHELFLINE))
const run = `bench-${randomUUID().slice(0, 8)}`
const map = values.map ? readFileSync(join(ROOT, 'data', 'examples', 'scale.yaml'), 'utf8') : undefined
const source = { topic: map === undefined ? 'pos_transactions' : undefined, map, eventsPerSecond: 1_000_000 }
await addSource({ pool, settings }, run, source, SHELFLINE)
const names = Array.from({ length: devices }, (_, index) => `${run}-${index}`)
const passwords = new Map<string, string>()
for (const name of names) {
  const added = await addDevice(pool, name, { storeId: STORE, sourceIds: [run] }, SHELFLINE)
  passwords.set(name, added.password)
}

const bridge = await startBridge()
try {
  const clients = await Promise.all(names.map((name) => connect(name)))
  await measure(clients, Math.min(messages, 5_000))
  const cpuBefore = cpuSeconds(bridge.child.pid!)
  const { seconds, latencies } = await measure(clients, messages)
  const cpu = cpuSeconds(bridge.child.pid!) - cpuBefore
  latencies.sort((one, other) => one - other)
  const at = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))]!.toFixed(1)
  console.log(
    `${messages} messages of ${devices} devices, ${window} under way each${values.map ? ', through a map' : ''}: ` +
      `${Math.round(messages / seconds)} messages/s, acknowledged p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms; ` +
      `bridge ${((cpu / seconds) * 100).toFixed(0)} % of one core, ${Math.round((memoryBytes(bridge.child.pid!) ?? 0) / 1e6)} MB`,
  )
  await Promise.all(clients.map((client) => client.endAsync()))
} finally {
  bridge.child.kill('SIGTERM')
  for (const name of names) await removeDevice(pool, name)
  await removeSource(pool, run)
  await pool.end()
}

async function startBridge() {
  const flags = ['--max-semi-space-size=16', '--max-old-space-size=384']
  const command = [process.execPath, ...flags, join(ROOT, 'cli', 'main.ts'), 'worker', 'mqtt']
  const pinned = spawnSync('taskset', ['-V']).status === 0 ? ['taskset', '-c', '0', ...command] : command
  const child: ChildProcess = spawn(pinned[0]!, pinned.slice(1), {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, SHELFLINE_MQTT_PORT: '0', SHELFLINE_HTTP_PORT: '0', SHELFLINE_LOG_LEVEL: 'info' },
  })
  for await (const line of createInterface({ input: child.stdout! })) {
    const { url } = JSON.parse(line) as { url?: string }
    if (url === undefined) continue
    child.stdout!.resume()
    return { url, child }
  }
  throw new Error('the bridge has ended before it listened')
}

function connect(name: string): Promise<MqttClient> {
  const options = { username: name, password: passwords.get(name)!, reconnectPeriod: 0 }
  return mqtt.connectAsync(bridge.url, options, false)
}

async function measure(clients: readonly MqttClient[], count: number) {
  const batch = randomUUID().slice(0, 8)
  const latencies: number[] = []
  let next = 0
  const startedAt = performance.now()
  const sender = async (client: MqttClient) => {
    for (let index = next++; index < count; index = next++) {
      const sentAt = performance.now()
      await client.publishAsync(`ingest/v1/${run}/${STORE}/A1`, payloadOf(batch, index), { qos: 1 })
      latencies.push(performance.now() - sentAt)
    }
  }
  await Promise.all(clients.flatMap((client) => Array.from({ length: window }, () => sender(client))))
  return { seconds: (performance.now() - startedAt) / 1000, latencies }
}

function payloadOf(batch: string, index: number): string {
  if (!values.map) return JSON.stringify({ ...sale(index), event_id: `${batch}-${index}`, store_id: STORE })
  const at = new Date(Date.UTC(2017, 2, 1) + index).toISOString()
  return JSON.stringify({ at, sku: `p-${index % 100}`, change: -1, kg: 4.2 })
}

/** User and system time of a process so far, from Linux's /proc. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
