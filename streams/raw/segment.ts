import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import type { MessageLimits } from '../../contracts/limits.ts'
import { parseEvent } from '../../contracts/parse.ts'
import type { TopicName } from '../../contracts/topics.ts'
import {
  brokenLine,
  dayOfBroken,
  dayOfEvent,
  eventLine,
  headOfLine,
  type LineHead,
  RAW_SINK,
} from '../../lake/raw-table.ts'
import { CONTRACT_ORIGIN, type DeadMessage, deadMessage } from '../runtime/dead-letters.ts'
import { sampleKnownAt } from '../runtime/metrics.ts'
import type { PartitionId } from '../runtime/positions.ts'
import type { Slice, StreamMessage } from '../runtime/processor.ts'
import type { Skips } from '../runtime/skips.ts'

/** What one partition put into a segment: its messages from `position` up to `next`. */
export interface Part extends PartitionId {
  position: number
  next: number
  consumed: number
  dead: number
  knownAtMs: number[]
}

/** How messages are read. */
export interface ReadingRules {
  /** The reader's clock; an event more than a day after it is refused. */
  nowMs: number
  limits: MessageLimits
  /** Messages that a person has skipped. */
  skips?: Skips | undefined
}

type Unreadable = Pick<DeadMessage, 'reason' | 'error'>

/** A message, and what was read of it: its event, why it has none, or that a person has skipped it. */
export interface ReadMessage {
  message: StreamMessage
  event?: { event_at: string }
  problem?: Unreadable
  isSkipped?: true
}

/** A slice whose messages were read. */
export interface ReadSlice extends Omit<Slice, 'messages'> {
  messages: ReadMessage[]
}

/** Reads the messages of a slice: all of them, before they become lines, so that what they have in common is looked up once. */
export function readSlice(slice: Slice, { nowMs, limits, skips }: ReadingRules): ReadSlice {
  const { topic, partition } = slice
  const messages = slice.messages.map((message): ReadMessage => {
    const skip = skips?.find(RAW_SINK, topic, partition, message.offset)
    if (skip !== undefined) return { message, problem: skip, isSkipped: true }
    const parsed = parseEvent(topic, message.value, nowMs, limits)
    if (parsed.ok) return { message, event: parsed.event }
    return { message, problem: { reason: parsed.problem, error: parsed.error } }
  })
  return { ...slice, messages }
}

/** Lines are collected up to this length before they are written. */
const CHUNK_CHARACTERS = 256 * 1024
/** An event of any contract fits, but for a few; what is kept of a broken message may be longer. */
const LONG_LINE_CHARACTERS = 16 * 1024
/** DuckDB holds a text several times over while it writes it: this many times more than it holds many short ones. */
const LONG_LINE_WEIGHT = 3

/** Messages of one topic that become one commit: lines in a file, and how far they bring each partition. */
export class Segment {
  readonly topic: TopicName
  readonly file: string
  /** By the monotonic clock: the wall clock may be set back. */
  readonly openedAtMs = performance.now()
  readonly parts = new Map<number, Part>()
  readonly dead: DeadMessage[] = []
  /** The days that its rows are of. */
  readonly dates = new Set<string>()
  rows = 0
  /** Of the file; long lines count three times. */
  weight = 0
  /** Its row has been shortened already. */
  isBroken = false
  #descriptor: number | undefined

  constructor(topic: TopicName, file: string) {
    this.topic = topic
    this.file = file
    this.#descriptor = openSync(file, 'w')
  }

  /** Whether these messages come directly after those of their partition that are here. */
  isFollowedBy({ partition, position }: ReadSlice): boolean {
    const part = this.parts.get(partition)
    return part === undefined || part.next === position
  }

  /**
   * Adds messages that follow those of the same partition that are here, until the file is as large as it should be.
   *
   * @returns what was not added
   */
  append(slice: ReadSlice, limits: MessageLimits, weightMax: number): ReadSlice | undefined {
    const { messages } = slice
    const part = this.#partOf(slice)
    let lines = ''
    let added = 0
    while (added < messages.length && this.weight < weightMax) {
      lines += this.#lineOf(part, messages[added]!, limits)
      added += 1
      if (lines.length < CHUNK_CHARACTERS) continue
      this.#write(lines)
      lines = ''
    }
    this.#write(lines)
    const rest = messages.slice(added)
    part.next = rest[0]?.message.offset ?? slice.next
    part.consumed += added
    part.knownAtMs.push(...sampleKnownAt(messages.slice(0, added).map(({ message }) => message)))
    this.rows += added
    return rest.length === 0 ? undefined : { ...slice, position: part.next, messages: rest }
  }

