import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Gauge, type Registry } from 'prom-client'
import type { Logger } from './log.ts'
import { createPool, type Pool } from './postgres/postgres.ts'
import { statement } from './postgres/sql.ts'
import { redact } from './redact.ts'
import type { Settings } from './settings/settings.ts'
import { isNeeded, type WorkerKind } from './worker-kinds.ts'

const statements = {
  register: statement('workers/register.sql'),
  beat: statement('workers/beat.sql'),
  stop: statement('workers/stop.sql'),
  read: statement('workers/read.sql'),
  count: statement('workers/count.sql'),
}

/** A quarter of what `ops.worker_states` waits for: one beat that is late makes no worker lost. */
const BEAT_MS = 5_000
/** A database that doesn't answer must not delay the next beat for long, nor the worker's end. */
const QUERY_MS_MAX = 5_000
/** Counts that are older mean nothing now. */
const COUNTS_MS_MAX = 20_000

export interface WorkerRow {
  workerId: string
  kind: WorkerKind
  host: string
  pid: number
  version: string
  /** Processors of a stream worker, task queues of a batch worker. */
  serves: string[]
  /** The problem in its `/healthz`. */
  problem: string | null
  /** `lost`: no heartbeat for 20 s by the database's clock, and not stopped. */
  state: 'alive' | 'stopped' | 'lost'
  startedAt: Date
  lastSeenAt: Date
  stoppedAt: Date | null
  secondsSinceSeen: number
}

/** Every worker that the database knows, the latest heartbeat first. */
export async function readWorkers(pool: Pool): Promise<WorkerRow[]> {
  return (await pool.query<WorkerRow>(statements.read)).rows
}

export interface HeartbeatOptions {
  settings: Settings
  logger: Logger
  /** Gets `shelfline_workers` and `shelfline_processor_workers`. */
  registry: Registry
  kind: WorkerKind
  serves: readonly string[]
  /** What is wrong with this worker now, as in its `/healthz`. */
  problem: () => string | undefined
}

export interface Heartbeat {
  /** What this worker knows of the others: kinds and processors that no worker is alive for. */
  warnings(): string[]
  /** Records at once why the worker is about to end; that stays in its row. */
  failed(reason: string): Promise<void>
  /** Records that the worker has stopped, and closes the connection. */
  stop(): Promise<void>
}

interface Count {
  kind: WorkerKind
  /** Null: all workers of the kind. */
  processor: string | null
  alive: number
}

/**
 * Records in `ops.workers` that this worker is alive, now and every five seconds until it is stopped, over a connection of its
 * own, so that no work holds it up. An unavailable database is tried at the next beat.
 *
 * @throws when the first beat can't be written
 */
export async function startHeartbeat(options: HeartbeatOptions): Promise<Heartbeat> {
  const { settings, logger, kind, serves, problem } = options
  const workerId = randomUUID()
  const pool = createPool({ ...settings, postgresPoolMax: 1 }, logger)
  const stopping = new AbortController()
  let counted: { atMs: number; counts: readonly Count[] } | undefined
  let isFailing = false
  let failure: string | undefined

  const run = <Row extends object = never>(text: string, ...values: unknown[]) =>
    pool.query<Row>({ text, values, query_timeout: QUERY_MS_MAX } as never)
  const register = () =>
    run(statements.register, workerId, kind, hostname(), process.pid, packageVersion(), [...serves])

  async function beat(): Promise<void> {
    const { rowCount } = await run(statements.beat, workerId, failure ?? problem() ?? null)
    // The database was created again under the worker.
    if (rowCount === 0) await register()
    counted = { atMs: performance.now(), counts: (await run<Count>(statements.count)).rows }
  }

  async function beatOrWarn(): Promise<void> {
    try {
      await beat()
      if (isFailing) logger.info('the heartbeat is recorded again')
      isFailing = false
    } catch (error) {
      if (!isFailing) logger.warn({ error: (error as Error).message }, 'the heartbeat could not be recorded')
      isFailing = true
    }
  }

  async function beatUntilStopped(): Promise<void> {
    const { signal } = stopping
    while (!signal.aborted) {
      await pause(BEAT_MS, undefined, { signal }).catch(() => undefined)
      if (!signal.aborted) await beatOrWarn()
    }
  }

  const recent = (): readonly Count[] =>
    counted !== undefined && performance.now() - counted.atMs <= COUNTS_MS_MAX ? counted.counts : []

  try {
    await register()
    await beat()
  } catch (error) {
    await pool.end()
    throw explained(error as Error)
  }
  exportCounts(options.registry, recent)
  const beating = beatUntilStopped()
  return {
    warnings: () =>
      recent()
        .filter(({ alive, kind }) => alive === 0 && isNeeded(kind))
        .map(warningOf),
    async failed(reason) {
      failure = redact(reason)
      await beatOrWarn()
    },
    async stop() {
      stopping.abort()
      await beating
      await run(statements.stop, workerId, failure ?? null).catch((error: Error) =>
        logger.warn({ error: error.message }, 'the end of the worker could not be recorded'),
      )
      await pool.end()
    },
  }
}

const warningOf = ({ kind, processor }: Count): string =>
  processor === null ? `no ${kind} worker` : `no worker for ${processor}`

const UNDEFINED_TABLE = '42P01'

function explained(error: Error & { code?: string }): Error {
  if (error.code !== UNDEFINED_TABLE) return error
  return new Error(`worker: ${error.message}; \`shelfline migrate\` brings the schema up to date`, { cause: error })
}

/** Workers that are alive, as this one has last read it: no query a scrape, and nothing while the database is away. */
function exportCounts(registry: Registry, counts: () => readonly Count[]): void {
  new Gauge({
    name: 'shelfline_workers',
    help: 'Workers with a current heartbeat in the database, by kind.',
    labelNames: ['kind'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { kind, processor, alive } of counts()) if (processor === null) this.set({ kind }, alive)
    },
  })
  new Gauge({
    name: 'shelfline_processor_workers',
    help: 'Stream workers with a current heartbeat in the database that run the processor.',
    labelNames: ['processor'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { processor, alive } of counts()) if (processor !== null) this.set({ processor }, alive)
    },
  })
}

/** The version of Shelfline. */
export const packageVersion = (): string =>
  (JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as { version: string }).version
