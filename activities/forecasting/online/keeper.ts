/** Keeps what online forecasts are answered from as new as the registry and the lake are. */
import { type Repetition, repeatEvery } from '../../../platform/repeat.ts'
import { openXgboost, type Xgboost } from '../../../platform/xgboost/xgboost.ts'
import type { AssetContext } from '../../assets/framework/asset.ts'
import { type Champion, findChampion } from '../../registry/versions.ts'
import { type DemandModel, openDemandModel } from '../model.ts'
import type { ColdStarts } from './cold-starts.ts'
import { loadColdStarts, loadSeries, newestDays, type PinnedDay } from './loading.ts'
import type { Knowledge } from './predictor.ts'
import type { SeriesTable } from './series-table.ts'

const CHAMPION_POLL_MS = 1_000
const LAKE_POLL_MS = 15_000
/** Prices, promotions and holidays have no version: they are read again after this. */
const AGE_MS_MAX = 3_600_000
/** What does not load is retried: it may be an object store that is away. */
const RETRY_MS = 60_000
/** A batch that is under way still uses what was replaced. */
const CLOSE_LATER_MS = 30_000

interface Loaded<Value> {
  /** What it was loaded from. */
  of: string
  value: Value
  atMs: number
}

/** What is to be loaded. */
interface Named {
  /** For people. */
  name: string
  /** What is the same is not loaded again. */
  content: string
}

interface LoadedModel {
  model: DemandModel
  xgboost: Xgboost
  version: number
}

/** What could not be loaded, and is retried later. */
interface Failure {
  of: string
  atMs: number
  problem: string
}

type Part = 'champion' | 'features' | 'forecasts'

export interface KeeperOptions extends Omit<AssetContext, 'heartbeat' | 'signal'> {
  /** Called when something new is in use. */
  onLoaded?: (part: Part, milliseconds: number) => void
}

/**
 * Follows the champion every second and the lake every 15 seconds. What is new is loaded beside what is in use and replaces it at
 * once; a version that does not load leaves the one before it in use.
 */
export class KnowledgeKeeper {
  readonly #context: AssetContext
  readonly #onLoaded: NonNullable<KeeperOptions['onLoaded']>
  readonly #stopping = new AbortController()
  readonly #failures = new Map<Part, Failure>()
  #champion: Loaded<LoadedModel> | undefined
  #table: Loaded<SeriesTable> | undefined
  #coldStarts: Loaded<ColdStarts> | undefined
  #following: readonly Repetition[] = []

  private constructor({ onLoaded = () => undefined, ...context }: KeeperOptions) {
    this.#context = { ...context, heartbeat: () => undefined, signal: this.#stopping.signal }
    this.#onLoaded = onLoaded
  }

  /** Loads what there is. @throws when PostgreSQL or the object store does not answer at the start */
  static async open(options: KeeperOptions): Promise<KnowledgeKeeper> {
    const keeper = new KnowledgeKeeper(options)
    await keeper.refresh()
    return keeper
  }

