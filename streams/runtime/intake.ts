import { setTimeout as pause } from 'node:timers/promises'
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import type { TopicName } from '../../contracts/topics.ts'
import { type ReadBounds, type RecordBatch, RecordReader, UnreadableBatchError } from '../../platform/kafka/records.ts'
import type { TopicLog, TopicLogs } from '../../platform/kafka/topic-logs.ts'
import type { Logger } from '../../platform/log.ts'
import { createLogConsumer, type Fetched, fetchedOf } from './log-consumer.ts'
import type { OpenedPosition } from './log-numbers.ts'
import { type PartitionId, partitionKey } from './positions.ts'
import type { Slice, StreamMessage } from './processor.ts'

export interface IntakeOptions {
  kafka: Kafka
  topicLogs: TopicLogs
  logger: Logger
  groupId: string
  topics: readonly TopicName[]
  /** Partitions of all the topics: a fetch is shared among them. */
  partitions: number
  /** Kafka's name of a topic; tests give theirs a suffix. */
  kafkaTopic: (topic: TopicName) => string
  sessionTimeoutMs: number
  /** Slices that are worked on at the same time; never two of one partition. */
  lanes: number
  sliceMessagesMax: number
  /** A slice has one message more at most than fit in here, unpacked. */
  sliceBytesMax: number
  /** Runs the work on a slice, from unpacking it on, when it is its turn among those of other intakes. */
  limit?: <Result>(work: () => Promise<Result>) => Promise<Result>
  /** Fetching waits while this many bytes of messages are in memory, packed as they were sent. */
  bufferedBytesMax: number
  /**
   * Where reading begins, by the stored position; asked again after each change of the assignment.
   *
   * @param log the topic as Kafka has it; undefined when it has none
   * @param isStopped the partition was stopped before, and a person may have decided meanwhile
   */
  open: (partition: PartitionId, log: TopicLog | undefined, isStopped: boolean) => Promise<OpenedPosition>
  /** What lies between `position` and `next` can't be read: the partition has stopped. */
  onUnreadable: (partition: PartitionId, position: number, next: number, reason: string) => Promise<void>
  /**
   * `done`: stored. `held`: taken over, to be stored later. `lost`: the partition belongs to another worker; what was
   * read of it is discarded and its position asked again.
   */
  handle: (slice: Slice) => Promise<'done' | 'held' | 'lost'>
  /** The assignment changed: all that was read and not stored is void. */
  onAssigned?: () => void
  /** Stores what is held, before the group is left. */
  flush?: () => Promise<void>
  /** The intake can't continue: the process should end. */
  onFailed: (error: Error) => void
}

interface PartitionBuffer extends PartitionId {
  topicId: string
  /** What is added to Kafka's offsets; all offsets here are as they are stored. */
  base: number
  /** Where the next slice begins. */
  position: number
  /** Where the next fetch begins. */
  end: number
  logEnd: number
  /** What lies between the two, as far as it was not handed on; offsets are Kafka's. */
  batches: RecordBatch[]
  /** Of the first batch, when it was begun. */
  reader: RecordReader | undefined
  bytes: number
  isBusy: boolean
  problem: string | undefined
}

const HEARTBEAT_MS = 1_000
const HINT_INTERVAL_MS = 2_000
const FETCH_WAIT_MS = 500
const FETCH_BYTES_MAX = 4 * 1024 * 1024
/** A crashed client that has not joined its group again by then is removed. */
const REJOIN_WAIT_MS_MAX = 45_000
/** A log that is not where it was is asked for again after this; its broker may only be behind. */
const MOVED_WAIT_MS = 500
const FETCH_PARTITION_BYTES_MIN = 256 * 1024
const FETCH_PARTITION_BYTES_MAX = 1024 * 1024

/**
 * Reads a consumer group's partitions and hands their messages on in slices: in order, each beginning exactly where
 * the one before it ended. While a slice is worked on the next messages are fetched, so slices grow with the backlog.
 *
 * Kafka's own offsets are only a hint for where to fetch: what was fetched from elsewhere than the requested position is
 * dropped and fetched again from there. The store of the position decides. Offsets that the log does not have,
 * because a transaction was aborted or the log compacted, are passed.
 */
