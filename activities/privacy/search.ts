/** The proof: a search for a customer over everything that is kept. */
import { rawTableName } from '../../lake/raw-table.ts'
import type { DuckDBConnection } from '../../platform/duckdb/duckdb.ts'
import { identifier, literal } from '../../platform/duckdb/duckdb.ts'
import type { ObjectStore } from '../../platform/object-store/object-store.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { mappedPatterns, messagePattern, type Subject, unusualTexts } from './customer.ts'

export interface SearchPlaces {
  pool: Pool
  objectStore: ObjectStore
  connection: DuckDBConnection
  bucket: string
  /** With what the names of the objects begin that are searched; left out: all of the bucket. */
  searched?: string
}

/** What was searched, and where the customer was found. */
export interface SearchResult {
  /** Columns of text and of bytes in the database. */
  tables: number
  rows: number
  objects: number
  bytes: number
  /** Tables that the program's role may not read: of migrations only. */
  unread: string[]
  /** Rows by table and column, or objects with 1. */
  found: Record<string, number>
}

/** Columns whose whole value is a customer. */
const NAMES_CUSTOMERS: ReadonlySet<string> = new Set(['customer_id', 'customer'])

/**
 * Looks for the customer's id and pseudonym: in every column of text and bytes of every table, and in every object of the bucket, Parquet by
 * its columns. Pseudonyms and ids that nothing else contains are looked for anywhere; numbers and short ids, which are a part of other
 * texts, as the value of a column for customers and as the customer of a message. The customers of open erasures, as they are kept, are not searched: they are
 * removed when they are finished.
 */
export async function searchCustomer(places: SearchPlaces, subject: Subject): Promise<SearchResult> {
  const result: SearchResult = { tables: 0, rows: 0, objects: 0, bytes: 0, unread: [], found: {} }
  await searchDatabase(places.pool, subject, result)
  await searchCaptured(places.pool, subject, result)
  await searchBucket(places, subject, result)
  return result
}

interface TextColumn {
  table: string
  column: string
  type: string
  isReadable: boolean
}

async function searchDatabase(pool: Pool, subject: Subject, result: SearchResult): Promise<void> {
  const { rows: columns } = await pool.query<TextColumn>(
    `select format('%I.%I', nspname, relname) as table, attname as column, typname as type,
       has_table_privilege(pg_class.oid, 'select') as "isReadable"
     from pg_class join pg_namespace on pg_namespace.oid = relnamespace
     join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
     join pg_type on pg_type.oid = atttypid
     where relkind in ('r', 'p', 'm') and not relispartition
       and nspname not in ('pg_catalog', 'information_schema') and nspname !~ '^pg_toast|^pg_temp'
       and typname in ('text', 'varchar', 'bpchar', 'bytea', 'json', 'jsonb', '_text', 'name', 'xml')
       and (nspname, relname, attname) <> ('ops', 'customer_erasure', 'sealed_subject')
     order by 1, 2`,
  )
  const values = [
    [...subject.names, ...subject.reportNames],
    unusualTexts(subject).map((text) => Buffer.from(text)),
    messagePattern(subject),
  ]
  for (const [table, own] of Map.groupBy(columns, (one) => one.table)) {
    if (!own[0]!.isReadable) {
      result.unread.push(table)
      continue
    }
    const counts = own.map((one) => `count(*) filter (where ${hasCustomer(one)})`)
    const { rows } = await pool.query<Record<string, number>>({
      text: `with given as (select $1::text[] as names, $2::bytea[] as texts, $3::text as pattern)
        select count(*) as rows, ${counts.map((count, at) => `${count} as c${at}`).join(', ')} from ${table}, given`,
      values,
    })
    result.tables += 1
    result.rows += rows[0]!.rows!
    for (const [at, { column }] of own.entries()) {
      const found = rows[0]![`c${at}`]!
      if (found > 0) result.found[`${table}.${column}`] = found
    }
  }
}

