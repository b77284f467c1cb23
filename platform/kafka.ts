import { Kafka, logLevel, type Producer } from 'kafkajs'
import type { Logger } from './log.ts'
import type { Settings } from './settings.ts'

/** The Kafka client; its own log lines go to ours. */
export function createKafka(settings: Pick<Settings, 'kafkaBrokers'>, clientId: string, logger: Logger): Kafka {
  return new Kafka({
    clientId,
    brokers: [...settings.kafkaBrokers],
    connectionTimeout: 5_000,
    requestTimeout: 30_000,
    retry: { initialRetryTime: 200, maxRetryTime: 5_000, retries: 8 },
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ level, log }) =>
        logger[level === logLevel.ERROR ? 'error' : level === logLevel.WARN ? 'warn' : 'debug'](
          { kafka: log.error ?? log.groupId ?? undefined },
          log.message,
        ),
  })
}

/** A producer whose retries can't double or reorder a message. Sends must ask for `acks: -1`. */
export function createProducer(kafka: Kafka): Producer {
  return kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false })
}
