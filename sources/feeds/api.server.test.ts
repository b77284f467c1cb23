/** An ERP's products and stock, asked by its API: OAuth2, cursors, 429 with Retry-After; the worker is killed in the middle of it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TopicName } from '../../contracts/topics.ts'
import { named } from '../../services/access/testing.ts'
import { addFeed, listFiles, setFeed } from '../../services/sources/feeds.ts'
import { createWorld, killHard, until, type World } from '../../streams/testing/world.ts'
import type { TestFilesOptions } from './worker-for-tests.ts'

const WORKER = join(import.meta.dirname, 'worker-for-tests.ts')
const WITHIN_MS = 240_000
const TEST_MS = 600_000
const PAGE = 100
const PRODUCTS = 1_050
const example = (name: string) =>
  readFileSync(join(import.meta.dirname, '..', '..', 'data', 'examples', 'api', `${name}.yaml`), 'utf8')

type Row = Record<string, unknown> & { updatedAt: string }

/** What an ERP would have: answers are made here, with the faults of a server on the internet. */
class Erp {
  readonly rows: Record<'products' | 'bookings', Row[]> = { products: [], bookings: [] }
  readonly asked: URL[] = []
  readonly tokens = new Set<string>()
  /** Statuses of the next answers instead of 200. */
  readonly faults: number[] = []
  /** Before an answer. */
  delayMs = 0
  readonly #server: Server

  constructor() {
    this.#server = createServer(async (request, response) => {
      const { status, headers = {}, body } = await this.#answer(request)
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
    })
  }

  async listen(): Promise<string> {
    await new Promise<void>((listening) => this.#server.listen(0, '127.0.0.1', listening))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #answer(
    request: IncomingMessage,
  ): Promise<{ status: number; headers?: Record<string, string>; body: unknown }> {
    const url = new URL(request.url!, 'http://erp')
    if (url.pathname === '/token') return this.#token(request)
    this.asked.push(url)
    await new Promise((done) => setTimeout(done, this.delayMs))
    if (!this.tokens.has(request.headers.authorization ?? '')) return { status: 401, body: {} }
    const fault = this.faults.shift()
    if (fault !== undefined) return { status: fault, headers: { 'retry-after': '1' }, body: {} }
    const rows = this.rows[url.pathname.slice(1) as 'products' | 'bookings']
    const since = Date.parse(url.searchParams.get('changedSince')!)
    const changed = rows.filter(({ updatedAt }) => Date.parse(updatedAt) >= since)
    const from = Number(url.searchParams.get('cursor') ?? 0)
    const items = changed.slice(from, from + PAGE)
    return { status: 200, body: { items, nextCursor: from + PAGE < changed.length ? String(from + PAGE) : null } }
  }

  async #token(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    const form = new URLSearchParams(await text(request))
    const [, basic = ''] = /^Basic (.*)$/.exec(request.headers.authorization ?? '') ?? []
    // RFC 6749, 2.3.1: each part is encoded as in a form.
    const isKnown = decodeURIComponent(Buffer.from(basic, 'base64').toString()) === 'shelfline:erp-secret'
    if (!isKnown || form.get('grant_type') !== 'client_credentials')
      return { status: 401, body: { error: 'invalid_client' } }
    const token = `token-${this.tokens.size}`
    this.tokens.add(`Bearer ${token}`)
    return { status: 200, body: { access_token: token, token_type: 'bearer', expires_in: 3600 } }
  }
}

const erp = new Erp()
const folder = mkdtempSync(join(tmpdir(), 'shelfline-api-'))
let address: string
let world: World
let worker: ChildProcess

const instant = (second: number) => new Date(Date.UTC(2024, 4, 2) + second * 1_000).toISOString()
const product = (number: number, second: number, title = `Product ${number}`): Row => ({
  articleNo: `A${number}`,
  title,
  group: 'tea',
  brand: 'own',
  updatedAt: instant(second),
})

beforeAll(async () => {
  address = await erp.listen()
  const change = { egressHttp: 'on' as const, egressPrivate: ['127.0.0.0/8'] }
  world = await createWorld(change)
  erp.rows.products = Array.from({ length: PRODUCTS }, (_, number) => product(number, number))
  worker = startWorker()
}, TEST_MS)
afterAll(async () => {
  if (worker?.exitCode === null) await killHard(worker)
  erp.close()
  await world?.close()
  rmSync(folder, { recursive: true, force: true })
})

