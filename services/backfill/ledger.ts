/** What was built: the grid of assets and days, and everything that is known of one partition. */
import { addDays, countDays } from '../../contracts/calendar.ts'
import { type LedgerPartition, type RunReason, readLedger } from '../../platform/ledger.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { requireDate } from '../values.ts'
import { type AssetChoice, readAssets, requireAsset, requireAssets } from './assets.ts'
import { type DayRange, requireRange } from './days.ts'

const statements = {
  grid: statement('ledger/read_grid.sql'),
  runs: statement('ledger/read_runs.sql'),
  checks: statement('ledger/read_checks.sql'),
  lineage: statement('ledger/read_lineage.sql'),
}

/** `lost`: its worker has not renewed it; another run may take it over. `missing`: it was never built. */
export type PartitionState = 'succeeded' | 'running' | 'lost' | 'failed' | 'missing'

/** What is left out does not limit: all assets, from the first day in the ledger to the last. */
export interface LedgerFilter {
  asset?: AssetChoice | undefined
  from?: string | undefined
  to?: string | undefined
}

export interface LedgerRange extends DayRange {
  /** Those of the filter, in dependency order, and after them those that no worker knows. */
  assets: string[]
  /** Days that the filter matches. When they are more than 400, the range is of the newest 400. */
  days: number
}

export interface GridPartition {
  asset: string
  date: string
  state: PartitionState
  run: number
  /** Of the partition that can be read; null while there is none. */
  rows: number | null
  bytes: number | null
  durationMs: number | null
  /** Why it failed. */
  error: string | null
}

const GRID_DAYS_MAX = 400
const RANGE_DAYS_MAX = 36_600

/**
 * The state of each partition; those that are `missing` are left out.
 *
 * @throws InvalidError when an asset or a day is impossible
 * @returns undefined when nothing was built yet
 */
export async function readGrid(
  pool: Pool,
  filter: LedgerFilter = {},
): Promise<(LedgerRange & { partitions: GridPartition[] }) | undefined> {
  const range = await rangeOf(pool, filter)
  if (range === undefined) return undefined
  const { rows } = await pool.query<GridPartition>(statements.grid, [range.assets, range.from, range.to])
  return { ...range, partitions: rows }
}

/** The same with all that the ledger has of each partition: inputs, versions and times. @throws as `readGrid` does */
export async function readPartitions(
  pool: Pool,
  filter: LedgerFilter = {},
): Promise<(LedgerRange & { partitions: LedgerPartition[] }) | undefined> {
  const range = await rangeOf(pool, filter)
  return range && { ...range, partitions: await readLedger(pool, range) }
}

async function rangeOf(pool: Pool, { asset, from, to }: LedgerFilter): Promise<LedgerRange | undefined> {
  if (from !== undefined) requireDate('from', from)
  if (to !== undefined) requireDate('to', to)
  if (from !== undefined && to !== undefined) requireRange({ from, to }, RANGE_DAYS_MAX)
  const known = (await readAssets(pool)).map(({ asset: name }) => name)
  const asked = asset === undefined || asset === 'all' ? undefined : await requireAssets(pool, 'asset', asset)
  const { rows } = await pool.query<{ first: string | null; last: string | null; assets: string[] }>(
    `select min(date) as first, max(date) as last, coalesce(array_agg(distinct asset), '{}') as assets
     from ops.partition_ledger where ($1::text[] is null or asset = any ($1))`,
    [asked ?? null],
  )
  const { first, last, assets: built } = rows[0]!
  if (first === null || last === null) return undefined
  const [start, end] = [from ?? first, to ?? last]
  const days = countDays(start, end) + 1
  if (days < 1) return undefined
  return {
    assets: asked ?? [...new Set([...known, ...built])],
    from: days > GRID_DAYS_MAX ? addDays(end, 1 - GRID_DAYS_MAX) : start,
    to: end,
    days,
  }
}

/** A run that has ended. */
export interface PartitionRun {
  run: number
  status: 'succeeded' | 'failed'
  workflowId: string
  runId: string
  reason: RunReason
  error: string | null
  startedAt: Date
  finishedAt: Date
  durationMs: number
  /** By input: the version of a lake table, or the run of a table of the database. */
  inputs: Record<string, number | string> | null
  outputVersion: number | null
  codeVersion: string | null
  rows: number | null
  bytes: number | null
}

/** A check of a run. */
export interface PartitionCheck {
  check: string
  /** `block`: the new partition is refused; `warn`: it is built all the same. */
  severity: 'block' | 'warn'
  passed: boolean
  finding: string
  failingRows: number
  checkedAt: Date
  /** Of the rows that fail it, 20 at most. */
  examples: { reason: string; row: Record<string, unknown> }[]
}

/** A neighbour's partition of the same day. */
export interface LineagePartition {
  asset: string
  state: PartitionState
  run: number | null
  succeededAt: Date | null
}

export interface PartitionDetails {
  asset: string
  date: string
  /** Null: it was never built. */
  partition: LedgerPartition | null
  /** The runs that have ended, the newest first, 20 at most. */
  runs: PartitionRun[]
  /** Of the newest run. */
  checks: PartitionCheck[]
  /** What it is made from. */
  upstream: LineagePartition[]
  /** What is made from it. */
  downstream: LineagePartition[]
}

const RUNS_MAX = 20
const EXAMPLES_MAX = 20

/**
 * One partition: its newest run, what it was made from, its checks with rows that fail them, and its neighbours.
 *
 * @throws NotFoundError when there is no such asset; InvalidError when the day is none
 */
export async function showPartition(
  pool: Pool,
  { asset, date }: { asset: string; date: string },
): Promise<PartitionDetails> {
  requireDate('date', date)
  await requireAsset(pool, asset)
  const [partition = null] = await readLedger(pool, { assets: [asset], from: date, to: date })
  const runs = await pool.query<PartitionRun>(statements.runs, [asset, date, RUNS_MAX])
  const lineage = await pool.query<LineagePartition & { direction: 'upstream' | 'downstream' }>(statements.lineage, [
    asset,
    date,
  ])
  const side = (wanted: string): LineagePartition[] =>
    lineage.rows.filter(({ direction }) => direction === wanted).map(({ direction, ...own }) => own)
  return {
    asset,
    date,
    partition,
    runs: runs.rows,
    checks: partition === null ? [] : await readChecks(pool, partition.run),
    upstream: side('upstream'),
    downstream: side('downstream'),
  }
}

/** The checks of a run; none when the run is unknown, or its asset has none. */
export async function readChecks(pool: Pool, run: number): Promise<PartitionCheck[]> {
  return (await pool.query<PartitionCheck>(statements.checks, [run, EXAMPLES_MAX])).rows
}
