import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type BucketItem, type Client, CopyDestinationOptions, CopySourceOptions } from 'minio'
import type { Logger } from '../../platform/log.ts'
import { createS3Client, hasCode, type ObjectStoreSettings } from '../../platform/object-store/object-store.ts'
import {
  ChangedFile,
  type FoundFile,
  isTaken,
  type NamedFile,
  type Place,
  REFUSED,
  REJECTED_ROWS,
  REPORT,
} from './place.ts'

/** Notifications are a hint, and MinIO may send several late together: what they do not name is found when all objects are listed. */
const LIST_MS = 10_000
/** A prefix of very many objects is listed less often: the pause is this many times what a list takes. */
const LIST_SHARE = 10
const LIST_KEYS_MAX = 1_000
/** More names than these are no hint: then all objects are listed. */
const NAMED_MAX = 1_000
/** MinIO sends a blank now and then while nothing happens. */
const IDLE_MS_MAX = 300_000
const LISTEN_AGAIN_MS_MIN = 1_000
const LISTEN_AGAIN_MS_MAX = 300_000

export interface BucketOptions {
  settings: ObjectStoreSettings
  bucket: string
  /** Empty, or with a slash at its end. */
  prefix: string
  /** Where objects are laid while they are read. */
  spool: string
  logger: Logger
}

/** The objects below a prefix. An object is there as a whole or not at all. */
export class Bucket implements Place {
  readonly unfinished = 0
  readonly #options: BucketOptions
  readonly #client: Client
  readonly #closeClient: () => void
  readonly #closing = new AbortController()
  readonly #listening: Promise<void>
  /** Objects that notifications have named since the last look. */
  #named = new Set<string>()
  #news = Promise.withResolvers<void>()
  #isListDue = true
  #listedAtMs = 0
  #pauseMs = LIST_MS

  constructor(options: BucketOptions) {
    this.#options = options
    const { client, close } = createS3Client(options.settings, IDLE_MS_MAX)
    this.#client = client
    this.#closeClient = close
    this.#listening = this.#listen()
  }

  async *list(isDone: (name: string, stamp: string) => boolean, signal: AbortSignal): AsyncIterable<FoundFile[]> {
    const named = [...this.#named]
    this.#named.clear()
    const startedAt = performance.now()
    const isAll = this.#isListDue || startedAt - this.#listedAtMs >= this.#pauseMs
    let waitedMs = 0
    for await (const files of isAll ? this.#listAll(signal) : this.#listNamed(named)) {
      if (signal.aborted) return
      const yieldedAt = performance.now()
      yield files.filter(({ name, stamp }) => !isDone(name, stamp))
      waitedMs += performance.now() - yieldedAt
    }
    if (!isAll) return
    this.#isListDue = false
    this.#listedAtMs = performance.now()
    this.#pauseMs = Math.max(LIST_MS, LIST_SHARE * (this.#listedAtMs - startedAt - waitedMs))
  }

  async *#listAll(signal: AbortSignal): AsyncIterable<FoundFile[]> {
    const { bucket, prefix } = this.#options
    let token = ''
    do {
      if (signal.aborted) return
      const page = await this.#client.listObjectsV2Query(bucket, prefix, token, '', LIST_KEYS_MAX, '')
      yield (page.objects as Required<BucketItem>[]).flatMap(({ name, size, etag }) => this.#found(name, size, etag))
      token = page.isTruncated ? page.nextContinuationToken : ''
    } while (token !== '')
  }

  async *#listNamed(keys: readonly string[]): AsyncIterable<FoundFile[]> {
    for (const key of keys) {
      const object = await this.#stat(key)
      if (object !== undefined) yield this.#found(key, object.size, object.etag)
    }
  }

  #found(key: string, bytes: number, etag: string): FoundFile[] {
    const name = key.slice(this.#options.prefix.length)
    const isHere = name !== '' && !name.endsWith('/') && !name.startsWith(`${REFUSED}/`)
    return isHere && isTaken(basename(name)) ? [{ name, bytes, stamp: etag, etag: async () => etag }] : []
  }

