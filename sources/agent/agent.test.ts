/** The agent as a process, between a till and a receiver that this test can cut off; it is killed, filled and given a wrong clock. */
import { type ChildProcess, execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { signatureHeaders, verifySignature } from '../../platform/http/signatures.ts'
import { sale } from '../../streams/testing/events.ts'
import { killHard, until } from '../../streams/testing/world.ts'
import { whenListening } from '../receive/testing.ts'
import type { AgentStatus } from './process.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const SCHEME = { scheme: 'standard-webhooks', header: null, url: null, toleranceSeconds: 300 } as const

/** What a receiver has been sent, in its order. */
class Line {
  readonly server: Server
  readonly ids: string[] = []
  isCut = false
  /** How far its clock is from that of the agent. */
  aheadMs = 0

  constructor() {
    this.server = createServer(async (request, response) => {
      const body = await buffer(request)
      if (this.isCut) return request.socket.destroy()
      const nowMs = Date.now() + this.aheadMs
      response.setHeader('date', new Date(nowMs).toUTCString()).setHeader('content-type', 'application/json')
      const verified = verifySignature(SCHEME, [SECRET], request.headers, body, nowMs)
      if (!verified.ok) {
        response.statusCode = 401
        return response.end(JSON.stringify({ detail: verified.problem }))
      }
      const lines = body.toString().trim().split('\n')
      this.ids.push(
        ...lines.map((line) =>
          line.startsWith('{"event_id"') ? (JSON.parse(line) as { event_id: string }).event_id : line,
        ),
      )
      return response.end(JSON.stringify({ accepted: lines.length, rejected: 0 }))
    })
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }
}

let line: Line
let folder: string
let agent: ChildProcess | undefined
let url = ''

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shelfline-agent-'))
  line = new Line()
  line.server.listen(0, '127.0.0.1')
  await once(line.server, 'listening')
})
afterEach(async () => {
  await end()
  line.server.closeAllConnections()
  line.server.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Ends the agent, unless it has ended. */
async function end(): Promise<void> {
  if (agent?.exitCode === null && agent.signalCode === null) await killHard(agent)
}

async function start(environment: Record<string, string> = {}): Promise<void> {
  const started = await whenListening([MAIN, 'agent'], {
    SHELFLINE_HOME: folder,
    SHELFLINE_AGENT_PORT: '0',
    SHELFLINE_AGENT_SOURCES: `tills=${SECRET}`,
    SHELFLINE_AGENT_RECEIVER_URL: line.url,
    SHELFLINE_LOG_LEVEL: 'info',
    ...environment,
  })
  agent = started.process
  url = started.address
}

async function post(events: readonly unknown[], secret = SECRET): Promise<number> {
  const body = Buffer.from(events.map((event) => JSON.stringify(event)).join('\n'))
  const signed = signatureHeaders(SCHEME, secret, { id: randomUUID(), body, nowMs: Date.now() })
  const headers = { 'content-type': 'application/x-ndjson', ...signed }
  const response = await fetch(`${url}/ingest/v1/tills`, { method: 'POST', headers, body: new Uint8Array(body) })
  await response.arrayBuffer()
  return response.status
}

const status = async () => (await (await fetch(`${url}/status`)).json()) as AgentStatus
const numbered = (number: number) => ({ ...sale(number), event_id: `event-${number}`, till_id: `till-${number % 3}` })
const untilSent = () => until('everything is sent', 60_000, async () => (await status()).unsentEvents === 0)

test('while the line is cut events are stored; then they are sent in order, once each, with exact totals', async () => {
  line.isCut = true
  await start()
  for (let from = 0; from < 1_000; from += 100) {
    expect(await post(Array.from({ length: 100 }, (_, index) => numbered(from + index)))).toBe(200)
  }
  // A till that got no answer sends the same again: it counts once.
  expect(await post([numbered(0), numbered(999)])).toBe(200)
  const before = await status()
  expect(before).toMatchObject({ unsentEvents: 1_000, fullSince: null })
  expect(before.totals.reduce((sum, { lines }) => sum + lines, 0)).toBe(1_000)
  const shown = execFileSync(process.execPath, [MAIN, 'agent', 'status', '--to', url], { encoding: 'utf8' })
  expect(shown).toMatch(/1,?000 events not sent yet/)

  line.isCut = false
  await untilSent()
  expect(line.ids).toEqual(Array.from({ length: 1_000 }, (_, index) => `event-${index}`))
  expect((await status()).totals).toEqual(before.totals)
})

test('events that are not signed, or break the contract, are refused at once', async () => {
  await start()
  expect(await post([numbered(1)], `whsec_${Buffer.alloc(32, 8).toString('base64')}`)).toBe(401)
  expect(await post([numbered(1), { ...numbered(2), quantity: 'two' }])).toBe(422)
  // What is refused is a dead letter at the receiver: it is sent, too.
  await untilSent()
  expect(line.ids.length).toBe(2)
})

test('killed again and again under load: what it has acknowledged arrives, in order', {
  timeout: 300_000,
}, async () => {
  await start()
  const acknowledged: number[] = []
  let next = 0
  for (let kill = 0; kill < 3; kill += 1) {
    let isDead = false
    const sending = (async () => {
      while (!isDead) {
        const batch = Array.from({ length: 20 }, () => next++)
        const answer = await post(batch.map(numbered)).catch(() => undefined)
        if (answer === 200) acknowledged.push(...batch)
        else next = batch[0]!
      }
    })()
    const wanted = acknowledged.length + 400
    await until(`${wanted} are acknowledged`, 120_000, async () => acknowledged.length >= wanted, 2)
    await killHard(agent!)
    isDead = true
    await sending
    await start()
  }
  await untilSent()
  const seen = new Set(line.ids)
  expect(acknowledged.filter((number) => !seen.has(`event-${number}`))).toEqual([])
  const first = [...seen].map((id) => Number(id.slice('event-'.length)))
  expect(first).toEqual([...first].sort((one, other) => one - other))
})

test('a receiver whose clock differs by days is sent to by its clock', async () => {
  line.aheadMs = -3 * 86_400_000
  await start()
  expect(await post([numbered(1)])).toBe(200)
  await untilSent()
  line.aheadMs = 5 * 86_400_000
  expect(await post([numbered(2)])).toBe(200)
  await untilSent()
  expect(line.ids).toEqual(['event-1', 'event-2'])
})

const canMount = process.getuid?.() === 0 && existsSync('/bin/mount')

test.runIf(canMount)(
  'a full disk is refused with 507 and an alarm, nothing acknowledged is lost, and it recovers',
  { timeout: 300_000 },
  async () => {
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk])
    try {
      line.isCut = true
      await start({ SHELFLINE_AGENT_FOLDER: join(disk, 'store') })
      const acknowledged: number[] = []
      let answer = 200
      for (let from = 0; answer === 200 && from < 200_000; from += 200) {
        const batch = Array.from({ length: 200 }, (_, index) => from + index)
        answer = await post(batch.map(numbered))
        if (answer === 200) acknowledged.push(...batch)
      }
      expect(answer).toBe(507)
      const full = await status()
      expect(full.fullSince).not.toBeNull()
      expect(full.unsentEvents).toBe(acknowledged.length)
      // Killed on the full disk, it starts and has all of it.
      await killHard(agent!)
      await start({ SHELFLINE_AGENT_FOLDER: join(disk, 'store') })
      expect((await status()).unsentEvents).toBe(acknowledged.length)
      line.isCut = false
      await until('everything is sent', 120_000, async () => (await status()).unsentEvents === 0)
      const seen = new Set(line.ids)
      expect(acknowledged.filter((number) => !seen.has(`event-${number}`))).toEqual([])
      expect(await post([numbered(900_000)])).toBe(200)
    } finally {
      await end()
      execFileSync('umount', ['-l', disk])
    }
  },
)

