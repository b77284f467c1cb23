/**
 * The stream runtime and its processors under faults, in one process and from one seed: a log with disturbed arrivals, two
 * workers that read it slice by slice, and everything that may go wrong between them. The transactional handler, the
 * positions, the processors' statements and the relays of the outbox and of dead letters are the real ones; Kafka and the
 * scheduler are simulated.
 */
import { type TopicName, topics } from '../../contracts/topics.ts'
import { seeded } from '../../models/statistics/random.ts'
import { createLogger } from '../../platform/log.ts'
import { createVault } from '../../platform/vault.ts'
import { createCustomerDoor } from '../privacy/customer-door.ts'
import type { KeySource } from '../privacy/customer-keys.ts'
import { createStreamMetrics } from '../runtime/metrics.ts'
import { openPosition, type PartitionId, partitionKey } from '../runtime/positions.ts'
import type { Processor, Slice, StreamMessage } from '../runtime/processor.ts'
import { createTransactionalHandler } from '../runtime/transactional.ts'
import { createInProcessDatabase, type InProcessDatabase } from '../testing/pglite.ts'
import { randomEvent } from '../testing/random-event.ts'
import { type Around, type LedgerReport, LedgerSimulation, SIMULATED_STAR } from './ledger.ts'
import { asMessages, type Logged } from './log.ts'
import { below, pick } from './random.ts'
import { SentTopics } from './relays.ts'

/** Within the days that live state keeps, and long past for the reader's clock, wherever that jumps. */
const START_MS = Date.UTC(2025, 10, 3, 13)
const READER_MS = Date.UTC(2025, 10, 20)
const HOUR_MS = 3_600_000
const EVENTS = 100
const SLICE_MESSAGES_MAX = 25
const STEPS_MAX = 3_000
const WORKERS = 2

/** How often each fault strikes: per event the first four, per slice or step of the scheduler the others. */
const CHANCE = {
  late: 0.05,
  copy: 0.05,
  broken: 0.03,
  poison: 0.02,
  crashBeforeCommit: 0.06,
  crashAfterCommit: 0.06,
  commitUnanswered: 0.02,
  rebalance: 0.2,
  zombie: 0.7,
  clockJump: 0.05,
  relay: 0.15,
}
/** The relays send again and again until nothing is left: this many rounds at most. */
const RELAY_ROUNDS_MAX = 200

const logger = createLogger({ logLevel: 'silent' }, 'simulation')

/** Two runs that are compared give a customer the same pseudonym. */
const EQUAL_KEYS: KeySource = { door: () => Buffer.alloc(32, 1), customer: (lookup) => Buffer.from(lookup, 'hex') }

class Crash extends Error {
  override name = 'Crash'
}

export interface Simulator {
  /**
   * @param processors each seed runs one of them, in turn
   * @throws when an invariant does not hold, naming the seed, the processor and what differs
   */
  run(seed: number, processors: readonly Processor[]): Promise<SeedReport>
  close(): Promise<void>
}

/** What a seed did, so that a test can see that its faults struck. */
export interface SeedReport extends LedgerReport {
  processor: string
  messages: number
  slices: number
  crashes: number
  lost: number
  rebalances: number
  dead: number
  /** Sends of the relays that Kafka refused, took in part, or did not answer. */
  failedSends: number
}

export async function createSimulator(): Promise<Simulator> {
  const database = await createInProcessDatabase()
  const metrics = createStreamMetrics(async () => [])
  await database.pool.query(SIMULATED_STAR)
  const tables = await readTables(database)

  async function run(seed: number, processor: Processor): Promise<SeedReport> {
    const log = createLog(processor, seeded(seed))
    await empty(database, await filled(database, tables))
    const undisturbed = new Cluster(database, metrics, processor, log, undefined)
    await undisturbed.consume()
    const expected = await outcomeOf(database, tables, processor, undisturbed.sent)
    await empty(database, expected.filled)
    const disturbed = new Cluster(database, metrics, processor, log, seeded(seed + 0x5eed))
    await disturbed.consume()
    const found = await outcomeOf(database, tables, processor, disturbed.sent)
    const messages = log.reduce((sum, partition) => sum + partition.messages.length, 0)
    if (expected.consumed !== messages) throw new Error(`${messages} messages were sent, ${expected.consumed} consumed`)
    const difference = firstDifference(expected.state, found.state)
    if (difference !== undefined) throw new Error(difference)
    const { failedSends } = disturbed.sent
    const ledger = await runLedger(database, seeded(seed + 0x1ed6e2))
    return { ...disturbed.report, ...ledger, processor: processor.name, messages, dead: found.dead, failedSends }
  }

  return {
    async run(seed, processors) {
      const processor = processors[seed % processors.length]!
      try {
        return await run(seed, processor)
      } catch (error) {
        throw new Error(
          `seed ${seed} (${processor.name}): ${(error as Error).message}; \`node streams/simulation/simulate.ts --from ${seed} --seeds 1\` replays it`,
          { cause: error },
        )
      } finally {
        database.faults = {}
      }
    },
    close: () => database.close(),
  }
}

