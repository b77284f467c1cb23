import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite, types } from '@electric-sql/pglite'
import type { Pool } from '../../platform/postgres/postgres.ts'

const MIGRATIONS = join(import.meta.dirname, '..', '..', 'sql', 'migrations', '*.sql')

/** What may go wrong around a statement: either may throw, and the caller sees that instead of an answer. */
export interface Faults {
  before?(text: string): void
  after?(text: string): void
}

/** PostgreSQL inside this process, with every migration: the real statements without a server, one connection. */
export interface InProcessDatabase {
  /** What the stream runtime takes for its pool. */
  pool: Pool
  faults: Faults
  close(): Promise<void>
}

/** As `platform/postgres/postgres.ts` has them. */
const parsers = { [types.INT8]: Number, [types.DATE]: (value: string) => value }
/** Parameters are sent as text: PostgreSQL knows their types. */
const serializers = new Proxy<Record<number, (value: string) => string>>({}, { get: () => (value: string) => value })

export async function createInProcessDatabase(): Promise<InProcessDatabase> {
  const database = await PGlite.create({ parsers })
  for (const role of [
    'shelfline_app',
    'shelfline_migrate',
    'bi_reader',
    'powerbi',
    'shelfline_web',
    'dashboard_reader',
  ]) {
    await database.exec(`create role ${role} login`)
  }
  for (const file of globSync(MIGRATIONS).sort()) await database.exec(readFileSync(file, 'utf8'))
  const own: InProcessDatabase = { pool: undefined as unknown as Pool, faults: {}, close: () => database.close() }
  const query = async (said: string | { text: string; values?: unknown[] }, values?: unknown[]) => {
    const text = typeof said === 'string' ? said : said.text
    const given = (typeof said === 'string' ? values : said.values) ?? []
    own.faults.before?.(text)
    const { rows, affectedRows } = await database.query(text, given.map(asText), { serializers })
    own.faults.after?.(text)
    return { rows, rowCount: rows.length > 0 ? rows.length : affectedRows }
  }
  const client = { query, release: () => undefined, on: () => undefined, off: () => undefined }
  own.pool = { query, connect: async () => client, end: async () => undefined } as unknown as Pool
  return own
}

/** A parameter as PostgreSQL reads it; a buffer by itself is JSON, one in a list is `bytea`. */
function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (Buffer.isBuffer(value)) return value.toString('utf8')
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return `{${value.map(asElement).join()}}`
  return String(value)
}

function asElement(value: unknown): string {
  const text = Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : asText(value)
  return text === null ? 'null' : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
