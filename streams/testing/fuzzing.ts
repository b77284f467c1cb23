/**
 * Sends hostile variants of valid events of every topic to a stream worker with all processors, on real servers, and checks
 * what has to hold then: every message has one outcome, every refused one its dead letter, the raw lake has a row for each,
 * the live state is what the raw lake gives, the worker lives, and every dead letter can be listed, shown, replayed and
 * discarded.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CompressionTypes, Partitioners, type Producer } from 'kafkajs'
import { topics as catalogue, eventTopicNames, type TopicName, topicNames } from '../../contracts/topics.ts'
import { createLake } from '../../lake/lake.ts'
import { rawTableName } from '../../lake/raw-table.ts'
import { seeded } from '../../models/statistics/random.ts'
import { createDuckDb, withConnection } from '../../platform/duckdb/duckdb.ts'
import { createObjectStore } from '../../platform/object-store/object-store.ts'
import { discardLetters, listLetters, readLetter, replayLetters } from '../runtime/letters.ts'
import { MessageReader } from '../runtime/message-reader.ts'
import { processorNames, productProcessors } from '../runtime/runtime.ts'
import { verifyState } from '../runtime/verify.ts'
import { pick } from '../simulation/random.ts'
import { type HostileMessage, hostileMessages } from './hostile.ts'
import { createWorld, type ProcessOptions, until, type World } from './world.ts'

export interface FuzzOptions {
  events: number
  seed: number
  /** How the worker's process is started. */
  worker?: ProcessOptions
  onProgress?: (what: string) => void
}

export interface FuzzReport {
  seed: number
  messages: number
  /** Compressed batches that unpack to 40 MB a message. */
  bombs: number
  /** How often each mutation was made. */
  mutations: Record<string, number>
  /** Dead letters by reason, before any was replayed. */
  letters: Record<string, number>
  replayed: number
  refused: number
  discarded: number
  peakMegabytes: number
  seconds: number
}

const SEND_MESSAGES = 200
const SEND_BYTES = 600_000
const BOMBS_EVERY = 5_000
const BOMB_BYTES = 40_000_000
/** What waits in Kafka is bounded: a million messages should not be sent before the first is read. */
const AHEAD_MAX = 50_000
const QUIET_MS_MAX = 120_000
/** Every look asks Kafka for the ends of all topics. */
const LOOK_EVERY_MS = 500
/** This many letters are shown one by one through the command line; all are read through the functions behind it. */
const CLI_LETTERS = 2
const CLI = join(import.meta.dirname, '..', '..', 'shelfline')

export async function runFuzz({ events, seed, worker, onProgress = () => {} }: FuzzOptions): Promise<FuzzReport> {
  const startedAt = performance.now()
  const world = await createWorld({ rawSinkFlushMs: 1_000 })
  try {
    const child = world.spawn([...processorNames], worker)
    let ended: string | undefined
    child.once('exit', (code, signal) => {
      ended = `the worker ended with ${code ?? signal}`
    })
    const fuzz = new Fuzz(world, seeded(seed), () => ended)
    const { mutations, bombs } = await fuzz.send(events, onProgress)
    await fuzz.quiet()
    onProgress('all messages were consumed')
    await fuzz.check()
    const letters = await fuzz.reasons()
    onProgress('counts, letters, raw rows and state agree')
    await fuzz.showLetters()
    const { sent, refused } = await fuzz.replayAll()
    await fuzz.quiet()
    await fuzz.check()
    onProgress(`${sent} letters were replayed`)
    const discarded = await fuzz.discardAll()
    await fuzz.checkAlive()
    const peakMegabytes = peakMemory(child.pid!)
    return {
      seed,
      messages: events,
      bombs,
      mutations,
      letters,
      replayed: sent,
      refused,
      discarded,
      peakMegabytes,
      seconds: Math.round((performance.now() - startedAt) / 1_000),
    }
  } finally {
    await world.close()
  }
}

const peakMemory = (pid: number): number =>
  Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_000)

interface Place {
  topic: TopicName
  partition: number
}

class Fuzz {
  readonly #world: World
  readonly #random: () => number
  readonly #ended: () => string | undefined

