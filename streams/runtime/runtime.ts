import { setTimeout as pause } from 'node:timers/promises'
import type { Kafka } from 'kafkajs'
import pLimit, { type LimitFunction } from 'p-limit'
import type { Registry } from 'prom-client'
import type { TopicName } from '../../contracts/topics.ts'
import { createKafka } from '../../platform/kafka/kafka.ts'
import { type PartitionLog, TopicLogs } from '../../platform/kafka/topic-logs.ts'
import type { Logger } from '../../platform/log.ts'
import { createObjectStore, isListening } from '../../platform/object-store/object-store.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { createVault } from '../../platform/vault.ts'
import { type CustomerDoor, createCustomerDoor } from '../privacy/customer-door.ts'
import { resealDoorKey } from '../privacy/customer-keys.ts'
import { anomalyScores } from '../processors/anomaly-scores.ts'
import { deviceState } from '../processors/device-state.ts'
import { enrichedSales } from '../processors/enriched-sales.ts'
import { goodsReceipts } from '../processors/goods-receipts.ts'
import { onlineOrders } from '../processors/online-orders.ts'
import { payments } from '../processors/payments.ts'
import { policies } from '../processors/policies.ts'
import { referenceData } from '../processors/reference-data.ts'
import { salesState } from '../processors/sales-state.ts'
import { salesWindows } from '../processors/sales-windows.ts'
import { shelfState } from '../processors/shelf-state.ts'
import { tillClosings } from '../processors/till-closings.ts'
import { warehouseState } from '../processors/warehouse-state.ts'
import { RAW_SINK, RawSink, rawTopics } from '../raw/raw-sink.ts'
import { pausedProcessors } from './controls.ts'
import { retryPassing } from './database-errors.ts'
import { Intake, type IntakeOptions } from './intake.ts'
import { type OpenedPosition, openInLog, partitionLog } from './log-numbers.ts'
import { createStreamMetrics, type PartitionLag, type StreamMetrics } from './metrics.ts'
import { MissingTopics } from './missing-topics.ts'
import { type PartitionId, type Problem, setProblem, unreadableAt } from './positions.ts'
import type { Processor, ReadObject } from './processor.ts'
import { createRelays } from './relays.ts'
import { repeat } from './repeat.ts'
import { Signatures } from './signatures.ts'
import { Skips } from './skips.ts'
import { createTransactionalHandler } from './transactional.ts'
import { Watched } from './watched.ts'

/** Processors that keep their effects in PostgreSQL. Adding one: its file, its statements, and its line here. */
export const productProcessors: readonly Processor[] = [
  salesState,
  salesWindows,
  enrichedSales,
  anomalyScores,
  onlineOrders,
  shelfState,
  warehouseState,
  goodsReceipts,
  policies,
  referenceData,
  tillClosings,
  payments,
  deviceState,
]

export const processorNames: readonly string[] = [RAW_SINK, ...productProcessors.map(({ name }) => name)]

/** What each processor reads. */
export const processorTopics: ReadonlyMap<string, readonly TopicName[]> = new Map([
  [RAW_SINK, rawTopics],
  ...productProcessors.map(({ name, topics }) => [name, topics] as const),
])

export const consumerGroup = (processor: string, topicSuffix = ''): string => `shelfline.${processor}${topicSuffix}`

export interface StreamOptions {
  settings: Settings
  logger: Logger
  /** Left out: all of them. */
  processorNames?: readonly string[]
  /** Processors that can be named; left out: the product's own. */
  processors?: readonly Processor[]
  /** Appended to the names of topics and consumer groups, so that a test has its own. */
  topicSuffix?: string
  /** The reader's clock, by which events from the future are recognised; milliseconds since the epoch. */
  nowMs?: () => number
}

export interface Streams {
  registry: Registry
  /** What is wrong, in a sentence, or undefined. */
  health(): string | undefined
  /** What is waited for, a sentence each: nothing is wrong with this process. */
  waiting(): readonly string[]
  /** Rejects when a stream can't continue; the process should stop then, and be started again. */
  failed: Promise<never>
  /** Finishes what is being worked on, commits it and leaves the groups. */
  stop(): Promise<void>
}

