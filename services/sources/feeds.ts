/** Feeds: folders, prefixes of buckets and APIs whose files or answers become events, and what became of these. */
import { resolve } from 'node:path'
import { egressProblem } from '../../platform/http/egress.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { createVault } from '../../platform/vault.ts'
import { SourceError } from '../../sources/errors.ts'
import { secretContext } from '../../sources/feeds/api.ts'
import { parseApi } from '../../sources/feeds/api-definition.ts'
import { FEEDS_MAX, type FileFeed, readFeeds } from '../../sources/feeds/feed.ts'
import { type FileOutcome, fileOutcomes } from '../../sources/feeds/ledger.ts'
import { bucketOf, isApi } from '../../sources/feeds/place.ts'
import { parseMap } from '../../sources/map.ts'
import type { Actor } from '../access/actor.ts'
import { ConflictError, InvalidError, NotFoundError } from '../errors.ts'
import { requireChoice, requireCount } from '../values.ts'
import { requireMapSize, topicOfMap } from './maps.ts'

export type { FileFeed } from '../../sources/feeds/feed.ts'
export { type FileOutcome, fileOutcomes } from '../../sources/feeds/ledger.ts'

const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/
const REJECTS_MAX = 1_000_000_000
const BYTES_MAX = 2 ** 40
const defaults = { rejectsMax: 0, bytesMax: 10 * 2 ** 30 }

export interface CountedFeed extends FileFeed {
  filesSent: number
  filesSetAside: number
  /** Being read, or waiting for another attempt. */
  filesTaking: number
  /** When the newest was taken; null: none was. */
  newestAt: Date | null
}

/** What is left out takes its default in a new feed, and stays as it is in one that is there. */
export interface FeedChange {
  /** A folder, `s3://bucket/prefix`, or the address of an API. */
  place?: string | undefined
  /** YAML that defines how an API is asked. */
  api?: string | undefined
  /** What we sign in with at the API. */
  secret?: string | undefined
  /** YAML. */
  map?: string | undefined
  rejectsMax?: number | undefined
  bytesMax?: number | undefined
}

export interface FeedDependencies {
  pool: Pool
  settings: Settings
}

/** At most 500, by name. */
export const listFeeds = (pool: Pool): Promise<CountedFeed[]> => readCounted(pool)

/** @throws NotFoundError */
export async function showFeed(pool: Pool, feedId: string): Promise<CountedFeed> {
  const [feed] = await readCounted(pool, feedId)
  if (feed === undefined) throw new NotFoundError('feed', feedId)
  return feed
}

interface FileCount {
  feedId: string
  outcome: FileOutcome
  files: number
  newest: Date
}

async function readCounted(pool: Pool, feedId?: string): Promise<CountedFeed[]> {
  const feeds = await readFeeds(pool, feedId)
  const { rows } = await pool.query<FileCount>(statement('feeds/count_files.sql'), [feedId ?? null])
  return feeds.map((feed) => {
    const own = rows.filter((row) => row.feedId === feed.feedId)
    const count = (outcome: FileOutcome) => own.find((row) => row.outcome === outcome)?.files ?? 0
    return {
      ...feed,
      filesSent: count('sent'),
      filesSetAside: count('set_aside'),
      filesTaking: count('taking'),
      newestAt: own.length === 0 ? null : new Date(Math.max(...own.map(({ newest }) => newest.getTime()))),
    }
  })
}

/**
 * Adds a feed: the files that are in its place already are taken, too.
 *
 * @throws InvalidError naming the value that is impossible; ConflictError when there is such a feed, or one whose place overlaps
 */
