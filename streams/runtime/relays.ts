import type { Registry } from 'prom-client'
import { createKafka, createProducer, type Sends } from '../../platform/kafka/kafka.ts'
import type { Logger } from '../../platform/log.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { relayOutbox } from './outbox.ts'
import { relayDeadLetters } from './relay.ts'
import { exportRelays } from './relay-metrics.ts'
import { repeat } from './repeat.ts'

/** What jobs decide should reach the processors well within the time that events need to become state. */
const OUTBOX_INTERVAL_MS = 200
const INTERVAL_MS = 1_000
/** Without an answer for this long the worker is unhealthy: a broker that restarts is back before. */
const UNANSWERED_MS_MAX = 60_000
/** Relays try again by themselves, and while one topic is tried others wait. */
const KAFKA = { retries: 2, requestTimeoutMs: 15_000 }

export interface Relays {
  /** @throws when no broker answers */
  connect(): Promise<void>
  start(): void
  /** What is wrong for more than a minute, in a sentence, or undefined. */
  problem(): string | undefined
  /** Finishes the rounds that are under way. */
  stop(): Promise<void>
}

interface RelaysOptions {
  settings: Settings
  logger: Logger
  pool: Pool
  /** Behind the names of topics, so that a test has its own. */
  topicSuffix: string
  registry: Registry
}

/** What is written to Kafka by way of the database: the outbox, and copies of dead letters. */
export function createRelays({ settings, logger, pool, topicSuffix, registry }: RelaysOptions): Relays {
  const kafka = createKafka(settings, 'shelfline-relays', logger, KAFKA)
  const producers = {
    outbox: createProducer(kafka),
    outbox_failing: createProducer(kafka),
    dead_letters: createProducer(kafka),
  }
  const stopping = new AbortController()
  const chores: Promise<void>[] = []
  const kafkaTopic = (topic: string) => `${topic}${topicSuffix}`
  exportRelays(registry, pool, producers)

  const everyRound = (intervalMs: number, send: () => Promise<number>) => {
    const { signal } = stopping
    const rounds = async () => {
      while (!signal.aborted && (await send()) > 0);
    }
    chores.push(repeat(signal, logger, intervalMs, rounds))
  }
  return {
    async connect() {
      await Promise.all([producers.outbox.connect(), producers.dead_letters.connect()])
    },
    start() {
      const outbox = { pool, logger, kafkaTopic }
      everyRound(OUTBOX_INTERVAL_MS, () => relayOutbox({ ...outbox, producer: producers.outbox, lane: 'healthy' }))
      everyRound(INTERVAL_MS, () => relayOutbox({ ...outbox, producer: producers.outbox_failing, lane: 'failing' }))
      everyRound(INTERVAL_MS, () => relayDeadLetters(pool, producers.dead_letters, logger, kafkaTopic))
    },
    // What the first lane can't send the second one tries.
    problem: () =>
      problemOf('the outbox', producers.outbox_failing.sends) ??
      problemOf('dead letters', producers.dead_letters.sends),
    async stop() {
      stopping.abort()
      await Promise.all(chores)
      await Promise.all(Object.values(producers).map((producer) => producer.disconnect()))
    },
  }
}

/** A relay that has nothing left to send has no problem, however its last send went. */
export function problemOf(
  what: string,
  { unansweredSinceMs, lastFailedAtMs, lastError }: Sends,
  nowMs = Date.now(),
): string | undefined {
  if (unansweredSinceMs === undefined || nowMs - unansweredSinceMs < UNANSWERED_MS_MAX) return undefined
  if (lastFailedAtMs === undefined || nowMs - lastFailedAtMs > UNANSWERED_MS_MAX) return undefined
  return `Kafka has not answered sends of ${what} since ${new Date(unansweredSinceMs).toISOString()}: ${lastError}`
}
