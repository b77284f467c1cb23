import { setTimeout as pause } from 'node:timers/promises'
import type { Admin, Consumer, EachBatchPayload, Kafka, KafkaJSError, KafkaMessage } from 'kafkajs'
import type { TopicName } from '../contracts/topics.ts'
import type { Logger } from '../platform/log.ts'
import { type LogRange, type PartitionId, partitionKey, type StoredPosition } from './positions.ts'
import type { Slice, StreamMessage } from './processor.ts'

export interface IntakeOptions {
  kafka: Kafka
  admin: Admin
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
  /** Reading waits while this many bytes of messages are in memory. */
  bufferedBytesMax: number
  /** Where the stored position says that reading begins; asked again after each change of the assignment. */
  open: (partition: PartitionId, log: LogRange) => Promise<StoredPosition>
  /**
   * `done`: stored. `held`: taken over, to be stored later. `lost`: the partition belongs to somebody else; what was
   * read of it is thrown away and its position asked anew.
   */
  handle: (slice: Slice) => Promise<'done' | 'held' | 'lost'>
  /** The assignment changed: all that was read and not stored is void. */
  onAssigned?: () => void
  /** Stores what is held, before the group is left. */
  flush?: () => Promise<void>
  /** The intake can't go on: the process should end. */
  onFailed: (error: Error) => void
}

interface PartitionBuffer extends PartitionId {
  /** Where the next slice begins. */
  position: number
  /** Where the next fetch begins. */
  end: number
  logEnd: number
  messages: StreamMessage[]
  bytes: number
  isBusy: boolean
  problem: string | undefined
}

const HEARTBEAT_MS = 1_000
const HINT_INTERVAL_MS = 2_000
const FETCH_WAIT_MS = 500
const FETCH_BYTES_MAX = 4 * 1024 * 1024
/** A crashed client that has not joined its group again by then is given up. */
const REJOIN_WAIT_MS_MAX = 45_000
/** A partition's leader may be changing when it is asked for; together the waits are 21 s. */
const LOG_RANGE_ATTEMPTS_MAX = 20
const LOG_RANGE_WAIT_MS = 100
const FETCH_PARTITION_BYTES_MIN = 256 * 1024
const FETCH_PARTITION_BYTES_MAX = 1024 * 1024

/**
 * Reads a consumer group's partitions and hands their messages on in slices: in order, each beginning exactly where
 * the one before it ended. While a slice is worked on the next messages are fetched, so slices grow with the backlog.
 *
 * Kafka's own offsets are only a hint for where to fetch: a batch that begins above the wanted position is dropped and
 * fetched again from there, messages below it are skipped. Whoever stores the position has the last word.
 */
