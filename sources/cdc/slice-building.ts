/** A slice of changes while they are applied, one after the other: what the rows are then, and which events are to be made. */
import { isDeepStrictEqual } from 'node:util'
import type { StreamMessage } from '../../platform/kafka/records.ts'
import type { CdcMap } from './cdc-map.ts'
import type { Change, Row, RowChange } from './change.ts'
import { difference, instantOfMicros } from './exact.ts'
import { type KnownRow, rowIdOf, type WrittenRow } from './row-store.ts'

/** What Debezium sends for a large value that the database has not logged, because it did not change. */
const UNAVAILABLE = '__debezium_unavailable_value'

/** What is known of a row whose key is at hand. */
export type Known = Omit<KnownRow, 'rowKey'>

export interface PlacedChange {
  message: StreamMessage
  change: Change
}

/** An event that is to be made of a row and what has changed in it. */
interface Made {
  document: string
  isDelete: boolean
  rowId: string
  /** The row as it was; undefined: it was not known. */
  before: Known | undefined
  /** Which of the changes of the slice it is of, from 0; undefined: the row is gone without one of its own. */
  index: number | undefined
}

/** What is sent as it is, because no event can be made of it. */
interface Raw {
  raw: Buffer
  error: string
}

export type Outcome = Made | Raw

/** Rows may be gone that have no message of their own. */
export const endsSlice = (change: Change): boolean =>
  change.kind === 'truncate' || (change.kind === 'row' && change.snapshot === 'last')

/** A single message that can't become an event. */
class BrokenChange extends Error {
  override name = 'BrokenChange'
}

export class SliceBuilding {
  readonly outcomes: Outcome[] = []
  /** Where the snapshot began that had not ended before the slice; null: there was none. */
  readonly snapshotBefore: number | null
  /** The same after the slice. */
  snapshotFrom: number | null
  /** When the newest of its changes happened, microseconds since the epoch. */
  newestUs = 0
  readonly #map: CdcMap
  readonly #known: Map<string, Known>
  readonly #written = new Map<string, WrittenRow>()
  /** Which changes of the slice are of a row, from 0. */
  readonly #changes = new Map<string, number[]>()
  #count = 0

  /** @param known the rows that the slice is about; it is changed */
  constructor(map: CdcMap, snapshotFrom: number | null, known: Map<string, Known>) {
    this.#map = map
    this.#known = known
    this.snapshotBefore = snapshotFrom
    this.snapshotFrom = snapshotFrom
  }

