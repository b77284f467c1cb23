/** Looks after Kafka Connect: what has failed is started again, with growing pauses, and what slots keep is measured. */
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { Registry } from 'prom-client'
import { ConnectClient, type ConnectorInfo, firstLine } from '../../platform/connect/connect.ts'
import { resolveSecret } from '../../platform/connect/secrets.ts'
import type { Logger } from '../../platform/log.ts'
import { inTransaction, type Pool } from '../../platform/postgres/postgres.ts'
import { protectSecrets } from '../../platform/redact.ts'
import { createWatchMetrics, type Slot, type WatchMetrics } from './watch-metrics.ts'

const LOOK_MS = 10_000
const RESTART_MS_MIN = 10_000
const RESTART_MS_MAX = 600_000
/** What runs for this long has recovered: its next failure is a first one. */
const RECOVERED_MS = 300_000
const SLOT_QUERY_MS_MAX = 5_000
/** Any number will do, as long as nothing else locks it. */
const LOCK = 731_204_123
const POSTGRES_CLASS = 'io.debezium.connector.postgresql.PostgresConnector'

/** How often a part has failed, and when it may be started again. */
interface Failure {
  count: number
  /** Milliseconds since the epoch. */
  nextAtMs: number
  runningSinceMs: number | undefined
}

export interface ConnectorWatchOptions {
  url: string
  pool: Pool
  logger: Logger
  registry: Registry
}

export class ConnectorWatch {
  readonly #connect: ConnectClient
  readonly #pool: Pool
  readonly #logger: Logger
  readonly #metrics: WatchMetrics
  readonly #stopping = new AbortController()
  readonly #failures = new Map<string, Failure>()
  readonly #looking: Promise<void>
  #isAway = false

  constructor({ url, pool, logger, registry }: ConnectorWatchOptions) {
    this.#connect = new ConnectClient(url)
    this.#pool = pool
    this.#logger = logger
    this.#metrics = createWatchMetrics(registry)
    this.#looking = this.#lookUntilStopped()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#looking
  }

  async #lookUntilStopped(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        const connectors = await this.#connect.list()
        this.#metrics.setConnectors(connectors)
        this.#isAway = false
        await this.#restartFailed(connectors)
        for (const connector of connectors) await this.#measureSlot(connector)
      } catch (error) {
        this.#metrics.setAway()
        if (!this.#isAway) this.#logger.warn({ error: (error as Error).message }, 'connectors can not be looked up')
        this.#isAway = true
      }
      await pause(LOOK_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  /** One worker at a time does it. */
  async #restartFailed(connectors: readonly ConnectorInfo[]): Promise<void> {
    const due = connectors.filter((connector) => this.#isDue(connector, Date.now()))
    if (due.length === 0) return
    await inTransaction(this.#pool, async (client) => {
      const { rows } = await client.query<{ isMine: boolean }>('select pg_try_advisory_xact_lock($1) as "isMine"', [
        LOCK,
      ])
      if (!rows[0]!.isMine) return
      for (const { name, connector, tasks } of due) {
        const { trace = '' } = [connector, ...tasks].find(({ state }) => state === 'FAILED')!
        const { count } = this.#failures.get(name)!
        this.#logger.warn({ connector: name, failures: count, error: firstLine(trace) }, 'a connector is started again')
        await this.#connect.restart(name, { onlyFailed: true })
        this.#metrics.countRestart(name)
      }
    })
  }

  #isDue(connector: ConnectorInfo, nowMs: number): boolean {
    const decided = nextRestart(this.#failures.get(connector.name), isFailed(connector), nowMs)
    if (decided.failure === undefined) this.#failures.delete(connector.name)
    else this.#failures.set(connector.name, decided.failure)
    return decided.isDue
  }

  async #measureSlot({ name, config }: ConnectorInfo): Promise<void> {
    if (config['connector.class'] !== POSTGRES_CLASS) return
    try {
      this.#metrics.setSlot(name, await readSlot(config))
    } catch (error) {
      this.#metrics.setSlot(name, undefined)
      this.#logger.debug({ connector: name, error: (error as Error).message }, 'its slot can not be measured')
    }
  }
}

const isFailed = ({ connector, tasks }: ConnectorInfo): boolean =>
  [connector, ...tasks].some(({ state }) => state === 'FAILED')

/** When a connector is started again: after 10 s, and twice as long after each further failure, up to 10 minutes. */
export function nextRestart(
  before: Failure | undefined,
  hasFailed: boolean,
  nowMs: number,
): { failure: Failure | undefined; isDue: boolean } {
  if (!hasFailed) {
    if (before === undefined) return { failure: undefined, isDue: false }
    const runningSinceMs = before.runningSinceMs ?? nowMs
    const hasRecovered = nowMs - runningSinceMs >= RECOVERED_MS
    return { failure: hasRecovered ? undefined : { ...before, runningSinceMs }, isDue: false }
  }
  const failure = before ?? { count: 0, nextAtMs: nowMs + RESTART_MS_MIN, runningSinceMs: undefined }
  if (nowMs < failure.nextAtMs) return { failure: { ...failure, runningSinceMs: undefined }, isDue: false }
  const count = failure.count + 1
  const waitMs = Math.min(RESTART_MS_MAX, RESTART_MS_MIN * 2 ** Math.min(count, 10))
  return { failure: { count, nextAtMs: nowMs + waitMs, runningSinceMs: undefined }, isDue: true }
}

const SLOT = `
  select
    active as "isActive",
    wal_status = 'lost' as "isLost",
    coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::float8 as "keptBytes",
    coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn), 0)::float8 as "lagBytes",
    safe_wal_size::float8 as "safeBytes"
  from pg_replication_slots
  where slot_name = $1`

/** Over the connector's own connection. @throws when the database does not answer, or has no such slot */
async function readSlot(config: ConnectorInfo['config']): Promise<Slot> {
  const password = resolveSecret(config['database.password'] ?? '')
  if (password !== '') protectSecrets([password])
  const client = new pg.Client({
    host: config['database.hostname'],
    port: Number(config['database.port'] ?? 5432),
    user: config['database.user'],
    database: config['database.dbname'],
    password,
    ssl: sslOf(config['database.sslmode']),
    connectionTimeoutMillis: SLOT_QUERY_MS_MAX,
    query_timeout: SLOT_QUERY_MS_MAX,
    application_name: 'shelfline',
  } as pg.ClientConfig)
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<Slot>(SLOT, [config['slot.name']])
    if (rows[0] === undefined) throw new Error(`there is no slot ${config['slot.name']}`)
    return rows[0]
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** As Debezium has it: `verify-ca` and `verify-full` check the server, `require` only encrypts. */
function sslOf(mode: string | undefined): pg.ClientConfig['ssl'] {
  if (mode === 'verify-ca' || mode === 'verify-full') return { rejectUnauthorized: true }
  return mode === 'require' ? { rejectUnauthorized: false } : false
}