/** One stream that runs: its reader, and what has to be flushed and closed with it. */
interface Stream {
  name: string
  intake: Intake
  /** It is started once this is true. */
  canStart?: () => Promise<boolean>
  /** What that waits for. */
  waitsFor?: string
  close?: () => Promise<void>
}

const CONTROL_INTERVAL_MS = 1_000
const CAN_START_POLL_MS = 500
const LANES = 2
/** Large slices: many sales of one store and product are one row to update. */
const SLICE_MESSAGES_MAX = 5_000
const SLICE_BYTES_MAX = 2 * 1024 * 1024
/** What all processors of a worker together may hold, and work on at once: for its memory, and because the cores are few. */
const BUFFERED_BYTES_IN_ALL_MAX = 8 * 1024 * 1024
const SLICES_AT_ONCE_MAX = 2
/** The raw sink collects in a file, so that nothing is gained by large slices in memory. */
const RAW_SLICE_MESSAGES_MAX = 2_000
const RAW_SLICE_BYTES_MAX = 1024 * 1024
const RAW_BUFFERED_BYTES_MAX = 4 * 1024 * 1024

/** Starts the processors: each with its own consumer group, all in this process. */
export async function startStreams(options: StreamOptions): Promise<Streams> {
  const { settings, logger, topicSuffix = '' } = options
  const names = options.processorNames ?? processorNames
  const kafka = createKafka(settings, 'shelfline-streams', logger)
  const pool = createPool(settings, logger, { via: 'stream' })
  const objectStore = createObjectStore(settings)
  const topicLogs = new TopicLogs(kafka)
  const failure = Promise.withResolvers<never>()
  failure.promise.catch(() => undefined)
  const streams: Stream[] = []
  const kafkaTopic = (topic: TopicName) => `${topic}${topicSuffix}`
  const skips = new Skips()
  const metrics = createStreamMetrics(
    () => partitionLags(streams, topicLogs, kafkaTopic),
    () => skips.waiting(),
  )
  const missingTopics = new MissingTopics(topicLogs, logger)
  const stopping = new AbortController()
  const waiting = new Set<Stream>()
  const chores: Promise<void>[] = []
  const relays = createRelays({ settings, logger, pool, topicSuffix, registry: metrics.registry })
  const stop = async () => {
    stopping.abort()
    await Promise.all(chores)
    await Promise.all(streams.map(({ intake }) => intake.stop()))
    await Promise.all(streams.map(({ close }) => close?.()))
    await Promise.all([topicLogs.disconnect(), relays.stop()])
    objectStore.close()
    await pool.end()
  }
  // One for all processors of the worker: they read the same events.
  const vault = createVault(settings)
  const door = createCustomerDoor(pool, vault)
  const signatures = new Signatures(pool, vault, settings)
  const shared = { limit: pLimit(SLICES_AT_ONCE_MAX), bufferedBytesMax: bufferedBytesMax(names.length) }
  const parts: Parts = {
    ...options,
    ...shared,
    kafka,
    topicLogs,
    pool,
    door,
    metrics,
    skips,
    signatures,
    missingTopics,
    kafkaTopic,
    onFailed: failure.reject,
    readObject: objectStore.get,
  }
  try {
    await Promise.all([topicLogs.connect(), relays.connect(), resealDoorKey(pool, vault)])
    for (const name of names) streams.push(await createStream(parts, name))
    await followControls(pool, streams, skips)
    await Promise.all(
      streams.map(async (stream) => {
        if ((await stream.canStart?.()) ?? true) await stream.intake.start()
        else waiting.add(stream)
      }),
    )
  } catch (error) {
    // An open connection would keep the process alive with nothing to do.
    await stop()
    throw explained(error as Error)
  }
  logger.info({ processors: names }, 'streams are running')
  const controls = new Watched('pauses, skips and decisions are not followed', metrics.chore('controls'), () =>
    followControls(pool, streams, skips),
  )
  const topics = new Watched('missing topics are not looked for', metrics.chore('missing_topics'), () =>
    missingTopics.look(),
  )
  for (const chore of [controls, topics]) {
    chores.push(repeat(stopping.signal, logger, CONTROL_INTERVAL_MS, () => chore.run()))
  }
  for (const stream of waiting) {
    logger.warn({ processor: stream.name }, sentenceOf(stream))
    const started = startWhenItCan(stream, stopping.signal).then(() => waiting.delete(stream))
    chores.push(started.then(() => undefined, failure.reject))
  }
  relays.start()
  return {
    registry: metrics.registry,
    failed: failure.promise,
    health() {
      const outside = streams.filter((stream) => !stream.intake.isJoined && !waiting.has(stream))
      const names = outside.map(({ name }) => name).join(', ')
      const notJoined = outside.length > 0 ? `not in their consumer group: ${names}` : undefined
      const problems = [notJoined, missingTopics.problem(), controls.problem(), topics.problem(), relays.problem()]
      return problems.filter((problem) => problem !== undefined).join('; ') || undefined
    },
    waiting: () => [...waiting].map(sentenceOf),
    stop,
  }
}

