/** Takes the files of a feed, each content once. */
import { setTimeout as pause } from 'node:timers/promises'
import type { LimitFunction } from 'p-limit'
import type { ClaimedFile, FileLedger, KnownFile, TakenFile } from './ledger.ts'
import { ChangedFile, type FoundFile, isForbidden, type NamedFile } from './place.ts'
import { type ReadFile, type ReadingOptions, readFeedFile, setAside, UnreadableNow } from './reading.ts'

const RETRY_MS_MIN = 1_000
const RETRY_MS_MAX = 60_000
/** A file that fails this often, or ends its process, is set aside. */
const ATTEMPTS_MAX = 5
/** Files that wait for another attempt, or for another process, are looked at again so soon. */
const LOOK_AGAIN_MS = 5_000
/** Names with their contents that need not be asked for again. */
const DONE_MAX = 100_000

export interface TakerOptions extends ReadingOptions {
  ledger: FileLedger
  /** Shared by all feeds of the process: files that are read at once. */
  limit: LimitFunction
  onTaken?: (file: TakenFile) => void
}

/** What a look at a feed has left. */
export interface FeedState {
  /** Why files are not taken now, or which file waits for another attempt. */
  problem: string | undefined
  /** Files that are there and not taken yet, with those that are still being written. */
  waiting: number
  setAsideWithinDay: number
}

export class FeedTaker {
  readonly #options: TakerOptions
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>
  /** Names with the stamps of files that the ledger has as taken. */
  readonly #done = new Map<string, string>()
  readonly #state: FeedState = { problem: undefined, waiting: 0, setAsideWithinDay: 0 }
  /** Files of the present look that wait. */
  #waiting = 0
  /** Of the first file of the present look that has failed. */
  #failure: string | undefined

  constructor(options: TakerOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  get state(): Readonly<FeedState> {
    return this.#state
  }

  /** A file that is being read is not finished: its attempt does not count. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    await this.#options.place.close()
  }

  async #run(): Promise<void> {
    const { place, feed, logger } = this.#options
    const { signal } = this.#stopping
    let retryMs = RETRY_MS_MIN
    while (!signal.aborted) {
      try {
        await this.#look()
        retryMs = RETRY_MS_MIN
        if (!signal.aborted) await place.untilNews(signal, this.#waiting > 0 ? LOOK_AGAIN_MS : undefined)
      } catch (error) {
        const { message } = error as Error
        this.#state.problem = `${feed.feedId}: ${message}`
        logger.warn({ feed: feed.feedId, error: message, retryMs }, 'files wait: they are taken later')
        await pause(retryMs, undefined, { signal }).catch(() => undefined)
        retryMs = Math.min(2 * retryMs, RETRY_MS_MAX)
      }
    }
  }

  async #look(): Promise<void> {
    const { place, ledger, feed } = this.#options
    const { signal } = this.#stopping
    this.#waiting = 0
    this.#failure = undefined
    const isDone = (name: string, stamp: string) => this.#done.get(name) === stamp
    for await (const files of place.list(isDone, signal)) {
      const known = await ledger.known(files.map(({ name }) => name))
      for (const file of files) {
        if (signal.aborted) return
        await this.#consider(file, known.get(file.name) ?? [])
      }
    }
    this.#state.waiting = this.#waiting + place.unfinished
    this.#state.setAsideWithinDay = await ledger.countSetAside()
    this.#state.problem = this.#failure && `${feed.feedId}: ${this.#failure}`
  }

  async #consider(found: FoundFile, known: readonly KnownFile[]): Promise<void> {
    const { ledger, limit } = this.#options
    const same = known.find(({ stamp }) => stamp === found.stamp)
    const etag = same?.etag ?? (await this.#etagOf(found))
    if (etag === undefined) return
    const file: NamedFile = { name: found.name, bytes: found.bytes, stamp: found.stamp, etag }
    const before = known.find((one) => one.etag === etag)
    // It was touched: its content is known.
    if (before !== undefined && same === undefined) await ledger.setStamp(file)
    if (before !== undefined && (await this.#isSettled(file, before))) return
    for (const other of known) if (other.etag !== etag) await ledger.forgetAbandoned(other)
    await limit(async () => {
      const claimed = this.#stopping.signal.aborted ? undefined : await ledger.claim(file)
      if (claimed === undefined) this.#waiting += 1
      else await this.#take(claimed)
    })
  }

  /** Undefined: it is gone, or can't be read. */
  async #etagOf(found: FoundFile): Promise<string | undefined> {
    try {
      return await found.etag()
    } catch (error) {
      const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT'
      if (!isGone && !isForbidden(error)) throw error
      if (!isGone) this.#note(found.name, error as Error)
      return undefined
    }
  }

