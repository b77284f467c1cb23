/** What is kept of a customer, for the customer. */
import {
  findCustomer,
  mappedPatterns,
  messagePattern,
  type Subject,
  unusualTexts,
} from '../../activities/privacy/customer.ts'
import type { LakeAccess } from '../../activities/privacy/lake-changes.ts'
import { tablesWithColumn } from '../../activities/privacy/tables.ts'
import { literal } from '../../platform/duckdb/duckdb.ts'
import { recordAction } from '../../platform/postgres/audit.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import type { Vault } from '../../platform/vault.ts'
import { readMappedFields } from './mapped-fields.ts'
import { requireWhyWithout } from './reasons.ts'

export interface ExportedRow {
  /** Where it is kept: a table of the database, or of the lake. */
  table: string
  row: Record<string, unknown>
}

/** Tables of the database with rows of customers, and the column that names them. */
const TABLES = ['analytics.fact_sales', 'state.basket', 'state.sale_line', 'state.online_order']

/**
 * Every row of a customer: of the database, of the lake, and dead letters with their messages. It is recorded in the audit log, without
 * the customer's id: before the first row, and after the last with their number.
 *
 * @throws InvalidError when the reason is none, or names the customer
 */
export async function* exportCustomer(
  { pool, vault, ...access }: LakeAccess & { pool: Pool; vault: Vault },
  customerId: string,
  why: string,
): AsyncGenerator<ExportedRow> {
  requireWhyWithout(customerId, why)
  const subject = { ...(await findCustomer(pool, vault, customerId)), mapped: await readMappedFields(pool) }
  await recordAction(pool, { action: 'read', object: 'customer', after: { why } })
  let rows = 0
  for await (const row of rowsOf(pool, access, subject)) {
    rows += 1
    yield row
  }
  await recordAction(pool, { action: 'read', object: 'customer', after: { why, rows } })
}

async function* rowsOf(pool: Pool, { lake, connection }: LakeAccess, subject: Subject): AsyncGenerator<ExportedRow> {
  for (const table of TABLES) {
    const { rows } = await pool.query<{ row: Record<string, unknown> }>(
      `select to_jsonb(own) as row from ${table} as own where customer_id = any($1)`,
      [subject.names],
    )
    for (const { row } of rows) yield { table, row }
  }
  const letters = await pool.query<{ row: Record<string, unknown> }>(
    `select jsonb_build_object('letter', letter_id, 'topic', topic, 'known_at', known_at, 'message', encode(payload, 'escape')) as row
     from ops.dead_letters
     where encode(payload, 'escape') ~ $2
       or exists (select from unnest($1::bytea[]) as given (text) where position(text in payload) > 0)`,
    [unusualTexts(subject).map((text) => Buffer.from(text)), messagePattern(subject)],
  )
  for (const { row } of letters.rows) yield { table: 'ops.dead_letters', row }
  yield* capturedRows(pool, subject)
  for (const table of await tablesWithColumn(lake)) {
    const names = subject.names.map(literal).join(', ')
    const result = await connection.stream(`select * from ${await table.scan()} where customer_id in (${names})`)
    const columns = result.columnNames()
    for await (const chunk of result.yieldRowsJson()) {
      for (const row of chunk) {
        const named = Object.fromEntries(columns.map((column, at) => [column, row[at]]))
        yield { table: `lake ${table.name}`, row: named }
      }
    }
  }
}

async function* capturedRows(pool: Pool, subject: Subject): AsyncGenerator<ExportedRow> {
  const mapped = mappedPatterns(subject)
  const { rows } = await pool.query<{ row: Record<string, unknown> }>(
    `select jsonb_build_object('map', map_id, 'key', row_key, 'row', image) as row
     from ops.cdc_row join unnest($1::text[], $2::text[]) as mapped (map_id, pattern) using (map_id)
     where row_key ~ pattern or image::text ~ pattern`,
    [mapped.map(({ mapId }) => mapId), mapped.map(({ pattern }) => pattern)],
  )
  for (const { row } of rows) yield { table: 'ops.cdc_row', row }
}
