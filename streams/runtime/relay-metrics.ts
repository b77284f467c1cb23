import { Counter, Gauge, type Registry } from 'prom-client'
import type { MessageProducer } from '../../platform/kafka/kafka.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'

const statements = {
  waiting: statement('streams/relays/oldest_waiting.sql'),
  unsent: statement('streams/relays/count_unsent.sql'),
}

/**
 * Reports how long messages wait for Kafka, read from the database at each scrape. Every stream worker reports the same. While
 * the database can't be read these metrics are left out: the others are needed most then.
 */
export function exportRelays(
  registry: Registry,
  pool: Pool,
  producers: Readonly<Record<string, MessageProducer>>,
): void {
  const registers = [registry]
  const read = async <Row extends object>(query: string) =>
    (await pool.query<Row>(query).catch(() => ({ rows: [] as Row[] }))).rows
  new Gauge({
    name: 'shelfline_relay_oldest_seconds',
    help: 'Seconds that the oldest message has waited for Kafka, by relay and topic.',
    labelNames: ['relay', 'topic'],
    registers,
    async collect() {
      const rows = await read<{ relay: string; topic: string; seconds: number }>(statements.waiting)
      this.reset()
      for (const { relay, topic, seconds } of rows) this.set({ relay, topic }, seconds)
    },
  })
  new Gauge({
    name: 'shelfline_relay_unsent_messages',
    help: 'Messages that Kafka rejects and that wait for a decision.',
    labelNames: ['relay', 'topic', 'reason'],
    registers,
    async collect() {
      const rows = await read<{ relay: string; topic: string; reason: string; messages: number }>(statements.unsent)
      this.reset()
      for (const { relay, topic, reason, messages } of rows) this.set({ relay, topic, reason }, messages)
    },
  })
  new Counter({
    name: 'shelfline_producer_failed_sends_total',
    help: "Sends to Kafka that failed, after the client's own retries.",
    labelNames: ['producer'],
    registers,
    collect() {
      this.reset()
      for (const [producer, { sends }] of Object.entries(producers)) this.inc({ producer }, sends.failed)
    },
  })
}
