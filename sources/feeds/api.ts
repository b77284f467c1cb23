/** An API as a place: each page of its answers is a file, and the next is asked for when Kafka has its rows, or when it was set aside. */
import { createHash } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { requestToken } from '../../platform/http/client-credentials.ts'
import { send } from '../../platform/http/egress.ts'
import { parseRetryAfter } from '../../platform/http/webhook.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { createVault } from '../../platform/vault.ts'
import type { ApiDefinition } from './api-definition.ts'
import type { FileFeed } from './feed.ts'
import type { FoundFile, NamedFile, Place } from './place.ts'

const statements = {
  position: statement('feeds/read_position.sql'),
  setPosition: statement('feeds/set_position.sql'),
  secret: statement('feeds/read_secret.sql'),
}

const REQUEST_MS_MAX = 60_000
const ANSWER_BYTES_MAX = 64 * 2 ** 20
const NAME_LENGTH_MAX = 200
/** Longer than most transactions: what is committed behind later changes is still seen. */
const OVERLAP_SECONDS = 60
/** A token is replaced so long before it ends. */
const TOKEN_MARGIN_MS = 10_000
const UNAUTHORIZED = 401
/** What APIs answer to a page that they no longer have, such as an expired cursor. */
const GONE_STATUSES: ReadonlySet<number> = new Set([400, 404, 410])
const NOT_MODIFIED = 304

/** Where the API is asked next. */
interface Position {
  /** What was changed before is known. */
  since?: string
  /** Of a poll that is under way: the number, cursor or address of its next page. */
  page?: string
  /** The newest change that the poll under way has seen. */
  greatest?: string
  /** When that poll began, by the clock of the API: what was changed later may be on a page that it had read before. */
  begun?: string
}

/** The API answers with an error. */
class RefusedError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** An answer that is kept in the spool. */
interface Page {
  name: string
  line: string
  stamp: string
  rows: readonly unknown[]
  /** The page behind it; undefined: it was the last. */
  next: string | undefined
  etag: string | undefined
  /** When the poll began, by the clock of the API; undefined: its answers have no date. */
  begun: string | undefined
}

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

export interface ApiOptions {
  feed: FileFeed
  definition: ApiDefinition
  /** Where the rows are in an answer; `rows` when the answer is an array. */
  rows: string | undefined
  pool: Pool
  settings: Settings
  /** Folder for answers while they are read. */
  spool: string
}

/** The name under which the secret of a feed is sealed. */
export const secretContext = (feedId: string): string => `feed ${feedId}`

export class Api implements Place {
  readonly unfinished = 0
  readonly #options: ApiOptions
  readonly #url: URL
  #token: { value: string; endsAtMs: number } | undefined
  /** No request before then, by the clock of the process. */
  #notBeforeMs = 0
  /** Of the only page of an answer that was the same the last time. */
  #etag: string | undefined

  constructor(options: ApiOptions) {
    this.#options = options
    this.#url = new URL(options.feed.place)
    for (const [name, value] of Object.entries(options.definition.query ?? {}))
      this.#url.searchParams.set(name, String(value))
  }

