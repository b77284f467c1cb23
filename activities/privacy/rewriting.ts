/** Taking a customer out of what Shelfline keeps: their days become days of different, unknown customers. */
import { addDays } from '../../contracts/calendar.ts'
import { rawTableName } from '../../lake/raw-table.ts'
import { literal } from '../../platform/duckdb/duckdb.ts'
import { inTransaction, type Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { dayPseudonym } from '../../streams/privacy/pseudonyms.ts'
import { mappedPatterns, messagePattern, type Subject, unusualTexts } from './customer.ts'
import { changeLake, emptying, type LakeAccess, type LakeChange } from './lake-changes.ts'
import { note, type Renamed, renameFacts, renameLiveState, sumCustomers } from './renaming.ts'
import { CUSTOMER, type RowsByTable, tablesWithColumn } from './tables.ts'

/** Who had it done, and why: kept with messages that lost their content. */
export interface Order {
  by: string
  why: string
}

/** A name for each day, in the order of the days. */
interface DayNames {
  days: string[]
  names: string[]
}

/**
 * Changes every row of the customer, in the database and in the lake: what others are made of first. A run that began before and has
 * read them no longer puts anything in their place.
 *
 * @param key of the names that days get: the same for all, so that what is computed from the lake stays what the live state is
 * @param isSettled every stream has stored what it read before the customer's key was destroyed
 */
export async function rewriteCustomer(
  { pool, ...lakeAccess }: LakeAccess & { pool: Pool },
  subject: Subject,
  key: Buffer,
  { isSettled, ...order }: Order & { isSettled: boolean },
): Promise<RowsByTable> {
  const changed: RowsByTable = {}
  const days = await daysOf(pool, lakeAccess, subject)
  const named = { days, names: days.map((day) => dayPseudonym(key, day)) }
  const changes = [
    renamingOf(subject, named),
    ...['payload', 'original_ids'].map((column) => emptying(column, mentions(column, subject))),
    ...mappedPatterns(subject).map(({ topic, pattern }) => ({
      ...emptying('payload', matches('payload', pattern)),
      table: rawTableName(topic),
    })),
  ]
  await changeLake(pool, lakeAccess, { changes, isSettled, changed })
  await rewriteDatabase(pool, subject, named, order, changed)
  return changed
}

async function daysOf(pool: Pool, { lake, connection }: LakeAccess, { names }: Subject): Promise<string[]> {
  const days = new Set<string>()
  const { rows } = await pool.query<{ day: string }>(statement('privacy/days_of_customer.sql'), [names])
  for (const { day } of rows) days.add(day)
  for (const table of await tablesWithColumn(lake)) {
    const reader = await connection.runAndReadAll(
      `select distinct date::varchar from ${await table.scan()} where ${isNamed(names)}`,
    )
    for (const [day] of reader.getRows()) days.add(String(day))
  }
  // What arrives meanwhile.
  const today = new Date().toISOString().slice(0, 10)
  for (const distance of [-1, 0, 1]) days.add(addDays(today, distance))
  return [...days].sort()
}

const listed = (texts: readonly string[]): string => `(${texts.map(literal).join(', ')})`
const isNamed = (names: readonly string[]): string => `${CUSTOMER} in ${listed(names)}`

function renamingOf(subject: Subject, { days, names }: DayNames): LakeChange {
  const map = `map([${days.map(literal).join(', ')}], [${names.map(literal).join(', ')}])`
  return {
    column: CUSTOMER,
    condition: isNamed(subject.names),
    // A day that has come meanwhile has no name yet: its rows stay, are found by the search, and are changed by the next run.
    among: `date::varchar in ${listed(days)}`,
    value: `map_extract_value(${map}, date::varchar)`,
  }
}

/** Of DuckDB: whether a text has the customer. */
function mentions(column: string, subject: Subject): string {
  const texts = unusualTexts(subject).map((text) => `contains(${column}, ${literal(text)})`)
  return [...texts, matches(column, messagePattern(subject))].join(' or ')
}

const matches = (column: string, pattern: string): string => `regexp_matches(${column}, ${literal(pattern)})`

async function rewriteDatabase(
  pool: Pool,
  subject: Subject,
  { days, names }: DayNames,
  { by, why }: Order,
  changed: RowsByTable,
): Promise<void> {
  const renamed = subject.names.flatMap((known) => days.map((day, at) => ({ known, day, name: names[at]! })))
  await renameLiveState(pool, renamed, changed)
  await renameFacts(pool, await onDaysWithFacts(pool, subject, renamed), changed)
  await sumReportsAgain(pool, subject)
  const run = async (table: string, file: string, values: readonly unknown[]) => {
    const { rows } = await pool.query<{ rows: number }>(statement(`privacy/${file}.sql`), [...values])
    note(changed, table, rows[0]!.rows)
  }
  const texts = unusualTexts(subject).map((text) => Buffer.from(text))
  const looked = [texts, messagePattern(subject)]
  const mapped = mappedPatterns(subject)
  const patterns = mapped.map(({ pattern }) => pattern)
  await run('ops.dead_letters', 'empty_letters', [...looked, by, why, mapped.map(({ topic }) => topic), patterns])
  await run('ops.unsent_message', 'empty_unsent', looked)
  await run('ops.check_failures', 'empty_failing_rows', looked)
  await run('ops.cdc_row', 'empty_captured_rows', [texts, mapped.map(({ mapId }) => mapId), patterns])
}

async function onDaysWithFacts(pool: Pool, { names }: Subject, renamed: readonly Renamed[]): Promise<Renamed[]> {
  const { rows } = await pool.query<{ day: string }>(
    'select distinct sale_date::text as day from analytics.fact_sales where customer_id = any($1) order by day',
    [names],
  )
  const days = new Set(rows.map(({ day }) => day))
  return renamed.filter(({ day }) => days.has(day))
}

/** Days whose sums were made of rows from before, at the same time. */
async function sumReportsAgain(pool: Pool, { reportNames }: Subject): Promise<void> {
  const { rows } = await pool.query<{ day: string }>(
    'select distinct sale_date::text as day from analytics.customer_day where customer = any($1) order by day',
    [reportNames],
  )
  for (const { day } of rows) await inTransaction(pool, (client) => sumCustomers(client, day))
}