export class Intake {
  readonly #options: IntakeOptions
  readonly #consumer: Consumer
  readonly #names: ReadonlyMap<string, TopicName>
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
    this.#consumer = options.kafka.consumer({
      groupId: options.groupId,
      sessionTimeout: options.sessionTimeoutMs,
      // A member leaves what it is doing and joins anew at its next heartbeat; one that is dead should not be waited for.
      rebalanceTimeout: options.sessionTimeoutMs,
      heartbeatInterval: HEARTBEAT_MS,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytesPerPartition: fetchBytesMax(options.partitions),
      maxBytes: FETCH_BYTES_MAX,
      metadataMaxAge: 30_000,
      allowAutoTopicCreation: false,
    })
  }

  get isJoined(): boolean {
    return this.#isJoined
  }

  /** Kafka's newest offset and ours, for each partition that this process has. */
  positions(): (PartitionId & { position: number; logEnd: number; problem: string | undefined })[] {
    return [...this.#buffers.values()].map(({ topic, partition, position, logEnd, problem }) => ({
      topic,
      partition,
      position,
      logEnd,
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

  /** The client begins again by itself; when that leads nowhere, a new process does better than one that stands still. */
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

  /** Looks again at partitions that stand still: a person may have decided. */
  reopenStopped(): void {
    for (const buffer of [...this.#buffers.values()]) if (buffer.problem !== undefined) this.reopen(buffer)
  }

  /** Throws away what was read of a partition and begins again at its stored position. */
  reopen({ topic, partition }: PartitionId): void {
    this.#forget(partitionKey({ topic, partition }))
    this.#open([{ topic, partition }])
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

  #open(partitions: readonly PartitionId[]): void {
    this.#opening = Promise.all([this.#opening, this.#openAll(partitions)]).then(
      () => undefined,
      (error: Error) => this.#fail(error),
    )
  }

  async #openAll(partitions: readonly PartitionId[]): Promise<void> {
    const generation = this.#generation
    for (const topic of new Set(partitions.map((one) => one.topic))) {
      const logs = await this.#logRanges(topic, generation)
      for (const id of partitions.filter((one) => one.topic === topic)) {
        if (generation !== this.#generation) return
        const log = logs.get(id.partition)!
        const { position, problem } = await this.#options.open(id, log)
        if (generation !== this.#generation) return
        this.#addBuffer(id, position, log, problem ?? undefined)
      }
    }
  }

  #addBuffer(id: PartitionId, position: number, log: LogRange, problem: string | undefined): void {
    this.#buffers.set(partitionKey(id), {
      ...id,
      position,
      end: position,
      logEnd: log.end,
      messages: [],
      bytes: 0,
      isBusy: false,
      problem,
    })
    if (problem !== undefined || this.#isPaused) this.#consumer.pause(this.#kafkaPartition(id))
    else this.#consumer.resume(this.#kafkaPartition(id))
    if (problem === undefined) this.#seek(id, position)
  }

  #seek({ topic, partition }: PartitionId, offset: number): void {
    this.#consumer.seek({ topic: this.#options.kafkaTopic(topic), partition, offset: String(offset) })
  }

  /** What is fetched and not taken would be fetched again at once, as fast as Kafka answers. */
  #stopFetching(): void {
    for (const buffer of this.#buffers.values()) this.#consumer.pause(this.#kafkaPartition(buffer))
  }

  #kafkaPartition({ topic, partition }: PartitionId) {
    return [{ topic: this.#options.kafkaTopic(topic), partitions: [partition] }]
  }

  /** Nothing when the assignment has changed meanwhile: whatever was wrong then is not of this one. */
  async #logRanges(topic: TopicName, generation: number): Promise<Map<number, LogRange>> {
    for (let attempt = 1; generation === this.#generation; attempt += 1) {
      try {
        const offsets = await this.#options.admin.fetchTopicOffsets(this.#options.kafkaTopic(topic))
        const ranges = offsets.map(({ partition, low, high }) => [partition, { start: Number(low), end: Number(high) }])
        return new Map(ranges as [number, LogRange][])
      } catch (error) {
        if ((error as KafkaJSError).retriable !== true || attempt === LOG_RANGE_ATTEMPTS_MAX) throw error
        await pause(LOG_RANGE_WAIT_MS * attempt)
      }
    }
    return new Map()
  }

  async #take({ batch, resolveOffset, heartbeat, isStale }: EachBatchPayload): Promise<void> {
    const generation = this.#generation
    await this.#whileBeating(this.#opening, heartbeat)
    const key = partitionKey({ topic: this.#names.get(batch.topic)!, partition: batch.partition })
    const buffer = this.#buffers.get(key)
    if (this.#isStopping || this.#isPaused || generation !== this.#generation || buffer === undefined) return
    if (buffer.problem !== undefined) return
    // Declared by kafkajs's Batch, though not by its types: the offset that was asked for.
    const fetchedFrom = Number((batch as unknown as { fetchedOffset: string }).fetchedOffset)
    if (fetchedFrom > buffer.end) return this.reopen(buffer)
    const end = Number(batch.lastOffset()) + 1
    if (end < buffer.end) return this.#seek(buffer, buffer.end)
    append(buffer, batch.messages, end, Number(batch.highWatermark))
    this.#bufferedBytes = sumOf(this.#buffers, ({ bytes }) => bytes)
    // What was fetched before the seek to the stored position is of use, too: the next fetch need not repeat it.
    if (isStale()) this.#seek(buffer, buffer.end)
    else resolveOffset(batch.lastOffset())
    this.#startLanes()
    while (this.#bufferedBytes > this.#options.bufferedBytesMax && !this.#isStopping) {
      await this.#whileBeating(this.#changed.promise, heartbeat)
    }
  }

  /** Waits, and meanwhile tells Kafka that this member lives; raises when the group is being reassigned. */
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
      void this.#work(buffer, cut(buffer, this.#options.sliceMessagesMax))
    }
  }

  async #work(buffer: PartitionBuffer, slice: Slice): Promise<void> {
    try {
      const outcome = await this.#options.handle(slice)
      // After a rebalance or a reopening this buffer is nobody's.
      if (this.#buffers.get(partitionKey(buffer)) === buffer) {
        if (outcome === 'lost') this.reopen(buffer)
        else buffer.position = slice.next
        if (outcome === 'done') this.hint(buffer, slice.next)
      }
    } catch (error) {
      this.#fail(error as Error)
    } finally {
      buffer.isBusy = false
      this.#busyLanes -= 1
      this.#bufferedBytes = sumOf(this.#buffers, ({ bytes }) => bytes)
      this.#signal()
      this.#startLanes()
    }
  }

  /** Tells lag tools where the partition stands, soon. */
  hint({ topic, partition }: PartitionId, position: number): void {
    this.#hints.set(partitionKey({ topic, partition }), {
      topic: this.#options.kafkaTopic(topic),
      partition,
      offset: String(position),
    })
  }

  async #sendHints(): Promise<void> {
    const hints = [...this.#hints.values()]
    this.#hints.clear()
    if (hints.length === 0) return
    try {
      await this.#consumer.commitOffsets(hints)
    } catch (error) {
      // Only lag tools read them; a rebalance refuses them and the next batch sends newer ones.
      this.#options.logger.debug({ error: (error as Error).message }, 'Kafka did not take the committed offsets')
    }
  }

  #forget(key: string): void {
    this.#buffers.delete(key)
    this.#bufferedBytes = sumOf(this.#buffers, ({ bytes }) => bytes)
    this.#signal()
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

