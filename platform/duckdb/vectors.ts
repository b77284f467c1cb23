/** Numbers between DuckDB and typed arrays, a vector at a time: value by value the package takes some fifty times as long. */
import { DOUBLE, type DuckDBConnection, DuckDBDataChunk, type DuckDBType, FLOAT, INTEGER } from '@duckdb/node-api'

export type NumberVector = Int32Array | Float32Array | Float64Array

/** The package's own vectors keep their numbers in a typed array that its declarations hide. */
interface VectorInside<Vector extends NumberVector> {
  items: Vector
  flush(): void
}

/** DuckDB's own size of a chunk. */
const CHUNK_ROWS = 2_048

/**
 * Streams a query of integer, float and double columns, some thousands of rows at a time. No value may be null: what is
 * there then is undefined. A vector counts until `take` returns.
 */
export async function readNumbers(
  connection: DuckDBConnection,
  query: string,
  take: (columns: readonly NumberVector[], rows: number) => void,
): Promise<void> {
  const result = await connection.stream(query)
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const current = chunk
    const columns = Array.from(
      { length: current.columnCount },
      (_, column) => (current.getColumnVector(column) as unknown as VectorInside<NumberVector>).items,
    )
    take(columns, current.rowCount)
  }
}

/** Appends the first rows of columns, in the order of the table's, which are integer, float or double as these are. */
export async function appendNumbers(
  connection: DuckDBConnection,
  table: string,
  columns: readonly NumberVector[],
  rows: number,
): Promise<void> {
  const types = columns.map(typeOf)
  const appender = await connection.createAppender(table)
  for (let from = 0; from < rows; from += CHUNK_ROWS) {
    const to = Math.min(from + CHUNK_ROWS, rows)
    const chunk = DuckDBDataChunk.create(types, to - from)
    for (const [index, column] of columns.entries()) {
      const vector = chunk.getColumnVector(index) as unknown as VectorInside<NumberVector>
      vector.items.set(column.subarray(from, to))
      vector.flush()
    }
    appender.appendDataChunk(chunk)
  }
  appender.closeSync()
}

function typeOf(column: NumberVector): DuckDBType {
  if (column instanceof Int32Array) return INTEGER
  return column instanceof Float32Array ? FLOAT : DOUBLE
}
