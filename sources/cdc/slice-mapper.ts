/** From changes of rows to events of a contract: what a row was before is known, so that an event has by how much it has changed. */
import type { DuckDBInstance } from '@duckdb/node-api'
import type { MessageLimits } from '../../contracts/limits.ts'
import { parseEvent } from '../../contracts/parse.ts'
import { topics } from '../../contracts/topics.ts'
import type { StreamMessage } from '../../platform/kafka/records.ts'
import type { TopicMessage } from '../../platform/kafka/transactional-producer.ts'
import { BodyMapper } from '../receive/mapper.ts'
import { SOURCE_HEADER } from '../receive/receiver.ts'
import { explainMapped } from '../rejected.ts'
import type { CdcMap } from './cdc-map.ts'
import { type Change, readChange } from './change.ts'
import { type RowStore, rowIdOf, type SliceNote, type WrittenRow } from './row-store.ts'
import { endsSlice, type Known, type Outcome, type PlacedChange, SliceBuilding } from './slice-building.ts'

/** On a message that could not become an event: why. */
const ERROR_HEADER = 'shelfline-cdc-error'
const ERROR_CHARACTERS_MAX = 500

/** Rows that are gone without a message of their own are taken in parts. */
const LEFT_ROWS_MAX = 2_000

/** The table has no longer the columns that the map reads: a person has to change the map. */
export class MisfitError extends Error {
  override name = 'MisfitError'
}

export interface MappedSlice {
  messages: TopicMessage[]
  rows: WrittenRow[]
  note: SliceNote
}

export interface SliceMapperOptions {
  map: CdcMap
  /** Names the map in headers. */
  mapId: string
  store: RowStore
  limits: MessageLimits
  /** Renames topics, for tests that share a broker. */
  topicName: (name: string) => string
}

/** What a slice is of. */
interface SliceOf {
  placed: readonly PlacedChange[]
  length: number
  /** Where to continue after all that was read. */
  next: number
  /** Rows that are gone are left for the next slice, which begins at the same message. */
  isWhole: boolean
}

interface Mappers {
  rows: BodyMapper
  deletes: BodyMapper | undefined
}

export class SliceMapper {
  readonly #options: SliceMapperOptions
  readonly #mappers: Mappers

  private constructor(options: SliceMapperOptions, mappers: Mappers) {
    this.#options = options
    this.#mappers = mappers
  }

  /** @throws SourceError when a format of the map can't be */
  static async open(duckdb: DuckDBInstance, options: SliceMapperOptions): Promise<SliceMapper> {
    const { map, mapId } = options
    const rows = await BodyMapper.open(duckdb, map.rows, mapId)
    const deletes = map.deletes && (await BodyMapper.open(duckdb, map.deletes, mapId))
    return new SliceMapper(options, { rows, deletes })
  }

  async close(): Promise<void> {
    await this.#mappers.rows.close()
    await this.#mappers.deletes?.close()
  }

  /**
   * Maps the first of the messages: up to one that rows without a message of their own depend on, which is a slice by itself, or that does
   * not fit the map.
   *
   * @param next where to continue after all of them
   * @param snapshotFrom where the snapshot of the table began that has not ended; null: there is none
   * @throws MisfitError when the first does not fit the map
   */
  async map(messages: readonly StreamMessage[], next: number, snapshotFrom: number | null): Promise<MappedSlice> {
    const placed = messages.map((message) => ({ message, change: readChange(message) }))
    let length = this.#lengthOf(placed)
    const known = await this.#known(placed.slice(0, length))
    for (;;) {
      const building = new SliceBuilding(this.#options.map, snapshotFrom, new Map(known))
      for (const one of placed.slice(0, length)) building.add(one)
      const isWhole = await this.#addLeft(building, placed[length - 1])
      const sent = await Promise.all(building.outcomes.map((outcome) => this.#mapped(outcome)))
      const cut = building.takeBack(building.outcomes.filter((_, index) => sent[index]!.some(isRejected)))
      if (cut === undefined) return mappedSlice(building, sent.flat(), { placed, length, next, isWhole })
      length = cut
    }
  }

  #lengthOf(placed: readonly PlacedChange[]): number {
    const [first] = placed
    if (first === undefined) return 0
    this.#assertFits(first)
    if (endsSlice(first.change)) return 1
    const end = placed.findIndex((one) => endsSlice(one.change) || this.#missing(one.change) !== undefined)
    return end === -1 ? placed.length : end
  }

  #assertFits({ change, message: { offset } }: PlacedChange): void {
    const missing = this.#missing(change)
    if (missing === undefined) return
    const { from } = this.#options.map
    throw new MisfitError(
      `the map reads column ${missing}, which the change at ${from}/0@${offset} does not have: its table has changed; \`shelfline cdc set\` changes the map`,
    )
  }

  /** A column that the map reads and the row does not have. */
  #missing(change: Change): string | undefined {
    if (change.kind !== 'row' || change.row === undefined) return undefined
    const { row } = change
    return this.#options.map.columns.find((column) => !Object.hasOwn(row, column))
  }

  #known(slice: readonly PlacedChange[]): Promise<Map<string, Known>> {
    const keys = slice.flatMap(({ change }) => (change.kind === 'row' ? rowIdOf(change.key) : []))
    return this.#options.store.read([...new Set(keys)])
  }

