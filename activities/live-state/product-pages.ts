import type { Pool } from '../../platform/postgres/postgres.ts'

/** Products of a store that are read, evaluated and written at once. */
const PAGE_ROWS_MAX = 5_000

/** A statement, prepared under its name on each connection. */
interface Prepared {
  name: string
  text: string
  values: readonly unknown[]
}

/**
 * Evaluates a store's products page by page, in the order of their ids. Each page commits by itself.
 *
 * @param read gives rows that begin with the product's id; its last two parameters are the id that the page begins after
 * and how many rows it has at most
 * @param write takes, after its own values, the columns of what `evaluate` returns for the rows
 * @param beat called after each page
 * @returns products that were evaluated
 */
export async function evaluateProducts<Row extends [productId: string, ...unknown[]]>(
  pool: Pool,
  read: Prepared,
  evaluate: (row: Row) => unknown[],
  write: Prepared,
  beat: () => void,
): Promise<number> {
  let evaluated = 0
  for (let after = ''; ; ) {
    const { rows } = await pool.query<Row>({
      ...read,
      values: [...read.values, after, PAGE_ROWS_MAX],
      rowMode: 'array',
    })
    if (rows.length > 0) {
      await pool.query({ ...write, values: [...write.values, ...transposed(rows.map(evaluate))] })
      evaluated += rows.length
      beat()
    }
    if (rows.length < PAGE_ROWS_MAX) return evaluated
    after = rows.at(-1)![0]
  }
}

const transposed = (rows: readonly unknown[][]): unknown[][] =>
  rows[0]!.map((_, column) => rows.map((values) => values[column]))