/** Under the names that other systems have for customers. */
async function searchCaptured(pool: Pool, subject: Subject, result: SearchResult): Promise<void> {
  const mapped = mappedPatterns(subject)
  const { rows } = await pool.query<{ place: string; rows: number }>(statement('privacy/count_captured.sql'), [
    mapped.map(({ mapId }) => mapId),
    mapped.map(({ topic }) => topic),
    mapped.map(({ pattern }) => pattern),
  ])
  for (const { place, rows: found } of rows) if (found > 0) result.found[place] = found
}

/** Of PostgreSQL. */
function hasCustomer({ column, type }: TextColumn): string {
  const name = identifier(column)
  const bytes = type === 'bytea' ? name : `convert_to(${name}::text, 'UTF8')`
  const text = type === 'bytea' ? `encode(${name}, 'escape')` : `${name}::text`
  const anywhere = `exists (select from unnest(given.texts) as given_text (text) where position(given_text.text in ${bytes}) > 0)`
  const conditions = [anywhere, `${text} ~ given.pattern`]
  if (NAMES_CUSTOMERS.has(column)) conditions.push(`${text} = any(given.names)`)
  return conditions.join(' or ')
}

async function searchBucket(places: SearchPlaces, subject: Subject, result: SearchResult): Promise<void> {
  const { objectStore, searched = '' } = places
  const isIn = textSearch(subject)
  for await (const { key, bytes } of objectStore.list(searched)) {
    result.objects += 1
    result.bytes += bytes
    const isFound = key.endsWith('.parquet')
      ? await isInParquet(places, key, subject)
      : await isInObject(objectStore, { key, bytes }, isIn)
    if (isFound) result.found[key] = 1
  }
}

/** A file of a feed may be larger than memory: this many bytes are looked through at once, and the last of them again with the next part. */
const PART_BYTES = 8 * 1024 * 1024
const OVERLAP_BYTES = 64 * 1024

async function isInObject(
  objectStore: ObjectStore,
  { key, bytes }: { key: string; bytes: number },
  isIn: (text: string) => boolean,
): Promise<boolean> {
  for (let from = 0; from < bytes; from += PART_BYTES) {
    const part = await objectStore.getPart(key, from, Math.min(PART_BYTES + OVERLAP_BYTES, bytes - from))
    if (part === undefined) return false
    if (isIn(part.toString('latin1'))) return true
  }
  return false
}

/** Whether a customer is in bytes, shown as characters of Latin-1: a text of UTF-8 is looked for as its bytes are. */
export function textSearch(subject: Subject, pattern = messagePattern(subject)): (text: string) => boolean {
  const texts = unusualTexts(subject).map((text) => Buffer.from(text).toString('latin1'))
  const regularExpression = new RegExp(pattern)
  return (text) => texts.some((one) => text.includes(one)) || regularExpression.test(text)
}

/** A file that another process has deleted since it was listed has no one. */
async function isInParquet(places: SearchPlaces, key: string, subject: Subject): Promise<boolean> {
  try {
    return await readParquet(places, key, subject)
  } catch (error) {
    for await (const object of places.objectStore.list(key)) if (object.key === key) throw error
    return false
  }
}

async function readParquet({ connection, bucket }: SearchPlaces, key: string, subject: Subject): Promise<boolean> {
  const file = `read_parquet(${literal(`s3://${bucket}/${key}`)}, hive_partitioning = false)`
  const described = await connection.runAndReadAll(`describe select * from ${file}`)
  const columns = described.getRows().map(([name]) => String(name))
  const captured = mappedPatterns(subject).filter(({ topic }) => key.includes(`/${rawTableName(topic)}/`))
  const conditions = columns.flatMap((column) => {
    const text = `${identifier(column)}::varchar`
    return [
      ...unusualTexts(subject).map((one) => `contains(${text}, ${literal(one)})`),
      ...[messagePattern(subject), ...captured.map(({ pattern }) => pattern)].map(
        (pattern) => `regexp_matches(${text}, ${literal(pattern)})`,
      ),
      ...(NAMES_CUSTOMERS.has(column) ? [`${text} in (${subject.names.map(literal).join(', ')})`] : []),
    ]
  })
  const reader = await connection.runAndReadAll(`select exists (from ${file} where ${conditions.join(' or ')})`)
  return reader.getRows()[0]![0] === true
}
