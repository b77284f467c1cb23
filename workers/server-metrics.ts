/** Figures of the servers, for Prometheus: read by each batch worker, so that it is there when no stream worker is. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Admin, Kafka } from 'kafkajs'
import { Counter, Gauge, type Registry } from 'prom-client'
import { createKafka } from '../platform/kafka/kafka.ts'
import { TopicLogs } from '../platform/kafka/topic-logs.ts'
import type { Logger } from '../platform/log.ts'
import type { ObjectStore } from '../platform/object-store/object-store.ts'
import type { Pool } from '../platform/postgres/postgres.ts'
import { statement } from '../platform/postgres/sql.ts'
import type { Settings } from '../platform/settings/settings.ts'
import { streamStatus } from '../streams/runtime/status.ts'

const statements = {
  server: statement('workers/postgres_server.sql'),
  late: statement('ledger/daily_etl_late.sql'),
}

const READ_MS = 15_000
/** A server that answers later is away for this reading. */
const ANSWER_MS_MAX = 10_000
/** Figures that are older mean nothing now, and are left out. */
const AGE_MS_MAX = 60_000
/** Of other people's consumer groups; their topics and partitions are Kafka's to bound. */
const GROUPS_MAX = 200

interface PostgresServer {
  active: number
  idleInTransaction: number
  total: number
  waiting: number
  oldestTransactionSeconds: number
  connectionsMax: number
  databaseBytes: number
  commits: number
  rollbacks: number
  deadlocks: number
  blocksFromMemory: number
  blocksFromDisk: number
  slotBytes: number
  transactionIdAge: number
}

interface KafkaServer {
  brokers: number
  underReplicated: number
  offline: number
  partitions: number
}

interface Sample {
  labels: Record<string, string>
  value: number
}

interface WatchOptions {
  settings: Settings
  pool: Pool
  objectStore: ObjectStore
  logger: Logger
  registry: Registry
}

/** Reads every 15 seconds until it is stopped. A server that does not answer is a figure, not an error. */
export function watchServers(options: WatchOptions): { stop(): Promise<void> } {
  const { settings, pool, objectStore, logger, registry } = options
  const stopping = new AbortController()
  const kafka = new KafkaWatch(
    createKafka(settings, 'shelfline-metrics', logger, { retries: 1, requestTimeoutMs: 5_000 }),
  )
  const readings = {
    postgres: new Reading<PostgresServer>('postgres', logger, () => readPostgres(pool)),
    kafka: new Reading<KafkaServer>('kafka', logger, () => kafka.server()),
    objectStore: new Reading<true>('object store', logger, () => answers(objectStore, settings.lakePrefix)),
    groups: new Reading<Sample[]>('lag of consumer groups', logger, () => kafka.groupLags()),
    positions: new Reading<Sample[][]>('lag of positions', logger, () => kafka.positions(pool)),
    late: new Reading<boolean>('daily ETL', logger, () => isDailyEtlLate(pool, settings.timeZone)),
  }
  exportPostgres(registry, readings.postgres)
  exportKafka(registry, readings)
  exportState(registry, readings)

  async function readUntilStopped(): Promise<void> {
    while (!stopping.signal.aborted) {
      await Promise.all(Object.values(readings).map((reading) => reading.read(stopping.signal)))
      await pause(READ_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const reading = readUntilStopped()
  return {
    async stop() {
      stopping.abort()
      await reading
      await kafka.close()
    },
  }
}

/** The last answer to one question. A question that is still under way is not asked again. */
class Reading<Value> {
  readonly #name: string
  readonly #logger: Logger
  readonly #ask: () => Promise<Value>
  #asked: Promise<void> | undefined
  #answer: { value: Value; atMs: number } | undefined
  #isFailing: boolean | undefined

  constructor(name: string, logger: Logger, ask: () => Promise<Value>) {
    this.#name = name
    this.#logger = logger
    this.#ask = ask
  }

  /** Undefined when there is none that is recent. */
  get value(): Value | undefined {
    const isRecent = this.#answer !== undefined && performance.now() - this.#answer.atMs < AGE_MS_MAX
    return isRecent ? this.#answer!.value : undefined
  }

  /** Whether the last question was answered in time; undefined before the first. */
  get isAnswered(): boolean | undefined {
    return this.#isFailing === undefined ? undefined : !this.#isFailing
  }

  /** Waits for the answer, at most ten seconds, and not when the worker stops. */
  async read(signal: AbortSignal): Promise<void> {
    this.#asked ??= this.#askOnce().finally(() => {
      this.#asked = undefined
    })
    const late = new AbortController()
    const isLate = await Promise.race([
      this.#asked.then(() => false),
      pause(ANSWER_MS_MAX, true, { signal: AbortSignal.any([late.signal, signal]) }).catch(() => false),
    ])
    late.abort()
    if (isLate) this.#note(`no answer within ${ANSWER_MS_MAX / 1000} s`)
  }

  async #askOnce(): Promise<void> {
    try {
      this.#answer = { value: await this.#ask(), atMs: performance.now() }
      this.#note(undefined)
    } catch (error) {
      this.#note((error as Error).message)
    }
  }

  #note(problem: string | undefined): void {
    const isFailing = problem !== undefined
    if (isFailing && this.#isFailing !== true) {
      this.#logger.warn({ subject: this.#name, error: problem }, 'figures for /metrics can not be read')
    }
    this.#isFailing = isFailing
  }
}