  written(): WrittenRow[] {
    return [...this.#written.values()]
  }

  add({ message, change }: PlacedChange): void {
    const index = this.#count
    this.#count += 1
    if (change.kind === 'broken') this.outcomes.push({ raw: message.value!, error: change.error })
    if (change.kind !== 'row') return
    if (change.snapshot === 'first' || (change.snapshot !== undefined && this.snapshotFrom === null)) {
      // One that was broken off begins again. A table with one row has only a last one.
      this.snapshotFrom = message.offset
    }
    const rowId = rowIdOf(change.key)
    this.#changes.set(rowId, [...(this.#changes.get(rowId) ?? []), index])
    try {
      this.#apply(change, rowId, message.offset, index)
    } catch (error) {
      if (!(error instanceof BrokenChange)) throw error
      this.outcomes.push({ raw: message.value!, error: error.message })
      this.#keep(rowId, change.key, this.#known.get(rowId), message.offset)
    }
  }

  /** Rows about which no message came from this offset on are gone. */
  leftBefore({ change, message: { offset } }: PlacedChange): number {
    const from = change.kind === 'truncate' ? offset : (this.snapshotFrom ?? offset)
    this.snapshotFrom = null
    return from
  }

  /** A row that is gone without a message of its own. */
  deleteLeft({ rowKey, rowId, ...known }: KnownRow, { change, message: { offset } }: PlacedChange): void {
    const id = rowId.replaceAll('-', '')
    // What the slice has seen is there.
    if (this.#written.has(id)) return
    const { place, atUs } = change as RowChange
    this.#known.set(id, { rowId: id, ...known })
    const gone = {
      kind: 'row',
      key: rowKey,
      row: undefined,
      snapshot: undefined,
      place: `gone ${place}`,
      atUs,
    } as const
    this.#apply(gone, id, offset, undefined)
  }

  /**
   * Rows whose event was rejected stay as they were: a later change makes up for it.
   *
   * @returns how many changes the slice may have, when one of the rows has changed once more in it: then it is to be built again
   */
  takeBack(rejected: readonly Outcome[]): number | undefined {
    const made = rejected.filter((outcome): outcome is Made => 'index' in outcome && outcome.index !== undefined)
    const later = made.flatMap(({ rowId, index }) => this.#changes.get(rowId)!.find((other) => other > index!) ?? [])
    if (later.length > 0) return Math.min(...later)
    for (const { rowId, before } of made) {
      const { rowKey, seenAt } = this.#written.get(rowId)!
      this.#keep(rowId, rowKey, before, seenAt)
    }
    return undefined
  }

  /** Leaves a row as it was known, if it was. */
  #keep(rowId: string, rowKey: string, before: Known | undefined, seenAt: number): void {
    if (before === undefined) this.#written.delete(rowId)
    else this.#written.set(rowId, { ...before, rowId, rowKey, seenAt })
  }

  #apply(change: RowChange, rowId: string, offset: number, index: number | undefined): void {
    const before = this.#known.get(rowId)
    const image = change.row === undefined ? null : this.#imageOf(change.row, before?.image ?? null)
    if (image === null && before === undefined) return
    const isSame = before !== undefined && isDeepStrictEqual(image, before.image)
    // The changes of a row are at different times, also within a transaction, or when the clock went back: the newest counts.
    const atUs = isSame ? before.atUs : Math.max(change.atUs, (before?.atUs ?? 0) + 1)
    const row: WrittenRow = { rowId, rowKey: change.key, image, atUs, seenAt: offset }
    this.#written.set(rowId, row)
    this.#known.set(rowId, row)
    this.newestUs = Math.max(this.newestUs, change.atUs)
    const isDelete = image === null
    if (isSame || (isDelete && this.#map.deletes === undefined)) return
    const document = JSON.stringify(this.#documentOf(change, before?.image ?? null, image, atUs))
    this.outcomes.push({ document, isDelete, rowId, before, index })
  }

  /** The columns that the map reads. */
  #imageOf(row: Row, before: Row | null): Row {
    return Object.fromEntries(this.#map.columns.map((column) => [column, columnOf(column, row, before)]))
  }

  #documentOf({ key, place }: RowChange, before: Row | null, image: Row | null, atUs: number): object {
    const { from, differences } = this.#map
    const changes = differences.map((column) => [column, difference(before?.[column], image?.[column])])
    return {
      ...(image ?? before),
      before: before ?? {},
      change: {
        ...Object.fromEntries(changes),
        id: JSON.stringify([from, key, place, image === null ? 'deleted' : 'there']),
        at: instantOfMicros(atUs),
      },
    }
  }
}

/** A date without a time has a zone in Debezium's ISO form, which means nothing. */
const ZONED_DATE = /^(\d{4}-\d{2}-\d{2})Z$/

function columnOf(column: string, row: Row, before: Row | null): unknown {
  const value = row[column]
  if (typeof value !== 'string') return value
  if (value === UNAVAILABLE) {
    if (before !== null) return before[column]
    throw new BrokenChange(
      `column ${column} was not sent, because it has not changed: set the table's replica identity to full`,
    )
  }
  if (value.includes('\0') || !value.isWellFormed()) {
    throw new BrokenChange(`column ${column} has a character that is none: NUL, or half of a surrogate pair`)
  }
  return ZONED_DATE.exec(value)?.[1] ?? value
}
