import type { DuckDBInstance } from '@duckdb/node-api'
import type { Lake } from '../../../lake/lake.ts'
import type { Logger } from '../../../platform/log.ts'
import type { ObjectStore } from '../../../platform/object-store/object-store.ts'
import type { Pool, PoolClient } from '../../../platform/postgres/postgres.ts'
import type { Settings } from '../../../platform/settings/settings.ts'
import type { Columns } from './columns.ts'

/** One partition of one asset: the unit that is built, checked, swapped, and written in the ledger. */
export interface PartitionKey {
  asset: string
  /** The store's day, YYYY-MM-DD. */
  date: string
}

/** What a partition was built from, by input: a lake table's version, or the newest change of a Postgres input. */
export type InputVersions = Record<string, number | string>

/** A part of the stores: those whose hash modulo `count` is `index`. */
export interface Shard {
  index: number
  count: number
}

/** One shard's result, written but not yet visible; `reference` (file names or a staging table) is small. */
export interface StagedShard {
  shard: Shard
  rows: number
  bytes: number
  reference: unknown
}

export interface CheckResult {
  check: string
  /** A failed `block` check keeps the old partition in place; a failed `warn` check is written down. */
  severity: 'block' | 'warn'
  passed: boolean
  /** A sentence with the figures that were compared. */
  finding: string
  failingRows: number
  /** Some of the failing rows, at most `CHECK_EXAMPLES_MAX`, kept in `ops.check_failures` for who looks into it. */
  examples?: readonly { reason: string; row: Record<string, unknown> }[]
}

export const CHECK_EXAMPLES_MAX = 100

/** A check as a reader of the documentation sees it. */
export interface CheckQuestion extends Pick<CheckResult, 'check' | 'severity'> {
  /** What must hold, or what a row should not be. */
  question: string
}

/** What the builders of partitions get from their worker. */
export interface AssetContext {
  settings: Settings
  pool: Pool
  objectStore: ObjectStore
  duckdb: DuckDBInstance
  /** One for the process, so that the tables' logs are read once. */
  lake: Lake
  logger: Logger
  /** Sends Temporal a heartbeat. */
  heartbeat(): void
  /** Aborted when the run is cancelled. */
  signal: AbortSignal
}

export interface Swapped {
  rows: number
  bytes: number
  /** The lake table's version that holds the partition. */
  outputVersion?: number
}

/** By what a swap shows, at the moment that it counts, that its run is still the partition's. */
export interface Fence {
  /** The number of the run. The lake keeps it with the partition and refuses a lower one. */
  run: number
  /**
   * Writes the run down as succeeded, within the transaction that swaps a table of this database.
   *
   * @throws ApplicationFailure `PartitionLost` when another run has taken over; the transaction must not commit then
   */
  succeed(client: PoolClient, swapped: Swapped): Promise<void>
}

/**
 * A named, date-partitioned table and how one partition of it is made. A partition is replaced whole, also by an empty
 * one, and the same inputs and code give the same rows.
 */
export interface AssetDefinition {
  name: string
  description: string
  /** `lake` assets are Delta tables, `postgres` assets are tables of the star schema. */
  store: 'lake' | 'postgres'
  /** Assets that must be there first, by name; raw topics and reference tables are inputs, not assets. */
  upstream: readonly string[]
  /** The pipeline that builds it every day; left out: the daily load. */
  pipeline?: 'feature-engineering' | 'batch-prediction'
  /** By upstream: the days before its own date that a partition reads too. When one of them changes, it is stale. */
  daysBefore?: Readonly<Record<string, number>>
  /** Its statements are written for Spark, too: the settings choose. */
  runsOnSpark?: true
  /** Its rows are taken from what is gone by the next day: a partition that was dropped can't be built again. */
  isTakenOnce?: true
  /** Those of its table in the lake but for the date; of a table in PostgreSQL those that are staged for it. */
  columns: Columns
  /** A table in PostgreSQL: its name, and those of the staged columns that it holds as they are. */
  carried?: { table: string; columns: Columns }
  /** What `check` asks. */
  checks: readonly CheckQuestion[]
  /** Those in `sql/` that its rows come from. */
  statements: readonly string[]
  /** Changes whenever the rows could: a hash over the statements and a number for the code around them. */
  codeVersion: string
  /** Pins the inputs and counts the rows that the partition will read, which decides the number of shards. */
  plan(context: AssetContext, date: string): Promise<{ inputs: InputVersions; inputRows: number }>
  stage(context: AssetContext, date: string, shard: Shard, inputs: InputVersions): Promise<StagedShard>
  check(
    context: AssetContext,
    date: string,
    staged: readonly StagedShard[],
    inputs: InputVersions,
  ): Promise<CheckResult[]>
  /**
   * Puts the staged rows in the partition's place, unless a later run has; without any shard it becomes empty. The same run may
   * try again.
   */
  swap(
    context: AssetContext,
    date: string,
    staged: readonly StagedShard[],
    inputs: InputVersions,
    fence: Fence,
  ): Promise<Swapped>
  /**
   * Makes sure that a run swaps no more, wherever it still is; where the swap is a transaction, the ledger does.
   *
   * @returns the version of the lake table when the run has swapped before; then nothing is changed
   */
  close?(context: AssetContext, date: string, run: number, staged: readonly StagedShard[]): Promise<number | undefined>
  /** Removes what `stage` left of a run that has not swapped, and no longer can. */
  discard(context: AssetContext, staged: readonly StagedShard[]): Promise<void>
}