const readPostgres = async (pool: Pool): Promise<PostgresServer> =>
  (await pool.query<PostgresServer>(statements.server)).rows[0]!

/** @throws when it does not list */
/** Asks where this process may look. */
async function answers(objectStore: ObjectStore, folder: string): Promise<true> {
  for await (const _ of objectStore.list(`${folder}/`)) break
  return true
}

const isDailyEtlLate = async (pool: Pool, timeZone: string): Promise<boolean> =>
  (await pool.query<{ isLate: boolean }>(statements.late, [timeZone])).rows[0]!.isLate

/** Kafka's side. Connections that broke are made again for the next question. */
class KafkaWatch {
  readonly #kafka: Kafka
  #open: Promise<{ admin: Admin; topicLogs: TopicLogs }> | undefined
  /** By partition: where a position has not moved although messages wait, and since when. */
  #standing = new Map<string, { position: number; sinceMs: number }>()

  constructor(kafka: Kafka) {
    this.#kafka = kafka
  }

  server = (): Promise<KafkaServer> =>
    this.#ask(async ({ admin }) => {
      const [{ brokers }, { topics }] = await Promise.all([admin.describeCluster(), admin.fetchTopicMetadata()])
      const partitions = topics.flatMap((topic) => topic.partitions)
      return {
        brokers: brokers.length,
        partitions: partitions.length,
        underReplicated: partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length,
        offline: partitions.filter(({ leader }) => leader < 0).length,
      }
    })

  /** Of each group and topic: messages behind the offsets that the group has committed to Kafka. */
  groupLags = (): Promise<Sample[]> =>
    this.#ask(async ({ admin, topicLogs }) => {
      const { groups } = await admin.listGroups()
      const samples: Sample[] = []
      for (const { groupId } of groups.slice(0, GROUPS_MAX)) {
        const committed = await admin.fetchOffsets({ groupId })
        const logs = await topicLogs.describe(committed.map(({ topic }) => topic))
        for (const { topic, partitions } of committed) {
          const ends = logs.get(topic)?.partitions
          const value = partitions.reduce((sum, { partition, offset }) => {
            const end = ends?.get(partition)?.end
            return Number(offset) < 0 || end === undefined ? sum : sum + Math.max(0, end - Number(offset))
          }, 0)
          samples.push({ labels: { group: groupId, topic }, value })
        }
      }
      return samples
    })

  /** Of each processor and topic, by the positions in the database: messages behind, and for how long it has not moved on. */
  positions = (pool: Pool): Promise<Sample[][]> =>
    this.#ask(async ({ topicLogs }) => {
      const now = performance.now()
      const lags = new Map<string, Sample>()
      const waits = new Map<string, Sample>()
      const standing = new Map<string, { position: number; sinceMs: number }>()
      for (const one of await streamStatus(pool, topicLogs, (topic) => topic)) {
        const { processor, topic, partition, position, isPaused } = one
        const key = `${processor}/${topic}`
        const lag = lags.get(key) ?? { labels: { processor, topic }, value: 0 }
        lags.set(key, { ...lag, value: lag.value + (one.lag ?? 0) })
        const wait = waits.get(processor) ?? { labels: { processor }, value: 0 }
        waits.set(processor, wait)
        // A pause is a decision of a person.
        if (isPaused || (one.lag ?? 0) === 0) continue
        const before = this.#standing.get(`${key}/${partition}`)
        const since = before?.position === position ? before.sinceMs : now
        standing.set(`${key}/${partition}`, { position, sinceMs: since })
        wait.value = Math.max(wait.value, (now - since) / 1000)
      }
      this.#standing = standing
      return [[...lags.values()], [...waits.values()]]
    })

  async close(): Promise<void> {
    const open = await this.#open?.catch(() => undefined)
    await Promise.all([open?.admin.disconnect(), open?.topicLogs.disconnect()])
  }

  async #ask<Answer>(work: (open: { admin: Admin; topicLogs: TopicLogs }) => Promise<Answer>): Promise<Answer> {
    this.#open ??= this.#connect()
    const asked = this.#open
    try {
      return await work(await asked)
    } catch (error) {
      if (this.#open === asked) {
        this.#open = undefined
        void asked
          .then(({ admin, topicLogs }) => Promise.all([admin.disconnect(), topicLogs.disconnect()]))
          .catch(() => undefined)
      }
      throw error
    }
  }

  async #connect(): Promise<{ admin: Admin; topicLogs: TopicLogs }> {
    const open = { admin: this.#kafka.admin(), topicLogs: new TopicLogs(this.#kafka) }
    await Promise.all([open.admin.connect(), open.topicLogs.connect()])
    return open
  }
}

