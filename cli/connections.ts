/**
 * The servers that commands talk to. One that does not answer is one sentence for the person who typed the command: which, where, why and
 * what to do. The clients' own log lines are for workers, and not printed here. A client is loaded when it is needed: together they
 * take half a second.
 */
import type { Client } from '@temporalio/client'
import type { Kafka } from 'kafkajs'
import { failureReason } from '../platform/http/failure.ts'
import type { TopicLogs } from '../platform/kafka/topic-logs.ts'
import { createLogger } from '../platform/log.ts'
import { createPool, type Pool } from '../platform/postgres/postgres.ts'
import { definitions, isGiven, type Settings } from '../platform/settings/settings.ts'
import type { OpenLake } from '../services/lake/open-lake.ts'
import { actingNow } from './acting.ts'

const silent = createLogger({ logLevel: 'silent' }, 'cli')

/** @throws when PostgreSQL does not answer, or its schema is not that of this version */
export async function withPool<Result>(settings: Settings, work: (pool: Pool) => Promise<Result>): Promise<Result> {
  requireAddress('PostgreSQL', settings, definitions.postgresUrl)
  const pool = createPool(settings, silent, actingNow())
  try {
    await pool.connect().then(
      (client) => client.release(),
      (error) => {
        throw unreachable('PostgreSQL', addressOf(settings.postgresUrl), definitions.postgresUrl, error)
      },
    )
    return await work(pool)
  } catch (error) {
    if (!schemaCodes.has((error as NodeJS.ErrnoException).code ?? '')) throw error
    const address = addressOf(settings.postgresUrl)
    const { message } = error as Error
    throw new Error(`PostgreSQL at ${address} has another schema (${message}): \`shelfline migrate\` migrates it`, {
      cause: error,
    })
  } finally {
    await pool.end()
  }
}

/** Work over a connection of its own, as the role that owns the schema. @throws when PostgreSQL does not answer */
export async function withSchemaOwner<Result>(
  settings: Settings,
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  const { postgresMigrateUrl } = settings
  requireAddress('PostgreSQL', settings, definitions.postgresMigrateUrl)
  try {
    return await work(postgresMigrateUrl)
  } catch (error) {
    if (!connectionCodes.has((error as NodeJS.ErrnoException).code ?? '')) throw error
    throw unreachable('PostgreSQL', addressOf(postgresMigrateUrl), definitions.postgresMigrateUrl, error)
  }
}

/** As {@link withPool}, as the role that owns the schema and makes logins. */
export const withOwnerPool = <Result>(settings: Settings, work: (pool: Pool) => Promise<Result>): Promise<Result> => {
  requireAddress('PostgreSQL', settings, definitions.postgresMigrateUrl)
  return withPool({ ...settings, postgresUrl: settings.postgresMigrateUrl }, work)
}

/** A table, column, function or schema that is not there. */
const schemaCodes: ReadonlySet<string> = new Set(['42P01', '42703', '42883', '3F000'])

/** Some three seconds: a broker that restarts is away for longer, and the command can be typed again. */
const KAFKA_RETRIES = 4

/** @throws when no broker answers */
export async function withKafka<Result>(settings: Settings, work: (kafka: Kafka) => Promise<Result>): Promise<Result> {
  requireAddress('Kafka', settings, definitions.kafkaBrokers)
  const { createKafka, isKafkaAway } = await import('../platform/kafka/kafka.ts')
  try {
    return await work(createKafka(settings, 'shelfline-cli', silent, { retries: KAFKA_RETRIES }))
  } catch (error) {
    if (!isKafkaAway(error)) throw error
    throw unreachable('Kafka', settings.kafkaBrokers.join(', '), definitions.kafkaBrokers, error)
  }
}

/** @throws when Kafka or PostgreSQL does not answer */
export const withTopicLogs = <Result>(
  settings: Settings,
  work: (pool: Pool, topicLogs: TopicLogs, kafka: Kafka) => Promise<Result>,
): Promise<Result> =>
  withKafka(settings, async (kafka) => {
    const { TopicLogs } = await import('../platform/kafka/topic-logs.ts')
    const topicLogs = new TopicLogs(kafka)
    await topicLogs.connect()
    try {
      return await withPool(settings, (pool) => work(pool, topicLogs, kafka))
    } finally {
      await topicLogs.disconnect()
    }
  })

/** @throws when Temporal does not answer */
export async function withTemporal<Result>(
  settings: Settings,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  requireAddress('Temporal', settings, definitions.temporalAddress)
  const { connectTemporal } = await import('../platform/temporal/temporal.ts')
  const client = await connectTemporal(settings).catch((error) => {
    throw unreachable('Temporal', settings.temporalAddress, definitions.temporalAddress, error)
  })
  try {
    return await work(client)
  } finally {
    await client.connection.close()
  }
}

/** @throws when the object store does not answer */
export async function withLake<Result>(settings: Settings, work: (open: OpenLake) => Promise<Result>): Promise<Result> {
  requireAddress('Object store', settings, definitions.objectStoreEndpoint)
  const { withOpenLake } = await import('../services/lake/open-lake.ts')
  const warn = ({ message }: Error) => process.stderr.write(`shelfline: no checkpoint was written: ${message}\n`)
  try {
    return await withOpenLake(settings, warn, work)
  } catch (error) {
    if (!connectionCodes.has((error as NodeJS.ErrnoException).code ?? '')) throw error
    throw unreachable('Object store', settings.objectStoreEndpoint, definitions.objectStoreEndpoint, error)
  }
}

const connectionCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EAI_AGAIN',
])

/** At the default addresses another instance may listen. */
function requireAddress(server: string, { home }: Settings, definition: Parameters<typeof isGiven>[0]): void {
  if (isGiven(definition)) return
  throw new Error(
    `${server} has no address: no instance runs in ${home}. \`shelfline stack up\` starts it; ${definition.environment} sets an address`,
  )
}

function unreachable(server: string, address: string, { environment }: { environment: string }, error: unknown): Error {
  const fix = `\`shelfline stack up\` starts it; ${environment} sets the address`
  return new Error(`${server} at ${address} is unavailable (${causeOf(error)}): ${fix}`, { cause: error })
}

const causeOf = (error: unknown): string =>
  failureReason(error)
    .replace(/^Connection error: /, '')
    .replace(/[.\s]+$/, '')

/** Without the password. */
const addressOf = (url: string): string => {
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}
