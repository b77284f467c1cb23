/** What is known of the rows of a captured table, and how far it has been read: `ops.cdc_row`, `ops.cdc_stream`. */
import { createHash } from 'node:crypto'
import { inTransaction, type Pool, type PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { Row } from './change.ts'

/** A row as it was last read. */
export interface KnownRow {
  rowId: string
  rowKey: string
  /** The columns that the map reads; null: it is deleted. */
  image: Row | null
  /** When it changed last, microseconds since the epoch. */
  atUs: number
}

/** A row as a slice leaves it. */
export interface WrittenRow extends KnownRow {
  /** Offset of the last message about it. */
  seenAt: number
}

/** What a slice of messages came to. */
export interface SliceNote {
  /** The next offset after it. */
  position: number
  snapshotFrom: number | null
  messages: number
  events: number
  rejected: number
  /** When its newest change happened. */
  changedAt: Date | null
}

/** The map belongs to another worker now. */
export class MapLostError extends Error {
  override name = 'MapLostError'
}

export interface TakenOver {
  epoch: number
  topicId: string
  slice: number
  position: number
  isSettled: boolean
  snapshotFrom: number | null
  positionBefore: number | null
  snapshotBefore: number | null
}

const sql = {
  takeOver: statement('cdc/take_over.sql'),
  undo: statement('cdc/undo_slice.sql'),
  advance: statement('cdc/advance.sql'),
  settle: statement('cdc/settle.sql'),
  setProblem: statement('cdc/set_problem.sql'),
  readRows: statement('cdc/read_rows.sql'),
  readLeftRows: statement('cdc/read_left_rows.sql'),
  writeRows: statement('cdc/write_rows.sql'),
  forget: statement('cdc/forget_deleted_rows.sql'),
}

const FORGOTTEN_AT_ONCE_MAX = 10_000

/** The id of a row: half of a hash of its key, as large as a UUID. */
export const rowIdOf = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 32)

/** The rows of one map, as long as this worker has it. */
export class RowStore {
  readonly #pool: Pool
  readonly #mapId: string
  readonly #epoch: number

  private constructor(pool: Pool, mapId: string, epoch: number) {
    this.#pool = pool
    this.#mapId = mapId
    this.#epoch = epoch
  }

  /** @param start the first offset of the log, for a map that has read nothing yet */
  static async takeOver(
    pool: Pool,
    mapId: string,
    { topicId, start }: { topicId: string; start: number },
  ): Promise<{ store: RowStore; taken: TakenOver }> {
    const { rows } = await pool.query<TakenOver>(sql.takeOver, [mapId, topicId, start])
    const taken = rows[0]!
    return { store: new RowStore(pool, mapId, taken.epoch), taken }
  }

  /** Forgets some rows that were deleted long ago. Not before the newest slice is settled: it may have to be undone. */
  async forgetDeleted(): Promise<void> {
    await this.#pool.query(sql.forget, [this.#mapId, this.#epoch, FORGOTTEN_AT_ONCE_MAX])
  }

  /** Restores the rows as they were before a slice that Kafka has not committed. */
  async undo(slice: number): Promise<void> {
    await this.#pool.query(sql.undo, [this.#mapId, this.#epoch, slice])
  }

  async settle(slice: number): Promise<void> {
    await this.#pool.query(sql.settle, [this.#mapId, this.#epoch, slice])
  }

  async setProblem(problem: string | null): Promise<void> {
    await this.#pool.query(sql.setProblem, [this.#mapId, this.#epoch, problem])
  }

  /** What is known of rows, by their ids. */
  async read(rowIds: readonly string[]): Promise<Map<string, Omit<KnownRow, 'rowKey'>>> {
    if (rowIds.length === 0) return new Map()
    const { rows } = await this.#pool.query<Omit<KnownRow, 'rowKey'>>(sql.readRows, [this.#mapId, rowIds])
    return new Map(rows.map((row) => [row.rowId.replaceAll('-', ''), row]))
  }

  /** Rows that are there and of which no message speaks from an offset on. */
  async readLeft(seenBefore: number, limit: number): Promise<KnownRow[]> {
    return (await this.#pool.query<KnownRow>(sql.readLeftRows, [this.#mapId, seenBefore, limit])).rows
  }

  /** @throws MapLostError when another worker has taken the map over: then nothing is written */
  async write(slice: number, note: SliceNote, rows: readonly WrittenRow[]): Promise<void> {
    await inTransaction(this.#pool, async (client) => {
      await this.#advance(client, slice, note)
      if (rows.length === 0) return
      await client.query(sql.writeRows, [
        this.#mapId,
        slice,
        rows.map(({ rowId }) => rowId),
        rows.map(({ rowKey }) => rowKey),
        rows.map(({ image }) => image && JSON.stringify(image)),
        rows.map(({ atUs }) => atUs),
        rows.map(({ seenAt }) => seenAt),
      ])
    })
  }

  async #advance(client: PoolClient, slice: number, note: SliceNote): Promise<void> {
    const { position, snapshotFrom, messages, events, rejected, changedAt } = note
    const { rowCount } = await client.query(sql.advance, [
      this.#mapId,
      this.#epoch,
      slice,
      position,
      snapshotFrom,
      messages,
      events,
      rejected,
      changedAt,
    ])
    if (rowCount === 0) throw new MapLostError(`${this.#mapId}: another worker has it`)
  }
}
