import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { from as copyFrom } from 'pg-copy-streams'
import { type DuckDBConnection, literal } from '../../../platform/duckdb/duckdb.ts'
import type { Pool } from '../../../platform/postgres/postgres.ts'
import type { AssetContext, StagedShard } from './asset.ts'

const READ_BYTES = 256 * 1024

export interface StagingTable {
  /** Qualified, for use in a statement. */
  table: string
  rows: number
  bytes: number
}

/**
 * Loads what a DuckDB statement selects into a new table of the schema `staging`. The rows go through a file in
 * PostgreSQL's own binary format: for a small day half the time of DuckDB's PostgreSQL extension, and no second set of
 * connections (decision 0020).
 *
 * @param columns the table's columns as PostgreSQL declares them, in the order and with the types that `select` gives
 */
export async function loadStaging(
  context: AssetContext,
  connection: DuckDBConnection,
  { name, columns, select }: { name: string; columns: string; select: string },
): Promise<StagingTable> {
  const folder = join(context.settings.home, 'duckdb', String(process.pid))
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const unique = `${name}_${Math.floor(Date.now() / 1_000)}_${randomBytes(4).toString('hex')}`
  const table = `staging.${unique}`
  const file = join(folder, `${unique}.copy`)
  try {
    // DuckDB loads an extension by itself for its functions and types, not for the format of a copy.
    await connection.run(`load postgres_scanner; copy (${select}) to ${literal(file)} (format postgres_binary)`)
    context.heartbeat()
    const rows = await copyFile(context, table, columns, file)
    return { table, rows, bytes: (await stat(file)).size }
  } finally {
    await rm(file, { force: true })
  }
}

async function copyFile(context: AssetContext, table: string, columns: string, file: string): Promise<number> {
  const client = await context.pool.connect()
  let broken: Error | undefined
  try {
    // Nothing here has to survive a crash of the server: a lost run stages again.
    await client.query(`create unlogged table ${table} (${columns})`)
    const copy = client.query(copyFrom(`copy ${table} from stdin (format binary)`))
    await pipeline(createReadStream(file, { highWaterMark: READ_BYTES }), copy, { signal: context.signal })
    return copy.rowCount
  } catch (error) {
    broken = error as Error
    throw error
  } finally {
    // A connection on which a copy was cut off is in no state to be used again.
    client.release(broken)
    if (broken) await dropStaging(context.pool, [table])
  }
}

export async function dropStaging(pool: Pool, tables: readonly string[]): Promise<void> {
  if (tables.length > 0) await pool.query(`drop table if exists ${tables.join(', ')}`)
}

/** The staging tables of all shards as one relation. */
export const stagedRelation = (tables: readonly string[]): string =>
  tables.length === 1 ? tables[0]! : `(${tables.map((table) => `select * from ${table}`).join(' union all ')})`

export const tablesOf = (staged: readonly StagedShard[]): string[] =>
  staged.map(({ reference }) => (reference as { table: string }).table)

/**
 * Drops staging tables of runs that were killed before they could; those of another role are left to it.
 *
 * @param hours only tables that are older than this: no run takes so long
 * @returns the tables that were dropped
 */
export async function dropAbandonedStaging(pool: Pool, hours: number): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select format('staging.%I', tablename) as name from pg_tables
     where schemaname = 'staging' and tableowner = current_user
       and to_timestamp((regexp_match(tablename, '_(\\d{10})_[0-9a-f]{8}$'))[1]::bigint) < now() - make_interval(hours => $1)`,
    [hours],
  )
  const names = rows.map(({ name }) => name)
  await dropStaging(pool, names)
  return names
}
