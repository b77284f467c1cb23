/** The sources that a receiver knows, read again every few seconds: a new one, or a new secret, needs no restart. */
import type { DuckDBInstance } from '@duckdb/node-api'
import type { Logger } from '../../platform/log.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { protectSecrets } from '../../platform/redact.ts'
import { type Repetition, repeatEvery } from '../../platform/repeat.ts'
import type { Vault } from '../../platform/vault.ts'
import { EventRate } from './event-rate.ts'
import { BodyMapper, readSourceMap } from './mapper.ts'
import { type EventSource, readSources, type SourceSecrets, vaultContext } from './source.ts'

const READ_AGAIN_MS = 2_000
const CLOSE_LATER_MS = 60_000

export interface KnownSource extends EventSource {
  /** What its requests may be signed with; none: they need no signature, which only an agent allows. */
  secrets: readonly string[]
  /** Undefined: it sends events of the contract. */
  mapper: BodyMapper | undefined
  rate: EventRate
}

export interface RegistryOptions {
  pool: Pool
  duckdb: DuckDBInstance
  /** Opens their secrets. */
  vault: Vault
  logger: Logger
}

export class SourceRegistry {
  readonly #pool: Pool
  readonly #duckdb: DuckDBInstance
  readonly #vault: Vault
  readonly #logger: Logger
  #sources: ReadonlyMap<string, KnownSource> = new Map()
  #reading: Repetition | undefined

  private constructor({ pool, duckdb, vault, logger }: RegistryOptions) {
    this.#pool = pool
    this.#duckdb = duckdb
    this.#vault = vault
    this.#logger = logger
  }

  /** @throws when PostgreSQL does not answer at the start; later the sources that are known stay known */
  static async open(options: RegistryOptions): Promise<SourceRegistry> {
    const registry = new SourceRegistry(options)
    await registry.#read()
    registry.#reading = repeatEvery(READ_AGAIN_MS, () => registry.#read(), {
      logger: options.logger,
      problem: 'sources can not be read: those known stay',
      pausesFirst: true,
    })
    return registry
  }

  find(sourceId: string): KnownSource | undefined {
    return this.#sources.get(sourceId)
  }

  async close(): Promise<void> {
    await this.#reading?.stop()
    for (const { mapper } of this.#sources.values()) await mapper?.close()
  }

  async #read(): Promise<void> {
    const rows = await readSources(this.#pool)
    const before = this.#sources
    const now = new Map<string, KnownSource>()
    for (const row of rows) {
      const old = before.get(row.sourceId)
      const known = old && isSame(old, row) ? old : await this.#known(row)
      if (known !== undefined) now.set(row.sourceId, known)
    }
    this.#sources = now
    for (const old of before.values()) {
      if (now.get(old.sourceId) !== old) this.#closeLater(old)
    }
  }

  /** Requests that are under way still use it. */
  #closeLater({ mapper }: KnownSource): void {
    if (mapper !== undefined) setTimeout(() => void mapper.close(), CLOSE_LATER_MS).unref()
  }

  /** A source that can't be used is logged and left out: the others must work. */
  async #known({ secret, previousSecret, ...source }: EventSource & SourceSecrets): Promise<KnownSource | undefined> {
    const { sourceId, map, eventsPerSecond } = source
    try {
      const sealed = previousSecret === null ? [secret] : [secret, previousSecret]
      const secrets = sealed.map((each) => this.#vault.open(each, vaultContext(sourceId)))
      protectSecrets(secrets)
      const mapper =
        map === null ? undefined : await BodyMapper.open(this.#duckdb, readSourceMap(map, `of ${sourceId}`), sourceId)
      return { ...source, secrets, mapper, rate: new EventRate(eventsPerSecond) }
    } catch (error) {
      this.#logger.error({ source: sourceId, error: (error as Error).message }, 'the source can not be used')
      return undefined
    }
  }
}

const isSame = (old: KnownSource, { updatedAt, previousSecret }: EventSource & SourceSecrets): boolean =>
  old.updatedAt.getTime() === updatedAt.getTime() && old.secrets.length === (previousSecret === null ? 1 : 2)
