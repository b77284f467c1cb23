/** Numbers between DuckDB and models: columns into typed arrays and back, some thousand rows at a time. */
import { DOUBLE, DuckDBDataChunk, INTEGER, VARCHAR } from '@duckdb/node-api'
import type { DuckDBConnection } from '../../platform/duckdb/duckdb.ts'
import { sharedVector } from '../../platform/xgboost/xgboost.ts'
import { onlyRow } from '../assets/framework/work.ts'

/** DuckDB's own size of a chunk. */
const CHUNK_ROWS = 2_048

/**
 * Reads columns as one matrix, row after row, on shared memory. What is null or not a number is NaN.
 *
 * @param relation has a column `n` that puts its rows in one order
 */
export async function readMatrix(
  connection: DuckDBConnection,
  relation: string,
  columns: readonly string[],
): Promise<Float32Array> {
  const { rows } = await onlyRow(connection, `select count(*) as rows from ${relation}`)
  const width = columns.length
  const values = sharedVector(Number(rows) * width)
  const select = columns.map((name) => `coalesce(${name}::float, 'nan'::float)`).join(', ')
  const result = await connection.stream(`select ${select} from ${relation} order by n`)
  let at = 0
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (let column = 0; column < width; column += 1) {
      const vector = chunk.getColumnVector(column)
      for (let row = 0; row < chunk.rowCount; row += 1) {
        values[(at + row) * width + column] = vector.getItem(row) as number
      }
    }
    at += chunk.rowCount
  }
  return values
}

/** One column of a matrix. */
export const columnOf = (values: Float32Array, width: number, column: number): Float32Array =>
  Float32Array.from({ length: values.length / width }, (_, row) => values[row * width + column]!)

const types = { integer: INTEGER, double: DOUBLE, varchar: VARCHAR } as const

export interface WrittenColumn {
  type: keyof typeof types
  of: (row: number) => number | string | null
}

/** Makes a temporary table with `n`, from 1 on, and the columns. */
export async function writeColumns(
  connection: DuckDBConnection,
  table: string,
  rows: number,
  columns: Readonly<Record<string, WrittenColumn>>,
): Promise<void> {
  const declared = Object.entries(columns).map(([name, { type }]) => `${name} ${type}`)
  await connection.run(`create or replace temp table ${table} (n integer, ${declared.join(', ')})`)
  const appender = await connection.createAppender(table)
  const all: WrittenColumn[] = [{ type: 'integer', of: (row) => row + 1 }, ...Object.values(columns)]
  for (let from = 0; from < rows; from += CHUNK_ROWS) {
    const size = Math.min(CHUNK_ROWS, rows - from)
    const chunk = DuckDBDataChunk.create(
      all.map(({ type }) => types[type]),
      size,
    )
    chunk.setColumns(all.map(({ of }) => Array.from({ length: size }, (_, at) => of(from + at))))
    appender.appendDataChunk(chunk)
  }
  appender.closeSync()
}