function sumOf<Value>(values: Map<string, Value>, number: (value: Value) => number): number {
  let sum = 0
  for (const value of values.values()) sum += number(value)
  return sum
}

function append(buffer: PartitionBuffer, messages: readonly KafkaMessage[], end: number, logEnd: number): void {
  for (const message of messages) {
    const offset = Number(message.offset)
    if (offset < buffer.end) continue
    const { key, value, headers } = message
    buffer.messages.push({ offset, knownAtMs: Number(message.timestamp), key, value, headers: headers ?? {} })
    buffer.bytes += value?.length ?? 0
  }
  buffer.end = Math.max(buffer.end, end)
  buffer.logEnd = logEnd
}

/** The free partition whose oldest message has waited longest in Kafka: all partitions get their turn. */
function oldestReady(buffers: Map<string, PartitionBuffer>): PartitionBuffer | undefined {
  let oldest: PartitionBuffer | undefined
  for (const buffer of buffers.values()) {
    if (buffer.isBusy || buffer.messages.length === 0) continue
    if (oldest === undefined || buffer.messages[0]!.knownAtMs < oldest.messages[0]!.knownAtMs) oldest = buffer
  }
  return oldest
}

function cut(buffer: PartitionBuffer, messagesMax: number): Slice {
  const isAll = buffer.messages.length <= messagesMax
  const messages = isAll ? buffer.messages : buffer.messages.slice(0, messagesMax)
  buffer.messages = isAll ? [] : buffer.messages.slice(messagesMax)
  buffer.bytes = isAll ? 0 : buffer.messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
  const next = isAll ? buffer.end : messages.at(-1)!.offset + 1
  return {
    topic: buffer.topic,
    partition: buffer.partition,
    position: buffer.position,
    next,
    messages,
    logEnd: buffer.logEnd,
  }
}