export class Intake {
  readonly #options: IntakeOptions
  readonly #consumer: Consumer
  readonly #names: ReadonlyMap<string, TopicName>
  /** The ids of the topics that are read, by Kafka's name. */
  readonly #topicIds = new Map<string, string>()
  #buffers = new Map<string, PartitionBuffer>()
  #generation = 0
  #opening: Promise<void> = Promise.resolve()
  #bufferedBytes = 0
  #busyLanes = 0
  #isPaused = false
  #isStopping = false
  #isJoined = false
  #changed = Promise.withResolvers<void>()
  readonly #hints = new Map<string, { topic: string; partition: number; offset: string }>()
  #hintTimer: NodeJS.Timeout | undefined
  #rejoinTimer: NodeJS.Timeout | undefined

  constructor(options: IntakeOptions) {
    this.#options = options
    this.#names = new Map(options.topics.map((topic) => [options.kafkaTopic(topic), topic]))
    this.#consumer = createLogConsumer(
      options.kafka,
      {
        groupId: options.groupId,
        sessionTimeout: options.sessionTimeoutMs,
        // A member leaves what it is doing and joins again at its next heartbeat; one that is dead should not be waited for.
        rebalanceTimeout: options.sessionTimeoutMs,
        heartbeatInterval: HEARTBEAT_MS,
        maxWaitTimeInMs: FETCH_WAIT_MS,
        maxBytesPerPartition: fetchBytesMax(options.partitions),
        maxBytes: FETCH_BYTES_MAX,
        metadataMaxAge: 30_000,
        allowAutoTopicCreation: false,
      },
      this.#topicIds,
    )
  }

  get isJoined(): boolean {
    return this.#isJoined
  }

  /** The position of each partition that this process has. */
  positions(): (PartitionId & { position: number; base: number; problem: string | undefined })[] {
    return [...this.#buffers.values()].map(({ topic, partition, position, base, problem }) => ({
      topic,
      partition,
      position,
      base,
      problem,
    }))
  }

  async start(): Promise<void> {
    const { events } = this.#consumer
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => this.#assigned(payload.memberAssignment))
    this.#consumer.on(events.CRASH, ({ payload }) => {
      this.#isJoined = false
      if (payload.restart) this.#expectRejoin(payload.error)
      else this.#fail(payload.error)
    })
    await this.#consumer.connect()
    await this.#consumer.subscribe({ topics: [...this.#names.keys()], fromBeginning: true })
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#take(payload),
    })
    this.#hintTimer = setInterval(() => void this.#sendHints(), HINT_INTERVAL_MS)
  }

  /** The client begins again by itself; when that leads nowhere, a new process does better than one that is stuck. */
  #expectRejoin(error: Error): void {
    clearTimeout(this.#rejoinTimer)
    this.#rejoinTimer = setTimeout(() => {
      if (!this.#isJoined && !this.#isStopping) this.#fail(error)
    }, REJOIN_WAIT_MS_MAX)
  }

  /** Finishes the slices that are being worked on and leaves the group; what is only buffered is left to the next. */
  async stop(): Promise<void> {
    this.#isStopping = true
    clearInterval(this.#hintTimer)
    clearTimeout(this.#rejoinTimer)
    this.#stopFetching()
    this.#signal()
    while (this.#busyLanes > 0) await this.#changed.promise
    await this.#options.flush?.()
    await this.#sendHints()
    await this.#consumer.disconnect()
  }

  /** Nothing new is begun; what is being worked on is finished. May be called before `start`. */
  pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#stopFetching()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    for (const buffer of this.#buffers.values()) {
      if (buffer.problem === undefined) this.#consumer.resume(this.#kafkaPartition(buffer))
    }
    this.#startLanes()
  }

  /** Looks again at partitions that have stopped: a person may have decided. */
  reopenStopped(): void {
    const stopped = [...this.#buffers.values()].filter(({ problem }) => problem !== undefined)
    if (stopped.length > 0) this.#reopen(stopped, true)
  }

  /** Throws away what was read of a partition and begins again at its stored position. */
  reopen(id: PartitionId): void {
    this.#reopen([id], false)
  }

  #reopen(ids: readonly PartitionId[], isStopped: boolean): void {
    for (const id of ids) this.#forget(partitionKey(id))
    this.#open(
      ids.map(({ topic, partition }) => ({ topic, partition })),
      isStopped,
    )
  }

  #assigned(assignment: Record<string, number[]>): void {
    this.#generation += 1
    this.#isJoined = true
    for (const key of [...this.#buffers.keys()]) this.#forget(key)
    this.#hints.clear()
    const partitions = Object.entries(assignment).flatMap(([kafkaTopic, numbers]) => {
      const topic = this.#names.get(kafkaTopic)!
      return numbers.map((partition) => ({ topic, partition }))
    })
    this.#options.onAssigned?.()
    this.#open(partitions)
  }

  #open(partitions: readonly PartitionId[], isStopped = false): void {
    this.#opening = Promise.all([this.#opening, this.#openAll(partitions, isStopped)]).then(
      () => undefined,
      (error: Error) => this.#fail(error),
    )
  }

  async #openAll(partitions: readonly PartitionId[], isStopped: boolean): Promise<void> {
    const generation = this.#generation
    const { kafkaTopic, topicLogs, open } = this.#options
    const logs = await topicLogs.describe([...new Set(partitions.map(({ topic }) => kafkaTopic(topic)))])
    for (const id of partitions) {
      if (generation !== this.#generation) return
      const log = logs.get(kafkaTopic(id.topic))
      const opened = await open(id, log, isStopped)
      if (generation !== this.#generation) return
      this.#addBuffer(id, log, opened)
    }
  }

  #addBuffer(id: PartitionId, log: TopicLog | undefined, { position, base, problem }: OpenedPosition): void {
    const topicId = log?.topicId ?? ''
    if (problem === undefined) this.#topicIds.set(this.#options.kafkaTopic(id.topic), topicId)
    this.#buffers.set(partitionKey(id), {
      ...id,
      topicId,
      base,
      position,
      end: position,
      logEnd: base + (log?.partitions.get(id.partition)?.end ?? 0),
      batches: [],
      reader: undefined,
      bytes: 0,
      isBusy: false,
      problem,
    })
    if (problem !== undefined || this.#isPaused) this.#consumer.pause(this.#kafkaPartition(id))
    else this.#consumer.resume(this.#kafkaPartition(id))
    if (problem === undefined) this.#seek(this.#buffers.get(partitionKey(id))!)
  }

  #seek({ topic, partition, end, base }: PartitionBuffer): void {
    this.#consumer.seek({ topic: this.#options.kafkaTopic(topic), partition, offset: String(end - base) })
  }

  /** What is fetched and not taken would be fetched again at once, as fast as Kafka answers. */
  #stopFetching(): void {
    for (const buffer of this.#buffers.values()) this.#consumer.pause(this.#kafkaPartition(buffer))
  }

  #kafkaPartition({ topic, partition }: PartitionId) {
    return [{ topic: this.#options.kafkaTopic(topic), partitions: [partition] }]
  }

  async #take(payload: EachBatchPayload): Promise<void> {
    const { batch, resolveOffset, heartbeat, isStale } = payload
    const generation = this.#generation
    await this.#whileBeating(this.#opening, heartbeat)
    const key = partitionKey({ topic: this.#names.get(batch.topic)!, partition: batch.partition })
    const buffer = this.#buffers.get(key)
    if (this.#isStopping || this.#isPaused || generation !== this.#generation || buffer === undefined) return
    const fetched = fetchedOf(payload)
    if (buffer.problem !== undefined || fetched.topicId !== buffer.topicId) return
    if (fetched.from + buffer.base > buffer.end || fetched.next + buffer.base < buffer.end) return this.#seek(buffer)
    if (fetched.isMoved) {
      await this.#whileBeating(pause(MOVED_WAIT_MS), heartbeat)
      if (this.#buffers.get(key) === buffer) this.reopen(buffer)
      return
    }
    append(buffer, fetched, Number(batch.highWatermark))
    this.#sumBuffered()
    // What was fetched before the seek to the stored position is of use, too: the next fetch need not repeat it.
    if (isStale()) this.#seek(buffer)
    else resolveOffset(batch.lastOffset())
    this.#startLanes()
    while (this.#bufferedBytes > this.#options.bufferedBytesMax && !this.#isStopping) {
      await this.#whileBeating(this.#changed.promise, heartbeat)
    }
  }

  /** Waits, and meanwhile sends heartbeats to Kafka; raises when the group is being reassigned. */
  async #whileBeating(work: Promise<void>, heartbeat: () => Promise<void>): Promise<void> {
    const done = work.then(() => true)
    for (;;) {
      const abort = new AbortController()
      const isDone = await Promise.race([done, pause(HEARTBEAT_MS, false, { signal: abort.signal }).catch(() => false)])
      abort.abort()
      if (isDone) return
      await heartbeat()
    }
  }

  #startLanes(): void {
    while (this.#busyLanes < this.#options.lanes && !this.#isStopping && !this.#isPaused) {
      const buffer = oldestReady(this.#buffers)
      if (buffer === undefined) return
      this.#busyLanes += 1
      buffer.isBusy = true
      void this.#work(buffer)
    }
  }

  async #work(buffer: PartitionBuffer): Promise<void> {
    const { limit = (work) => work(), handle } = this.#options
    const isOurs = () => this.#buffers.get(partitionKey(buffer)) === buffer
    try {
      await limit(async () => {
        if (!isOurs()) return
        const slice = await this.#read(buffer)
        // After a rebalance or a reopening this buffer has no owner.
        if (slice === undefined || !isOurs()) return
        const outcome = await handle(slice)
        if (!isOurs()) return
        if (outcome === 'lost') this.reopen(buffer)
        else buffer.position = slice.next
        if (outcome === 'done') this.hint(buffer, slice.next)
      })
    } catch (error) {
      this.#fail(error as Error)
    } finally {
      buffer.isBusy = false
      this.#busyLanes -= 1
      this.#sumBuffered()
      this.#signal()
      this.#startLanes()
    }
  }

  /** The next slice; undefined when what comes next can't be read. */
  async #read(buffer: PartitionBuffer): Promise<Slice | undefined> {
    try {
      return await cut(buffer, this.#options)
    } catch (error) {
      if (!(error instanceof UnreadableBatchError)) throw error
      // After a rebalance it is met again by the buffer that took its place.
      if (this.#buffers.get(partitionKey(buffer)) === buffer) await this.#stopAt(buffer, error.message)
      return undefined
    }
  }

  async #stopAt(buffer: PartitionBuffer, reason: string): Promise<void> {
    const { topic, partition, position, base, batches } = buffer
    const next = base + batches[0]!.last + 1
    buffer.problem = reason
    this.#consumer.pause(this.#kafkaPartition(buffer))
    letGo(buffer)
    await this.#options.onUnreadable({ topic, partition }, position, next, reason)
  }

  /** Soon shows lag tools the partition's position. */
  hint({ topic, partition }: PartitionId, position: number): void {
    const key = partitionKey({ topic, partition })
    const base = this.#buffers.get(key)?.base
    if (base === undefined || position < base) return
    this.#hints.set(key, { topic: this.#options.kafkaTopic(topic), partition, offset: String(position - base) })
  }

  async #sendHints(): Promise<void> {
    const hints = [...this.#hints.values()]
    this.#hints.clear()
    if (hints.length === 0) return
    try {
      await this.#consumer.commitOffsets(hints)
    } catch (error) {
      // Only lag tools read them; a rebalance refuses them and the next batch sends newer ones.
      this.#options.logger.debug({ error: (error as Error).message }, 'Kafka rejected the committed offsets')
    }
  }

  #forget(key: string): void {
    const buffer = this.#buffers.get(key)
    if (buffer !== undefined) letGo(buffer)
    this.#buffers.delete(key)
    this.#sumBuffered()
    this.#signal()
  }

  #sumBuffered(): void {
    this.#bufferedBytes = 0
    for (const { bytes } of this.#buffers.values()) this.#bufferedBytes += bytes
  }

  #signal(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers<void>()
  }

  #fail(error: Error): void {
    if (this.#isStopping) return
    this.#isStopping = true
    this.#stopFetching()
    this.#signal()
    this.#options.onFailed(error)
  }
}

