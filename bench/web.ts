/**
 * The web application on a chain of 1,000 stores × 500 products and ten million facts, in a database of the bench's own, against a running
 * instance (`shelfline stack up`):
 *
 *   node bench/web.ts [--stores 1000] [--facts 10000000] [--people 100] [--seconds 120] [--followers 500] [--rate 1160] [--only pages,people,…]
 *
 * The database takes minutes to make: `--keep` leaves it and prints its name, `--database NAME` measures on it again.
 *
 * Printed, each part by itself: `pages`, each page asked for by one person of each role; `people`, a mix of pages by many people at once,
 * who look at a page for some five seconds; `followers`, pages that are followed live; `first`, what a browser loads and when it has painted
 * the most of it; `events`, from the moment before an event is sent to Kafka until a browser has drawn it, at a steady rate.
 */
import { readFileSync } from 'node:fs'
import { get as httpGet } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { createLogger } from '../platform/log.ts'
import { createPool, type Pool } from '../platform/postgres/postgres.ts'
import { loadSettings, type Settings } from '../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing.ts'
import { isAllowed } from '../services/access/permissions.ts'
import { productProcessors } from '../streams/runtime/runtime.ts'
import { createTestTopics } from '../streams/testing/kafka.ts'
import { questions } from '../web/definitions.ts'
import { chromiumPath, startWeb, stopWeb } from '../web/testing.ts'
import { sendSteadily } from './live-state/events.ts'
import { machine, median, report, seconds } from './measure.ts'
import { type Reader, seed, signIn } from './web/seed.ts'
import { memoryMegabytes, startWorker, stopWorker } from './worker-process.ts'

const { values: flags } = parseArgs({
  options: {
    stores: { type: 'string', default: '1000' },
    products: { type: 'string', default: '500' },
    facts: { type: 'string', default: '10000000' },
    people: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '120' },
    followers: { type: 'string', default: '500' },
    rate: { type: 'string', default: '1160' },
    only: { type: 'string', default: 'pages,people,followers,first,events' },
    keep: { type: 'boolean', default: false },
    database: { type: 'string' },
  },
})
const scale = {
  stores: Number(flags.stores),
  products: Number(flags.products),
  facts: Number(flags.facts),
  people: Number(flags.people),
}

const WORKER = join(import.meta.dirname, '..', 'workers', 'stream-for-tests.ts')
const THINK_MS = 5_000
const TIMES = 6
const RETRY_MS = 2_000
const PROBE_EVERY_MS = 250
/** Events that are no probes are about other stores. */
const PROBED = `s${scale.stores}`

interface Bench {
  url: string
  pid: number
  pool: Pool
  settings: Settings
  readers: readonly Reader[]
  /** Values for the parts of paths. */
  examples: Readonly<Record<string, readonly string[]>>
}

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!

const random = <Item>(items: readonly Item[]): Item => items[Math.floor(Math.random() * items.length)]!

/** Processor time that a process has used, in seconds. */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

async function examplesOf(pool: Pool): Promise<Bench['examples']> {
  const list = async (query: string) => (await pool.query<{ id: string }>(query)).rows.map(({ id }) => String(id))
  return {
    alert: await list('select alert_id as id from ops.alert limit 500'),
    order: await list('select purchase_order_id as id from ops.purchase_order limit 500'),
    transfer: await list('select transfer_id as id from ops.transfer_proposal limit 500'),
    letter: await list('select letter_id as id from ops.dead_letters limit 100'),
    supplier: await list('select supplier_id as id from ref.suppliers'),
    model: ['demand'],
    version: ['7'],
    asset: await list('select asset as id from ops.assets'),
    date: await list('select distinct date::text as id from ops.partition_ledger limit 100'),
    person: await list('select person as id from ref.person'),
    product: await list('select product_id as id from ref.products'),
  }
}

/** Without what needs the lake, a backfill, Kafka Connect or Temporal, which this chain has none of. */
const elsewhere = new Set(['/data/lake/:table', '/data/backfills/:plan', '/data/sources/connectors/:connector'])
const pages = questions.filter(({ page, path }) => page !== undefined && !elsewhere.has(path))

const addressOf = (path: string, reader: Reader, examples: Bench['examples']): string =>
  path.replaceAll(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(name === 'store' ? reader.store : random(examples[name] ?? ['1'])),
  )