async function runLedger(database: InProcessDatabase, random: () => number): Promise<LedgerReport> {
  await database.pool.query('delete from simulated_star')
  const around: Around = async (step) => {
    database.faults = chooseFault(random)
    try {
      await step()
      return 'done'
    } catch (error) {
      if (error instanceof Crash) return 'crashed'
      if ((error as Error).message === UNANSWERED) return 'unanswered'
      throw error
    } finally {
      database.faults = {}
    }
  }
  const simulation = new LedgerSimulation(database.pool, random, around)
  await simulation.run()
  return simulation.report
}

/** A partition with everything that will ever lie in it. */
interface LogPartition extends PartitionId {
  messages: readonly StreamMessage[]
}

const partitionsOf = (topic: TopicName): number => (topics[topic].cleanup === 'compact' ? 1 : 2)

/** Events of the processor's topics, by key in one partition, some late, some twice, some that can't be applied. */
function createLog(processor: Processor, random: () => number): LogPartition[] {
  return processor.topics.flatMap((topic) => {
    const logged: { partition: number; message: Logged }[] = []
    for (let number = 0; number < Math.ceil(EVENTS / processor.topics.length); number += 1) {
      const atMs = START_MS + number * 90_000 + below(random, 60_000)
      const event = randomEvent(topic, `${topic}-${number}`, atMs, random) as Record<string, string>
      const key = Buffer.from(event[topics[topic].key]!)
      const partition = key.reduce((sum, byte) => sum + byte, 0) % partitionsOf(topic)
      for (const message of arrivals(event, atMs, random)) logged.push({ partition, message })
    }
    const arrived = logged.toSorted((a, b) => a.message.knownAtMs - b.message.knownAtMs)
    return Array.from({ length: partitionsOf(topic) }, (_, partition) => ({
      topic,
      partition,
      messages: asMessages(arrived.filter((one) => one.partition === partition).map(({ message }) => message)),
    }))
  })
}

function arrivals(event: object, atMs: number, random: () => number): Logged[] {
  const delayMs = random() < CHANCE.late ? below(random, 6 * HOUR_MS) : below(random, 30_000)
  const first = { event, knownAtMs: atMs + delayMs }
  if (random() < CHANCE.broken) return [{ ...first, event: pick(random, ['{"event_id":', '[]', '{"event_id":"x"}']) }]
  if (random() < CHANCE.poison) return [{ ...first, event: { ...event, note: 'a\u0000b' } }]
  if (random() >= CHANCE.copy) return [first]
  return [first, { ...first, knownAtMs: first.knownAtMs + below(random, HOUR_MS) }]
}

/** The positions that a worker believes in; a partition that it must ask about is not in it. */
type Positions = Map<string, number>

/** Two workers on one processor's partitions. Without a source of chance: one worker, no faults. */
class Cluster {
  readonly report = { slices: 0, crashes: 0, lost: 0, rebalances: 0 }
  readonly sent: SentTopics
  readonly #database: InProcessDatabase
  readonly #processor: Processor
  readonly #log: readonly LogPartition[]
  readonly #random: (() => number) | undefined
  readonly #handle: (slice: Slice) => Promise<'done' | 'lost'>
  readonly #workers: Positions[] = Array.from({ length: WORKERS }, () => new Map())
  readonly #owners = new Map<string, number>()
  readonly #zombies: { worker: number; partition: LogPartition }[] = []
  #nowMs = READER_MS
  /** How much of the log has arrived, by partition. */
  readonly #arrived = new Map<string, number>()