const sentenceOf = ({ name, waitsFor }: Stream): string => `${name} waits for ${waitsFor}`

/** Its messages wait in Kafka meanwhile, and the other processors work. */
async function startWhenItCan({ intake, canStart }: Stream, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if (await canStart!()) return intake.start()
    await pause(CAN_START_POLL_MS, undefined, { signal }).catch(() => undefined)
  }
}

const UNDEFINED_TABLE = '42P01'

function explained(error: Error & { code?: string }): Error {
  if (error.code !== UNDEFINED_TABLE) return error
  return new Error(`streams: ${error.message}; \`shelfline migrate\` brings the schema up to date`, { cause: error })
}

interface Parts extends StreamOptions {
  kafka: Kafka
  topicLogs: TopicLogs
  pool: Pool
  door: CustomerDoor
  metrics: StreamMetrics
  skips: Skips
  signatures: Signatures
  missingTopics: MissingTopics
  kafkaTopic: (topic: TopicName) => string
  limit: LimitFunction
  bufferedBytesMax: number
  onFailed: (error: Error) => void
  readObject: ReadObject
}

const bufferedBytesMax = (processors: number): number => Math.floor(BUFFERED_BYTES_IN_ALL_MAX / processors)

async function createStream(parts: Parts, name: string): Promise<Stream> {
  if (name === RAW_SINK) return createRawStream(parts)
  const processor = (parts.processors ?? productProcessors).find((known) => known.name === name)
  if (processor === undefined) {
    throw new Error(`streams: processor "${name}" is unknown: it is one of ${processorNames.join(', ')}`)
  }
  const {
    pool,
    door,
    logger,
    metrics,
    limit,
    readObject,
    skips,
    signatures,
    settings: limits,
    nowMs = Date.now,
  } = parts
  const shared = { pool, door, logger, metrics, nowMs, limits, skips, signatures, readObject }
  const apply = createTransactionalHandler({ ...shared, processor })
  const intake = new Intake({
    ...(await intakeOptions(parts, name, processor.topics)),
    lanes: LANES,
    sliceMessagesMax: SLICE_MESSAGES_MAX,
    sliceBytesMax: SLICE_BYTES_MAX,
    bufferedBytesMax: parts.bufferedBytesMax,
    limit,
    open: opener(parts, name, (id, log) => openInLog(pool, name, id, log)),
    handle: apply,
  })
  return { name, intake }
}

type CommonOptions = Omit<
  IntakeOptions,
  'lanes' | 'sliceMessagesMax' | 'sliceBytesMax' | 'bufferedBytesMax' | 'open' | 'handle'
>

async function intakeOptions(parts: Parts, name: string, topics: readonly TopicName[]): Promise<CommonOptions> {
  const { kafka, topicLogs, pool, logger, settings, missingTopics, kafkaTopic, topicSuffix, onFailed } = parts
  const logs = await topicLogs.describe(topics.map(kafkaTopic))
  // Its group is joined all the same: what Kafka has is read, and what it has not is assigned when it is there.
  missingTopics.note(
    name,
    topics.map(kafkaTopic).filter((topic) => !logs.has(topic)),
  )
  return {
    kafka,
    topicLogs,
    logger,
    topics,
    kafkaTopic,
    onFailed,
    groupId: consumerGroup(name, topicSuffix),
    partitions: [...logs.values()].reduce((sum, { partitions }) => sum + partitions.size, 0),
    sessionTimeoutMs: settings.kafkaSessionTimeoutMs,
    async onUnreadable(id, position, next, reason) {
      const text = `offsets ${position} to ${next - 1} can't be read: ${reason}; to continue after them: \`shelfline streams accept-loss\``
      await retryPassing(logger, () => keepProblem(pool, logger, name, id, { text, loss: { position, next } }))
    },
  }
}

