import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export type RefusedConnection = 'not_known' | 'unavailable' | 'broken'

export interface MqttMetrics {
  count(
    source: string,
    outcome: 'accepted' | 'rejected' | 'reported' | 'lost' | 'not_for_a_source',
    events: number,
  ): void
  observe(source: string, milliseconds: number): void
  refuse(why: RefusedConnection): void
}

/**
 * @param awaySinceMs since when what stores events does not answer, milliseconds since the epoch
 * @param state connections, and messages that are not answered yet
 */
export function createMqttMetrics(
  registry: Registry,
  awaySinceMs: () => number | undefined,
  state: { connections: () => number; messages: () => number },
): MqttMetrics {
  const registers = [registry]
  const events = new Counter({
    name: 'shelfline_mqtt_events_total',
    help: 'Events of messages by MQTT: accepted (they are stored), rejected (they become dead letters), reported (state of devices), lost (a message with QoS 0, or a will, that could not be stored), or not_for_a_source.',
    labelNames: ['source', 'outcome'],
    registers,
  })
  const seconds = new Histogram({
    name: 'shelfline_mqtt_message_seconds',
    help: 'Time from a message to its acknowledgement.',
    labelNames: ['source'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
    registers,
  })
  const refused = new Counter({
    name: 'shelfline_mqtt_refused_connections_total',
    help: 'Connections that were refused or ended: not_known (no such device or password), unavailable (Kafka does not answer), broken (no MQTT 3.1.1, or a packet that is too large).',
    labelNames: ['reason'],
    registers,
  })
  new Gauge({
    name: 'shelfline_mqtt_connections',
    help: 'Devices that are connected.',
    registers,
    collect() {
      this.set(state.connections())
    },
  })
  new Gauge({
    name: 'shelfline_mqtt_messages_in_memory',
    help: 'Messages that are not acknowledged yet.',
    registers,
    collect() {
      this.set(state.messages())
    },
  })
  new Gauge({
    name: 'shelfline_mqtt_kafka_away',
    help: '1 while no Kafka broker answers, and devices are refused.',
    registers,
    collect() {
      this.set(awaySinceMs() === undefined ? 0 : 1)
    },
  })
  return {
    count(source, outcome, count) {
      if (count > 0) events.inc({ source, outcome }, count)
    },
    observe: (source, milliseconds) => seconds.observe({ source }, milliseconds / 1000),
    refuse: (reason) => refused.inc({ reason }),
  }
}
