/** Till → agent → receiver → Kafka → PostgreSQL, all as processes: the line is cut, and each of them is killed. */

import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signatureHeaders } from '../../platform/http/signatures.ts'
import { named } from '../../services/access/testing.ts'
import { addSource } from '../../services/sources/sources.ts'
import { sale } from '../../streams/testing/events.ts'
import { createWorld, killHard, until, type World } from '../../streams/testing/world.ts'
import { startTestReceiver, type TestReceiver, whenListening } from '../receive/testing.ts'
import type { AgentStatus } from './process.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')
const folder = mkdtempSync(join(tmpdir(), 'shelfline-agent-'))
let world: World
let secret: string
let receiver: TestReceiver
let agent: TestReceiver
let port: number

const startAgent = () =>
  whenListening([MAIN, 'agent'], {
    SHELFLINE_HOME: folder,
    SHELFLINE_AGENT_PORT: '0',
    SHELFLINE_AGENT_SOURCES: `tills=${secret}`,
    SHELFLINE_AGENT_RECEIVER_URL: `http://127.0.0.1:${port}`,
    SHELFLINE_LOG_LEVEL: 'info',
  })

beforeAll(async () => {
  world = await createWorld()
  ;({ secret } = await addSource(world, 'tills', { topic: 'pos_transactions' }, named('ann')))
  receiver = await startTestReceiver(world)
  port = Number(new URL(receiver.address).port)
  agent = await startAgent()
}, 300_000)
afterAll(async () => {
  for (const { process } of [agent, receiver].filter((started) => started !== undefined)) await killHard(process)
  await world?.close()
  rmSync(folder, { recursive: true, force: true })
})

const status = async () => (await (await fetch(`${agent.address}/status`)).json()) as AgentStatus

async function post(events: readonly object[]): Promise<number> {
  const body = Buffer.from(events.map((event) => JSON.stringify(event)).join('\n'))
  const scheme = { scheme: 'standard-webhooks', header: null, url: null } as const
  const signed = signatureHeaders(scheme, secret, { id: randomUUID(), body, nowMs: Date.now() })
  const headers = { 'content-type': 'application/x-ndjson', ...signed }
  const response = await fetch(`${agent.address}/ingest/v1/tills`, {
    method: 'POST',
    headers,
    body: new Uint8Array(body),
  })
  await response.arrayBuffer()
  return response.status
}

test('what the agent has acknowledged is applied once, whatever is killed meanwhile', {
  timeout: 600_000,
}, async () => {
  const total = 3_000
  const events = Array.from({ length: total }, (_, index) => ({ ...sale(index), event_id: `till-${index}` }))
  for (let from = 0; from < total; from += 100) {
    if (from === 500) await killHard(receiver.process)
    if (from === 1_000) {
      await killHard(agent.process)
      agent = await startAgent()
    }
    if (from === 2_000) receiver = await startTestReceiver(world, { receivePort: port })
    if (from === 2_500) {
      await killHard(receiver.process)
      receiver = await startTestReceiver(world, { receivePort: port })
    }
    expect(await post(events.slice(from, from + 100))).toBe(200)
  }
  await until('the agent has sent everything', 180_000, async () => (await status()).unsentEvents === 0, 200)
  const streams = await world.start(['sales_state'])
  const counted = await world.consumed('sales_state', await world.topics.count('pos_transactions'), 120_000)
  await streams.stop()
  expect(counted).toMatchObject({ applied: total, dead: 0 })
  expect(counted.duplicate).toBe(counted.consumed - total)
  const { totals } = await status()
  expect(totals.reduce((sum, { lines }) => sum + lines, 0)).toBe(total)
})
