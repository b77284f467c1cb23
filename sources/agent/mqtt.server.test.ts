/** The agent takes messages by MQTT, with its line cut: what it acknowledges is on its disk when it is killed. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { afterEach, expect, test } from 'vitest'
import { hashOfSecret } from '../../services/access/secrets.ts'
import { sale } from '../../streams/testing/events.ts'
import { killHard, until } from '../../streams/testing/world.ts'
import { testDevice } from '../mqtt/testing.ts'
import { whenListening } from '../receive/testing.ts'
import type { AgentStatus } from './process.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const PASSWORD = 'a password of a test'

const folder = mkdtempSync(join(tmpdir(), 'shelfline-agent-'))
let agent: ChildProcess | undefined
afterEach(async () => {
  if (agent) await killHard(agent)
  rmSync(folder, { recursive: true, force: true })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

const device = (deviceId: string) => testDevice(deviceId, hashOfSecret(PASSWORD).toString('base64'))

test('what is acknowledged by MQTT is kept, each event once; connections are reported; new devices need no restart', async () => {
  const file = join(folder, 'devices.json')
  writeFileSync(file, JSON.stringify({ devices: [device('till-1')] }))
  const port = await freePort()
  const start = () =>
    whenListening([MAIN, 'agent'], {
      SHELFLINE_AGENT_SOURCES: `tills=${SECRET},states=${SECRET}`,
      SHELFLINE_AGENT_TOPICS: 'states=device_status',
      SHELFLINE_AGENT_PORT: '0',
      SHELFLINE_AGENT_FOLDER: join(folder, 'store'),
      SHELFLINE_AGENT_RECEIVER_URL: 'http://127.0.0.1:1',
      SHELFLINE_AGENT_MQTT_PORT: String(port),
      SHELFLINE_AGENT_DEVICES: file,
      SHELFLINE_HTTP_PORT: '0',
      SHELFLINE_LOG_LEVEL: 'info',
    })
  const connect = (username: string) =>
    mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { username, password: PASSWORD, reconnectPeriod: 0 }, false)
  const status = async (url: string) => (await (await fetch(`${url}/status`)).json()) as AgentStatus

  let started = await start()
  agent = started.process
  const client = await connect('till-1')
  client.on('error', () => undefined)
  const events = Array.from({ length: 200 }, (_, index) =>
    JSON.stringify({ ...sale(index), store_id: 's1', till_id: 't1' }),
  )
  await Promise.all([...events, ...events].map((text) => client.publishAsync('ingest/v1/tills', text, { qos: 1 })))
  await killHard(agent)
  client.end(true)

  started = await start()
  agent = started.process
  const found = await status(started.address)
  expect(found.totals.reduce((sum, { lines }) => sum + lines, 0)).toBe(200)
  // The sales, and that the till was connected.
  expect(found.unsentEvents).toBe(201)

  await expect(connect('till-2')).rejects.toThrow('Bad username or password')
  writeFileSync(file, JSON.stringify({ devices: [device('till-1'), device('till-2')] }))
  await until('the new device is known', 20_000, () =>
    connect('till-2').then(
      (other) => other.endAsync().then(() => true),
      () => false,
    ),
  )
  // A file that is broken changes nothing.
  writeFileSync(file, '{"devices": [')
  const again = await connect('till-1')
  await again.publishAsync('ingest/v1/tills', 'no JSON', { qos: 1 })
  await again.endAsync()
  await until('all are stored', 20_000, async () => (await status(started.address)).unsentEvents === 201 + 2 + 1 + 2)
}, 200_000)