test('more bytes than it may store are refused, and taken when the line is back', async () => {
  line.isCut = true
  await start({ SHELFLINE_AGENT_BYTES_MAX: String(1_048_576) })
  let answer = 200
  let from = 0
  for (; answer === 200; from += 500)
    answer = await post(Array.from({ length: 500 }, (_, index) => numbered(from + index)))
  expect(answer).toBe(507)
  line.isCut = false
  await untilSent()
  expect(await post([numbered(from)])).toBe(200)
})

test('files are taken when they no longer grow; those that can not be read are set aside with a report', async () => {
  const inbox = join(folder, 'inbox')
  await start({ SHELFLINE_AGENT_INBOX: inbox })
  const files = join(inbox, 'tills')
  writeFileSync(join(files, 'a.jsonl'), [1, 2].map((number) => JSON.stringify(numbered(number))).join('\n'))
  writeFileSync(join(files, 'b.json'), '{"half":')
  writeFileSync(join(files, 'c.exe'), 'MZ')
  await until('all are moved', 30_000, async () => readdirSync(files).filter((name) => name.includes('.')).length === 0)
  expect(readdirSync(join(files, 'taken'))).toEqual(['a.jsonl', 'b.json', 'b.json.report.json'])
  expect(readdirSync(join(files, 'refused'))).toEqual(['c.exe', 'c.exe.report.json'])
  await untilSent()
  expect(line.ids.slice(0, 2)).toEqual(['event-1', 'event-2'])
})
