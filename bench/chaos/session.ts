/** A run: a platform under load, faults that strike it, and the checks when it is idle again. */
import { setTimeout as pause } from 'node:timers/promises'
import { below } from '../../streams/simulation/random.ts'
import {
  checkContent,
  checkCounts,
  checkState,
  compareLakes,
  compareTables,
  type Findings,
  noFindings,
} from './check.ts'
import { Fleet, type Kind } from './fleet.ts'
import { eventually, Watch } from './progress.ts'
import { referenceSite, type Site, shelfline } from './site.ts'
import type { Workload } from './workload.ts'

/** What a day's history becomes: lake and star schema, and the features that are made from days alone. */
export const BUILT_ASSETS = [
  'cleansed/sales',
  'cleansed/inventory',
  'cleansed/price_changes',
  'cleansed/foot_traffic',
  'dim_store',
  'dim_product',
  'dim_price',
  'fact_sales',
  'fact_inventory',
  'fact_foot_traffic',
  'features/daily_sales',
  'features/live_state',
  'features/demand',
]
const RECOVERY_MS_MAX = 300_000
const DRAIN_MS_MAX = 900_000
const HEALTHY_MS_MAX = 300_000
const PLAN_POLL_MS = 500

export interface Recovery {
  fault: string
  victim: string
  /** From the end of the fault; null when the platform had not recovered within the bound. */
  seconds: number | null
}

export interface Outcome extends Findings {
  recoveries: Recovery[]
  events: number
  /** Ends of workers that the harness did not cause, each followed by a new start. */
  workerEnds: number
  backfills: number
  seconds: number
}

export type Say = (line: string) => void

export interface Lane {
  /** How many faults. */
  faults: number
  /** The longest pause between a recovery and the next fault. */
  pauseMsMax: number
  /** Which workers must have recovered, and what is struck: the fault has ended when this returns. */
  strike: (
    random: () => number,
    number: number,
  ) => Promise<{ fault: string; victim: string; recovering: readonly Kind[] }>
}

export class Session {
  readonly site: Site
  readonly fleet: Fleet
  readonly watch: Watch
  readonly workload: Workload
  readonly recoveries: Recovery[] = []
  readonly findings: Findings = noFindings()
  readonly #say: Say
  readonly #startedAt = performance.now()
  backfills = 0

  constructor(site: Site, fleet: Fleet, watch: Watch, workload: Workload, say: Say) {
    this.site = site
    this.fleet = fleet
    this.watch = watch
    this.workload = workload
    this.#say = say
  }

  outcome(): Outcome {
    return {
      ...this.findings,
      recoveries: this.recoveries,
      events: this.workload.truth.sent,
      workerEnds: this.fleet.workers.reduce((sum, { ends }) => sum + ends, 0),
      backfills: this.backfills,
      seconds: Math.round((performance.now() - this.#startedAt) / 1_000),
    }
  }

  /** Strikes again and again, each time as soon as what was struck has recovered and a seeded pause is over. */
  async runLane(random: () => number, { faults, pauseMsMax, strike }: Lane, signal: AbortSignal): Promise<void> {
    for (let number = 0; number < faults; number += 1) {
      signal.throwIfAborted()
      await pause(below(random, pauseMsMax))
      const { recovering, ...struck } = await strike(random, number)
      const startedAt = performance.now()
      try {
        await Promise.all(recovering.map((kind) => this.#recovered(kind)))
        this.recoveries.push({ ...struck, seconds: (performance.now() - startedAt) / 1_000 })
      } catch (error) {
        this.recoveries.push({ ...struck, seconds: null })
        this.findings.problems.push(`${struck.fault} ${struck.victim}: not recovered: ${(error as Error).message}`)
      }
      const { seconds } = this.recoveries.at(-1)!
      this.#say(`${struck.fault} ${struck.victim}: recovered after ${seconds?.toFixed(1) ?? 'no'} s`)
    }
  }

  /** The workers are well; all that Kafka has by now is consumed, or all that was being built by now has ended. */
  async #recovered(kind: Kind): Promise<void> {
    const isDone = kind === 'stream' ? await this.#consumption() : await this.#building()
    await eventually(`${kind} workers`, RECOVERY_MS_MAX, async () => (await isDone()) && this.fleet.isHealthy(kind))
  }

  async #consumption(): Promise<() => Promise<boolean>> {
    let logs: Awaited<ReturnType<Watch['logs']>> | undefined
    return async () => {
      logs ??= await this.watch.logs()
      return (await this.watch.behind(logs)) === 0
    }
  }

  async #building(): Promise<() => Promise<boolean>> {
    let running: readonly number[] | undefined
    return async () => {
      const now = await this.watch.runningBuilds()
      running ??= now
      return !running.some((run) => now.includes(run))
    }
  }

  /** Builds all days, again and again, until the signal is aborted; then ends with the backfill that is under way. */
  async backfillUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { code } = await shelfline(this.site, 'backfill', 'run', ...this.#range(), '--force', '--json')
      if (code === 0) this.backfills += 1
      // A server that was restarted ends the command, not the backfill.
      while (!(await this.#isPlanDone())) await pause(PLAN_POLL_MS)
    }
  }

  async #isPlanDone(): Promise<boolean> {
    return this.watch.runningPlans().then(
      (plans) => plans === 0,
      () => false,
    )
  }

  #range(): string[] {
    const { firstDay, lastDay } = this.workload
    return ['--assets', BUILT_ASSETS.join(','), '--without-downstream', '--from', firstDay, '--to', lastDay]
  }

