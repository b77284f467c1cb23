/** What became of the files of a feed: `ops.file_ledger`. A file is claimed before it is read, so that of several processes one reads it. */
import { randomUUID } from 'node:crypto'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { FileFeed } from './feed.ts'
import type { NamedFile } from './place.ts'

/** A process that is killed leaves its claims: its files wait this long. */
export const CLAIM_MS = 20_000

const statements = {
  known: statement('feeds/known_files.sql'),
  claim: statement('feeds/claim_file.sql'),
  keep: statement('feeds/keep_claim.sql'),
  release: statement('feeds/release_file.sql'),
  forget: statement('feeds/forget_file.sql'),
  settle: statement('feeds/settle_file.sql'),
  setStamp: statement('feeds/set_stamp.sql'),
  markMoved: statement('feeds/mark_moved.sql'),
  countSetAside: statement('feeds/count_set_aside.sql'),
}

export const fileOutcomes = ['taking', 'sent', 'set_aside'] as const
export type FileOutcome = (typeof fileOutcomes)[number]

export interface KnownFile {
  name: string
  etag: string
  stamp: string
  outcome: FileOutcome
  /** Moved to `refused/`: when it is there again, a person has put it back. */
  isMoved: boolean
  /** An attempt is under way, or has to wait. */
  isClaimed: boolean
  error: string | null
}

export interface ClaimedFile extends NamedFile {
  /** Attempts, with this one, that were not ended by a stop. */
  attempts: number
  /** Why the attempt before has failed; null: it did not, or its process was killed. */
  error: string | null
}

export interface TakenFile {
  outcome: Exclude<FileOutcome, 'taking'>
  rows: number
  sent: number
  rejected: number
  /** Why it is set aside; null: it is not. */
  error: string | null
  milliseconds: number
}

export class FileLedger {
  readonly #pool: Pool
  readonly #feedId: string
  readonly #feedUpdatedAt: Date
  readonly #claimMs: number
  readonly #claimant = randomUUID()

  /** Of a feed that is changed later nothing more can be claimed. */
  constructor(pool: Pool, { feedId, updatedAt }: Pick<FileFeed, 'feedId' | 'updatedAt'>, claimMs = CLAIM_MS) {
    this.#pool = pool
    this.#feedId = feedId
    this.#feedUpdatedAt = updatedAt
    this.#claimMs = claimMs
  }

  /** What is known of some names, by name. */
  async known(names: readonly string[]): Promise<Map<string, KnownFile[]>> {
    const { rows } = await this.#pool.query<KnownFile>(statements.known, [this.#feedId, names])
    return Map.groupBy(rows, ({ name }) => name)
  }

  /** Undefined: it was taken, another process is at it, or the feed has changed. */
  async claim(file: NamedFile): Promise<ClaimedFile | undefined> {
    const { name, etag, stamp, bytes } = file
    const values = [this.#feedId, name, etag, stamp, bytes, this.#claimant, this.#claimMs, this.#feedUpdatedAt]
    const { rows } = await this.#pool.query<Pick<ClaimedFile, 'attempts' | 'error'>>(statements.claim, values)
    return rows[0] && { ...file, ...rows[0] }
  }

  /**
   * Keeps the claim while `work` runs. A database that is away is asked again; the claim is lost when another process has it.
   *
   * @param work gets a signal that ends it when the claim is lost
   */
  async keeping<Result>(file: ClaimedFile, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const lost = new AbortController()
    const keep = async () => {
      const values = [...this.#key(file), this.#claimMs]
      const { rowCount } = await this.#pool.query(statements.keep, values)
      if (rowCount === 0) lost.abort()
    }
    const timer = setInterval(() => void keep().catch(() => undefined), this.#claimMs / 4)
    try {
      return await work(lost.signal)
    } finally {
      clearInterval(timer)
    }
  }

  /** @returns false when another process has taken it meanwhile */
  async settle(file: ClaimedFile, taken: TakenFile): Promise<boolean> {
    const { outcome, rows, sent, rejected, error, milliseconds } = taken
    const values = [...this.#key(file), outcome, rows, sent, rejected, error, Math.round(milliseconds)]
    return (await this.#pool.query(statements.settle, values)).rowCount === 1
  }

  /** Another attempt may begin after `waitMs`. @param isCounted false: the attempt was ended by a stop, or by a server that is away */
  async release(file: ClaimedFile, waitMs: number, why: string | null, isCounted: boolean): Promise<void> {
    await this.#pool.query(statements.release, [...this.#key(file), Math.round(waitMs), why, isCounted])
  }

  /** The file is there no longer with this content. */
  async forget(file: ClaimedFile): Promise<void> {
    await this.#pool.query(statements.forget, this.#key(file))
  }

  /** Forgets an attempt that no one continues, because the file has changed. */
  async forgetAbandoned({ name, etag }: KnownFile): Promise<void> {
    await this.#pool.query(statements.forget, [this.#feedId, name, etag, null])
  }

  async setStamp({ name, etag, stamp }: NamedFile): Promise<void> {
    await this.#pool.query(statements.setStamp, [this.#feedId, name, etag, stamp])
  }

  async markMoved({ name, etag }: NamedFile): Promise<void> {
    await this.#pool.query(statements.markMoved, [this.#feedId, name, etag])
  }

  /** Files that were set aside within a day. */
  async countSetAside(): Promise<number> {
    return (await this.#pool.query<{ files: number }>(statements.countSetAside, [this.#feedId])).rows[0]!.files
  }

  #key({ name, etag }: ClaimedFile): unknown[] {
    return [this.#feedId, name, etag, this.#claimant]
  }
}
