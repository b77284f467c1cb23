import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import { createKafka } from '../../platform/kafka/kafka.ts'
import { applyTopics, wantedTopics } from '../../platform/kafka/topics.ts'
import type { Logger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { SourceError } from '../errors.ts'
import { SimulatedClock } from './clock.ts'
import { type Outcome, outcomeOf, withoutActions } from './comparison.ts'
import { Link } from './link.ts'
import { endMs, isFaultless, startMs, type WorldOptions } from './options.ts'
import type { Pattern } from './pattern.ts'
import { type Difference, type JobFailure, Platform } from './platform.ts'
import { Purchasing, type PurchasingSummary } from './purchasing.ts'
import { type Score, ScoreKeeper } from './score.ts'
import { DAY_MS, dayOf, HOUR_MS, MINUTE_MS, midnightBefore } from './time.ts'
import type { TruthRecords } from './truth.ts'
import { TruthFiles } from './truth-files.ts'
import { World } from './world.ts'

/** `max`: lock-step, as fast as Shelfline follows; else simulated seconds per real second. */
export type SimulationSpeed = 'max' | number

export interface SimulationOptions {
  world: WorldOptions
  pattern: Pattern
  speed: SimulationSpeed
  /** Simulated minutes between two looks at what Shelfline decided, at speed max: a divisor of a day. */
  tickMinutes: number
  /** Compare every shelf with the truth at midnight; left out: when no fault is asked for. Only at speed max. */
  checkMidnight?: boolean | undefined
  /** What has to be evaluated for an instant before the minute jobs run, at speed max. */
  evaluate?: ((pool: Pool, asOf: Date) => Promise<void>) | undefined
  /** Asked for when alerts are raised, at speed max, and before buyers decide: what people have to be notified of as of an instant. */
  notify?: ((pool: Pool, asOf: Date) => Promise<void>) | undefined
  /** Where orders are planned and decided, of a world with orders. */
  temporal?: Client | undefined
  settings: Settings
  logger: Logger
  signal: AbortSignal
  onProgress?: ((progress: SimulationProgress) => void) | undefined
  /** Appended to the names of topics, so that a test has its own. */
  topicSuffix?: string | undefined
}

export interface SimulationProgress {
  /** Simulated minutes since the start, and in all. */
  doneMinutes: number
  totalMinutes: number
  nowMs: number
  messages: number
}

export interface Midnight {
  date: string
  shelves: number
  differences: number
  examples: Difference[]
}

export interface SimulationResult {
  run: string
  completed: boolean
  from: string
  /** The instant that was reached, simulated. */
  until: string
  /** Until when the instance had read before, where that lies behind `from`: the run's hourly windows came late then. */
  overlapsUntil: string | null
  messages: number
  /** Of Shelfline's decisions those that changed something, by topic. */
  decisions: Record<string, number>
  /** Messages that no processor could apply. */
  deadLetters: number
  /** How often each minute job failed, with its last error. */
  jobFailures: (JobFailure & { times: number })[]
  midnights: Midnight[]
  /** Null without orders. */
  purchasing: PurchasingSummary | null
  withShelfline: Outcome
  withoutShelfline: Outcome
  /** Null without faults. */
  scores: Score[] | null
  /** The folder of the truth. */
  truth: string
  milliseconds: number
}

/** What the instance had read when the run began. */
interface Before {
  dead: number
  readUntil: Date | null
}

const EXAMPLES_MAX = 5
/** The time of day at which orders are planned and decided: the morning's deliveries are in by then. */
const REVIEW_HOUR = 9

/**
 * Runs a world against the Shelfline of the settings: what happens there is sent, and what Shelfline decides happens there.
 *
 * @throws SourceError when it can't begin: wrong dates, another run lives, the run was made here before; nothing was sent
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  checkOptions(options)
  const pool = createPool(options.settings, options.logger)
  try {
    return await new Simulation(options, pool).run()
  } finally {
    await pool.end()
  }
}

/** Wrong options are an error before anything is changed. */
export function checkOptions({ world, tickMinutes }: Pick<SimulationOptions, 'world' | 'tickMinutes'>): void {
  if (endMs(world) > Date.now()) {
    const last = dayOf(Date.now() - world.days * DAY_MS)
    throw new SourceError(
      `simulate: --from ${world.from} with --days ${world.days} ends on ${dayOf(endMs(world))}, in the future; ${last} is the last day to begin on`,
    )
  }
  if ((DAY_MS / MINUTE_MS) % tickMinutes !== 0) {
    throw new SourceError(
      `simulate: --tick ${tickMinutes} does not divide a day's 1440 minutes; take 5, 10, 15, 30 or 60`,
    )
  }
}

class Simulation {
  readonly #options: SimulationOptions
  readonly #pool: Pool
  readonly #platform: Platform
  readonly #world: World
  readonly #purchasing: Purchasing | undefined
  readonly #scores = new ScoreKeeper()
  readonly #midnights: Midnight[] = []
  readonly #decisions: Record<string, number> = {}
  readonly #failures = new Map<string, JobFailure & { times: number }>()
  #messages = 0

  constructor(options: SimulationOptions, pool: Pool) {
    this.#options = options
    this.#pool = pool
    this.#platform = new Platform(pool)
    this.#world = new World(options.world, options.pattern)
    this.#purchasing = this.#buyers()
  }

  #buyers(): Purchasing | undefined {
    const { world, temporal: client } = this.#options
    if (!world.orders) return undefined
    if (client === undefined) throw new Error('simulate: a world with orders needs Temporal')
    const { run, depots } = this.#world
    const warehouseIds = depots.map(({ warehouseId }) => warehouseId)
    const onProposed = () => this.#notify()
    return new Purchasing({ client, pool: this.#pool, run, seed: world.seed, warehouseIds, onProposed })
  }

  async run(): Promise<SimulationResult> {
    const { settings, logger, world: about, speed, topicSuffix = '' } = this.#options
    const world = this.#world
    const startedAt = performance.now()
    await this.#platform.assertUnknown(world.run, world.stores[0]!.site.storeId)
    const deadBefore = await this.#platform.deadLetters()
    const readUntil = await this.#platform.readUntil()
    const now = { name: world.run, seed: about.seed, speed, nowMs: startMs(about) }
    const clock = await SimulatedClock.hold(this.#pool, now)
    try {
      await keepLongEnough(this.#options)
      const link = await Link.open(settings, logger, world.run, (topic) => `${topic}${topicSuffix}`)
      try {
        const files = await TruthFiles.create(settings.home, world.run, about)
        await this.#begin(link)
        if (speed === 'max') await this.#runInLockStep(link, clock, files)
        else await this.#runByTheClock(link, clock, files, speed)
        const result = await this.#result(files, { dead: deadBefore, readUntil }, performance.now() - startedAt)
        await files.describe({ ...about, ...result })
        return result
      } finally {
        await link.close()
      }
    } finally {
      await clock.release()
    }
  }

  /** Master data goes first, so that an event's store, product and shelf are known when it arrives. */
  async #begin(link: Link): Promise<void> {
    await this.#send(link, this.#world.catalogue())
    await this.#platform.consumed(await link.ends(), this.#options.signal)
    await this.#purchasing?.begin()
  }

  async #send(link: Link, messages: ReturnType<World['advance']>): Promise<void> {
    await link.send(messages)
    this.#messages += messages.length
  }

  // As fast as Shelfline follows.

  async #runInLockStep(link: Link, clock: SimulatedClock, files: TruthFiles): Promise<void> {
    const { world, signal, tickMinutes } = this.#options
    const check = this.#options.checkMidnight ?? isFaultless(world.faults)
    for (let at = startMs(world); at < endMs(world) && !signal.aborted; ) {
      at += tickMinutes * MINUTE_MS
      await this.#tick(link, clock, at)
      if (at % DAY_MS === 0) {
        await this.#record(files)
        if (check && !signal.aborted) await this.#compare(link, at)
      }
      this.#tell()
    }
    await this.#record(files)
  }

  /** What happened until an instant is read and decided upon; the decisions hold from that instant on. */
  async #tick(link: Link, clock: SimulatedClock, untilMs: number): Promise<void> {
    const { signal, evaluate } = this.#options
    const fromMs = this.#world.nowMs
    const messages = this.#world.advance(untilMs)
    await clock.set(untilMs)
    await this.#send(link, messages)
    await this.#platform.consumed(await link.ends(), signal)
    await this.#reviewBetween(fromMs, untilMs)
    await evaluate?.(this.#pool, new Date(untilMs))
    for (const failure of await this.#platform.runJobs(untilMs)) this.#noteFailure(failure)
    await this.#notify()
    await this.#platform.relayed(signal)
    await this.#believeBetween(fromMs, untilMs)
    if (!signal.aborted) this.#carryOut(await link.decisions())
  }

  async #notify(): Promise<void> {
    await this.#options.notify?.(this.#pool, new Date(this.#world.nowMs))
  }

  /** What is believed of the shelves is noted once an hour, where detectors are scored by it. */
  async #believeBetween(fromMs: number, untilMs: number): Promise<void> {
    const isFullHour = Math.floor(fromMs / HOUR_MS) < Math.floor(untilMs / HOUR_MS)
    if (!isFullHour || isFaultless(this.#options.world.faults)) return
    this.#scores.believe(await this.#platform.beliefs(this.#storeIds))
  }

  get #storeIds(): string[] {
    return this.#world.stores.map(({ site }) => site.storeId)
  }

  /** At the review's time of day orders are planned and decided; the world waits meanwhile. */
  async #reviewBetween(fromMs: number, untilMs: number): Promise<void> {
    const reviewMs = midnightBefore(untilMs) + REVIEW_HOUR * HOUR_MS
    if (fromMs < reviewMs && reviewMs <= untilMs) await this.#purchasing?.review(dayOf(reviewMs))
  }

  #noteFailure({ job, error }: JobFailure): void {
    this.#failures.set(job, { job, error, times: (this.#failures.get(job)?.times ?? 0) + 1 })
  }

  async #compare(link: Link, atMs: number): Promise<void> {
    await this.#platform.consumed(await link.ends(), this.#options.signal)
    const shelves = [...this.#world.shelves()]
    const differences = await this.#platform.differences(shelves)
    this.#midnights.push({
      date: dayOf(atMs),
      shelves: shelves.length,
      differences: differences.length,
      examples: differences.slice(0, EXAMPLES_MAX),
    })
  }

  // By the wall clock: Temporal's schedules run the jobs.

  async #runByTheClock(link: Link, clock: SimulatedClock, files: TruthFiles, speed: number): Promise<void> {
    const { world, signal } = this.#options
    const startedAt = performance.now()
    let recordedDay = startMs(world)
    for (let at = startMs(world); at < endMs(world) && !signal.aborted; ) {
      await pause(STEP_MS, undefined, { signal }).catch(() => undefined)
      at = Math.min(endMs(world), startMs(world) + Math.floor((performance.now() - startedAt) * speed))
      const fromMs = this.#world.nowMs
      const messages = this.#world.advance(at)
      await clock.set(at)
      await this.#send(link, messages)
      await this.#reviewBetween(fromMs, at)
      await this.#believeBetween(fromMs, at)
      this.#carryOut(link.heardSoFar())
      if (at - recordedDay >= DAY_MS) {
        await this.#record(files)
        recordedDay = at
      }
      this.#tell()
    }
    await this.#record(files)
  }

  // What both do.

  #carryOut(decisions: Awaited<ReturnType<Link['decisions']>>): void {
    for (const decision of decisions) {
      if (!this.#world.react(decision)) continue
      this.#decisions[decision.topic] = (this.#decisions[decision.topic] ?? 0) + 1
    }
  }

  async #record(files: TruthFiles): Promise<TruthRecords> {
    const records = this.#world.takeTruth()
    this.#scores.add(records.days)
    await files.append(records)
    return records
  }

  #tell(): void {
    const { world, onProgress } = this.#options
    onProgress?.({
      doneMinutes: Math.round((this.#world.nowMs - startMs(world)) / MINUTE_MS),
      totalMinutes: (world.days * DAY_MS) / MINUTE_MS,
      nowMs: this.#world.nowMs,
      messages: this.#messages,
    })
  }

  async #result(files: TruthFiles, before: Before, milliseconds: number): Promise<SimulationResult> {
    const { world: about, pattern } = this.#options
    const world = this.#world
    return {
      run: world.run,
      completed: world.nowMs >= endMs(about),
      from: about.from,
      until: new Date(world.nowMs).toISOString(),
      overlapsUntil: overlapOf(before, startMs(about)),
      messages: this.#messages,
      decisions: this.#decisions,
      deadLetters: (await this.#platform.deadLetters()) - before.dead,
      jobFailures: [...this.#failures.values()],
      midnights: this.#midnights,
      purchasing: (await this.#purchasing?.summary()) ?? null,
      withShelfline: outcomeOf(world.truth.totals),
      withoutShelfline: outcomeOf(withoutActions(about, pattern, world.nowMs).truth.totals),
      scores: isFaultless(about.faults) ? null : await this.#scores.score(this.#pool, this.#storeIds),
      truth: files.folder,
      milliseconds,
    }
  }
}

const overlapOf = ({ readUntil }: Before, beginMs: number): string | null =>
  readUntil !== null && readUntil.getTime() > beginMs ? readUntil.toISOString() : null

/** At a given speed the world is moved on this often. */
const STEP_MS = 500

/**
 * Kafka deletes by time stamps, and these lie in the simulated past: events are kept for as much longer as the run
 * begins in the past. `shelfline topics apply` sets the usual time again.
 */
async function keepLongEnough({ settings, logger, world, topicSuffix = '' }: SimulationOptions): Promise<void> {
  const hours = Math.ceil((Date.now() - startMs(world)) / HOUR_MS) + settings.kafkaEventRetentionHours
  const wanted = wantedTopics({ ...settings, kafkaEventRetentionHours: hours })
    .filter(({ name }) => !name.endsWith('.dlq'))
    .map((topic) => ({ ...topic, name: `${topic.name}${topicSuffix}` }))
  await applyTopics(createKafka(settings, 'shelfline-simulation', logger), wanted)
}