  async #stat(key: string): Promise<{ size: number; etag: string } | undefined> {
    try {
      return await this.#client.statObject(this.#options.bucket, key)
    } catch (error) {
      if (hasCode(error, 'NoSuchKey', 'NotFound')) return undefined
      throw error
    }
  }

  async withFile<Result>(
    { name, stamp }: NamedFile,
    work: (path: string, requireSame: () => Promise<void>) => Promise<Result>,
  ): Promise<Result> {
    const { bucket, prefix, spool } = this.#options
    const key = prefix + name
    const requireSame = async () => {
      const object = await this.#stat(key)
      if (object?.etag !== stamp) throw new ChangedFile(`s3://${bucket}/${key} was changed while it was read`)
    }
    await mkdir(spool, { recursive: true, mode: 0o700 })
    const folder = await mkdtemp(join(spool, 'object-'))
    try {
      // Its extension defines its format.
      const path = join(folder, `object${extname(name)}`)
      await requireSame()
      await this.#client.fGetObject(bucket, key, path)
      await requireSame()
      return await work(path, requireSame)
    } catch (error) {
      if (hasCode(error, 'NoSuchKey', 'NotFound')) throw new ChangedFile(`s3://${bucket}/${key} is gone`)
      throw error
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  async setAside({ name, stamp }: NamedFile, report: string): Promise<void> {
    const { bucket, prefix } = this.#options
    const key = prefix + name
    const isSame = async () => (await this.#stat(key))?.etag === stamp
    // It was moved already, or another object has its name.
    if (!(await isSame())) return
    const aside = `${prefix}${REFUSED}/${name}`
    await this.#put(`${aside}${REPORT}`, report)
    await this.#client.composeObject(new CopyDestinationOptions({ Bucket: bucket, Object: aside }), [
      new CopySourceOptions({ Bucket: bucket, Object: key }),
    ])
    if (await isSame()) await this.#client.removeObject(bucket, key)
  }

  async report({ name }: NamedFile, report: string, rejectedRows: string): Promise<void> {
    const { bucket, prefix } = this.#options
    await this.#client.fPutObject(bucket, `${prefix}${name}${REJECTED_ROWS}`, rejectedRows)
    await this.#put(`${prefix}${name}${REPORT}`, report)
  }

  async #put(key: string, text: string): Promise<void> {
    await this.#client.putObject(this.#options.bucket, key, Buffer.from(text))
  }

  async untilNews(signal: AbortSignal, withinMs = this.#pauseMs): Promise<void> {
    const waiting = new AbortController()
    const ended = AbortSignal.any([signal, waiting.signal])
    const timer = pause(Math.min(withinMs, this.#pauseMs), undefined, { signal: ended }).then(
      () => {
        this.#isListDue = true
      },
      () => undefined,
    )
    await Promise.race([this.#news.promise, timer])
    waiting.abort()
    this.#news = Promise.withResolvers()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#closeClient()
    await this.#listening
  }

  /** MinIO's own notifications. Other object stores have none: they are only listed. */
  async #listen(): Promise<void> {
    const { bucket, prefix, logger } = this.#options
    const { signal } = this.#closing
    let waitMs = LISTEN_AGAIN_MS_MIN
    while (!signal.aborted) {
      const failed = Promise.withResolvers<Error>()
      const poller = this.#client.listenBucketNotification(bucket, prefix, '', ['s3:ObjectCreated:*'])
      poller.on('notification', (record) => {
        waitMs = LISTEN_AGAIN_MS_MIN
        this.#note(record as Notification)
      })
      poller.on('error', (error) => failed.resolve(error as Error))
      signal.addEventListener('abort', () => failed.resolve(new Error('closed')), { once: true })
      const error = await failed.promise
      poller.stop()
      if (signal.aborted) return
      // What was created meanwhile is found by a list.
      this.#isListDue = true
      this.#news.resolve()
      if (waitMs === LISTEN_AGAIN_MS_MIN) {
        logger.warn({ bucket, prefix, error: error.message }, 'the bucket sends no notifications: it is listed')
      }
      await pause(waitMs, undefined, { signal }).catch(() => undefined)
      waitMs = Math.min(2 * waitMs, LISTEN_AGAIN_MS_MAX)
    }
  }

  #note({ s3 }: Notification): void {
    this.#named.add(decodeURIComponent(s3.object.key.replaceAll('+', ' ')))
    if (this.#named.size > NAMED_MAX) {
      this.#named.clear()
      this.#isListDue = true
    }
    this.#news.resolve()
  }
}

interface Notification {
  s3: { object: { key: string } }
}
