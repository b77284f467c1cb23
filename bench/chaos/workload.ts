/** The events of a run, made from their number alone, and what is known of them: how many, and what they add up to. */

import { setTimeout as pause } from 'node:timers/promises'
import { DAY_MS } from '../../contracts/calendar.ts'

import type { TopicName } from '../../contracts/topics.ts'
import { createKafka, createProducer, type MessageProducer } from '../../platform/kafka/kafka.ts'
import { createLogger } from '../../platform/log.ts'
import { mixed, PRODUCTS, STORES } from '../live-state/events.ts'
import type { Site } from './site.ts'

/** The days with history end so long before today; the events that come while faults strike are of the days after. */
const LIVE_DAYS = 3
const SEND_MAX = 2_000
const SEND_EVERY_MS = 100
/** Once in this many events: one that breaks its contract, one that is no JSON, one that comes some hours late. */
const BROKEN_EVERY = 997
const GARBAGE_EVERY = 4_999
const LATE_EVERY = 331
/** Once in this many events: the one that was sent this many before is sent again. */
const COPY_EVERY = 41
const COPY_AFTER = 40
const LATE_MS = 5 * 3_600_000

type Message = [topic: TopicName, key: string, value: string]

/** What is true of the events that were sent, whatever the platform makes of them. */
export interface Truth {
  sent: number
  byTopic: Map<string, number>
  /** Units sold, each event once: thousandths are not in use. */
  unitsSold: number
}

export class Workload {
  readonly truth: Truth = { sent: 0, byTopic: new Map(), unitsSold: 0 }
  readonly firstDay: string
  readonly lastDay: string
  readonly #historyDays: number
  readonly #historyEvents: number
  readonly #startMs: number
  readonly #producer: MessageProducer
  readonly #suffix: string
  #gate: Promise<void> = Promise.resolve()
  #sending: Promise<void> = Promise.resolve()

  private constructor(site: Site, historyDays: number, historyEvents: number) {
    const today = Date.parse(new Date().toISOString().slice(0, 10))
    this.#historyDays = historyDays
    this.#historyEvents = historyEvents
    this.#startMs = today - (LIVE_DAYS + historyDays) * DAY_MS
    this.firstDay = day(this.#startMs)
    this.lastDay = day(today - (LIVE_DAYS + 1) * DAY_MS)
    this.#suffix = site.topicSuffix
    // Past the proxies: what the platform must not lose has to be in Kafka first.
    this.#producer = createProducer(createKafka(site.settings, 'chaos', createLogger({ logLevel: 'error' }, 'chaos')))
  }

  /** @param historyEvents how many events the days before the live ones have in all */
  static async open(site: Site, historyDays: number, historyEvents: number): Promise<Workload> {
    const workload = new Workload(site, historyDays, historyEvents)
    await workload.#producer.connect()
    return workload
  }

  async sendMasterData(): Promise<void> {
    const envelope = { source: 'chaos', schema_version: 1, event_at: new Date(this.#startMs - DAY_MS).toISOString() }
    const stores = range(STORES).map((number): Message => {
      const place = {
        name: `Store ${number}`,
        region: `Region ${number % 9}`,
        time_zone: 'UTC',
        country: 'GB',
        currency: 'GBP',
      }
      const store_id = `s${number}`
      return [
        'store_catalog',
        store_id,
        JSON.stringify({ ...envelope, event_id: `store-${number}`, store_id, ...place }),
      ]
    })
    const products = range(PRODUCTS).map((number): Message => {
      const text = {
        name: `Product ${number}`,
        category: `Category ${number % 40}`,
        department: `Department ${number % 7}`,
      }
      const product_id = `p${number}`
      const event = { ...envelope, event_id: `product-${number}`, product_id, ...text }
      return ['product_catalog', product_id, JSON.stringify(event)]
    })
    await this.#send(stores)
    await this.#send(products)
  }

  /** Sends all events of the days before the live ones. */
  async sendHistory(): Promise<void> {
    while (this.truth.sent < this.#historyEvents)
      await this.#sendNext(Math.min(SEND_MAX, this.#historyEvents - this.truth.sent))
  }

  /**
   * Sends live events at a steady rate until `total` were sent and the signal is aborted; what is left of them then is
   * sent at once. After `total` it continues at a tenth of the rate, so that faults never strike an idle platform.
   */
  async sendLive(total: number, ratePerSecond: number, signal: AbortSignal): Promise<void> {
    let due = 0
    let lastMs = performance.now()
    while (!signal.aborted) {
      const nowMs = performance.now()
      const rate = this.truth.sent < total ? ratePerSecond : ratePerSecond / 10
      due += ((nowMs - lastMs) / 1_000) * rate
      lastMs = nowMs
      const count = Math.min(SEND_MAX, Math.floor(due))
      due = Math.min(due - count, SEND_MAX)
      if (count > 0) await this.#sendNext(count)
      await pause(SEND_EVERY_MS)
    }
    while (this.truth.sent < total) await this.#sendNext(Math.min(SEND_MAX, total - this.truth.sent))
  }

  /** Kafka goes away on purpose: nothing may be on its way then, because a producer that is cut off can't know what arrived. */
  async whileHeld<Result>(work: () => Promise<Result>): Promise<Result> {
    const opened = Promise.withResolvers<void>()
    this.#gate = opened.promise
    try {
      await this.#sending
      return await work()
    } finally {
      opened.resolve()
    }
  }

  async close(): Promise<void> {
    await this.#producer.disconnect()
  }

  async #sendNext(count: number): Promise<void> {
    await this.#gate
    const first = this.truth.sent
    const messages = range(count).map((at) => this.#message(first + at))
    this.#sending = this.#send(messages)
    await this.#sending
    this.truth.sent += count
  }

  #message(sent: number): Message {
    const isCopy = sent % COPY_EVERY === COPY_EVERY - 1
    const number = isCopy ? sent - COPY_AFTER : sent
    const [topic, event] = mixed(number, this.#atMs(number))
    const key = String(event.store_id)
    if (number % GARBAGE_EVERY === GARBAGE_EVERY - 1) return [topic, key, `{"event_id": "g${number}`]
    if (number % BROKEN_EVERY === BROKEN_EVERY - 1) return [topic, key, JSON.stringify({ ...event, store_id: '' })]
    if (topic === 'pos_transactions' && !isCopy) this.truth.unitsSold += Number(event.quantity)
    return [topic, key, JSON.stringify(event)]
  }

  /** History is spread over its days; live events walk through theirs, at one pace whatever their rate. */
  #atMs(number: number): number {
    if (number < this.#historyEvents) {
      return this.#startMs + Math.floor((number / this.#historyEvents) * this.#historyDays * DAY_MS)
    }
    const liveMs = ((number - this.#historyEvents) * 100) % (LIVE_DAYS * DAY_MS - LATE_MS)
    const lateMs = number % LATE_EVERY === 0 ? LATE_MS : 0
    return this.#startMs + this.#historyDays * DAY_MS + LATE_MS + liveMs - lateMs
  }

  async #send(messages: readonly Message[]): Promise<void> {
    const byTopic = Map.groupBy(messages, ([topic]) => topic)
    await this.#producer.sendBatch({
      acks: -1,
      topicMessages: [...byTopic].map(([topic, members]) => ({
        topic: `${topic}${this.#suffix}`,
        messages: members.map(([, key, value]) => ({ key, value })),
      })),
    })
    for (const [topic, members] of byTopic) {
      this.truth.byTopic.set(topic, (this.truth.byTopic.get(topic) ?? 0) + members.length)
    }
  }
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
