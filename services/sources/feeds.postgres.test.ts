import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { named } from '../access/testing.ts'
import {
  addFeed,
  type FeedChange,
  type FeedDependencies,
  listFeeds,
  listFiles,
  removeFeed,
  setFeed,
  showFeed,
} from './feeds.ts'

const MAP = readFileSync(join(import.meta.dirname, '..', '..', 'data', 'examples', 'till.yaml'), 'utf8')
const ann = named('ann')

let database: TestDatabase
let pool: Pool
let dependencies: FeedDependencies
beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, createLogger({ logLevel: 'error' }, 'test'))
  dependencies = { pool, settings: database.settings }
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
})

test('a feed is added, changed, listed and removed', async () => {
  const added = await addFeed(dependencies, 'tills', { place: '/data//tills/', map: MAP }, ann)
  expect(added).toMatchObject({ place: '/data/tills', topic: 'pos_transactions', rejectsMax: 0, changedBy: 'ann' })
  expect(await setFeed(dependencies, 'tills', { rejectsMax: 5 }, ann)).toMatchObject({ rejectsMax: 5, map: MAP })
  expect(await listFeeds(pool)).toMatchObject([{ feedId: 'tills', filesSent: 0, filesSetAside: 0, newestAt: null }])
  expect(await listFiles(pool, 'tills', { limit: 10 })).toEqual([])
  await removeFeed(pool, 'tills')
  await expect(showFeed(pool, 'tills')).rejects.toThrow('feed "tills" does not exist')
})

test('places that overlap, or have the tables of the lake, are refused', async () => {
  const { objectStoreBucket: bucket, lakePrefix } = database.settings
  await addFeed(dependencies, 'erp', { place: `s3://${bucket}/erp`, map: MAP }, ann)
  const add = (name: string, place: string) => addFeed(dependencies, name, { place, map: MAP }, ann)
  await expect(add('erp', '/data/erp')).rejects.toThrow('feed erp is there already')
  await expect(add('erp2', `s3://${bucket}/erp/stock`)).rejects.toThrow(
    `feed erp takes the files of s3://${bucket}/erp/`,
  )
  await expect(add('all', `s3://${bucket}`)).rejects.toThrow('has the tables of the lake')
  await expect(add('lake', `s3://${bucket}/${lakePrefix}/raw`)).rejects.toThrow('has the tables of the lake')
  await expect(add('ftp', 'ftp://host/folder')).rejects.toThrow('is neither a folder nor s3://bucket/prefix')
  await expect(add('erp3', `s3://${bucket}/erp3`)).resolves.toMatchObject({ place: `s3://${bucket}/erp3/` })
})

test.each([
  ['Tills', {}, 'is not a name'],
  ['no-map', { map: undefined }, 'a feed needs a map'],
  ['no-place', { place: undefined }, 'a feed needs a place'],
  ['format', { map: MAP.replace('%d.%m.%Y', '%Q') }, 'columns.event_at.format'],
  ['topic', { map: MAP.replace('pos_transactions', 'sales') }, 'topic "sales" is unknown'],
  ['rejects', { rejectsMax: -1 }, 'rejectsMax -1 is not a whole number'],
])('%s is refused', async (name, change, problem) => {
  await expect(addFeed(dependencies, name, { place: `/data/${name}`, map: MAP, ...change }, ann)).rejects.toThrow(
    problem,
  )
})

test('another server gets the secret of an API only when it is given again', async () => {
  const place = 'https://erp.example.com/products'
  const api = (url: string) => `auth: { by: oauth2, token_url: ${url}, client_id: shelfline }`
  const own = api('https://login.example.com/token')
  await addFeed(dependencies, 'shop', { place, map: MAP, api: own, secret: 'first' }, ann)
  const set = (change: FeedChange) => setFeed(dependencies, 'shop', change, ann)
  const sealed = async () =>
    (await pool.query<{ secret: string | null }>("select secret from ref.file_feed where feed_id = 'shop'")).rows[0]!
      .secret
  const first = await sealed()
  await set({ place: 'https://erp.example.com/other', api: api('https://login.example.com/v2/token') })
  expect(await sealed()).toBe(first)
  const others = [
    { place: 'https://erp.example.org/products' },
    { api: api('https://login.example.org/token') },
    { api: 'auth: { by: bearer }' },
  ]
  for (const change of others)
    await expect(set(change)).rejects.toThrow('would sign in at another server with the secret that it has: give')
  expect(await sealed()).toBe(first)
  await set({ place: 'https://erp.example.org/products', secret: 'second' })
  expect(await sealed()).not.toBe(first)
  // Where nothing is signed in, the secret goes: it could be sent by a later change.
  await set({ api: '' })
  expect(await sealed()).toBeNull()
})