export async function addFeed(
  dependencies: FeedDependencies,
  feedId: string,
  change: FeedChange,
  by: Actor,
): Promise<CountedFeed> {
  const { pool } = dependencies
  if (!NAME.test(feedId)) {
    const rule = 'is not a name of 1 to 63 lower-case letters, digits, hyphens and underscores'
    throw new InvalidError(rule, { field: 'feed', value: feedId })
  }
  const all = await readFeeds(pool)
  if (all.some((feed) => feed.feedId === feedId)) {
    throw new ConflictError(`feed ${feedId} is there already`, { fix: 'change it with `feeds set`' })
  }
  if (all.length >= FEEDS_MAX) throw new ConflictError(`there are ${FEEDS_MAX} feeds, which is the limit`)
  await store(dependencies, feedId, { ...defaults, ...given(change) }, by, undefined)
  return showFeed(pool, feedId)
}

/** Changes a feed. @throws as `addFeed`; NotFoundError; ConflictError when another change came first */
export async function setFeed(
  dependencies: FeedDependencies,
  feedId: string,
  change: FeedChange,
  by: Actor,
): Promise<CountedFeed> {
  const before = await showFeed(dependencies.pool, feedId)
  const { place, api, map, rejectsMax, bytesMax } = before
  const kept = { place, map, rejectsMax, bytesMax, ...(api !== null && { api }) }
  await store(dependencies, feedId, { ...kept, ...given(change) }, by, before)
  return showFeed(dependencies.pool, feedId)
}

const given = (change: FeedChange): FeedChange =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))

/** Its files stay where they are, and what was sent stays; what became of the files is forgotten. @throws NotFoundError */
export async function removeFeed(pool: Pool, feedId: string): Promise<void> {
  const { rowCount } = await pool.query('delete from ref.file_feed where feed_id = $1', [feedId])
  if (rowCount === 0) throw new NotFoundError('feed', feedId)
}

async function store(
  { pool, settings }: FeedDependencies,
  feedId: string,
  change: FeedChange,
  by: Actor,
  before: FileFeed | undefined,
): Promise<void> {
  const { place, map, secret, rejectsMax = defaults.rejectsMax, bytesMax = defaults.bytesMax } = change
  if (place === undefined)
    throw new InvalidError('a feed needs a place', {
      fix: 'give a folder, s3://bucket/prefix, or the address of an API',
    })
  if (map === undefined) throw new InvalidError('a feed needs a map')
  const whole = requirePlace(place, settings)
  const api = apiOf(whole, feedId, change.api)
  for (const other of await readFeeds(pool)) {
    if (other.feedId !== feedId && overlap(other.place, whole)) {
      throw new ConflictError(`feed ${other.feedId} takes the files of ${other.place} already`)
    }
  }
  const topic = await topicOfMap(settings, feedId, { content: map, parse: parseMap })
  requireCount('rejectsMax', rejectsMax, 0, REJECTS_MAX)
  requireCount('bytesMax', bytesMax, 1, BYTES_MAX)
  const sealed = secret === undefined ? null : createVault(settings).seal(secret, secretContext(feedId))
  const keepsSecret = before !== undefined && serversOf(before.place, before.api) === serversOf(whole, api)
  if (!keepsSecret && sealed === null) await requireNoSecret(pool, feedId, api)
  const keepsPosition = before !== undefined && sequenceOf(before.place, before.api) === sequenceOf(whole, api)
  const values = [feedId, whole, topic, map, rejectsMax, bytesMax, by, api, sealed]
  const stored = await pool.query(statement('feeds/set_feed.sql'), [
    ...values,
    before?.updatedAt ?? null,
    keepsSecret,
    keepsPosition,
  ])
  if (stored.rowCount === 0) throw new ConflictError(`feed ${feedId} was changed meanwhile`, { fix: 'do it again' })
}

/** A secret was given for servers: others get it only from a person who knows it. @throws InvalidError */
async function requireNoSecret(pool: Pool, feedId: string, api: string | null): Promise<void> {
  if (api === null || parseApi(api, `of ${feedId}`).auth === undefined) return
  const { rows } = await pool.query<{ secret: string | null }>(statement('feeds/read_secret.sql'), [feedId])
  if (rows[0]?.secret == null) return
  throw new InvalidError(`feed ${feedId} would sign in at another server with the secret that it has`, {
    fix: 'give the secret again with --secret-file FILE',
  })
}

