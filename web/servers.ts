/** The servers beside PostgreSQL, each reached when a page first needs it: without them the other pages work. */
import type { Client } from '@temporalio/client'
import type { Kafka } from 'kafkajs'
import { createKafka, isKafkaAway } from '../platform/kafka/kafka.ts'
import { TopicLogs } from '../platform/kafka/topic-logs.ts'
import type { Logger } from '../platform/log.ts'
import type { Settings } from '../platform/settings/settings.ts'
import { connectTemporal } from '../platform/temporal/temporal.ts'
import { UnavailableError } from '../services/errors.ts'
import type { OpenLake } from '../services/lake/open-lake.ts'

export interface Servers {
  /** @throws UnavailableError */
  temporal(): Promise<Client>
  /** @throws UnavailableError */
  topicLogs(): Promise<TopicLogs>
  /** @throws UnavailableError */
  lake(): Promise<OpenLake>
  /** Work with a client, which connects by itself. @throws UnavailableError when no broker answers */
  kafka<Result>(work: (client: Kafka) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

/** Pages look at some rows: the process has other things to do with its memory. */
const DUCKDB = { duckdbMemoryLimitMegabytes: 128, duckdbThreads: 1 }

/** Some three seconds: the person can load the page again. */
const KAFKA_RETRIES = 4

export function createServers(settings: Settings, logger: Logger): Servers {
  const client = createKafka(settings, 'shelfline-web', logger, { retries: KAFKA_RETRIES })
  const temporal = connectedOnce('Temporal', settings.temporalAddress, () => connectTemporal(settings))
  const brokers = settings.kafkaBrokers.join(', ')
  const topicLogs = connectedOnce('Kafka', brokers, async () => {
    const logs = new TopicLogs(client)
    await logs.connect()
    return logs
  })
  const lake = connectedOnce('The object store', settings.objectStoreEndpoint, async () => {
    // DuckDB is loaded when a page first needs it: it takes some 60 MB.
    const { openLake } = await import('../services/lake/open-lake.ts')
    return openLake(settings, ({ message }) => logger.warn({ error: message }, 'no checkpoint was written'), DUCKDB)
  })
  return {
    async kafka(work) {
      try {
        return await work(client)
      } catch (error) {
        if (isKafkaAway(error)) throw away('Kafka', brokers, error)
        throw error
      }
    },
    temporal: temporal.get,
    topicLogs: topicLogs.get,
    lake: lake.get,
    async close() {
      await lake.close(async (open) => open.close())
      await temporal.close((client) => client.connection.close())
      await topicLogs.close((logs) => logs.disconnect())
    },
  }
}

const away = (name: string, address: string, error: unknown): UnavailableError =>
  new UnavailableError(`${name} at ${address} is unavailable (${(error as Error).message})`, {
    fix: 'try again in a minute; `shelfline stack status` shows the servers',
  })

/** Connects at the first call; one that failed is retried at the next. */
function connectedOnce<Server>(name: string, address: string, connect: () => Promise<Server>) {
  let connected: Promise<Server> | undefined
  return {
    async get(): Promise<Server> {
      connected ??= connect()
      try {
        return await connected
      } catch (error) {
        connected = undefined
        throw away(name, address, error)
      }
    },
    async close(close: (server: Server) => Promise<unknown>): Promise<void> {
      const server = await connected?.catch(() => undefined)
      if (server !== undefined) await close(server)
    },
  }
}
