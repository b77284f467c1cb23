import type { Pool, PoolClient } from './postgres/postgres.ts'
import { statement } from './postgres/sql.ts'

/**
 * A run that does not renew its partition for this long counts as lost, and another workflow may take over. A retry of
 * the same workflow need not wait: Temporal has ended the attempt before.
 */
export const LEASE_SECONDS = 20

const statements = {
  start: statement('ledger/start_run.sql'),
  renew: statement('ledger/renew_run.sql'),
  succeed: statement('ledger/succeed_run.sql'),
  fail: statement('ledger/fail_run.sql'),
  recordChecks: statement('ledger/record_checks.sql'),
  findBuilt: statement('ledger/find_built.sql'),
  register: statement('ledger/register_assets.sql'),
  read: statement('ledger/read_partitions.sql'),
}

/** Why a partition is built: by the clock, by hand, or because a plan found it in need. */
export type RunReason = 'scheduled' | 'requested' | WorkReason
export type WorkReason = 'missing' | 'failed' | 'late_data' | 'code_changed' | 'input_changed' | 'forced'

/** One run of one partition. `run` is unique, grows, and is the fence: an older run may not swap. */
export interface Run {
  asset: string
  /** The store's day, YYYY-MM-DD. */
  date: string
  run: number
}

export interface RunRequest {
  asset: string
  date: string
  reason: RunReason
  workflowId: string
  runId: string
  /** The backfill plan whose cell this is. */
  plan?: string
}

export interface PartitionHolder {
  workflowId: string
  leaseUntil: Date
}

/** Another attempt of the same work has built the plan's cell, or has failed to. */
export class CellSettledError extends Error {
  override name = 'CellSettledError'
}

/**
 * Marks the partition as running.
 *
 * @throws CellSettledError when the request is of a plan whose cell is no longer to build
 * @returns the run, or the workflow that is at it now
 */
export async function startRun(pool: Pool, request: RunRequest): Promise<Run | PartitionHolder> {
  const { asset, date, reason, workflowId, runId, plan } = request
  const started = await pool.query<{ run: number }>(statements.start, [
    asset,
    date,
    workflowId,
    runId,
    reason,
    LEASE_SECONDS,
    plan ?? null,
  ])
  if (started.rows[0]) return { asset, date, run: started.rows[0].run }
  const { rows } = await pool.query<PartitionHolder & { isRunning: boolean }>(
    `select workflow_id as "workflowId", lease_until as "leaseUntil", status = 'running' as "isRunning"
     from ops.partition_ledger where asset = $1 and date = $2`,
    [asset, date],
  )
  const { isRunning, ...holder } = rows[0]!
  if (isRunning || plan === undefined) return holder
  throw new CellSettledError(`${asset} ${date}: another attempt has settled its cell of plan ${plan}`)
}

/** Keeps the partition for `LEASE_SECONDS` more; false when another run has taken over. */
export async function renewRun(pool: Pool, { asset, date, run }: Run): Promise<boolean> {
  const { rowCount } = await pool.query(statements.renew, [asset, date, run, LEASE_SECONDS])
  return rowCount === 1
}

export interface BuiltPartition {
  inputs: Record<string, number | string>
  codeVersion: string
  rows: number
  bytes: number
  outputVersion?: number
  /** The backfill plan whose cell this is. */
  plan?: string
}

/**
 * Writes the partition down as built. Where the partition is in this database, within the transaction that swaps it: then
 * rows and ledger change together, or not at all.
 *
 * @returns the run's milliseconds, or undefined when another run has taken over
 */
export async function succeedRun(
  database: Pool | PoolClient,
  run: Run,
  built: BuiltPartition,
): Promise<number | undefined> {
  const { rows } = await database.query<{ duration_ms: number }>(statements.succeed, [
    run.asset,
    run.date,
    run.run,
    JSON.stringify(built.inputs),
    built.outputVersion ?? null,
    built.codeVersion,
    built.rows,
    built.bytes,
    built.plan ?? null,
  ])
  return rows[0]?.duration_ms
}

/** What a run has built, by the ledger's history. */
export interface BuiltRun {
  rows: number
  bytes: number
  durationMs: number
  /** What the checks that only warn have found. */
  warnings: string[]
}

