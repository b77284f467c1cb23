import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs'
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
      ({ level, log }) => {
        if (log.message.startsWith(BOUNDED_RETRIES)) return
        // An answer that says no is tried again; the error that is left in the end is raised, and told by its catcher.
        if (log.message.startsWith(ANSWER)) level = logLevel.DEBUG
        logger[level === logLevel.ERROR ? 'error' : level === logLevel.WARN ? 'warn' : 'debug'](
          { kafka: log.error ?? log.groupId ?? undefined },
          log.message,
        )
      },
  })
}

/** What kafkajs says of an idempotent producer that gives up some time. Ours should: the caller then sends again. */
const BOUNDED_RETRIES = 'Limiting retries for the idempotent producer'

const ANSWER = 'Response '

/** A producer whose retries can't double or reorder a message. Sends must ask for `acks: -1`. */
export function createProducer(kafka: Kafka): Producer {
  return kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  })
}
