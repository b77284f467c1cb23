/**
 * The ledger of partitions under faults: workers that claim, stage, swap and write down one step at a time, in any order, with
 * everything that may go wrong between two steps. The ledger's statements are the real ones; of a table of the star schema the
 * swap's transaction is, too. The lake is simulated: like the real one it refuses a run that is lower than the partition's last.
 */
import { failRun, findBuilt, type Run, type RunRequest, renewRun, startRun, succeedRun } from '../../platform/ledger.ts'
import { inTransaction, type Pool, type PoolClient } from '../../platform/postgres/postgres.ts'
import { below, pick } from './random.ts'

const ASSETS = ['simulated/lake', 'simulated_star'] as const
const DATES = ['2025-11-01', '2025-11-02']
const WORKERS = 3
const STEPS = 60
const SETTLING_STEPS_MAX = 200
/** How often it strikes, per step. */
const CHANCE = { newInput: 0.15, leaseOver: 0.2, crash: 0.08, sameWorkflow: 0.3, failed: 0.05 }

export interface LedgerReport {
  /** Partitions that were swapped and written down. */
  builds: number
  /** Runs that found, at whatever step, that another had taken over. */
  lostRuns: number
}

/** What a partition's rows are: which run wrote them, from which version of its input. */
interface Content {
  run: number
  input: number
}

interface LedgerRow extends Content {
  asset: string
  date: string
  status: string
  /** What the star schema's table holds. */
  star: Content | null
}

/** What a worker is at. A step is what it does without being interrupted. */
interface Work {
  run: Run
  input: number
  next: 'stage' | 'check' | 'swap' | 'record'
}

/** Runs a step, perhaps with a fault of the database: the worker crashes, or an answer is lost and it tries the step again. */
export type Around = (step: () => Promise<void>) => Promise<'done' | 'crashed' | 'unanswered'>

class Superseded extends Error {
  override name = 'Superseded'
}

/** Makes the table that represents the star schema. */
export const SIMULATED_STAR =
  'create table simulated_star (date date primary key, run bigint not null, input bigint not null)'

export class LedgerSimulation {
  readonly report: LedgerReport = { builds: 0, lostRuns: 0 }
  readonly #pool: Pool
  readonly #random: () => number
  readonly #around: Around
  readonly #workers: (Work | undefined)[] = Array.from({ length: WORKERS }, () => undefined)
  readonly #inputs = new Map(DATES.map((date) => [date, 1]))
  readonly #lake = new Map<string, Content>()
  #workflows = 0

  constructor(pool: Pool, random: () => number, around: Around) {
    this.#pool = pool
    this.#random = random
    this.#around = around
  }

