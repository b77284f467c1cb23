/**
 * What runs an asset's statements: DuckDB in this process, or Spark where a day outgrows it. Both get the same text and give the same rows;
 * the ordered copy and the commit are DuckDB's in either case, so that the bytes are the same, too.
 */
import type { Where } from '../../../lake/scan.ts'
import type { DuckDBConnection } from '../../../platform/duckdb/duckdb.ts'
import type { LakeInput } from './lake-input.ts'

export interface Engine {
  /** DuckDB's: the engine's own, or the one that takes over what Spark has made. */
  readonly connection: DuckDBConnection
  /** Runs statements, separated by semicolons. */
  run(statements: string): Promise<void>
  /** The rows of a query that gives few; values as JSON has them, decimals and big integers as text. */
  rows(query: string): Promise<Record<string, unknown>[]>
  /** A relation over a lake table's version, for use in a statement. */
  relation(input: LakeInput, version: number, where: Where): Promise<string>
  /** From now on the connection has this temporary table or view. */
  result(table: string): Promise<void>
}