async function createRawStream(parts: Parts): Promise<Stream> {
  const { settings, pool, door, logger, metrics, skips, onFailed, nowMs = Date.now } = parts
  const common = await intakeOptions(parts, RAW_SINK, rawTopics)
  const sink: RawSink = await RawSink.open({
    settings,
    pool,
    door,
    logger,
    metrics,
    nowMs,
    skips,
    onFailed,
    onLost: (partition) => intake.reopen(partition),
    onStored: (partition, position) => intake.hint(partition, position),
  })
  const intake: Intake = new Intake({
    ...common,
    lanes: 1,
    sliceMessagesMax: RAW_SLICE_MESSAGES_MAX,
    sliceBytesMax: RAW_SLICE_BYTES_MAX,
    bufferedBytesMax: RAW_BUFFERED_BYTES_MAX,
    open: opener(parts, RAW_SINK, (id, log) => sink.openPartition(id, log)),
    // What was read before it is stored first: the loss begins where the lake ends.
    onUnreadable: async (...loss) => {
      await sink.flush()
      await common.onUnreadable(...loss)
    },
    handle: (slice) => sink.take(slice),
    onAssigned: () => sink.discard(),
    flush: () => sink.flush(),
  })
  return {
    name: RAW_SINK,
    intake,
    close: () => sink.close(),
    canStart: () => isListening(settings),
    waitsFor: `the object store at ${settings.objectStoreEndpoint}`,
  }
}

type Open = (id: PartitionId, log: PartitionLog) => Promise<OpenedPosition>

/** Opens partitions of a processor, and keeps why one can't be read where `streams status` shows it. */
function opener({ pool, logger }: Parts, processor: string, open: Open): IntakeOptions['open'] {
  return (id, log, isStopped) =>
    retryPassing(logger, async () => {
      const found = partitionLog(log, id)
      const opened = typeof found === 'string' ? { position: 0, base: 0, problem: found } : await open(id, found)
      // What could not be read a second ago is retried only when the partition is assigned again.
      const unreadable = isStopped ? await unreadableAt(pool, processor, id, opened.position) : undefined
      if (opened.problem === undefined && unreadable !== undefined) return { ...opened, problem: unreadable }
      await keepProblem(pool, logger, processor, id, opened.problem === undefined ? null : { text: opened.problem })
      return opened
    })
}

async function keepProblem(
  pool: Pool,
  logger: Logger,
  processor: string,
  id: PartitionId,
  problem: Problem | null,
): Promise<void> {
  const isNews = await setProblem(pool, processor, id, problem)
  if (isNews && problem !== null) logger.error({ processor, ...id }, `the partition has stopped: ${problem.text}`)
}

async function followControls(pool: Pool, streams: readonly Stream[], skips: Skips): Promise<void> {
  await skips.refresh(pool)
  const paused = await pausedProcessors(pool)
  for (const { name, intake } of streams) {
    if (paused.has(name)) intake.pause()
    else intake.resume()
    intake.reopenStopped()
  }
}

async function partitionLags(
  streams: readonly Stream[],
  topicLogs: TopicLogs,
  kafkaTopic: (topic: TopicName) => string,
): Promise<PartitionLag[]> {
  const places = streams.flatMap(({ name, intake }) =>
    intake.positions().map((place) => ({ processor: name, ...place })),
  )
  const logs = await topicLogs.describe([...new Set(places.map(({ topic }) => kafkaTopic(topic)))])
  return places.map(({ processor, topic, partition, position, base, problem }) => {
    const end = logs.get(kafkaTopic(topic))?.partitions.get(partition)?.end
    const lag = end === undefined ? 0 : Math.max(0, base + end - position)
    return { processor, topic, partition, lag, isStopped: problem !== undefined }
  })
}