  constructor(world: World, random: () => number, ended: () => string | undefined) {
    this.#world = world
    this.#random = random
    this.#ended = ended
  }

  readonly #kafkaTopic = (topic: TopicName): string => `${topic}${this.#world.topics.suffix}`

  async send(events: number, onProgress: (what: string) => void) {
    const random = this.#random
    const producer = this.#world.topics.kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    })
    await producer.connect()
    const counted: Record<string, number> = {}
    let bombs = 0
    try {
      let waiting: HostileMessage[] = []
      let bytes = 0
      let sent = 0
      for (const message of hostileMessages(random, Math.max(100, events / 10))) {
        if (sent === events) break
        for (const name of message.mutations) counted[name] = (counted[name] ?? 0) + 1
        const size = (message.value?.length ?? 0) + (message.key?.length ?? 0) + 1_000
        if (waiting.length === SEND_MESSAGES || bytes + size > SEND_BYTES) {
          await this.#sendBatch(producer, waiting)
          waiting = []
          bytes = 0
        }
        waiting.push(message)
        bytes += size
        sent += 1
        if (sent % BOMBS_EVERY === BOMBS_EVERY / 2) bombs += await this.#sendBombs(producer)
        if (sent % AHEAD_MAX === 0) {
          await this.quiet()
          onProgress(`${sent} sent and consumed`)
        }
      }
      await this.#sendBatch(producer, waiting)
    } finally {
      await producer.disconnect()
    }
    return { mutations: counted, bombs }
  }