/** What a run has built, when it has succeeded: for those who lost the answer. */
export async function findBuilt(pool: Pool, { run }: Pick<Run, 'run'>): Promise<BuiltRun | undefined> {
  return (await pool.query<BuiltRun>(statements.findBuilt, [run])).rows[0]
}

/** A number above those of all runs that have begun. */
export async function nextRunNumber(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ run: number }>("select nextval('ops.partition_run_numbers') as run")
  return rows[0]!.run
}

const RUN_NUMBERS_A_STATEMENT = 100_000

/** Uses up run numbers up to one that was met elsewhere: a database that was restored is behind its lake. */
export async function passRunNumber(pool: Pool, met: number): Promise<void> {
  for (let last = await nextRunNumber(pool); last < met; ) {
    const { rows } = await pool.query<{ run: number }>(
      "select max(nextval('ops.partition_run_numbers')) as run from generate_series(1, $1)",
      [Math.min(met - last, RUN_NUMBERS_A_STATEMENT)],
    )
    last = rows[0]!.run
  }
}

/**
 * Whether the run began before the last change of rows with customers: then it puts none of them in their place. Who closes runs
 * waits until the caller's transaction has ended.
 */
export async function isRunClosed(client: PoolClient, { run }: Pick<Run, 'run'>): Promise<boolean> {
  const { rows } = await client.query<{ closed: number }>('select run as closed from ops.closed_runs for share')
  return run <= rows[0]!.closed
}

/** Closes all runs that have begun. @returns the highest number of theirs, or above it */
export async function closeRuns(pool: Pool): Promise<number> {
  const run = await nextRunNumber(pool)
  await pool.query('update ops.closed_runs set run = greatest(run, $1)', [run])
  return run
}

/** Records the run as failed; the partition from before is kept. */
export async function failRun(pool: Pool, { asset, date, run }: Run, error: string): Promise<void> {
  await pool.query(statements.fail, [asset, date, run, error])
}

export interface RecordedCheck {
  check: string
  severity: 'block' | 'warn'
  passed: boolean
  finding: string
  failingRows: number
  examples?: readonly { reason: string; row: Record<string, unknown> }[]
}

/** Records a run's checks; those that an earlier attempt of the run has recorded stay as they are. */
export async function recordChecks(
  pool: Pool,
  run: { run: number; asset: string; date: string | null },
  results: readonly RecordedCheck[],
): Promise<void> {
  await pool.query(statements.recordChecks, [run.run, run.asset, run.date, JSON.stringify(results)])
}

export interface AssetEntry {
  name: string
  description: string
  store: 'lake' | 'postgres'
  upstream: readonly string[]
  codeVersion: string
}

/** Makes the catalogue `ops.assets` what this worker knows; `assets` come in dependency order. */
export async function registerAssets(pool: Pool, assets: readonly AssetEntry[]): Promise<void> {
  const entries = assets.map(({ name, description, store, upstream, codeVersion }) => ({
    name,
    description,
    store,
    upstream,
    codeVersion,
  }))
  await pool.query(statements.register, [JSON.stringify(entries)])
}

/** A partition as the ledger knows it. From `inputs` on: the partition that can be read, null while there is none. */
export interface LedgerPartition {
  asset: string
  date: string
  status: 'running' | 'succeeded' | 'failed'
  run: number
  workflowId: string
  runId: string
  reason: RunReason
  error: string | null
  startedAt: Date
  finishedAt: Date | null
  /** Running by the ledger, but not renewed for `LEASE_SECONDS`. */
  isAbandoned: boolean
  inputs: Record<string, number | string> | null
  inputsAt: Date | null
  outputVersion: number | null
  codeVersion: string | null
  rows: number | null
  bytes: number | null
  durationMs: number | null
  succeededRun: number | null
  succeededAt: Date | null
}

/** The ledger's rows by asset and date; every limit is optional and inclusive. */
export async function readLedger(
  pool: Pool,
  limits: { assets?: readonly string[]; from?: string; to?: string } = {},
): Promise<LedgerPartition[]> {
  const { rows } = await pool.query<LedgerPartition>(statements.read, [
    limits.assets ?? null,
    limits.from ?? null,
    limits.to ?? null,
  ])
  return rows
}