  /** @throws when the ledger's row of a partition differs from the partition, or a partition is not built in the end */
  async run(): Promise<void> {
    for (let step = 0; step < STEPS; step += 1) {
      const worker = below(this.#random, WORKERS)
      if (this.#random() < CHANCE.newInput) this.#change(pick(this.#random, DATES))
      if (this.#random() < CHANCE.leaseOver) await this.#endLeases()
      if (this.#random() < CHANCE.crash) this.#workers[worker] = undefined
      if ((await this.#around(() => this.#step(worker))) === 'crashed') this.#workers[worker] = undefined
      await this.#assertTrue()
    }
    await this.#settle()
  }

  #change(date: string): void {
    this.#inputs.set(date, this.#inputs.get(date)! + 1)
  }

  /** Time has passed, in which nothing was renewed. */
  async #endLeases(): Promise<void> {
    await this.#pool.query(
      "update ops.partition_ledger set lease_until = now() - interval '1 second' where asset = any($1)",
      [ASSETS],
    )
  }

  /** Without faults: one worker builds what is not built from the newest input. */
  async #settle(): Promise<void> {
    this.#workers.fill(undefined)
    for (let step = 0; step < SETTLING_STEPS_MAX; step += 1) {
      if (this.#workers[0] === undefined) {
        const stale = await this.#stale()
        if (stale === undefined) return
        await this.#endLeases()
        await this.#claim(0, stale)
      } else await this.#step(0)
      await this.#assertTrue()
    }
    throw new Error(`the ledger's partitions were not built within ${SETTLING_STEPS_MAX} steps`)
  }

  async #stale(): Promise<Pick<Run, 'asset' | 'date'> | undefined> {
    const ledger = await this.#ledger()
    for (const asset of ASSETS) {
      for (const date of DATES) {
        const row = ledger.find((one) => one.asset === asset && one.date === date)
        if (row?.status !== 'succeeded' || row.input !== this.#inputs.get(date)) return { asset, date }
      }
    }
    return undefined
  }

  async #step(worker: number): Promise<void> {
    const work = this.#workers[worker]
    if (work === undefined)
      return this.#claim(worker, { asset: pick(this.#random, ASSETS), date: pick(this.#random, DATES) })
    if (this.#random() < CHANCE.failed) {
      this.#workers[worker] = undefined
      return failRun(this.#pool, work.run, 'simulated')
    }
    if (work.next === 'stage') work.next = 'check'
    else if (work.next === 'check') await this.#check(worker, work)
    else if (work.next === 'swap') await this.#swap(worker, work)
    else await this.#record(worker, work)
  }

  /** A new attempt of a workflow that has begun it need not wait for the lease. */
  async #claim(worker: number, partition: Pick<Run, 'asset' | 'date'>): Promise<void> {
    if (this.#random() >= CHANCE.sameWorkflow) this.#workflows += 1
    const workflowId = `simulated-${this.#workflows}`
    const request: RunRequest = { ...partition, reason: 'forced', workflowId, runId: String(worker) }
    const input = this.#inputs.get(partition.date)!
    const answer = await startRun(this.#pool, request)
    if ('run' in answer) this.#workers[worker] = { run: answer, input, next: 'stage' }
  }

  async #check(worker: number, work: Work): Promise<void> {
    if (await renewRun(this.#pool, work.run)) work.next = 'swap'
    else this.#lose(worker)
  }

  async #swap(worker: number, work: Work): Promise<void> {
    const { run, input } = work
    if (run.asset === 'simulated_star') {
      const isOurs = await this.#swapStar(work)
      this.#workers[worker] = undefined
      if (isOurs) this.report.builds += 1
      else this.report.lostRuns += 1
      return
    }
    const last = this.#lake.get(run.date)
    if (last !== undefined && last.run > run.run) return this.#lose(worker)
    this.#lake.set(run.date, { run: run.run, input })
    work.next = 'record'
  }

  /** Rows and ledger in one transaction, as a table of the star schema is swapped. */
  async #swapStar({ run, input }: Work): Promise<boolean> {
    try {
      await inTransaction(this.#pool, async (client: PoolClient) => {
        await client.query('delete from simulated_star where date = $1', [run.date])
        await client.query('insert into simulated_star values ($1, $2, $3)', [run.date, run.run, input])
        if ((await succeedRun(client, run, builtFrom(input))) === undefined) throw new Superseded()
      })
      return true
    } catch (error) {
      if (error instanceof Superseded) return false
      // The answer to the commit may be all that was lost.
      if ((await findBuilt(this.#pool, run)) !== undefined) return true
      throw error
    }
  }

  async #record(worker: number, { run, input }: Work): Promise<void> {
    const isOurs = (await succeedRun(this.#pool, run, builtFrom(input))) !== undefined
    if (!isOurs && (await findBuilt(this.#pool, run)) === undefined) return this.#lose(worker)
    this.#workers[worker] = undefined
    this.report.builds += 1
  }

  #lose(worker: number): void {
    this.#workers[worker] = undefined
    this.report.lostRuns += 1
  }

  /** A partition that the ledger calls built holds what the ledger has. */
  async #assertTrue(): Promise<void> {
    for (const { asset, date, status, run, input, star } of await this.#ledger()) {
      if (status !== 'succeeded') continue
      const held = asset === 'simulated_star' ? star : this.#lake.get(date)
      if (held?.run === run && held.input === input) continue
      throw new Error(
        `${asset} ${date}: the ledger has run ${run} from ${input}, the partition has run ${held?.run} from ${held?.input}`,
      )
    }
  }

  /** One query for both: this is asked after every step. */
  async #ledger(): Promise<LedgerRow[]> {
    const { rows } = await this.#pool.query<LedgerRow>(
      `select ledger.asset, ledger.date, ledger.status, ledger.run, (ledger.inputs->>'simulated')::bigint as input,
         to_jsonb(star) as star
       from ops.partition_ledger as ledger
       left join simulated_star as star on star.date = ledger.date and ledger.asset = 'simulated_star'
       where ledger.asset = any($1) order by ledger.asset, ledger.date`,
      [ASSETS],
    )
    return rows
  }
}

const builtFrom = (input: number) => ({ inputs: { simulated: input }, codeVersion: 'simulated', rows: 1, bytes: 1 })