  async #sendBatch(producer: Producer, messages: readonly HostileMessage[]): Promise<void> {
    const compression = pick(this.#random, [
      CompressionTypes.None,
      CompressionTypes.GZIP,
      CompressionTypes.Snappy,
      CompressionTypes.LZ4,
      CompressionTypes.ZSTD,
    ])
    await producer.sendBatch({
      acks: -1,
      compression,
      topicMessages: [...Map.groupBy(messages, ({ topic }) => topic)].map(([topic, own]) => ({
        topic: this.#kafkaTopic(topic),
        messages: own.map(({ key, value, headers, timestamp }) => ({
          key,
          value,
          headers,
          ...(timestamp !== undefined && { timestamp }),
        })),
      })),
    })
  }

  /** Several messages in one small batch, and a batch of very many that are empty. */
  async #sendBombs(producer: Producer): Promise<number> {
    const value = Buffer.alloc(BOMB_BYTES, ' ')
    const topic = this.#kafkaTopic(pick(this.#random, eventTopicNames))
    const compression = pick(this.#random, [CompressionTypes.GZIP, CompressionTypes.ZSTD])
    const bomb = { key: 'bomb', value }
    await producer.send({ topic, acks: -1, compression, messages: [bomb, bomb, bomb] })
    return 3
  }

  /** Waits until every processor has consumed what is in Kafka, and nothing is left in the outbox. */
  async quiet(): Promise<void> {
    let seen = ''
    let giveUpAt = performance.now() + QUIET_MS_MAX
    const isQuiet = async () => {
      this.assertRunning()
      const { left, state } = await this.#left()
      if (state !== seen) giveUpAt = performance.now() + QUIET_MS_MAX
      seen = state
      if (performance.now() > giveUpAt) throw new Error(`nothing was consumed for two minutes: ${left.join(', ')}`)
      return left.length === 0
    }
    await until('everything is consumed', Number.POSITIVE_INFINITY, isQuiet, LOOK_EVERY_MS)
  }

  assertRunning(): void {
    const ended = this.#ended()
    if (ended !== undefined) throw new Error(ended)
  }

  async #left(): Promise<{ left: string[]; state: string }> {
    const { pool } = this.#world
    const { rows: outbox } = await pool.query<{ rows: number }>('select count(*) as rows from ops.outbox')
    const { rows } = await pool.query<Place & { processor: string; position: number; problem: string | null }>(
      'select processor, topic, partition, position, problem from ops.stream_offsets',
    )
    const stopped = rows.find(({ problem }) => problem !== null)
    if (stopped !== undefined) {
      throw new Error(`${stopped.processor} ${stopped.topic}/${stopped.partition} has stopped: ${stopped.problem}`)
    }
    const positions = new Map(
      rows.map(({ processor, topic, partition, position }) => [`${processor} ${topic}/${partition}`, position]),
    )
    const left = outbox[0]!.rows > 0 ? [`${outbox[0]!.rows} in the outbox`] : []
    for (const { processor, topic, partition, end } of await this.#expected()) {
      const position = positions.get(`${processor} ${topic}/${partition}`) ?? 0
      if (position < end) left.push(`${processor} ${topic}/${partition} at ${position} of ${end}`)
    }
    return { left, state: JSON.stringify([...positions, outbox[0]!.rows]) }
  }

  /** The position that each processor has to reach. */
  async #expected() {
    const ends = await this.#logEnds()
    return processorNames.flatMap((processor) =>
      topicsOf(processor).flatMap((topic) =>
        ends.get(topic)!.map((end, partition) => ({ processor, topic, partition, end })),
      ),
    )
  }

  /** One past the newest offset of each partition. */
  async #logEnds(): Promise<Map<TopicName, number[]>> {
    const ends = new Map<TopicName, number[]>()
    for (const topic of topicNames) {
      const offsets = await this.#world.topics.admin.fetchTopicOffsets(this.#kafkaTopic(topic))
      const of: number[] = []
      for (const { partition, high } of offsets) of[partition] = Number(high)
      ends.set(topic, of)
    }
    return ends
  }

  /** Invariants 4 and 5. */
  async check(): Promise<void> {
    await this.#checkCounts()
    await this.#checkTraces()
    await this.#checkRaw()
    const verification = await verifyState(this.#world.settings, this.#world.pool)
    assert.deepEqual(verification.gaps, [])
    assert.deepEqual(verification.examples, [], 'the live state differs from what the raw lake gives')
    assert.equal(verification.isEqual, true)
  }

  async #checkCounts(): Promise<void> {
    const { rows } = await this.#world.pool.query<Place & Record<string, number | string>>(
      `select processor, topic, partition, consumed, applied + duplicate + late + dead as outcomes, lost
       from ops.stream_offsets`,
    )
    const counted = new Map(rows.map((row) => [`${row.processor} ${row.topic}/${row.partition}`, row]))
    for (const { processor, topic, partition, end } of await this.#expected()) {
      if (end === 0) continue
      const what = `${processor} ${topic}/${partition}`
      const { consumed, outcomes, lost } = counted.get(what)!
      assert.deepEqual({ consumed, outcomes, lost }, { consumed: end, outcomes: end, lost: 0 }, what)
    }
  }

  /** Every message that counts as dead has its letter, and no other has. */
  async #checkTraces(): Promise<void> {
    const { rows } = await this.#world.pool.query<Place & { processor: string; dead: number; traces: number }>(
      `with trace as (
         select origin, topic, partition, "offset" from ops.dead_letters
         union
         select origin, topic, partition, "offset" from ops.returned_letters
       )
       select processor, topic, partition, dead, (
         select count(*) from trace
         where (trace.topic, trace.partition) = (stream.topic, stream.partition) and origin in ('contract', processor)
       ) as traces
       from ops.stream_offsets as stream`,
    )
    for (const { processor, topic, partition, dead, traces } of rows) {
      assert.equal(traces, dead, `letters of ${processor} ${topic}/${partition}`)
    }
  }

  /** A row in the raw lake for each message, once. */
  async #checkRaw(): Promise<void> {
    const { settings } = this.#world
    const ends = await this.#logEnds()
    const objectStore = createObjectStore(settings)
    const database = await createDuckDb(settings)
    try {
      const lake = createLake({ objectStore, database, prefix: settings.lakePrefix, onCheckpointFailed: () => {} })
      for (const topic of eventTopicNames) {
        const expected = ends
          .get(topic)!
          .flatMap((end, partition) => (end === 0 ? [] : { partition, rows: end, offsets: end }))
        if (expected.length === 0) continue
        const table = await (await lake.table(rawTableName(topic))).scan()
        const found = await withConnection(database, async (connection) => {
          const reader = await connection.runAndReadAll(
            `select "partition"::integer as "partition", count(*)::integer as "rows", count(distinct "offset")::integer as offsets
             from ${table} group by 1 order by 1`,
          )
          return reader.getRowObjectsJson()
        })
        assert.deepEqual(found, expected, `raw rows of ${topic}`)
      }
    } finally {
      database.closeSync()
      objectStore.close()
    }
  }

  async reasons(): Promise<Record<string, number>> {
    const { rows } = await this.#world.pool.query<{ reason: string; letters: number }>(
      'select reason, count(*) as letters from ops.dead_letters group by reason order by letters desc',
    )
    return Object.fromEntries(rows.map(({ reason, letters }) => [reason, letters]))
  }

  /** Lists and reads all letters, and some through the command line. */
  async showLetters(): Promise<void> {
    const { pool } = this.#world
    const { letters, total } = await listLetters(pool, {}, Number.MAX_SAFE_INTEGER)
    assert.equal(letters.length, total)
    for (const { letterId } of letters) {
      const letter = await readLetter(pool, letterId)
      assert.ok(letter, `letter ${letterId} can be read`)
      const keptMax = this.#world.settings.deadLetterBytesMax
      assert.ok((letter.payload?.length ?? 0) <= keptMax && (letter.key?.length ?? 0) <= keptMax)
    }
    const listed = await this.#cli('dlq', 'list', '--limit', '20')
    assert.match(listed, new RegExp(`20 of ${total} shown`))
    const odd = letters.filter(({ isCut }) => isCut).slice(0, CLI_LETTERS)
    for (const { letterId } of [...letters.slice(0, CLI_LETTERS), ...odd]) {
      const shown = JSON.parse(await this.#cli('dlq', 'show', String(letterId), '--json')) as { letterId: number }
      assert.equal(shown.letterId, letterId)
      await this.#cli('dlq', 'show', String(letterId))
    }
  }

  async #cli(...words: string[]): Promise<string> {
    const { settings } = this.#world
    const { stdout } = await promisify(execFile)(CLI, words, {
      env: { ...process.env, SHELFLINE_POSTGRES_URL: settings.postgresUrl, SHELFLINE_LOG_LEVEL: 'warn' },
      maxBuffer: 64 * 1024 * 1024,
    })
    return stdout
  }

  async replayAll(): Promise<{ sent: number; refused: number }> {
    const { pool, topics } = this.#world
    const { total } = await listLetters(pool, { status: 'open' }, 0)
    const reader = new MessageReader(topics.kafka)
    const { sent, refused } = await replayLetters(pool, topics.producer, {
      filter: {},
      limit: Number.MAX_SAFE_INTEGER,
      ratePerSecond: 100_000,
      kafkaTopic: this.#kafkaTopic,
      readMessage: (topic, partition, offset) => reader.read(topic, partition, offset),
    })
    await reader.disconnect()
    // A letter that the worker has locked at that moment is left open.
    const done = sent + refused.length
    assert.ok(done <= total && done >= total * 0.99, `${done} of ${total} letters were replayed`)
    return { sent, refused: refused.length }
  }

  async discardAll(): Promise<number> {
    const { pool } = this.#world
    const { letters, total } = await listLetters(pool, { status: 'open' }, 1)
    const first = await this.#cli('dlq', 'discard', String(letters[0]!.letterId), '--why', 'tried', '--json')
    assert.deepEqual(JSON.parse(first), { discarded: 1 })
    const discarded = 1 + (await discardLetters(pool, {}, total, { by: 'maria', why: 'tried' }))
    assert.equal(discarded, total)
    assert.equal((await listLetters(pool, { status: 'open' }, 0)).total, 0)
    return discarded
  }

  /** The worker still takes what is sent, on each topic. */
  async checkAlive(): Promise<void> {
    for (const topic of topicNames) {
      await this.#world.topics.send(topic, [{ [catalogue[topic].key]: 'last' }])
    }
    await this.quiet()
    this.assertRunning()
  }
}

const topicsOf = (processor: string): readonly TopicName[] =>
  productProcessors.find(({ name }) => name === processor)?.topics ?? eventTopicNames
