import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { parseEvent } from '../contracts/parse.ts'
import type { TopicName } from '../contracts/topics.ts'
import { CONTRACT_ORIGIN, type DeadMessage } from './dead-letters.ts'
import { sampleKnownAt } from './metrics.ts'
import type { PartitionId } from './positions.ts'
import type { Slice } from './processor.ts'
import { brokenLine, dayOfBroken, dayOfEvent, eventLine } from './raw-table.ts'

/** What one partition put into a segment: its messages from `position` up to `next`. */
export interface Part extends PartitionId {
  position: number
  next: number
  consumed: number
  dead: number
  knownAtMs: number[]
}

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
  append(slice: Slice, nowMs: number): void {
    const { topic, partition, messages } = slice
    const part = this.#partOf(slice)
    let lines = ''
    for (const message of messages) {
      const at = { partition, offset: message.offset, knownAtMs: message.knownAtMs }
      const parsed = parseEvent(topic, message.value, nowMs)
      this.dates.add(parsed.ok ? dayOfEvent(parsed.event) : dayOfBroken(message.knownAtMs))
      if (parsed.ok) {
        lines += eventLine(at, parsed.event)
        continue
      }
      const { problem: reason, error } = parsed
      lines += brokenLine(at, message.value, reason)
      this.dead.push({ origin: CONTRACT_ORIGIN, topic, partition, message, reason, error })
      part.dead += 1
    }
    this.bytes += writeSync(this.#descriptor!, lines)
    this.rows += messages.length
    part.consumed += messages.length
    part.next = slice.next
    part.knownAtMs.push(...sampleKnownAt(messages))
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