  /**
   * Deletes rows that are gone: those that a snapshot has not seen, or all when the table was emptied.
   *
   * @returns whether there are no more of them
   */
  async #addLeft(building: SliceBuilding, last: PlacedChange | undefined): Promise<boolean> {
    if (last === undefined || !endsSlice(last.change)) return true
    const left = await this.#options.store.readLeft(building.leftBefore(last), LEFT_ROWS_MAX)
    for (const row of left) building.deleteLeft(row, last)
    return left.length < LEFT_ROWS_MAX
  }

  async #mapped(outcome: Outcome): Promise<TopicMessage[]> {
    if ('raw' in outcome) return [this.#rejected(outcome.raw, outcome.error)]
    const { document, isDelete } = outcome
    try {
      const events = await (isDelete ? this.#mappers.deletes! : this.#mappers.rows).map([document])
      return events.map(({ value }) => this.#checked(Buffer.from(value)))
    } catch (error) {
      return [this.#rejected(Buffer.from(document), (error as Error).message)]
    }
  }

  #checked(value: Buffer): TopicMessage {
    const { topic } = this.#options.map
    const parsed = parseEvent(topic, value, Date.now(), this.#options.limits)
    if (!parsed.ok) {
      const event = JSON.parse(value.toString()) as Record<string, unknown>
      return this.#rejected(value, explainMapped(topic, event, parsed))
    }
    const key = (parsed.event as Record<string, unknown>)[topics[topic].key]
    return { topic: this.#options.topicName(topic), message: { key: typeof key === 'string' ? key : null, value } }
  }

  /** It goes to the topic, where it becomes a dead letter, which a person can mend and replay. */
  #rejected(value: Buffer, error: string): TopicMessage {
    const { map, mapId, topicName, limits } = this.#options
    const headers = {
      [SOURCE_HEADER]: `cdc/${mapId}`,
      [ERROR_HEADER]: error.slice(0, ERROR_CHARACTERS_MAX).toWellFormed(),
    }
    const kept = value.length > limits.messageBytesMax ? value.subarray(0, limits.deadLetterBytesMax) : value
    return { topic: topicName(map.topic), message: { key: null, value: kept, headers } }
  }
}

const isRejected = ({ message }: TopicMessage): boolean => message.headers !== undefined

function mappedSlice(
  building: SliceBuilding,
  messages: TopicMessage[],
  { placed, length, next, isWhole }: SliceOf,
): MappedSlice {
  const rejected = messages.filter(isRejected).length
  const { newestUs, snapshotBefore, snapshotFrom } = building
  return {
    messages,
    rows: building.written(),
    note: {
      position: isWhole ? (placed[length]?.message.offset ?? next) : placed[length - 1]!.message.offset,
      snapshotFrom: isWhole ? snapshotFrom : snapshotBefore,
      messages: isWhole ? length : length - 1,
      events: messages.length - rejected,
      rejected,
      changedAt: newestUs === 0 ? null : new Date(newestUs / 1_000),
    },
  }
}
