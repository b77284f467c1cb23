import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export interface ReceiverMetrics {
  count(source: string, outcome: { accepted: number; rejected: { length: number } }): void
  observe(source: string, status: number, milliseconds: number): void
  setBytes(bytes: number): void
  observeSend(messages: number, milliseconds: number): void
}

/** @param awaySinceMs since when no broker answers, milliseconds since the epoch */
export function createMetrics(registry: Registry, awaySinceMs: () => number | undefined): ReceiverMetrics {
  const registers = [registry]
  const events = new Counter({
    name: 'shelfline_receive_events_total',
    help: 'Events of answered requests: accepted (Kafka has them) or rejected.',
    labelNames: ['source', 'outcome'],
    registers,
  })
  const seconds = new Histogram({
    name: 'shelfline_receive_request_seconds',
    help: 'Time from the first byte of a request to its answer.',
    labelNames: ['source', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
    registers,
  })
  const bytes = new Gauge({
    name: 'shelfline_receive_body_bytes',
    help: 'Bytes of bodies that are in memory.',
    registers,
  })
  const sends = new Histogram({
    name: 'shelfline_receive_send_seconds',
    help: 'Time until Kafka has acknowledged a batch.',
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 5],
    registers,
  })
  const messages = new Counter({
    name: 'shelfline_receive_sent_messages_total',
    help: 'Messages that Kafka has acknowledged, rejected events among them.',
    registers,
  })
  new Gauge({
    name: 'shelfline_receive_kafka_away',
    help: '1 while no Kafka broker answers, and requests are refused with 503.',
    registers,
    collect() {
      this.set(awaySinceMs() === undefined ? 0 : 1)
    },
  })
  return {
    count(source, { accepted, rejected }) {
      if (accepted > 0) events.inc({ source, outcome: 'accepted' }, accepted)
      if (rejected.length > 0) events.inc({ source, outcome: 'rejected' }, rejected.length)
    },
    observe: (source, status, milliseconds) => seconds.observe({ source, status }, milliseconds / 1000),
    setBytes: (count) => bytes.set(count),
    observeSend(count, milliseconds) {
      sends.observe(milliseconds / 1000)
      messages.inc(count)
    },
  }
}
