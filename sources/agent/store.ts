/** The agent's own store: SQLite on its disk. What `add` has resolved for survives the process and the power. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { Batches } from '../../platform/batches.ts'
import { Refusal } from '../receive/refusal.ts'
import { decimalOf } from './totals.ts'

export interface StoredEvent {
  source: string
  /** The same for the same event however often it comes. */
  eventId: string
  value: Buffer
  /** What it adds to a till's total; undefined: it is no sale line. */
  sale?: Sale | undefined
}

export interface Sale {
  storeId: string
  tillId: string
  /** Its store's day, YYYY-MM-DD. */
  businessDay: string
  paidMicros: bigint
  /** The till's own number of the line. */
  tillSequence?: number | undefined
}

export interface UnsentEvent {
  sequence: number
  value: Buffer
}

export interface TillTotal {
  source: string
  storeId: string
  tillId: string
  businessDay: string
  lines: number
  /** Decimal text. */
  paid: string
  /** Numbers between the till's first and last of the day that did not come; null: it sends none. */
  missingSequences: number | null
}

const schema = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table if not exists meta (agent_id text not null) strict;
  create table if not exists event (
    sequence integer primary key autoincrement,
    source text not null,
    event_id text not null,
    value blob,
    unique (source, event_id)
  ) strict;
  create index if not exists unsent_event on event (source, sequence) where value is not null;
  create table if not exists till_day (
    source text not null,
    store_id text not null,
    till_id text not null,
    business_day text not null,
    lines integer not null,
    paid_micros integer not null,
    sequenced integer not null,
    first_sequence integer,
    last_sequence integer,
    primary key (source, store_id, till_id, business_day)
  ) strict, without rowid;
`

const addToDay = `
  insert into till_day values (?, ?, ?, ?, 1, ?, ?, ?, ?)
  on conflict do update set
    lines = lines + 1,
    paid_micros = paid_micros + excluded.paid_micros,
    sequenced = sequenced + excluded.sequenced,
    first_sequence = min(coalesce(first_sequence, excluded.first_sequence), coalesce(excluded.first_sequence, first_sequence)),
    last_sequence = max(coalesce(last_sequence, excluded.last_sequence), coalesce(excluded.last_sequence, last_sequence))
