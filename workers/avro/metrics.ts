import { Counter, Gauge, type Registry } from 'prom-client'
import type { TopicName } from '../../contracts/topics.ts'

export interface AvroMetrics {
  count(topic: TopicName, counts: { sent: number; rejected: number }): void
}

/** @param problem why messages wait, as it is now @param schemas that are known */
export function createAvroMetrics(
  registry: Registry,
  problem: () => string | undefined,
  schemas: () => number,
): AvroMetrics {
  const registers = [registry]
  const messages = new Counter({
    name: 'shelfline_avro_messages_total',
    help: 'Messages in Avro that became events: sent, or rejected because they can not be read (they become dead letters).',
    labelNames: ['topic', 'outcome'],
    registers,
  })
  new Gauge({
    name: 'shelfline_avro_stopped',
    help: '1 while messages in Avro wait because something fails.',
    registers,
    collect() {
      this.set(problem() === undefined ? 0 : 1)
    },
  })
  new Gauge({
    name: 'shelfline_avro_schemas',
    help: 'Schemas of writers that are in memory.',
    registers,
    collect() {
      this.set(schemas())
    },
  })
  return {
    count(topic, { sent, rejected }) {
      if (sent > 0) messages.inc({ topic, outcome: 'sent' }, sent)
      if (rejected > 0) messages.inc({ topic, outcome: 'rejected' }, rejected)
    },
  }
}