/** Kafka fills a fetch partition by partition; with a share for each, none has to wait for the others' backlog. */
const fetchBytesMax = (partitions: number): number =>
  Math.min(FETCH_PARTITION_BYTES_MAX, Math.max(FETCH_PARTITION_BYTES_MIN, Math.floor(FETCH_BYTES_MAX / partitions)))

function append(buffer: PartitionBuffer, { batches, next }: Fetched, logEnd: number): void {
  for (const batch of batches) {
    if (buffer.base + batch.last < buffer.end) continue
    buffer.batches.push(batch)
    buffer.bytes += batch.bytes.length
  }
  buffer.end = Math.max(buffer.end, buffer.base + next)
  buffer.logEnd = buffer.base + logEnd
}

/** What was fetched and is not needed; where unpacking had begun, that ends. */
function letGo(buffer: PartitionBuffer): void {
  if (!buffer.isBusy) buffer.reader?.close()
  buffer.reader = undefined
  buffer.batches = []
  buffer.bytes = 0
}

/** The free partition whose oldest message has waited longest in Kafka: all partitions get their turn. */
function oldestReady(buffers: Map<string, PartitionBuffer>): PartitionBuffer | undefined {
  let oldest: PartitionBuffer | undefined
  for (const buffer of buffers.values()) {
    if (buffer.isBusy || buffer.problem !== undefined || buffer.end === buffer.position) continue
    if (oldest === undefined || oldestTimeOf(buffer) < oldestTimeOf(oldest)) oldest = buffer
  }
  return oldest
}