  /** Follows what is new until it is closed. */
  follow(): void {
    const { logger } = this.#context
    this.#following = [
      repeatEvery(CHAMPION_POLL_MS, () => this.#followChampion(), {
        logger,
        problem: 'the champion can not be read: the one in use stays',
        pausesFirst: true,
      }),
      repeatEvery(LAKE_POLL_MS, () => this.#followLake(), {
        logger,
        problem: 'the lake can not be read: what is in use stays',
        pausesFirst: true,
      }),
    ]
  }

  /** Looks for what is new now. */
  async refresh(): Promise<void> {
    await this.#followChampion()
    await this.#followLake()
  }

  get knowledge(): Knowledge {
    return { table: this.#table?.value, champion: this.#champion?.value, coldStarts: this.#coldStarts?.value }
  }

  /** What does not load, and what is missing, a sentence each. */
  warnings(): string[] {
    const missing = [
      this.#champion === undefined && 'no model is champion: the mean of the weekday forecasts',
      this.#table === undefined && 'no day has features: `shelfline run feature-engineering`',
      this.#coldStarts === undefined &&
        'no day was forecast: new products have no answer until `shelfline run batch-prediction`',
    ]
    const failed = [...this.#failures.values()].map(({ problem }) => problem)
    return [...failed, ...missing.filter((text) => text !== false)]
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#following.map((repetition) => repetition.stop()))
    await closeModel(this.#champion?.value)
    await this.#coldStarts?.value.close()
  }

  async #followChampion(): Promise<void> {
    const found = await findChampion(this.#context.pool, 'demand')
    if (found === undefined) return
    const { version, artefact } = found
    const loaded = await this.#load('champion', { name: `demand@${version}`, content: artefact }, this.#champion, () =>
      this.#open(found),
    )
    if (loaded === undefined) return
    const before = this.#champion
    this.#champion = loaded
    this.#later(() => closeModel(before?.value))
  }

  async #open({ artefact, version }: Champion): Promise<LoadedModel> {
    // In a thread of its own: loading takes longer than an answer may.
    const xgboost = openXgboost(this.#context.settings)
    try {
      return { xgboost, version, model: await openDemandModel(this.#context.objectStore, artefact, xgboost) }
    } catch (error) {
      await xgboost[Symbol.asyncDispose]()
      throw error
    }
  }

  async #followLake(): Promise<void> {
    const { features, forecasts } = await newestDays(this.#context)
    if (features !== undefined) {
      const loaded = await this.#load('features', named(features), this.#table, () =>
        loadSeries(this.#context, features),
      )
      if (loaded !== undefined) this.#table = loaded
    }
    if (forecasts === undefined) return
    const loaded = await this.#load('forecasts', named(forecasts), this.#coldStarts, () =>
      loadColdStarts(this.#context, forecasts),
    )
    if (loaded === undefined) return
    const before = this.#coldStarts
    this.#coldStarts = loaded
    this.#later(() => before?.value.close())
  }

  /** @returns undefined while what is in use is the newest, or the newest does not load */
  async #load<Value>(
    part: Part,
    { name, content: of }: Named,
    inUse: Loaded<Value> | undefined,
    open: () => Promise<Value>,
  ): Promise<Loaded<Value> | undefined> {
    const nowMs = performance.now()
    const isNew = inUse?.of !== of || (part !== 'champion' && nowMs - inUse.atMs > AGE_MS_MAX)
    if (!isNew) {
      this.#failures.delete(part)
      return undefined
    }
    const failure = this.#failures.get(part)
    if (failure?.of === of && nowMs - failure.atMs < RETRY_MS) return undefined
    const { logger } = this.#context
    try {
      const value = await open()
      this.#failures.delete(part)
      const milliseconds = performance.now() - nowMs
      this.#onLoaded(part, milliseconds)
      logger.info({ part, of: name, milliseconds: Math.round(milliseconds) }, 'loaded: forecasts are answered from it')
      return { of, value, atMs: performance.now() }
    } catch (error) {
      if (this.#stopping.signal.aborted) throw error
      const problem = `${part} ${name} can not be loaded: ${(error as Error).message}`
      this.#failures.set(part, { of, atMs: performance.now(), problem })
      logger.error({ part, of: name, error: (error as Error).message }, 'not loaded: what is in use stays')
      return undefined
    }
  }

  #later(close: () => Promise<void> | undefined): void {
    setTimeout(() => void close(), CLOSE_LATER_MS).unref()
  }
}

const named = ({ date, content }: PinnedDay): Named => ({ name: `of ${date}`, content })

async function closeModel(loaded: LoadedModel | undefined): Promise<void> {
  await loaded?.model[Symbol.asyncDispose]()
  await loaded?.xgboost[Symbol.asyncDispose]()
}