function startWorker(): ChildProcess {
  const options: TestFilesOptions = {
    settings: { ...world.settings, home: folder, httpPort: 0, logLevel: 'error' },
    topicSuffix: world.topics.suffix,
    claimMs: 5_000,
  }
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', WORKER, JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

const definition = () =>
  example('erp')
    .replace('https://login.example.com/oauth2/token', `${address}/token`)
    .replace('every_seconds: 60', 'every_seconds: 1')
    .replace('requests_per_minute: 120', 'requests_per_minute: 60000')
    .replace('overlap_seconds: 60', 'overlap_seconds: 0')

const add = (feed: string, path: string, map: string) =>
  addFeed(world, feed, { place: `${address}/${path}`, map, api: definition(), secret: 'erp-secret' }, named('ann'))

/** Events of a topic by id, and how many messages there are. */
async function events(topic: TopicName): Promise<{ messages: number; byId: Map<string, Record<string, string>> }> {
  const messages = await world.topics.count(topic)
  const consumer = world.topics.kafka.consumer({ groupId: `reader-${Math.random()}` })
  const found: Record<string, string>[] = []
  await consumer.connect()
  try {
    await consumer.subscribe({ topic: `${topic}${world.topics.suffix}`, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ message }) => {
        found.push(JSON.parse(message.value!.toString()) as Record<string, string>)
      },
    })
    await until(`${messages} messages`, WITHIN_MS, async () => found.length >= messages)
  } finally {
    await consumer.disconnect()
  }
  return { messages, byId: new Map(found.map((event) => [event.event_id!, event])) }
}

test(
  'every row of every page becomes an event once, whatever the API answers in between, and when the worker is killed',
  async () => {
    erp.delayMs = 100
    erp.faults.push(429, 503)
    await add('products', 'products', example('products'))
    await until('some pages', WITHIN_MS, async () => erp.asked.length >= 5)
    await killHard(worker)
    // It has to sign in again.
    erp.tokens.clear()
    worker = startWorker()
    await until('all products', WITHIN_MS, async () => (await events('product_catalog')).byId.size === PRODUCTS, 500)
    erp.delayMs = 0
    const { byId } = await events('product_catalog')
    expect(new Set([...byId.values()].map(({ product_id }) => product_id)).size).toBe(PRODUCTS)
    const files = await listFiles(world.pool, 'products', { limit: 1_000 })
    expect(files.every(({ outcome }) => outcome !== 'set_aside')).toBe(true)
  },
  TEST_MS,
)

test(
  'later only what was changed is asked for',
  async () => {
    const before = erp.asked.length
    erp.rows.products.push(product(7, PRODUCTS + 60, 'Product 7, renamed'))
    const isRenamed = async () =>
      [...(await events('product_catalog')).byId.values()].some(({ name }) => name === 'Product 7, renamed')
    await until('the new name', WITHIN_MS, isRenamed, 500)
    const since = erp.asked.slice(before).map((url) => url.searchParams.get('changedSince'))
    expect(since).not.toContain('2020-01-01T00:00:00Z')
    expect((await events('product_catalog')).byId.size).toBe(PRODUCTS + 1)
  },
  TEST_MS,
)

test(
  'decimals stay as they are written; a page with rows that break the contract is set aside, and those after it are read',
  async () => {
    const booking = (number: number, change: unknown, second = number): Row => ({
      bookingNo: `B${number}`,
      branch: 's1',
      articleNo: 'A1',
      change,
      stock: '1234567.125001',
      updatedAt: instant(second),
    })
    erp.rows.bookings = [
      booking(1, '0.100000'),
      ...Array.from({ length: PAGE }, (_, index) => booking(2 + index, index === 50 ? 'many' : '2.50')),
    ]
    await add('bookings', 'bookings', example('stock'))
    const outcomes = async () =>
      (await listFiles(world.pool, 'bookings', { limit: 100 })).map(({ outcome }) => outcome).sort()
    await until('both pages', WITHIN_MS, async () => (await outcomes()).join() === 'sent,set_aside', 500)
    const [sent] = [...(await events('inventory_updates')).byId.values()]
    expect(sent).toMatchObject({ quantity_change: expect.stringMatching(/^2\.50?$/), new_quantity: '1234567.125001' })
    // Corrected there, it is changed, and comes by itself.
    erp.rows.bookings[51] = booking(52, '2.50', 1_000)
    await until(
      'the corrected row',
      WITHIN_MS,
      async () =>
        [...(await events('inventory_updates')).byId.values()].some(({ inventory_id }) => inventory_id === 'B52'),
      500,
    )
  },
  TEST_MS,
)

test('what can not be asked is refused, and no secret is shown', async () => {
  const change = { map: example('products'), api: definition(), secret: 'erp-secret' }
  const refused = (place: string, api = change.api) =>
    addFeed(world, 'other', { ...change, place, api }, named('ann')).then(
      () => 'added',
      (error: Error) => error.message,
    )
  expect(await refused('https://ann:secret@erp.example.com/products')).toContain('--secret-file')
  expect(await refused(`${address}/other`, 'pages: { by: guess }')).toContain('/pages')
  expect(await refused('/files/products')).toContain('is not the address of an API')
  const shown = await setFeed(world, 'products', { rejectsMax: 3 }, named('ann'))
  expect(JSON.stringify(shown)).not.toContain('erp-secret')
  const { rows } = await world.pool.query<{ secret: string }>(
    "select secret from ref.file_feed where feed_id = 'products'",
  )
  expect(rows[0]!.secret).toBeTruthy()
})