`

/** Ids of sent events that are kept, so that one that comes again is known: by number, because a store's clock may be wrong. */
const SENT_KEPT_MAX = 500_000
const DAYS_KEPT_MAX = 60
const COMMIT_EVENTS_MAX = 10_000
const COMMIT_BYTES_MAX = 8_000_000
/** Given back to a full disk, so that what is sent can still be marked: only that makes room. */
const RESERVE_BYTES = 4_000_000
/** SQLite's codes of a disk that is full, and of a write that failed. */
const FULL = 13
const IO_ERROR = 10
const RETRY_AFTER_SECONDS = 60

export interface StoreOptions {
  folder: string
  /** Bytes of events that wait; more are refused. */
  bytesMax: number
}

export class AgentStore {
  readonly agentId: string
  readonly #database: DatabaseSync
  readonly #reserve: string
  readonly #bytesMax: number
  readonly #batches: Batches<readonly StoredEvent[], number>
  readonly #insert: StatementSync
  readonly #addToDay: StatementSync
  #unsentEvents: number
  #unsentBytes: number
  #fullSince: Date | undefined

  /** @throws when the folder can't be written, or another agent uses it */
  constructor({ folder, bytesMax }: StoreOptions) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    this.#database = new DatabaseSync(join(folder, 'events.db'))
    this.#database.exec('pragma locking_mode = exclusive; pragma busy_timeout = 0')
    this.#database.exec(schema)
    this.#reserve = join(folder, 'reserve')
    this.#bytesMax = bytesMax
    this.agentId = this.#readId()
    this.#insert = this.#database.prepare(
      'insert into event (source, event_id, value) values (?, ?, ?) on conflict do nothing',
    )
    this.#addToDay = this.#database.prepare(addToDay)
    const waiting = this.#database
      .prepare('select count(*) as events, coalesce(sum(length(value)), 0) as bytes from event where value is not null')
      .get() as { events: number; bytes: number }
    this.#unsentEvents = waiting.events
    this.#unsentBytes = waiting.bytes
    this.#batches = new Batches(async (batch) => this.#commit(batch), {
      countMax: COMMIT_EVENTS_MAX,
      sizeMax: COMMIT_BYTES_MAX,
      countOf: (events) => events.length,
      sizeOf: (events) => events.reduce((sum, { value }) => sum + value.length, 0),
    })
    this.#fillReserve()
  }

  get unsentEvents(): number {
    return this.#unsentEvents
  }

  get unsentBytes(): number {
    return this.#unsentBytes
  }

  /** Since when events are refused because there is no room; undefined: there is. */
  get fullSince(): Date | undefined {
    return this.#fullSince
  }

  /**
   * Stores events, in their order, in one commit with those of other callers.
   *
   * @returns how many are new
   * @throws Refusal (507) when there is no room; none of them is stored then
   */
  add(events: readonly StoredEvent[]): Promise<number> {
    return this.#batches.add(events)
  }

  /** The oldest events of a source that the receiver does not have yet. */
  unsent(source: string, eventsMax: number, bytesMax: number): UnsentEvent[] {
    const rows = this.#database
      .prepare('select sequence, value from event where source = ? and value is not null order by sequence limit ?')
      .iterate(source, eventsMax) as IterableIterator<{ sequence: number; value: Uint8Array }>
    const found: UnsentEvent[] = []
    let bytes = 0
    for (const { sequence, value } of rows) {
      bytes += value.length + 1
      if (found.length > 0 && bytes > bytesMax) break
      found.push({ sequence, value: Buffer.from(value) })
    }
    return found
  }

  /** The receiver has these: their values go, their ids stay. */
  markSent(events: readonly UnsentEvent[]): void {
    if (events.length === 0) return
    const mark = () =>
      this.#inTransaction(() => {
        const update = this.#database.prepare('update event set value = null where sequence = ?')
        for (const { sequence } of events) update.run(sequence)
        this.#prune()
      })
    try {
      mark()
    } catch (error) {
      if (!isFull(error)) throw error
      rmSync(this.#reserve, { force: true })
      mark()
    }
    this.#unsentEvents -= events.length
    this.#unsentBytes -= events.reduce((sum, { value }) => sum + value.length, 0)
    if (this.#fullSince !== undefined && this.#fillReserve()) this.#fullSince = undefined
  }

  /** Days of tills, the newest first. */
  totals(limit: number): TillTotal[] {
    const select = this.#database.prepare(`
      select source, store_id, till_id, business_day, lines, paid_micros, sequenced, last_sequence - first_sequence + 1 as span
      from till_day order by business_day desc, source, store_id, till_id limit ?`)
    select.setReadBigInts(true)
    const rows = select.all(limit) as Record<string, bigint | string | null>[]
    return rows.map((row) => ({
      source: String(row.source),
      storeId: String(row.store_id),
      tillId: String(row.till_id),
      businessDay: String(row.business_day),
      lines: Number(row.lines),
      paid: decimalOf(row.paid_micros as bigint),
      missingSequences: row.span === null ? null : Math.max(0, Number(row.span) - Number(row.sequenced)),
    }))
  }

  async close(): Promise<void> {
    await this.#batches.idle()
    this.#database.close()
  }

  #commit(batch: readonly (readonly StoredEvent[])[]): PromiseSettledResult<number>[] {
    const bytes = batch.flat().reduce((sum, { value }) => sum + value.length, 0)
    if (this.#unsentBytes + bytes > this.#bytesMax)
      throw this.#refused(`${this.#unsentBytes} bytes of events wait to be sent`)
    let [events, kept] = [0, 0]
    const added: number[] = []
    try {
      this.#inTransaction(() => {
        for (const request of batch) {
          let own = 0
          for (const event of request) {
            if (!this.#insertOne(event)) continue
            own += 1
            kept += event.value.length
          }
          added.push(own)
          events += own
        }
      })
    } catch (error) {
      if (isFull(error)) throw this.#refused('the disk is full')
      throw error
    }
    this.#unsentEvents += events
    this.#unsentBytes += kept
    return added.map((value) => ({ status: 'fulfilled', value }))
  }

  #insertOne({ source, eventId, value, sale }: StoredEvent): boolean {
    if (this.#insert.run(source, eventId, value).changes === 0) return false
    if (sale === undefined) return true
    const { storeId, tillId, businessDay, paidMicros, tillSequence } = sale
    const number = tillSequence ?? null
    this.#addToDay.run(source, storeId, tillId, businessDay, paidMicros, number === null ? 0 : 1, number, number)
    return true
  }

  #refused(why: string): Refusal {
    this.#fullSince ??= new Date()
    return new Refusal(507, 'store_full', `the agent has no room (${why}): send it again later`, RETRY_AFTER_SECONDS)
  }

  #inTransaction(work: () => void): void {
    this.#database.exec('begin immediate')
    try {
      work()
      this.#database.exec('commit')
    } catch (error) {
      // SQLite has rolled back by itself when the disk is full.
      if (this.#database.isTransaction) this.#database.exec('rollback')
      throw error
    }
  }

  #prune(): void {
    this.#database.exec(
      `delete from event where value is null and sequence < (select max(sequence) from event) - ${SENT_KEPT_MAX};
       delete from till_day where business_day < (select date(max(business_day), '-${DAYS_KEPT_MAX} days') from till_day)`,
    )
  }

  #fillReserve(): boolean {
    try {
      writeFileSync(this.#reserve, Buffer.alloc(RESERVE_BYTES), { mode: 0o600 })
      return true
    } catch {
      rmSync(this.#reserve, { force: true })
      return false
    }
  }

  #readId(): string {
    const row = this.#database.prepare('select agent_id from meta').get() as { agent_id: string } | undefined
    if (row !== undefined) return row.agent_id
    const agentId = randomUUID()
    this.#database.prepare('insert into meta values (?)').run(agentId)
    return agentId
  }
}

function isFull(error: unknown): boolean {
  const { errcode } = error as { errcode?: number }
  // The low byte is the code, the rest its details.
  const code = errcode === undefined ? undefined : errcode & 0xff
  return code === FULL || code === IO_ERROR
}