interface Readings {
  postgres: Reading<PostgresServer>
  kafka: Reading<KafkaServer>
  objectStore: Reading<true>
  groups: Reading<Sample[]>
  positions: Reading<Sample[][]>
  late: Reading<boolean>
}

interface Exported<Value> {
  name: string
  help: string
  labelNames?: string[]
  samples: (value: Value) => Sample[]
}

const one = (value: number): Sample[] => [{ labels: {}, value }]
const by = (label: string, values: Readonly<Record<string, number>>): Sample[] =>
  Object.entries(values).map(([name, value]) => ({ labels: { [label]: name }, value }))

/** Exports a reading; while there is none, nothing. */
function exporter<Value>(registry: Registry, reading: Reading<Value>) {
  const fill = (target: { reset(): void }, set: (sample: Sample) => void, samples: Exported<Value>['samples']) => {
    target.reset()
    const { value } = reading
    if (value !== undefined) for (const sample of samples(value)) set(sample)
  }
  return {
    gauge({ samples, labelNames = [], ...named }: Exported<Value>) {
      new Gauge({
        ...named,
        labelNames,
        registers: [registry],
        collect() {
          fill(this, ({ labels, value }) => this.set(labels, value), samples)
        },
      })
    },
    counter({ samples, labelNames = [], ...named }: Exported<Value>) {
      new Counter({
        ...named,
        labelNames,
        registers: [registry],
        collect() {
          fill(this, ({ labels, value }) => this.inc(labels, value), samples)
        },
      })
    },
  }
}