/** The servers that get what a feed signs in with. */
function serversOf(place: string, api: string | null): string {
  if (api === null) return ''
  const { auth } = parseApi(api, `at ${place}`)
  const origins = [place, ...(auth?.by === 'oauth2' ? [auth.token_url] : [])].map(
    (address) => URL.parse(address)?.origin ?? address,
  )
  return origins.join(' ')
}

/** What the position of an API belongs to. */
function sequenceOf(place: string, api: string | null): string {
  const { pages, since } = api === null ? {} : parseApi(api, `at ${place}`)
  return JSON.stringify([place, pages, since])
}

/** How an API is asked, as it is stored; null: the place is no API. @throws InvalidError */
function apiOf(place: string, feedId: string, given: string | undefined): string | null {
  if (!isApi(place)) {
    if (given === undefined) return null
    throw new InvalidError('is not the address of an API', { field: 'place', value: place })
  }
  const definition = given ?? ''
  requireMapSize(definition)
  try {
    parseApi(definition, `of ${feedId}`)
  } catch (error) {
    if (error instanceof SourceError) throw new InvalidError(error.message)
    throw error
  }
  return definition
}

/** The place as it is stored: a folder from the root on, because the worker may have been started elsewhere. */
function requirePlace(place: string, settings: Settings): string {
  const { objectStoreBucket, lakePrefix } = settings
  if (isApi(place)) return requireAddress(place, settings)
  if (!/^[a-z0-9]+:\/\//i.test(place)) return resolve(place)
  const found = bucketOf(place)
  if (found === undefined) {
    throw new InvalidError('is neither a folder nor s3://bucket/prefix, nor the address of an API', {
      field: 'place',
      value: place,
    })
  }
  const { bucket, prefix } = found
  const lake = `${lakePrefix}/`
  if (bucket === objectStoreBucket && (prefix.startsWith(lake) || lake.startsWith(prefix))) {
    const fix = `take another prefix than ${lake}, such as s3://${bucket}/files/`
    throw new InvalidError('has the tables of the lake', { field: 'place', value: place, fix })
  }
  return `s3://${bucket}/${prefix}`
}

/** A secret is kept sealed, and not in an address that everybody sees. @throws InvalidError */
function requireAddress(place: string, settings: Settings): string {
  const wrong = (problem: string) => new InvalidError(problem, { field: 'place', value: place })
  if (!URL.canParse(place)) throw wrong('is not an address')
  const { username, password, href } = new URL(place)
  if (username !== '' || password !== '') throw wrong('has a user or a password: give it with --secret-file')
  const problem = egressProblem(href, settings)
  if (problem !== undefined) throw wrong(problem)
  return href
}

/** Objects are taken from all below a prefix, files from one folder only. */
function overlap(one: string, other: string): boolean {
  if (bucketOf(one) === undefined || bucketOf(other) === undefined) return one === other
  return one.startsWith(other) || other.startsWith(one)
}

export interface LedgerFile {
  name: string
  etag: string
  bytes: number
  outcome: FileOutcome
  rows: number
  sent: number
  rejected: number
  /** Why it was set aside, or why the last attempt has failed; null: neither. */
  error: string | null
  attempts: number
  /** How long the last attempt took; null: none has ended. */
  milliseconds: number | null
  updatedAt: Date
}

/** Files that were taken or are being read, the newest first. @throws NotFoundError */
export async function listFiles(
  pool: Pool,
  feedId: string,
  { outcome, limit }: { outcome?: string | undefined; limit: number },
): Promise<LedgerFile[]> {
  await showFeed(pool, feedId)
  if (outcome !== undefined) requireChoice('outcome', outcome, fileOutcomes)
  requireCount('limit', limit, 1, 10_000)
  return (await pool.query<LedgerFile>(statement('feeds/list_files.sql'), [feedId, outcome ?? null, limit])).rows
}
