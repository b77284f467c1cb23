import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import type { MessageLimits } from '../contracts/limits.ts'
import { parseEvent } from '../contracts/parse.ts'
import type { TopicName } from '../contracts/topics.ts'
import { CONTRACT_ORIGIN, type DeadMessage, deadMessage } from './dead-letters.ts'
import { sampleKnownAt } from './metrics.ts'
import type { PartitionId } from './positions.ts'
import type { Slice, StreamMessage } from './processor.ts'
import { brokenLine, dayOfBroken, dayOfEvent, eventLine, type LineHead, RAW_SINK } from './raw-table.ts'
import type { Skips } from './skips.ts'

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
  /** Messages that a person wants to be skipped. */
  skips?: Skips | undefined
}

type Unreadable = Pick<DeadMessage, 'reason' | 'error'>

/** Messages of one topic that become one commit: lines in a file, and how far they bring each partition. */
export class Segment {
  readonly topic: TopicName
  readonly file: string
  readonly openedAtMs = Date.now()
  readonly parts = new Map<number, Part>()
  readonly dead: DeadMessage[] = []
  /** The days that its rows are of. */
  readonly dates = new Set<string>()
  rows = 0
  bytes = 0
  #descriptor: number | undefined

  constructor(topic: TopicName, file: string) {
    this.topic = topic
    this.file = file
    this.#descriptor = openSync(file, 'w')
  }

  /** Adds messages that follow those of the same partition that are here. */
  append(slice: Slice, rules: ReadingRules): void {
    const { topic, partition, messages } = slice
    const part = this.#partOf(slice)
    let lines = ''
    for (const message of messages) {
      const at = { partition, offset: message.offset, knownAtMs: message.knownAtMs }
      const skip = rules.skips?.find(RAW_SINK, topic, partition, message.offset)
      const read = skip ?? this.#read(at, message, rules)
      if (typeof read === 'string') {
        lines += read
        continue
      }
      const origin = skip === undefined ? CONTRACT_ORIGIN : RAW_SINK
      const dead = deadMessage({ origin, topic, partition }, message, read, rules.limits.deadLetterBytesMax)
      // What nobody could read otherwise stays out of the lake, too; the letter has it.
      lines += brokenLine(at, skip === undefined ? dead.payload : null, read.reason)
      this.dates.add(dayOfBroken(message.knownAtMs))
      this.dead.push(dead)
      part.dead += 1
    }
    this.bytes += writeSync(this.#descriptor!, lines)
    this.rows += messages.length
    part.consumed += messages.length
    part.next = slice.next
    part.knownAtMs.push(...sampleKnownAt(messages))
  }

  /** The line of a message that keeps its contract, or why there is none. */
  #read(at: LineHead, message: StreamMessage, { nowMs, limits }: ReadingRules): string | Unreadable {
    const parsed = parseEvent(this.topic, message.value, nowMs, limits)
    if (!parsed.ok) return { reason: parsed.problem, error: parsed.error }
    try {
      const line = eventLine(this.topic, at, parsed.event)
      this.dates.add(dayOfEvent(parsed.event))
      return line
    } catch (error) {
      return { reason: 'unreadable', error: (error as Error).message }
    }
  }

  #partOf({ topic, partition, position }: Slice): Part {
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
}