  #lineOf(part: Part, read: ReadMessage, limits: MessageLimits): string {
    const { topic, partition } = part
    const { message, isSkipped = false } = read
    const at = { partition, offset: message.offset, knownAtMs: message.knownAtMs }
    const line = this.#line(at, read)
    if (typeof line === 'string') return this.#long(line)
    const origin = isSkipped ? RAW_SINK : CONTRACT_ORIGIN
    const dead = deadMessage({ origin, topic, partition }, message, line, limits.deadLetterBytesMax)
    this.dates.add(dayOfBroken(message.knownAtMs))
    this.dead.push(dead)
    part.dead += 1
    // What no one could read otherwise stays out of the lake, too; the letter has it.
    return this.#long(brokenLine(at, isSkipped ? null : dead.payload, line.reason))
  }

  #long(line: string): string {
    if (line.length < LONG_LINE_CHARACTERS) return line
    this.weight += Buffer.byteLength(line) * (LONG_LINE_WEIGHT - 1)
    return line
  }

  #write(lines: string): void {
    if (lines !== '') this.weight += writeSync(this.#descriptor!, lines)
  }

  /** The line of a message that keeps its contract, or why there is none. */
  #line(at: LineHead, { event, problem }: ReadMessage): string | Unreadable {
    if (event === undefined) return problem!
    try {
      const line = eventLine(this.topic, at, event)
      this.dates.add(dayOfEvent(event))
      return line
    } catch (error) {
      return { reason: 'unreadable', error: (error as Error).message }
    }
  }

  #partOf({ topic, partition, position }: ReadSlice): Part {
    const known = this.parts.get(partition)
    if (known === undefined) {
      const part = { topic, partition, position, next: position, consumed: 0, dead: 0, knownAtMs: [] }
      this.parts.set(partition, part)
      return part
    }
    if (known.next !== position) {
      throw new Error(
        `raw sink: ${topic}/${partition}: messages from ${position} can't follow those up to ${known.next}`,
      )
    }
    return known
  }

  /** Nothing more is appended; the file can be read. */
  seal(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  remove(): void {
    this.seal()
    rmSync(this.file, { force: true })
  }

  /**
   * The same rows in two segments, each with about half of the bytes, to be stored in this order: of each partition the
   * second begins where the first ends. Undefined when there is only one row.
   */
  halves(files: readonly [string, string]): [Segment, Segment] | undefined {
    const rows = rowsOf(readFileSync(this.file))
    if (rows.length < 2) return undefined
    const middle = middleOf(rows)
    const halves = [rows.slice(0, middle), rows.slice(middle)] as const
    const borders = new Map<number, number>()
    for (const { partition, next } of this.parts.values()) {
      borders.set(partition, halves[1].find((row) => row.partition === partition)?.offset ?? next)
    }
    const [first, second] = [new Segment(this.topic, files[0]), new Segment(this.topic, files[1])]
    first.#fill(halves[0], this, (part) => ({ ...part, next: borders.get(part.partition)! }))
    second.#fill(halves[1], this, (part) => ({ ...part, position: borders.get(part.partition)! }))
    return [first, second]
  }

  /** Takes rows of another segment, and what it knows of them. */
  #fill(rows: readonly Row[], whole: Segment, share: (part: Part) => Part): void {
    writeSync(this.#descriptor!, Buffer.concat(rows.map(({ line }) => line)))
    this.seal()
    this.rows = rows.length
    for (const { date } of rows) this.dates.add(date)
    for (const part of whole.parts.values()) {
      const ours = share(part)
      const own = rows.filter(({ partition }) => partition === part.partition)
      if (ours.position === ours.next) continue
      const dead = own.filter(({ isBroken }) => isBroken).length
      this.parts.set(part.partition, { ...ours, consumed: own.length, dead })
    }
  }

  /**
   * The only row of this segment as one that can be stored: as a message that broke its contract, with the beginning of
   * its text.
   *
   * @param reason why it can't be stored as it is
   */
  broken(file: string, reason: string): Segment {
    const [row] = rowsOf(readFileSync(this.file))
    const { k: knownAtMs, t, e } = JSON.parse(row!.line.toString('utf8')) as { k: number; t?: string; e?: object }
    const value = Buffer.from(t ?? JSON.stringify(e ?? null))
    const { partition, offset } = row!
    const segment = new Segment(this.topic, file)
    segment.isBroken = true
    const line = brokenLine({ partition, offset, knownAtMs }, value.subarray(0, KEPT_BYTES), NOT_STORED)
    writeSync(segment.#descriptor!, line)
    segment.seal()
    segment.rows = 1
    segment.dates.add(dayOfBroken(knownAtMs))
    for (const part of this.parts.values()) segment.parts.set(part.partition, { ...part, dead: part.consumed })
    if (row!.isBroken) return segment
    const from = { origin: RAW_SINK, topic: this.topic, partition }
    const message = { offset, knownAtMs, key: null, value, headers: {} }
    segment.dead.push(deadMessage(from, message, { reason: NOT_STORED, error: reason }, KEPT_BYTES))
    return segment
  }
}

/** What is kept of a text that is too much for DuckDB. */
const KEPT_BYTES = 4 * 1024
const NOT_STORED = 'rejected_by_lake'

interface Row {
  partition: number
  offset: number
  date: string
  isBroken: boolean
  line: Buffer
}

const LINE_FEED = 10
const HEAD_BYTES = 120

function rowsOf(bytes: Buffer): Row[] {
  const rows: Row[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, at) + 1
    const line = bytes.subarray(at, end)
    rows.push({ ...headOfLine(line.subarray(0, HEAD_BYTES).toString('latin1')), line })
    at = end
  }
  return rows
}

/** At least one row, and enough to be half of the bytes. */
function middleOf(rows: readonly Row[]): number {
  let left = rows.reduce((sum, { line }) => sum + line.length, 0) / 2
  const middle = rows.findIndex(({ line }) => {
    left -= line.length
    return left <= 0
  })
  return Math.min(rows.length - 1, Math.max(1, middle))
}
