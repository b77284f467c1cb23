import { type DuckDBConnection, withConnection } from '../../../platform/duckdb/duckdb.ts'
import type { AssetContext } from './asset.ts'

/** Runs `work` on a DuckDB connection of its own; a cancelled run interrupts the statement that is under way. */
export function inDuckDb<Result>(
  context: AssetContext,
  work: (connection: DuckDBConnection) => Promise<Result>,
): Promise<Result> {
  return withConnection(context.duckdb, async (connection) => {
    context.signal.throwIfAborted()
    const interrupt = () => connection.interrupt()
    context.signal.addEventListener('abort', interrupt)
    try {
      return await work(connection)
    } finally {
      context.signal.removeEventListener('abort', interrupt)
    }
  })
}

/** The rows of a query that gives few; decimals and big integers as text. */
export async function allRows(connection: DuckDBConnection, query: string): Promise<Record<string, unknown>[]> {
  return (await connection.runAndReadAll(query)).getRowObjectsJson() as Record<string, unknown>[]
}

/** The only row of a query's result; decimals and big integers as text. */
export async function onlyRow(connection: DuckDBConnection, query: string): Promise<Record<string, unknown>> {
  return (await allRows(connection, query))[0]!
}
