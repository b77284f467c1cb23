/** How an API is asked, page by page, and where it continues. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createLogger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings, type Settings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { named } from '../../services/access/testing.ts'
import { addFeed, removeFeed, setFeed } from '../../services/sources/feeds.ts'
import { Api } from './api.ts'
import { parseApi } from './api-definition.ts'
import { readFeeds } from './feed.ts'

const MAP = readFileSync(join(import.meta.dirname, '..', '..', 'data', 'examples', 'api', 'products.yaml'), 'utf8')
const CURSORS = 'requests_per_minute: 60000\npages: { by: cursor, parameter: cursor, field: next }\n'
const SINCE = 'since: { parameter: since, field: updatedAt, begin: "2020-01-01T00:00:00Z" }\n'
const BEGUN = 'Thu, 02 May 2024 10:00:00 GMT'
const ann = named('ann')
const spool = mkdtempSync(join(tmpdir(), 'shelfline-api-'))

interface Answer {
  status?: number
  headers?: Record<string, string>
  body?: object
}

let database: TestDatabase
let pool: Pool
let settings: Settings
let server: Server
let address: string
let asked: URLSearchParams[]
let answer: (query: URLSearchParams) => Answer

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, createLogger({ logLevel: 'error' }, 'test'))
  settings = { ...database.settings, egressHttp: 'on', egressPrivate: ['127.0.0.0/8'] }
  server = createServer((request, response) => {
    const { searchParams } = new URL(request.url!, 'http://erp')
    asked.push(searchParams)
    const { status = 200, headers = {}, body = {} } = answer(searchParams)
    response.writeHead(status, { date: BEGUN, ...headers }).end(JSON.stringify(body))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server?.close()
  server?.closeAllConnections()
  await pool?.end()
  await database?.drop()
  rmSync(spool, { recursive: true })
})
beforeEach(async () => {
  asked = []
  for (const { feedId } of await readFeeds(pool)) await removeFeed(pool, feedId)
})

const add = (api: string) => addFeed({ pool, settings }, 'erp', { place: `${address}/rows`, map: MAP, api }, ann)

async function open(): Promise<Api> {
  const [feed] = await readFeeds(pool, 'erp')
  const definition = parseApi(feed!.api!, 'of erp')
  return new Api({ feed: feed!, definition, rows: 'items', pool, settings, spool })
}

/** Asks until the last page, as if all of it were taken. @returns the names of the pages */
async function poll(): Promise<string[]> {
  const api = await open()
  const names: string[] = []
  for await (const files of api.list(() => true, new AbortController().signal)) {
    names.push(...files.map(({ name }) => name))
  }
  return names
}

const position = async () =>
  (await pool.query<{ position: object }>('select position from ops.api_position')).rows[0]?.position
const place = (found: object) =>
  pool.query(
    `insert into ops.api_position (feed_id, position) values ('erp', $1)
     on conflict (feed_id) do update set position = excluded.position`,
    [found],
  )
const row = (id: string, updatedAt: string) => ({ articleNo: id, updatedAt })

test('a row that moves to a page that was read already comes with the next poll', async () => {
  await add(CURSORS + SINCE)
  const later = [row('other', '2024-05-02T10:00:09Z')]
  // While the second page is read, the row moves to the first, which is behind us.
  const moved = row('moved', '2024-05-02T10:00:05Z')
  answer = (query) =>
    query.get('cursor') === null
      ? { body: { items: [row('a', '2024-05-01T00:00:00Z')], next: '2' } }
      : { body: { items: later } }
  await poll()
  answer = (query) => {
    const since = Date.parse(query.get('since')!)
    return { body: { items: [moved, ...later].filter(({ updatedAt }) => Date.parse(updatedAt) >= since) } }
  }
  const before = asked.length
  await poll()
  expect(Date.parse(asked[before]!.get('since')!)).toBeLessThanOrEqual(Date.parse(moved.updatedAt))
  // A minute before the poll before began: what is committed late is seen, too.
  expect(asked[before]!.get('since')).toBe('2024-05-02T09:59:00.000Z')
})

test('an instant without an offset is asked for as it is written', async () => {
  await add(CURSORS + SINCE)
  answer = () => ({ body: { items: [row('a', '2024-05-02T12:00:30')] } })
  await poll()
  await poll()
  expect(asked.at(-1)!.get('since')).toBe('2024-05-02T11:59:30.000')
})

test.each([400, 404, 410])('a page that the API answers with %s is dropped: the poll begins again', async (status) => {
  await add(CURSORS + SINCE)
  await place({ since: '2024-05-01T00:00:00Z', page: 'expired', greatest: '2024-05-02T08:00:00Z' })
  answer = (query) =>
    query.get('cursor') === null ? { body: { items: [row('a', '2024-05-02T09:00:00Z')] } } : { status }
  expect(await poll()).toEqual(['since 2024-05-01T00:00:00Z'])
  expect(await position()).toEqual({ since: '2024-05-02T09:00:00Z' })
})

test('an API that never has its second page is not asked for ever in one go', async () => {
  await add(CURSORS)
  answer = (query) => (query.get('cursor') === null ? { body: { items: [row('a', '')], next: '2' } } : { status: 404 })
  await expect(poll()).rejects.toThrow('answers 404')
  expect(asked).toHaveLength(4)
})

test('a position that was moved meanwhile stays', async () => {
  await add(CURSORS + SINCE)
  answer = () => ({ body: { items: [row('a', '2024-05-02T09:00:00Z')] } })
  const api = await open()
  for await (const _ of api.list(() => true, new AbortController().signal))
    await place({ since: '2023-01-01T00:00:00Z' })
  expect(await position()).toEqual({ since: '2023-01-01T00:00:00Z' })
})

test('a position is forgotten when the place, the pages or the first change of a feed are others', async () => {
  await add(CURSORS + SINCE)
  const changes = [
    { place: `${address}/others` },
    { api: CURSORS },
    { api: `${CURSORS}${SINCE.replace('2020', '2021')}` },
  ]
  for (const change of changes) {
    await place({ page: '2' })
    await setFeed({ pool, settings }, 'erp', { rejectsMax: 3 }, ann)
    expect(await position()).toEqual({ page: '2' })
    await setFeed({ pool, settings }, 'erp', change, ann)
    expect(await position()).toBeUndefined()
  }
})

test('the address of a page is asked only at the server of the feed', async () => {
  await add('pages: { by: link }')
  await place({ page: 'http://127.0.0.1:1/rows?page=2' })
  await expect(poll()).rejects.toThrow('links to 127.0.0.1:1: another server is not asked')
})
