/** Partitions that should not be there are taken away: their rows, and then, or with them, their row in the ledger. */

import { randomBytes } from 'node:crypto'
import { addDays, daysBetween } from '../../contracts/calendar.ts'
import { failRun, type LedgerPartition, type Run, readLedger, startRun } from '../../platform/ledger.ts'
import type { Pool, PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { Life } from '../activity-context.ts'
import type { Fence } from '../assets/framework/asset.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { refuse } from '../failures.ts'
import { describe, findAsset, keeping, lostPartition } from './build-partition.ts'
import { type AssetNode, daysBeforeMax, keyOf } from './staleness.ts'

const statements = {
  drop: statement('ledger/drop_partition.sql'),
  forgetSums: statement('ledger/forget_sums.sql'),
}

export interface DropRange {
  /** By name. */
  assets: readonly string[]
  /** First and last day, YYYY-MM-DD. */
  from: string
  to: string
}

export interface DropPlan {
  /** What would go, each before what it is made from. */
  partitions: LedgerPartition[]
  /** Those of them that were not asked for: they are made from one that was, on the same day. */
  dependents: LedgerPartition[]
  /** Days after, of assets that read these as days before, with the first and last of each. */
  laterReaders: { asset: string; from: string; to: string }[]
}

/** Looks at the ledger only; nothing is changed. */
export async function planDrop(
  { pool, assets }: { pool: Pool; assets: readonly AssetNode[] },
  { assets: names, from, to }: DropRange,
): Promise<DropPlan> {
  const ledger = await readLedger(pool, { from, to: addDays(to, daysBeforeMax(assets)) })
  const byKey = new Map(ledger.map((partition) => [keyOf(partition.asset, partition.date), partition]))
  const dropped = new Map<string, LedgerPartition>()
  const dependents: LedgerPartition[] = []
  for (const { name, upstream } of assets) {
    for (const date of daysBetween(from, to)) {
      const partition = byKey.get(keyOf(name, date))
      const isDependent = upstream.some((other) => dropped.has(keyOf(other, date)))
      if (partition === undefined || !(names.includes(name) || isDependent)) continue
      dropped.set(keyOf(name, date), partition)
      if (!names.includes(name)) dependents.push(partition)
    }
  }
  const isReadable = (asset: string, date: string) => byKey.get(keyOf(asset, date))?.succeededAt != null
  const laterReaders = assets.flatMap(({ name, daysBefore = {} }) => {
    const days = Object.entries(daysBefore).flatMap(([other, count]) =>
      daysBetween(addDays(to, 1), addDays(to, count)).filter(
        (date) =>
          isReadable(name, date) &&
          daysBetween(addDays(date, -count), to).some((day) => dropped.has(keyOf(other, day))),
      ),
    )
    const sorted = days.sort()
    return sorted.length === 0 ? [] : [{ asset: name, from: sorted[0]!, to: sorted.at(-1)! }]
  })
  return { partitions: [...dropped.values()].reverse(), dependents, laterReaders }
}

export interface DropRequest {
  asset: string
  date: string
  by: string
  why: string
}

/**
 * Empties one partition and takes it out of the ledger. Where it is a table of this database, both are one transaction; in the
 * lake the rows go first, and a drop that is killed in between is a lost run, which the same command ends.
 *
 * @throws ApplicationFailure `InvalidInput` when it is being built at this moment; nothing is changed then
 */
export async function dropPartition(dependencies: BatchDependencies, request: DropRequest, life: Life): Promise<void> {
  const { pool, assets } = dependencies
  const { asset: name, date } = request
  const asset = findAsset(assets, name)
  const workflowId = `drop-${randomBytes(4).toString('hex')}`
  const run = await startRun(pool, { asset: name, date, reason: 'requested', workflowId, runId: workflowId })
  if (!('run' in run)) {
    throw refuse('InvalidInput', `${name} ${date} is being built by ${run.workflowId}: wait for it, or cancel it first`)
  }
  try {
    await keeping(dependencies, run, life, async (context) => {
      let isForgotten = false
      const forget = async (database: Pool | PoolClient) => {
        await forgetPartition(database, run, request)
        isForgotten = true
      }
      const fence: Fence = { run: run.run, succeed: forget }
      await asset.swap(context, date, [], {}, fence)
      if (!isForgotten) await forget(pool)
    })
  } catch (error) {
    await failRun(pool, run, `it could not be dropped: ${describe(error)}`)
    throw error
  }
}

async function forgetPartition(database: Pool | PoolClient, run: Run, { by, why }: DropRequest): Promise<void> {
  const { rowCount } = await database.query(statements.drop, [run.asset, run.date, run.run, by, why])
  if (rowCount === 0) throw lostPartition(run)
  if (run.asset === 'fact_sales') await database.query(statements.forgetSums, [run.date])
}