  constructor(
    database: InProcessDatabase,
    metrics: ReturnType<typeof createStreamMetrics>,
    processor: Processor,
    log: readonly LogPartition[],
    random: (() => number) | undefined,
  ) {
    this.#database = database
    this.#processor = processor
    this.#log = log
    this.#random = random
    const { pool } = database
    this.sent = new SentTopics(pool, random)
    const door = createCustomerDoor(pool, createVault({ secretKeys: [], secretKeysFile: [] }), EQUAL_KEYS)
    this.#handle = createTransactionalHandler({ pool, door, logger, metrics, processor, nowMs: () => this.#nowMs })
    for (const partition of log) {
      this.#arrived.set(partitionKey(partition), random === undefined ? partition.messages.length : 0)
      this.#owners.set(partitionKey(partition), 0)
    }
  }

  /** @throws when the log is not consumed within a bound of steps */
  async consume(): Promise<void> {
    for (let step = 0; step < STEPS_MAX; step += 1) {
      const behind = await this.#behind()
      if (behind.length === 0 && this.#zombies.length === 0) return this.#relayAll()
      if (this.#random === undefined) await this.#work(0, behind[0]!, Number.MAX_SAFE_INTEGER)
      else await this.#step(this.#random, behind)
    }
    throw new Error(`not consumed within ${STEPS_MAX} steps`)
  }

  /** Until the relays have nothing left to send. */
  async #relayAll(): Promise<void> {
    for (let round = 0; round < RELAY_ROUNDS_MAX; round += 1) if ((await this.#relay()) === 0) return
    throw new Error(`not sent within ${RELAY_ROUNDS_MAX} rounds of the relays`)
  }

  /** One round, which may fail as a slice may, and at Kafka. Undefined when it did. */
  async #relay(): Promise<number | undefined> {
    if (this.#random !== undefined) this.#database.faults = chooseFault(this.#random)
    try {
      return await this.sent.relay()
    } catch (error) {
      // The worker tries again at its next turn, or another does.
      if (error instanceof Crash) this.report.crashes += 1
      else if ((error as Error).message !== UNANSWERED) throw error
      return undefined
    } finally {
      this.#database.faults = {}
    }
  }

  /** Partitions that are not read to their end, as their owner sees it. */
  async #behind(): Promise<LogPartition[]> {
    const behind: LogPartition[] = []
    for (const partition of this.#log) {
      const owner = this.#owners.get(partitionKey(partition))!
      if ((await this.#position(owner, partition)) < partition.messages.length) behind.push(partition)
    }
    return behind
  }

  async #position(worker: number, partition: LogPartition): Promise<number> {
    const positions = this.#workers[worker]!
    const key = partitionKey(partition)
    const known = positions.get(key)
    if (known !== undefined) return known
    const log = { start: 0, end: partition.messages.length }
    const { position } = await openPosition(this.#database.pool, this.#processor.name, partition, log)
    positions.set(key, position)
    return position
  }

  async #step(random: () => number, behind: readonly LogPartition[]): Promise<void> {
    for (const partition of this.#log) {
      const key = partitionKey(partition)
      const arrived = Math.min(partition.messages.length, this.#arrived.get(key)! + below(random, 12))
      this.#arrived.set(key, arrived)
    }
    if (random() < CHANCE.clockJump) await this.#jump(random)
    if (random() < CHANCE.relay) await this.#relay()
    if (random() < CHANCE.rebalance) this.#rebalance(random, pick(random, this.#log))
    const zombie = random() < 0.5 ? this.#zombies.shift() : undefined
    if (zombie !== undefined) await this.#strike(random, zombie.worker, zombie.partition)
    else if (behind.length > 0) {
      const partition = pick(random, behind)
      await this.#strike(random, this.#owners.get(partitionKey(partition))!, partition)
    }
  }

  /** The other worker gets the partition; the one that had it may not know yet. */
  #rebalance(random: () => number, partition: LogPartition): void {
    const key = partitionKey(partition)
    const before = this.#owners.get(key)!
    const after = (before + 1) % WORKERS
    this.report.rebalances += 1
    this.#owners.set(key, after)
    this.#workers[after]!.delete(key)
    if (random() < CHANCE.zombie && this.#workers[before]!.has(key)) this.#zombies.push({ worker: before, partition })
    else this.#workers[before]!.delete(key)
  }

  /** The reader's clock and the business's; neither may leave a trace in the state. */
  async #jump(random: () => number): Promise<void> {
    this.#nowMs = READER_MS + below(random, 48 * HOUR_MS) - 24 * HOUR_MS
    await this.#database.pool.query(
      `insert into ops.clock (simulated_now, speed, run_id, seed) values ($1, 1, 'simulation', 1)
       on conflict (is_only) do update set simulated_now = excluded.simulated_now`,
      [new Date(this.#nowMs)],
    )
  }

  /** One slice, with whatever fault strikes. A worker that crashes forgets its position. */
  async #strike(random: () => number, worker: number, partition: LogPartition): Promise<void> {
    this.#database.faults = chooseFault(random)
    try {
      await this.#work(worker, partition, 1 + below(random, SLICE_MESSAGES_MAX))
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      this.report.crashes += 1
      this.#workers[worker]!.clear()
    } finally {
      this.#database.faults = {}
    }
  }

  async #work(worker: number, partition: LogPartition, messagesMax: number): Promise<void> {
    const { topic, partition: number, messages } = partition
    const position = await this.#position(worker, partition)
    const next = Math.min(position + messagesMax, this.#arrived.get(partitionKey(partition))!)
    if (next <= position) return
    const slice = { topic, partition: number, position, next, logEnd: messages.length }
    this.report.slices += 1
    if ((await this.#handle({ ...slice, messages: messages.slice(position, next) })) === 'done') {
      this.#workers[worker]!.set(partitionKey(partition), next)
    } else {
      this.report.lost += 1
      this.#workers[worker]!.delete(partitionKey(partition))
    }
  }
}

const UNANSWERED = 'connection terminated'

/** A worker dies between two statements, or with its answer; or the answer to its commit is lost and it tries again. */
function chooseFault(random: () => number): InProcessDatabase['faults'] {
  const chance = random()
  const statements = below(random, 8)
  let seen = 0
  let struck = false
  const once = (error: Error) => {
    if (struck) return
    struck = true
    throw error
  }
  if (chance < CHANCE.crashBeforeCommit) {
    return {
      before: (text) => {
        seen += 1
        if (text !== 'rollback' && (seen > statements || text === 'commit')) once(new Crash('killed before the commit'))
      },
    }
  }
  const afterCommit = (error: Error) => ({ after: (text: string) => (text === 'commit' ? once(error) : undefined) })
  if (chance < CHANCE.crashBeforeCommit + CHANCE.crashAfterCommit)
    return afterCommit(new Crash('killed after the commit'))
  if (chance < CHANCE.crashBeforeCommit + CHANCE.crashAfterCommit + CHANCE.commitUnanswered) {
    return afterCommit(new Error(UNANSWERED))
  }
  return {}
}

/** Names of those that were empty when the database was made. */
type Tables = ReadonlySet<string>

/** By the clock of the writer, or by how the log was cut. */
const VOLATILE = [
  'updated_at',
  'created_at',
  'emitted_at',
  'queued_at',
  'letter_id',
  'relayed_attempts',
  'outbox_id',
  'bytes',
  'told_at',
  'confirmed_at',
  'made_at',
]

/** The audit log only grows, and has when each change was made. */
const LOG = ['audit', 'audit_link', 'audit_check']

/** How the runs read, not what they leave. */
const UNCOMPARED = ['ops.stream_offsets', 'ops.outbox', 'ops.clock']

async function readTables({ pool }: InProcessDatabase): Promise<Tables> {
  const { rows } = await pool.query<{ name: string }>(
    `select format('%I.%I', nspname, relname) as name from pg_class
     join pg_namespace on pg_namespace.oid = relnamespace
     where nspname in ('ref', 'state', 'ops') and relkind in ('r', 'p') and not relispartition and relname <> all ($1)`,
    [LOG],
  )
  const empty = new Set<string>()
  for (const { name } of rows) {
    const { rowCount } = await pool.query(`select from ${name} limit 1`)
    if (rowCount === 0) empty.add(name)
  }
  return empty
}

/** Those of the tables that any run has left rows in: the others have no bytes. It is a few of some hundred. */
async function filled({ pool }: InProcessDatabase, tables: Tables): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select format('%I.%I', nspname, relname) as name from pg_class
     join pg_namespace on pg_namespace.oid = relnamespace
     where nspname in ('ref', 'state', 'ops') and not relispartition and case relkind
       when 'r' then pg_relation_size(pg_class.oid) > 0
       when 'p' then exists (select from pg_partition_tree(pg_class.oid) where pg_relation_size(relid) > 0)
       else false
     end
     order by 1`,
  )
  return rows.map(({ name }) => name).filter((name) => tables.has(name))
}

/**
 * Together, because they refer to each other. `truncate` would make new files of them and of their indexes, and every
 * statement that knows one of them would be planned again.
 */
async function empty({ pool }: InProcessDatabase, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  const deleted = names.map((name, number) => `deleted_${number} as (delete from ${name})`)
  await pool.query(`with ${deleted.join(', ')} select`)
}

/** By table its rows as JSON, in an order of their own, without what depends on this worker's clock. */
async function contentOf(
  database: InProcessDatabase,
  names: readonly string[],
): Promise<[table: string, rows: string][]> {
  if (names.length === 0) return []
  const volatile = `'{${VOLATILE}}'::text[]`
  const content = names.map(
    (name) =>
      `select '${name}' as name, coalesce(jsonb_agg(row order by row::text), '[]')::text as rows
       from (select to_jsonb(one) - ${volatile} as row from ${name} as one)`,
  )
  const { rows } = await database.pool.query<{ name: string; rows: string }>(content.join(' union all '))
  return rows.map(({ name, rows }) => [name, rows])
}

interface Outcome {
  /** Tables that have rows, or had in an earlier run. */
  filled: string[]
  consumed: number
  dead: number
  state: Map<string, string>
}

/**
 * What a run left behind. Whether an event counts as applied or late may depend on what the other partitions had seen by
 * then; and where the newest record counts, how many were news depends on the cut: these are compared as a sum.
 */
async function outcomeOf(
  database: InProcessDatabase,
  tables: Tables,
  processor: Processor,
  sent: SentTopics,
): Promise<Outcome> {
  await sent.assertComplete()
  const left = await filled(database, tables)
  const content = await contentOf(
    database,
    left.filter((name) => !UNCOMPARED.includes(name)),
  )
  const { rows: counts } = await database.pool.query<
    Record<'consumed' | 'applied' | 'duplicate' | 'late' | 'dead', number>
  >(
    `select topic, partition, consumed, applied, duplicate, late, dead from ops.stream_offsets
     where processor = $1 order by topic, partition`,
    [processor.name],
  )
  const comparable = counts.map(({ applied, duplicate, late, ...count }) =>
    processor.isMerging
      ? { ...count, known: applied + duplicate + late }
      : { ...count, duplicate, fresh: applied + late },
  )
  return {
    filled: left,
    consumed: counts.reduce((sum, count) => sum + count.consumed, 0),
    dead: counts.reduce((sum, count) => sum + count.dead, 0),
    state: new Map([...content, ...sent.content(VOLATILE), ['outcomes', JSON.stringify(comparable)]]),
  }
}

const SHOWN_CHARACTERS_MAX = 600

function firstDifference(expected: Map<string, string>, found: Map<string, string>): string | undefined {
  for (const name of new Set([...expected.keys(), ...found.keys()])) {
    const [rows, others] = [expected.get(name) ?? '[]', found.get(name) ?? '[]']
    if (rows === others) continue
    const before = rowsOf(rows)
    const after = rowsOf(others)
    const lost = before.filter((row) => !after.includes(row))
    const gained = after.filter((row) => !before.includes(row))
    // The same numbers, written with more or fewer zeros behind the point.
    if (lost.length + gained.length === 0) continue
    return `${name} differs: undisturbed ${shown(lost)}, disturbed ${shown(gained)}`
  }
  return undefined
}

const rowsOf = (rows: string): string[] => (JSON.parse(rows) as unknown[]).map((row) => JSON.stringify(row))
const shown = (rows: readonly string[]): string => rows.join(' ').slice(0, SHOWN_CHARACTERS_MAX)