  async *list(isDone: (name: string, stamp: string) => boolean, signal: AbortSignal): AsyncIterable<FoundFile[]> {
    let stored = await this.#position()
    let position = stored ?? {}
    let hasBegunAgain = false
    for (let isLast = false; !isLast && !signal.aborted; ) {
      const page = await this.#page(position, signal).catch((error: unknown) => {
        if (hasBegunAgain || position.page === undefined || !isGone(error)) throw error
        return 'gone' as const
      })
      if (page === undefined) return
      if (page === 'gone') {
        hasBegunAgain = true
        position = position.since === undefined ? {} : { since: position.since }
        if (!(await this.#store(position, stored))) return
        stored = position
        continue
      }
      if (page.rows.length > 0) {
        const { name, stamp } = page
        yield [{ name, bytes: Buffer.byteLength(page.line), stamp, etag: async () => stamp }]
        // It waits for another attempt.
        if (!isDone(name, stamp)) return
      }
      const next = this.#after(position, page)
      isLast = next.page === undefined
      if (JSON.stringify(next) !== JSON.stringify(position)) {
        // Another process has moved it, or a person: it is read again at the next look.
        if (!(await this.#store(next, stored))) return
        stored = next
      }
      if (page.etag !== undefined && isLast) this.#etag = page.etag
      position = next
    }
  }

  async withFile<Result>(
    { name }: NamedFile,
    work: (path: string, requireSame: () => Promise<void>) => Promise<Result>,
  ): Promise<Result> {
    return work(this.#path(name), async () => undefined)
  }

  /** Nothing can be put beside a page: the ledger has the reason why it is set aside. */
  async setAside(): Promise<void> {
    throw Object.assign(new Error('an API can only be read'), { code: 'EROFS' })
  }

  report(): Promise<void> {
    return this.setAside()
  }

  async untilNews(signal: AbortSignal, withinMs?: number): Promise<void> {
    const everyMs = this.#options.definition.every_seconds * 1_000
    await pause(Math.min(everyMs, withinMs ?? everyMs), undefined, { signal }).catch(() => undefined)
  }

  async close(): Promise<void> {
    await rm(this.#folder(), { recursive: true, force: true })
  }

  #folder = () => join(this.#options.spool, 'api', this.#options.feed.feedId)
  #path = (name: string) => join(this.#folder(), `${hashOf(name).slice(0, 32)}.jsonl`)

  /** Undefined: the answer is that of the last time. */
  async #page(position: Position, signal: AbortSignal): Promise<Page | undefined> {
    const { feed, rows: path } = this.#options
    const url = this.#address(position)
    const isFirst = position.page === undefined
    const ifNoneMatch = isFirst && this.#options.definition.since === undefined ? this.#etag : undefined
    const answer = await this.#ask(url, ifNoneMatch, signal)
    if (answer.status === NOT_MODIFIED) return undefined
    const { document, rows } = rowsOf(this.#url, answer.text, path)
    // Numbers stay as they are written: the text is not written again.
    const line = `${Array.isArray(document) ? `{"rows":${onOneLine(answer.text)}}` : onOneLine(answer.text)}\n`
    const name = nameOf(feed.feedId, position)
    await mkdir(this.#folder(), { recursive: true, mode: 0o700 })
    await writeFile(this.#path(name), line, { mode: 0o600 })
    const etag = isFirst ? answer.headers.etag : undefined
    const begun = isFirst ? instantOf(answer.headers.date) : position.begun
    const next = this.#next(document, rows, position, answer.headers)
    return { name, line, stamp: hashOf(line), rows, next, etag, begun }
  }

  #address({ since, page }: Position): URL {
    const { pages, since: changed } = this.#options.definition
    if (pages?.by === 'link' && page !== undefined) return this.#own(page)
    const url = new URL(this.#url)
    if (changed !== undefined) {
      const value = since === undefined ? changed.begin : before(since, changed.overlap_seconds ?? OVERLAP_SECONDS)
      if (value !== undefined) url.searchParams.set(changed.parameter, String(value))
    }
    if (pages?.by === 'number') url.searchParams.set(pages.parameter, page ?? String(pages.first ?? 1))
    if (pages?.by === 'cursor' && page !== undefined) url.searchParams.set(pages.parameter, page)
    return url
  }

  /** The page behind an answer; undefined: it was the last. */
  #next(
    document: unknown,
    rows: readonly unknown[],
    { page }: Position,
    headers: IncomingHttpHeaders,
  ): string | undefined {
    const { pages } = this.#options.definition
    switch (pages?.by) {
      case undefined:
        return undefined
      case 'number':
        return rows.length === 0 ? undefined : String(Number(page ?? pages.first ?? 1) + 1)
      case 'cursor': {
        const cursor = at(document, pages.field)
        return typeof cursor === 'string' || typeof cursor === 'number' ? String(cursor) || undefined : undefined
      }
      case 'link':
        return this.#linked(headers.link)
    }
  }

  #linked(link: string | string[] | undefined): string | undefined {
    const [, target] = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec([link ?? ''].flat().join(', ')) ?? []
    return target === undefined ? undefined : this.#own(target).href
  }

  /** Only the same server gets what we sign in with. */
  #own(address: string): URL {
    const url = new URL(address, this.#url)
    if (url.origin !== this.#url.origin)
      throw new Error(`${this.#url.host} links to ${url.host}: another server is not asked`)
    return url
  }

  #after(position: Position, { rows, next, begun }: Pick<Page, 'rows' | 'next' | 'begun'>): Position {
    const { since } = this.#options.definition
    if (since === undefined) return next === undefined ? {} : { page: next }
    const seen = rows.map((row) => at(row, since.field)).filter((value) => ['string', 'number'].includes(typeof value))
    const greatest = seen.map(String).reduce(later, position.greatest ?? position.since ?? '')
    const known = position.since === undefined ? {} : { since: position.since }
    if (next !== undefined) {
      return { ...known, page: next, ...(greatest !== '' && { greatest }), ...(begun !== undefined && { begun }) }
    }
    if (greatest === '') return known
    const isBounded = begun !== undefined && ZONED.test(greatest) && later(greatest, begun) === greatest
    return { since: isBounded ? begun : greatest }
  }

  /** Undefined: none is stored. */
  async #position(): Promise<Position | undefined> {
    const { pool, feed } = this.#options
    const { rows } = await pool.query<{ position: Position }>(statements.position, [feed.feedId])
    return rows[0]?.position
  }

  /** @returns whether it is stored: the position was still the one before, and the feed as it was */
  async #store(position: Position, before: Position | undefined): Promise<boolean> {
    const { pool, feed } = this.#options
    const values = [feed.feedId, position, feed.updatedAt, before ?? null]
    return (await pool.query(statements.setPosition, values)).rowCount === 1
  }

  /** @throws when the API does not answer; RefusedError when it answers anything but 200 and 304 */
  async #ask(url: URL, ifNoneMatch: string | undefined, signal: AbortSignal): Promise<Answer> {
    for (let isAgain = false; ; isAgain = true) {
      const answer = await this.#get(url, ifNoneMatch, signal)
      if (answer.status === 200 || answer.status === NOT_MODIFIED) return answer
      if (answer.status === UNAUTHORIZED && this.#token !== undefined && !isAgain) {
        this.#token = undefined
        continue
      }
      const retryMs = parseRetryAfter(answer.headers['retry-after'] ?? null)
      if (retryMs !== undefined) this.#notBeforeMs = performance.now() + retryMs
      const when = retryMs === undefined ? '' : `, and asks for ${Math.ceil(retryMs / 1_000)} seconds`
      throw new RefusedError(answer.status, `${this.#url.host} answers ${answer.status}${when}`)
    }
  }

  async #get(url: URL, ifNoneMatch: string | undefined, signal: AbortSignal): Promise<Answer> {
    const { definition, settings } = this.#options
    await this.#turn(signal)
    const headers = {
      accept: 'application/json',
      'user-agent': 'shelfline',
      ...definition.headers,
      ...(await this.#credentials()),
      ...(ifNoneMatch !== undefined && { 'if-none-match': ifNoneMatch }),
    }
    const ending = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS_MAX)])
    const answer = await send({ url: url.href, method: 'GET', headers, signal: ending }, settings)
    const parts: Buffer[] = []
    let bytes = 0
    for await (const part of answer) {
      bytes += (part as Buffer).length
      if (bytes > ANSWER_BYTES_MAX)
        throw new Error(`${url.host} answers more than ${ANSWER_BYTES_MAX} bytes: ask for smaller pages`)
      parts.push(part as Buffer)
    }
    return { status: answer.statusCode!, headers: answer.headers, text: Buffer.concat(parts).toString('utf8') }
  }

  /** Waits until the API may be asked again. */
  async #turn(signal: AbortSignal): Promise<void> {
    const waitMs = this.#notBeforeMs - performance.now()
    if (waitMs > 0) await pause(waitMs, undefined, { signal })
    this.#notBeforeMs = performance.now() + 60_000 / this.#options.definition.requests_per_minute
  }

  async #credentials(): Promise<Record<string, string>> {
    const { auth } = this.#options.definition
    if (auth === undefined) return {}
    switch (auth.by) {
      case 'oauth2':
        return { authorization: `Bearer ${await this.#accessToken(auth)}` }
      case 'bearer':
        return { authorization: `Bearer ${await this.#secret()}` }
      case 'basic':
        return { authorization: `Basic ${Buffer.from(`${auth.user}:${await this.#secret()}`).toString('base64')}` }
      case 'header':
        return { [auth.name]: await this.#secret() }
    }
  }

  async #accessToken(auth: Extract<ApiDefinition['auth'], { by: 'oauth2' }>): Promise<string> {
    if (this.#token === undefined || this.#token.endsAtMs - TOKEN_MARGIN_MS < Date.now()) {
      const { settings, feed } = this.#options
      const asked = { server: feed.feedId, url: auth.token_url, scope: auth.scope ?? '', clientId: auth.client_id }
      this.#token = await requestToken({ ...asked, secret: await this.#secret(), caFile: '', egress: settings })
    }
    return this.#token.value
  }

  async #secret(): Promise<string> {
    const { pool, feed, settings } = this.#options
    const { rows } = await pool.query<{ secret: string | null }>(statements.secret, [feed.feedId])
    const sealed = rows[0]?.secret
    if (sealed == null)
      throw new Error(`the API asks for a secret: \`shelfline feeds set ${feed.feedId} --secret-file FILE\``)
    return createVault(settings).open(sealed, secretContext(feed.feedId))
  }
}