  /** Waits until nothing is left to do, and builds what is still missing or stale. */
  async settle(withBatch: boolean): Promise<void> {
    await settle(this.site, this.watch, withBatch ? this.#range() : undefined)
  }

  /** Everything that can be known of what is left, without the undisturbed run. */
  async check(): Promise<void> {
    const logs = await this.watch.logs()
    checkCounts(logs, await this.watch.counts(), this.findings)
    await checkContent(this.site, this.watch, logs, this.workload.truth, this.findings)
    await checkState(this.site, this.findings)
  }

  /** The same events once more, with nothing in the way, and then row by row what is different. */
  async compareWithUndisturbed(withBatch: boolean): Promise<void> {
    const reference = await referenceSite(this.site)
    const fleet = await Fleet.open(reference.site)
    const watch = await Watch.open(reference.site)
    try {
      await copyKeys(this.watch, watch)
      await fleet.start('stream', 'reference-stream')
      if (withBatch) await fleet.start('batch', 'reference-batch')
      await fleet.untilHealthy('stream', HEALTHY_MS_MAX)
      await fleet.untilHealthy('batch', HEALTHY_MS_MAX)
      await settle(reference.site, watch, withBatch ? this.#range() : undefined)
      await fleet.close()
      await compareTables(this.watch, watch, this.findings)
      await compareLakes(this.site, reference.site, this.findings)
    } finally {
      await fleet.close()
      await watch.close()
      await reference.database.drop()
    }
  }
}

/** A customer is called the same in both databases. */
async function copyKeys(from: Watch, to: Watch): Promise<void> {
  await to.query('delete from ref.pseudonym_key')
  for (const table of ['ref.pseudonym_key', 'ref.customer_door', 'ref.customer_key']) {
    const [keys] = await from.query<{ rows: unknown }>(
      `select coalesce(jsonb_agg(one), '[]') as rows from ${table} as one`,
    )
    await to.query(`insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1)`, [
      JSON.stringify(keys!.rows),
    ])
  }
}

/** @param range what is to be built once everything is consumed */
async function settle(site: Site, watch: Watch, range: readonly string[] | undefined): Promise<void> {
  const logs = await watch.logs()
  await eventually('everything is consumed and sent', DRAIN_MS_MAX, async () => {
    return (await watch.behind(logs)) === 0 && (await watch.unsent()) === 0
  })
  if (range === undefined) return
  const { code, stdout, stderr } = await shelfline(site, 'backfill', 'run', ...range, '--json')
  if (code !== 0) throw new Error(`backfill run exited with ${code}: ${stderr.trim()} ${stdout.slice(0, 2_000)}`)
  // The stock cover is as of its last refresh, which a backfill that finds nothing to build leaves out.
  await watch.query('select from analytics.refresh_bi()')
}
