import { type EventOf, type TopicName, topics } from '../../contracts/topics.ts'
import { instantOf } from './time.ts'

/** One event on its way to Kafka. */
export interface WorldMessage {
  topic: TopicName
  key: string
  /** The event as JSON. */
  value: string
  /** When it reaches Kafka: its time stamp there, milliseconds since the epoch. */
  knownAtMs: number
}

export const SOURCE = 'simulation'

type Envelope = 'event_id' | 'source' | 'schema_version' | 'event_at' | 'synthetic'
export type Facts<Name extends TopicName> = Omit<EventOf<Name>, Envelope>

/** Wraps facts as events of a run, numbered by topic, and hands them over in the order in which they become known. */
export class Outbox {
  readonly #run: string
  readonly #counts = new Map<TopicName, number>()
  #waiting: { message: WorldMessage; order: number }[] = []
  #order = 0

  constructor(run: string) {
    this.#run = run
  }

  /** @param knownAtMs when it reaches Kafka; left out: when it happens */
  put<Name extends TopicName>(topic: Name, atMs: number, facts: Facts<Name>, knownAtMs = atMs): WorldMessage {
    const count = (this.#counts.get(topic) ?? 0) + 1
    this.#counts.set(topic, count)
    const value = JSON.stringify({
      event_id: `${this.#run}-${topic}-${count}`,
      source: SOURCE,
      schema_version: topics[topic].schemaVersion,
      event_at: instantOf(atMs),
      synthetic: true,
      ...facts,
    })
    const key = (facts as Record<string, unknown>)[topics[topic].key] as string
    const message = { topic, key, value, knownAtMs }
    this.repeat(message, knownAtMs)
    return message
  }

  /** Sends a message (again), with the same id. */
  repeat(message: WorldMessage, knownAtMs: number): void {
    this.#order += 1
    this.#waiting.push({ message: { ...message, knownAtMs }, order: this.#order })
  }

  /** What is known before `untilMs`, in that order. */
  take(untilMs: number): WorldMessage[] {
    const due = this.#waiting.filter(({ message }) => message.knownAtMs < untilMs)
    this.#waiting = this.#waiting.filter(({ message }) => message.knownAtMs >= untilMs)
    due.sort((one, other) => one.message.knownAtMs - other.message.knownAtMs || one.order - other.order)
    return due.map(({ message }) => message)
  }
}

/** Cents as decimal text: 1250 is `"12.50"`. */
export const money = (cents: number): string => {
  const text = String(Math.abs(cents)).padStart(3, '0')
  return `${cents < 0 ? '-' : ''}${text.slice(0, -2)}.${text.slice(-2)}`
}
/** Grams as kilograms in decimal text. */
export const kilograms = (grams: number): string =>
  `${Math.floor(grams / 1000)}.${String(grams % 1000).padStart(3, '0')}`
