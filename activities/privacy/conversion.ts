/**
 * Rows from before there were pseudonyms: their customers get the names that their new events have. What was changed is not found
 * again, so that who is interrupted continues.
 */
import { type DuckDBConnection, literal } from '../../platform/duckdb/duckdb.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { type CustomerDoor, namesOf } from '../../streams/privacy/customer-door.ts'
import { PSEUDONYM_PATTERN } from '../../streams/privacy/pseudonyms.ts'
import { changeLake, emptying, type LakeAccess } from './lake-changes.ts'
import { whileAlone } from './lock.ts'
import { type Renamed, renameFacts, renameLiveState } from './renaming.ts'
import { CUSTOMER, type RowsByTable } from './tables.ts'

/** What is converted by itself; noted when it is done. */
type Place = 'live state' | 'lake and facts'

/** Rows of a conversion that a statement of DuckDB inserts. */
const INSERTED_MAX = 1_000
/** Customers of live state that are renamed in one go. */
const RENAMED_MAX = 20_000

/** Before what reads it: a customer of today is who they were this morning. */
export async function convertLiveState(pool: Pool, door: CustomerDoor): Promise<RowsByTable> {
  if (await isConverted(pool, 'live state')) return {}
  return whileAlone(pool, () => convertLive(pool, door))
}

async function convertLive(pool: Pool, door: CustomerDoor): Promise<RowsByTable> {
  const changed: RowsByTable = {}
  const { rows } = await pool.query<{ customerId: string; day: string }>(statement('privacy/old_customers.sql'), [
    PSEUDONYM_PATTERN,
  ])
  for (let from = 0; from < rows.length; from += RENAMED_MAX) {
    await renameLiveState(pool, await renamedOf(door, rows.slice(from, from + RENAMED_MAX)), changed)
  }
  await noteConverted(pool, 'live state')
  return changed
}

/** The lake, then the facts, which are built of it. */
export async function convertHistory({
  pool,
  door,
  ...access
}: LakeAccess & { pool: Pool; door: CustomerDoor }): Promise<RowsByTable> {
  const changed: RowsByTable = {}
  if (await isConverted(pool, 'lake and facts')) return changed
  await changeLake(pool, access, {
    changes: [
      {
        column: CUSTOMER,
        condition: IS_OLD,
        value: `(select new_name from renamed where old_name = ${CUSTOMER} and old_day = date::varchar)`,
        prepare: (rows) => prepareNames(access.connection, door, rows),
      },
      // What a sender wrote in another form is the customer's id, too.
      emptying('original_ids', `contains(original_ids, '"${CUSTOMER}"')`),
    ],
    isSettled: false,
    changed,
  })
  await convertFacts(pool, door, changed)
  await noteConverted(pool, 'lake and facts')
  return changed
}

const IS_OLD = `${CUSTOMER} is not null and not regexp_matches(${CUSTOMER}, ${literal(PSEUDONYM_PATTERN)})`

async function prepareNames(connection: DuckDBConnection, door: CustomerDoor, rows: string): Promise<void> {
  const reader = await connection.runAndReadAll(
    `select distinct ${CUSTOMER}, date::varchar from ${rows} where ${IS_OLD}`,
  )
  const known = reader.getRows().map(([customerId, day]) => ({ customerId: String(customerId), day: String(day) }))
  const renamed = await renamedOf(door, known)
  await connection.run('create or replace temp table renamed (old_name varchar, old_day varchar, new_name varchar)')
  for (let from = 0; from < renamed.length; from += INSERTED_MAX) {
    const values = renamed
      .slice(from, from + INSERTED_MAX)
      .map(({ known, day, name }) => `(${literal(known)}, ${literal(day)}, ${literal(name)})`)
    await connection.run(`insert into renamed values ${values.join(', ')}`)
  }
}

async function convertFacts(pool: Pool, door: CustomerDoor, changed: RowsByTable): Promise<void> {
  const { rows: days } = await pool.query<{ day: string }>(
    `select distinct sale_date::text as day from analytics.fact_sales
     where customer_id !~ $1 order by day`,
    [PSEUDONYM_PATTERN],
  )
  for (const { day } of days) {
    const { rows } = await pool.query<{ customerId: string }>(
      'select distinct customer_id as "customerId" from analytics.fact_sales where sale_date = $1 and customer_id !~ $2',
      [day, PSEUDONYM_PATTERN],
    )
    await renameFacts(
      pool,
      await renamedOf(
        door,
        rows.map(({ customerId }) => ({ customerId, day })),
      ),
      changed,
    )
  }
  if (days.length > 0) await pool.query('select analytics.sum_segments()')
}

async function renamedOf(door: CustomerDoor, rows: readonly { customerId: string; day: string }[]): Promise<Renamed[]> {
  const names = await namesOf(door, rows)
  return rows.map(({ customerId, day }, at) => ({ known: customerId, day, name: names[at]! }))
}

export async function isConverted(pool: Pool, place: Place): Promise<boolean> {
  const { rowCount } = await pool.query('select from ops.customers_converted where place = $1', [place])
  return rowCount === 1
}

async function noteConverted(pool: Pool, place: Place): Promise<void> {
  await pool.query('insert into ops.customers_converted (place) values ($1) on conflict do nothing', [place])
}