function rowsOf(url: URL, text: string, path: string | undefined): { document: unknown; rows: readonly unknown[] } {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw new Error(`${url.host} answers no JSON (${(error as Error).message})`)
  }
  const wrapped = Array.isArray(document) ? { rows: document } : document
  if (path === undefined) return { document, rows: [document] }
  const rows = at(wrapped, path)
  if (Array.isArray(rows)) return { document, rows }
  throw new Error(`${url.host} answers without the array ${path}, where the map has its rows (file.rows)`)
}

/** A line break of JSON is between its parts, and never in a string. */
const onOneLine = (json: string): string => json.trim().replace(/[\r\n]+/g, ' ')

/** @param path names of nested objects with points between them */
const at = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((found, name) => (found as Record<string, unknown> | null | undefined)?.[name], value)

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The same position has the same name. */
function nameOf(feedId: string, { since, page }: Position): string {
  const parts = [...(since === undefined ? [] : [`since ${since}`]), ...(page === undefined ? [] : [`page ${page}`])]
  const name = parts.length === 0 ? 'first page' : parts.join(', ')
  return name.length <= NAME_LENGTH_MAX ? name : `${feedId} ${hashOf(name)}`
}

const isGone = (error: unknown): boolean => error instanceof RefusedError && GONE_STATUSES.has(error.status)

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/
/** Without an offset it is no instant of another clock. */
const ZONED = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)$/i

/** @param date as a header has it */
function instantOf(date: string | undefined): string | undefined {
  const milliseconds = Date.parse(date ?? '')
  return Number.isNaN(milliseconds) ? undefined : new Date(milliseconds).toISOString()
}

/** The later of two instants, the greater of two numbers, or the text that is sorted behind the other. */
function later(one: string, other: string): string {
  if (one === '' || other === '') return one || other
  const [first, second] =
    INSTANT.test(one) && INSTANT.test(other) ? [Date.parse(one), Date.parse(other)] : [Number(one), Number(other)]
  if (Number.isNaN(first) || Number.isNaN(second) || first === second) return one > other ? one : other
  return first > second ? one : other
}

/** An instant some seconds earlier; a change may be committed behind others that are later. */
function before(since: string, seconds: number): string {
  if (seconds === 0 || !INSTANT.test(since)) return since
  const isZoned = ZONED.test(since)
  const earlier = new Date(Date.parse(isZoned ? since : `${since}Z`) - seconds * 1_000).toISOString()
  return isZoned ? earlier : earlier.slice(0, -1)
}