async function ask({ url, examples }: Bench, reader: Reader, path: string): Promise<{ ms: number; status: number }> {
  const startedAt = performance.now()
  const answer = await fetch(url + addressOf(path, reader, examples), {
    headers: { cookie: reader.cookie, 'accept-encoding': 'gzip' },
    redirect: 'manual',
  })
  await answer.arrayBuffer()
  return { ms: performance.now() - startedAt, status: answer.status }
}

const OK = new Set([200, 404])

/** By page: what was answered as it should be, and how often not. */
class Times {
  readonly #ms = new Map<string, number[]>()
  readonly #failed = new Map<string, number>()

  add(path: string, { ms, status }: { ms: number; status: number }): void {
    if (!OK.has(status)) this.#failed.set(path, (this.#failed.get(path) ?? 0) + 1)
    this.#ms.set(path, [...(this.#ms.get(path) ?? []), ms])
  }

  print(title: string): void {
    const by = [...this.#ms].map(([path, ms]) => ({ path, ms, p95: percentile(ms, 0.95) }))
    for (const { path, ms, p95 } of by.sort((left, right) => right.p95 - left.p95)) {
      const failed = this.#failed.get(path)
      console.log(
        `  ${path.padEnd(56)} p95 ${Math.round(p95).toString().padStart(6)} ms, median ${Math.round(median(ms))} ms, ${ms.length} asked${failed ? `, ${failed} FAILED` : ''}`,
      )
    }
    const all = by.flatMap(({ ms }) => ms)
    report(`${title}: p95 of all pages`, 'ms', [percentile(all, 0.95)])
    report(`${title}: pages with a p95 above 300 ms`, 'pages', [by.filter(({ p95 }) => p95 > 300).length])
  }
}

async function measurePages(bench: Bench): Promise<void> {
  const times = new Times()
  const oneOfEach = [...new Map(bench.readers.map((reader) => [reader.role, reader])).values()]
  for (const { path, permission } of pages) {
    for (const reader of oneOfEach.filter(({ role }) => isAllowed(role, permission))) {
      for (let time = 0; time < TIMES; time += 1) times.add(path, await ask(bench, reader, path))
    }
  }
  times.print('one person')
}

/** Everybody looks at a page, for some seconds, then at another. */
async function measurePeople(bench: Bench): Promise<void> {
  const times = new Times()
  const until = performance.now() + Number(flags.seconds) * 1_000
  const used = processorSeconds(bench.pid)
  await Promise.all(
    bench.readers.map(async (reader) => {
      const own = pages.filter(({ permission }) => isAllowed(reader.role, permission))
      await pause(Math.random() * THINK_MS)
      while (performance.now() < until) {
        const { path } = random(own)
        times.add(path, await ask(bench, reader, path))
        await pause(Math.random() * 2 * THINK_MS)
      }
    }),
  )
  times.print(`${bench.readers.length} people at once`)
  report('processor of the web process', '% of a core', [
    (100 * (processorSeconds(bench.pid) - used)) / Number(flags.seconds),
  ])
  report('memory of the web process, at its highest', 'MB', [memoryMegabytes(bench.pid).peak])
}

interface Follower {
  events: number
  lastAt: number
  close(): void
}

/** As a browser does: what has ended is asked for again. */
function follow(url: string, cookie: string): Follower {
  const closing = new AbortController()
  const follower: Follower = { events: 0, lastAt: Number.NaN, close: () => closing.abort() }
  const connect = () => {
    if (closing.signal.aborted) return
    const headers = { cookie, accept: 'text/event-stream' }
    const request = httpGet(url, { headers, agent: false, signal: closing.signal }, (answer) => {
      answer.on('data', (chunk: Buffer) => {
        if (!chunk.includes('data:')) return
        follower.events += 1
        follower.lastAt = performance.now()
      })
      answer.on('error', () => undefined)
    })
    request.on('error', () => undefined)
    request.on('close', () => setTimeout(connect, RETRY_MS))
  }
  connect()
  return follower
}

/** At most six streams a person. */
async function measureFollowers(bench: Bench): Promise<void> {
  const wanted = Math.min(Number(flags.followers), bench.readers.length * 6)
  const startedAt = performance.now()
  const followers = Array.from({ length: wanted }, (_, n) => {
    const reader = bench.readers[n % bench.readers.length]!
    return follow(`${bench.url}/map/${reader.store}/live`, reader.cookie)
  })
  try {
    while (followers.some(({ events }) => events === 0)) {
      if (performance.now() - startedAt > 120_000) {
        throw new Error(`${followers.filter(({ events }) => events === 0).length} followers have received nothing`)
      }
      await pause(50)
    }
    report(`${wanted} followers: until each has its first values`, 's', [(performance.now() - startedAt) / 1_000])
    const [events, used] = [followers.reduce((sum, one) => sum + one.events, 0), processorSeconds(bench.pid)]
    const connections: number[] = []
    const SECONDS = 20
    for (let second = 0; second < SECONDS; second += 1) {
      await pause(1_000)
      const { rows } = await bench.pool.query<{ count: number }>(
        `select count(*)::integer as count from pg_stat_activity where usename = 'shelfline_web' and datname = current_database()`,
      )
      connections.push(rows[0]!.count)
    }
    const sent = followers.reduce((sum, one) => sum + one.events, 0) - events
    report(`${wanted} followers: values sent`, 'a second', [sent / SECONDS])
    report(`${wanted} followers: age of the newest values`, 'ms', [
      percentile(
        followers.map(({ lastAt }) => performance.now() - lastAt),
        0.99,
      ),
    ])
    report(`${wanted} followers: connections to the database`, '', connections)
    report(`${wanted} followers: processor of the web process`, '% of a core', [
      (100 * (processorSeconds(bench.pid) - used)) / SECONDS,
    ])
    report('memory of the web process, at its highest', 'MB', [memoryMegabytes(bench.pid).peak])
  } finally {
    for (const follower of followers) follower.close()
  }
}

async function withPage<Result>(
  { url }: Bench,
  { cookie }: Reader,
  work: (page: Page, context: BrowserContext) => Promise<Result>,
): Promise<Result> {
  if (chromiumPath === undefined) throw new Error('bench/web.ts: this machine has no Chromium')
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] })
  try {
    const context = await browser.newContext({ viewport: { width: 1_280, height: 860 } })
    const [name, value] = cookie.split('=')
    await context.addCookies([{ name: name!, value: value!, url }])
    return await work(await context.newPage(), context)
  } finally {
    await browser.close()
  }
}