  /** Whether there is nothing to do for a file, as the ledger has it. */
  async #isSettled(file: NamedFile, { outcome, isClaimed, isMoved, error }: KnownFile): Promise<boolean> {
    if (isClaimed) this.#waiting += 1
    else if (outcome === 'sent') this.#remember(file)
    // Its process was ended before it had moved it.
    else if (outcome === 'set_aside' && !isMoved) await this.#move(file, setAside(file, error ?? '').report)
    else return false
    return true
  }

  #remember({ name, stamp }: NamedFile): void {
    if (this.#done.size >= DONE_MAX) this.#done.clear()
    this.#done.set(name, stamp)
  }

  /** A file waits, and the others do not. */
  #note(name: string, { message }: Error): void {
    this.#waiting += 1
    this.#failure ??= `${name}: ${message}`
  }

  async #take(file: ClaimedFile): Promise<void> {
    const { ledger } = this.#options
    const startedAt = performance.now()
    try {
      const read = await this.#read(file)
      if (read === undefined) return await ledger.release(file, 0, null, false)
      await this.#settle(file, read, performance.now() - startedAt)
    } catch (error) {
      await this.#failed(file, error as Error)
    }
  }

  async #read(file: ClaimedFile): Promise<ReadFile | undefined> {
    const { ledger } = this.#options
    if (file.attempts <= ATTEMPTS_MAX) {
      const stopping = this.#stopping.signal
      return ledger.keeping(file, (lost) => readFeedFile(this.#options, file, AbortSignal.any([stopping, lost])))
    }
    const why = file.error ?? 'its process has ended each time, perhaps for lack of memory'
    return setAside(file, `could not be read in ${ATTEMPTS_MAX} attempts: ${why}`)
  }

  async #settle(file: ClaimedFile, { report, ...read }: ReadFile, milliseconds: number): Promise<void> {
    const { feed, ledger, logger, onTaken } = this.#options
    const taken: TakenFile = { ...read, milliseconds: Math.round(milliseconds) }
    if (!(await ledger.settle(file, taken))) return
    onTaken?.(taken)
    const { error, outcome, ...counts } = taken
    const told = { feed: feed.feedId, file: file.name, bytes: file.bytes, ...counts }
    if (outcome === 'sent') {
      logger.info(told, 'a file was taken')
      this.#remember(file)
    } else {
      logger.warn({ ...told, error }, 'a file was set aside')
      await this.#move(file, report)
    }
  }

  /** @throws what has failed, when it is not this file's fault: then those after it would fare no better */
  async #failed(file: ClaimedFile, error: Error): Promise<void> {
    const { feed, ledger, logger } = this.#options
    if (error instanceof ChangedFile) {
      this.#waiting += 1
      return ledger.forget(file)
    }
    const isOwn = error instanceof UnreadableNow
    const waitMs = isOwn ? Math.min(RETRY_MS_MIN * 2 ** file.attempts, RETRY_MS_MAX) : 0
    await ledger.release(file, waitMs, error.message, isOwn).catch(() => undefined)
    if (!isOwn) throw error
    logger.warn(
      { feed: feed.feedId, file: file.name, error: error.message, waitMs },
      'a file waits for another attempt',
    )
    this.#note(file.name, error)
  }

  /** A place that can only be read keeps it: the ledger knows that it is set aside. */
  async #move(file: NamedFile, report: string): Promise<void> {
    const { feed, place, ledger, logger } = this.#options
    try {
      await place.setAside(file, report)
      await ledger.markMoved(file)
    } catch (error) {
      if (!isForbidden(error)) throw error
      logger.warn({ feed: feed.feedId, file: file.name, error: (error as Error).message }, 'a file can not be moved')
      this.#remember(file)
    }
  }
}
