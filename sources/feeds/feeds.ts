/** A taker for each feed of the database; feeds are read again every few seconds: a new or changed one needs no restart. */
import { join } from 'node:path'
import pLimit from 'p-limit'
import type { Logger } from '../../platform/log.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { type Repetition, repeatEvery } from '../../platform/repeat.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { type EventMap, parseMap } from '../map.ts'
import type { EventSink } from '../produce.ts'
import { Api } from './api.ts'
import { parseApi } from './api-definition.ts'
import { Bucket } from './bucket.ts'
import { type FileFeed, readFeeds } from './feed.ts'
import { Folder } from './folder.ts'
import { CLAIM_MS, FileLedger, type TakenFile } from './ledger.ts'
import { bucketOf, type Place } from './place.ts'
import { type FeedState, FeedTaker } from './taker.ts'

const READ_AGAIN_MS = 2_000

export interface FeedsOptions {
  settings: Settings
  pool: Pool
  sink: EventSink
  logger: Logger
  /** Folder of the process for what is kept while files are read. */
  spool: string
  onTaken: (feed: string, file: TakenFile) => void
  /** How long the files of a process that was killed wait. */
  claimMs?: number | undefined
}

interface Running {
  updatedAtMs: number
  /** Undefined: the feed can't be used. */
  taker: FeedTaker | undefined
  state: FeedState
}

export class Feeds {
  readonly #options: FeedsOptions
  readonly #limit: ReturnType<typeof pLimit>
  readonly #running = new Map<string, Running>()
  #following: Repetition | undefined

  private constructor(options: FeedsOptions) {
    this.#options = options
    this.#limit = pLimit(options.settings.filesAtOnce)
  }

  /** @throws when PostgreSQL does not answer at the start; later the feeds that are known stay known */
  static async open(options: FeedsOptions): Promise<Feeds> {
    const feeds = new Feeds(options)
    await feeds.#read()
    feeds.#following = repeatEvery(READ_AGAIN_MS, () => feeds.#read(), {
      logger: options.logger,
      problem: 'feeds can not be read: those known stay',
      pausesFirst: true,
    })
    return feeds
  }

  states(): ReadonlyMap<string, FeedState> {
    return new Map([...this.#running].map(([feed, { taker, state }]) => [feed, taker?.state ?? state]))
  }

  problems(): string[] {
    return [...this.states().values()].flatMap(({ problem }) => problem ?? [])
  }

  async close(): Promise<void> {
    await this.#following?.stop()
    await Promise.all([...this.#running.values()].map(({ taker }) => taker?.stop()))
  }

  async #read(): Promise<void> {
    const feeds = new Map((await readFeeds(this.#options.pool)).map((feed) => [feed.feedId, feed]))
    const old = [...this.#running].filter(([id, { updatedAtMs }]) => feeds.get(id)?.updatedAt.getTime() !== updatedAtMs)
    for (const [id] of old) this.#running.delete(id)
    await Promise.all(old.map(([, { taker }]) => taker?.stop()))
    for (const feed of feeds.values())
      if (!this.#running.has(feed.feedId)) this.#running.set(feed.feedId, this.#start(feed))
  }

  /** A feed that can't be used is logged, and the others work. */
  #start(feed: FileFeed): Running {
    const { feedId, updatedAt } = feed
    const updatedAtMs = updatedAt.getTime()
    const state: FeedState = { problem: undefined, waiting: 0, setAsideWithinDay: 0 }
    try {
      return { updatedAtMs, state, taker: this.#taker(feed) }
    } catch (error) {
      const { message } = error as Error
      this.#options.logger.error({ feed: feedId, error: message }, 'the feed can not be used')
      return { updatedAtMs, taker: undefined, state: { ...state, problem: `${feedId}: ${message}` } }
    }
  }

  #taker(feed: FileFeed): FeedTaker {
    const { pool, claimMs = CLAIM_MS, onTaken, ...parts } = this.#options
    const map = parseMap(feed.map, `of ${feed.feedId}`)
    return new FeedTaker({
      ...parts,
      feed,
      map,
      place: openPlace(feed, map, { ...parts, pool }),
      ledger: new FileLedger(pool, feed, claimMs),
      limit: this.#limit,
      onTaken: (file) => onTaken(feed.feedId, file),
    })
  }
}

type Parts = Pick<FeedsOptions, 'settings' | 'logger' | 'spool' | 'pool'>

function openPlace(feed: FileFeed, map: EventMap, { settings, logger, spool, pool }: Parts): Place {
  const { place, api, feedId } = feed
  if (api !== null) {
    const definition = parseApi(api, `of ${feedId}`)
    return new Api({ feed, definition, rows: map.file.rows, pool, settings, spool })
  }
  const found = bucketOf(place)
  return found === undefined
    ? new Folder(place, map.file.format)
    : new Bucket({ settings, ...found, spool: join(spool, 'objects'), logger })
}