/** With an empty cache. */
async function measureFirst(bench: Bench): Promise<void> {
  const painted: number[] = []
  let bytes = 0
  for (let time = 0; time < TIMES; time += 1) {
    await withPage(bench, bench.readers[0]!, async (page) => {
      await page.goto(bench.url, { waitUntil: 'load' })
      await pause(500)
      const found = await page.evaluate(async () => {
        const largest = await new Promise<number>((known) => {
          new PerformanceObserver((list) => known(list.getEntries().at(-1)!.startTime)).observe({
            type: 'largest-contentful-paint',
            buffered: true,
          })
        })
        const own = performance.getEntriesByType('resource') as PerformanceResourceTiming[]
        return { largest, bytes: own.reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0) }
      })
      painted.push(found.largest)
      bytes = found.bytes
    })
  }
  report('first page: script and style, before compression', 'kB', [bytes / 1_000])
  report('first page: largest contentful paint', 'ms', painted)
}

/** Pickups at a store that no other event is about, one a product, while a browser shows its map. */
async function measureEvents(bench: Bench): Promise<void> {
  const topics = await createTestTopics(bench.settings)
  const worker = startWorker(WORKER, {
    processorNames: productProcessors.map(({ name }) => name),
    topicSuffix: topics.suffix,
    settings: bench.settings,
  })
  const watching: Reader = { ...bench.readers.find(({ role }) => role === 'executive')!, store: PROBED }
  const stopping = new AbortController()
  try {
    await withPage(bench, watching, async (page) => {
      await page.goto(`${bench.url}/map/${PROBED}`)
      await page.locator('[data-live-state][data-state=live]').waitFor()
      await page.evaluate(() => {
        const drawn: Record<string, number> = {}
        Object.assign(globalThis, { drawn })
        new MutationObserver((changes) => {
          const products = changes.map(
            ({ target }) =>
              (target instanceof Element ? target : target.parentElement)?.closest<SVGAElement>('a[data-product]')
                ?.dataset.product,
          )
          requestAnimationFrame(() => {
            for (const product of products) if (product !== undefined) drawn[product] ??= Date.now()
          })
        }).observe(document.querySelector('[data-map]')!, {
          subtree: true,
          attributes: true,
          childList: true,
          characterData: true,
        })
      })
      const total = Number(flags.seconds)
      const sending = sendSteadily(topics, Number(flags.rate), total + 60, stopping.signal)
      // Until the worker has its partitions, and the browser has drawn a first one.
      const probe = (product: string, event_type: 'pickup' | 'putback') =>
        topics.send('shelf_events', [
          {
            event_id: `probe-${product}-${event_type}`,
            source: 'bench',
            schema_version: 1,
            event_at: new Date().toISOString(),
            store_id: PROBED,
            product_id: product,
            shelf_id: product.replace('p', 'A'),
            customer_id: 'probe',
            event_type,
            quantity: '1',
          },
        ])
      const drawn = () => page.evaluate(() => (globalThis as unknown as { drawn: Record<string, number> }).drawn)
      await probe('p1', 'pickup')
      while ((await drawn()).p1 === undefined) await pause(200)
      const sentAt = new Map<string, number>()
      for (let number = 2; number <= Math.min(scale.products, 2 + (total * 1_000) / PROBE_EVERY_MS); number += 1) {
        sentAt.set(`p${number}`, Date.now())
        await probe(`p${number}`, 'pickup')
        await pause(PROBE_EVERY_MS)
      }
      await pause(5_000)
      const seen = await drawn()
      const missing = [...sentAt.keys()].filter((product) => seen[product] === undefined)
      if (missing.length > 0) console.log(`  NOT DRAWN within 5 s: ${missing.length} of ${sentAt.size}`)
      const latencies = [...sentAt].flatMap(([product, at]) =>
        seen[product] === undefined ? [] : [seen[product] - at],
      )
      report(`event → drawn at ${flags.rate} events/s: median of ${latencies.length}`, 'ms', [median(latencies)])
      report(`event → drawn at ${flags.rate} events/s: p99`, 'ms', [percentile(latencies, 0.99)])
      stopping.abort()
      await sending
    })
  } finally {
    stopping.abort()
    await stopWorker(worker)
    await topics.close()
  }
}