/** What was only passed has not waited. */
const oldestTimeOf = ({ batches }: PartitionBuffer): number => batches[0]?.firstTimestampMs ?? Number.MAX_VALUE

type SliceBounds = Pick<IntakeOptions, 'sliceMessagesMax' | 'sliceBytesMax'>

/**
 * Unpacks the next slice. It ends with a batch where it can: a batch is kept open between slices only when it is larger
 * than one.
 *
 * @throws UnreadableBatchError when what lies at the position can't be read
 */
async function cut(buffer: PartitionBuffer, { sliceMessagesMax, sliceBytesMax }: SliceBounds): Promise<Slice> {
  const { topic, partition, position, base } = buffer
  const messages: StreamMessage[] = []
  let next = position
  let bytes = 0
  for (let batch = buffer.batches[0]; batch !== undefined; batch = buffer.batches[0]) {
    const isFull = messages.length + batch.count > sliceMessagesMax || bytes >= sliceBytesMax
    if (messages.length > 0 && isFull) break
    const read = await readBatch(buffer, batch, messages, {
      messagesMax: sliceMessagesMax,
      bytesMax: sliceBytesMax - bytes,
    })
    bytes += read.bytes
    next = read.isEnded ? base + batch.last + 1 : messages.at(-1)!.offset + 1
    if (!read.isEnded) break
  }
  if (buffer.batches.length === 0) next = buffer.end
  return { topic, partition, position, next, messages, logEnd: buffer.logEnd }
}

async function readBatch(
  buffer: PartitionBuffer,
  batch: RecordBatch,
  into: StreamMessage[],
  bounds: ReadBounds,
): Promise<{ bytes: number; isEnded: boolean }> {
  try {
    buffer.reader ??= new RecordReader(batch, buffer.position, buffer.base)
    const read = await buffer.reader.read(into, bounds)
    if (read.isEnded && buffer.batches[0] === batch) {
      buffer.batches.shift()
      buffer.bytes -= batch.bytes.length
      buffer.reader = undefined
    }
    return read
  } catch (error) {
    buffer.reader = undefined
    // What could be read before it is handed on first; then the batch is begun again, and nothing comes of it.
    if (!(error instanceof UnreadableBatchError) || into.length === 0) throw error
    return { bytes: 0, isEnded: false }
  }
}