function exportPostgres(registry: Registry, reading: Reading<PostgresServer>): void {
  const { gauge, counter } = exporter(registry, reading)
  gauge({
    name: 'shelfline_postgres_connections',
    help: 'Sessions of clients on the PostgreSQL server, by state.',
    labelNames: ['state'],
    samples: ({ active, idleInTransaction, total }) =>
      by('state', { active, idle_in_transaction: idleInTransaction, idle: total - active - idleInTransaction }),
  })
  gauge({
    name: 'shelfline_postgres_connections_max',
    help: 'Sessions that the PostgreSQL server accepts (max_connections).',
    samples: ({ connectionsMax }) => one(connectionsMax),
  })
  gauge({
    name: 'shelfline_postgres_lock_waits',
    help: 'Sessions that wait for a lock.',
    samples: ({ waiting }) => one(waiting),
  })
  gauge({
    name: 'shelfline_postgres_oldest_transaction_seconds',
    help: 'Age of the oldest open transaction.',
    samples: ({ oldestTransactionSeconds }) => one(oldestTransactionSeconds),
  })
  gauge({
    name: 'shelfline_postgres_database_bytes',
    help: 'Size of the database on disk.',
    samples: ({ databaseBytes }) => one(databaseBytes),
  })
  gauge({
    name: 'shelfline_postgres_slot_bytes',
    help: 'Write-ahead log that the replication slot that is furthest behind keeps.',
    samples: ({ slotBytes }) => one(slotBytes),
  })
  gauge({
    name: 'shelfline_postgres_transaction_id_age',
    help: 'Transactions since the oldest row was frozen; the server stops at 2,000,000,000.',
    samples: ({ transactionIdAge }) => one(transactionIdAge),
  })
  counter({
    name: 'shelfline_postgres_transactions_total',
    help: 'Transactions of the database, by their end.',
    labelNames: ['end'],
    samples: ({ commits, rollbacks }) => by('end', { commit: commits, rollback: rollbacks }),
  })
  counter({
    name: 'shelfline_postgres_blocks_total',
    help: 'Blocks of 8 KiB that statements have read, by where from.',
    labelNames: ['from'],
    samples: ({ blocksFromMemory, blocksFromDisk }) => by('from', { memory: blocksFromMemory, disk: blocksFromDisk }),
  })
  counter({
    name: 'shelfline_postgres_deadlocks_total',
    help: 'Deadlocks that the server has ended.',
    samples: ({ deadlocks }) => one(deadlocks),
  })
}

function exportKafka(registry: Registry, { kafka, groups }: Readings): void {
  const { gauge } = exporter(registry, kafka)
  gauge({
    name: 'shelfline_kafka_brokers',
    help: 'Brokers of the cluster that are there.',
    samples: ({ brokers }) => one(brokers),
  })
  gauge({
    name: 'shelfline_kafka_partitions',
    help: 'Partitions of all topics: all, those with a replica that is behind or away, and those without a leader.',
    labelNames: ['state'],
    samples: ({ partitions, underReplicated, offline }) =>
      by('state', { all: partitions, under_replicated: underReplicated, offline }),
  })
  exporter(registry, groups).gauge({
    name: 'shelfline_kafka_group_lag_messages',
    help: 'Messages behind the offsets that a consumer group has committed to Kafka.',
    labelNames: ['group', 'topic'],
    samples: (lags) => lags,
  })
}

function exportState(registry: Registry, { postgres, kafka, objectStore, positions, late }: Readings): void {
  new Gauge({
    name: 'shelfline_server_up',
    help: '1 while the server answers this worker.',
    labelNames: ['server'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [server, { isAnswered }] of Object.entries({ postgres, kafka, object_store: objectStore })) {
        if (isAnswered !== undefined) this.set({ server }, isAnswered ? 1 : 0)
      }
    },
  })
  const { gauge } = exporter(registry, positions)
  gauge({
    name: 'shelfline_position_lag_messages',
    help: 'Messages behind the position of a processor in the database, also while no stream worker runs.',
    labelNames: ['processor', 'topic'],
    samples: ([lags]) => lags!,
  })
  gauge({
    name: 'shelfline_position_wait_seconds',
    help: 'How long a processor has not moved on in a partition although messages wait; a paused one counts 0.',
    labelNames: ['processor'],
    samples: ([, waits]) => waits!,
  })
  exporter(registry, late).gauge({
    name: 'shelfline_daily_etl_late',
    help: '1 from 09:30 in the time zone of the schedules on, while the sales of yesterday are not built.',
    samples: (isLate) => one(isLate ? 1 : 0),
  })
}