const parts: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  pages: measurePages,
  people: measurePeople,
  followers: measureFollowers,
  first: measureFirst,
  events: measureEvents,
}

/** A new one, or one that was kept. */
async function openDatabase(): Promise<Pick<TestDatabase, 'settings' | 'drop'>> {
  const instance = loadSettings()
  if (flags.database === undefined) return createTestDatabase(instance)
  const inDatabase = (url: string) => Object.assign(new URL(url), { pathname: `/${flags.database}` }).href
  const settings = {
    ...instance,
    postgresUrl: inDatabase(instance.postgresUrl),
    postgresMigrateUrl: inDatabase(instance.postgresMigrateUrl),
    postgresWebUrl: inDatabase(instance.postgresWebUrl),
  }
  return { settings, drop: async () => undefined }
}

console.log(machine())
const database = await openDatabase()
const { settings } = database
const pool = createPool(settings, createLogger({ logLevel: 'error' }, 'bench'))
try {
  if (flags.database === undefined) {
    const took = await seconds(() => seed(pool, scale))
    report(`${scale.stores} stores × ${scale.products} products and ${scale.facts} facts: made`, 's', [took])
  }
  const readers = await signIn(pool, scale)
  const { rows } = await pool.query<{ name: string; megabytes: number }>(
    'select current_database() as name, pg_database_size(current_database()) / 1e6 as megabytes',
  )
  report(`the database ${rows[0]!.name}`, 'MB', [Number(rows[0]!.megabytes)])
  const web = await startWeb(settings, { SHELFLINE_WEB_REQUESTS_PER_MINUTE: '100000', SHELFLINE_LOG_LEVEL: 'info' })
  try {
    const bench = { url: web.url, pid: web.process.pid!, pool, settings, readers, examples: await examplesOf(pool) }
    for (const part of flags.only.split(',').filter((name) => name !== '')) await parts[part]!(bench)
  } finally {
    await stopWeb(web.process)
  }
} finally {
  await pool.end()
  if (!flags.keep) await database.drop()
}
