import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite, parse, protocol, types } from '@electric-sql/pglite'
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
const { serialize } = protocol

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
  // Tables are small, and planning takes longer than reading them. The database is lost with the process in any case.
  await database.exec('set plan_cache_mode = force_generic_plan; set synchronous_commit = off')
  const statements = new PreparedStatements(database)
  const own: InProcessDatabase = { pool: undefined as unknown as Pool, faults: {}, close: () => database.close() }
  const query = async (said: string | { text: string; values?: unknown[] }, values?: unknown[]) => {
    const text = typeof said === 'string' ? said : said.text
    const given = (typeof said === 'string' ? values : said.values) ?? []
    own.faults.before?.(text)
    const { rows, affectedRows } = await statements.run(text, given.map(asText))
    own.faults.after?.(text)
    return { rows, rowCount: rows.length > 0 ? rows.length : affectedRows }
  }
  const client = { query, release: () => undefined, on: () => undefined, off: () => undefined }
  own.pool = { query, connect: async () => client, end: async () => undefined } as unknown as Pool
  return own
}

/**
 * Every text is parsed once, and run by its name in one round: most of the time of a small statement is otherwise that of
 * parsing and planning, and of five rounds of the protocol.
 */
class PreparedStatements {
  readonly #database: PGlite
  readonly #names = new Map<string, string>()

  constructor(database: PGlite) {
    this.#database = database
  }

  /** @param values as text: PostgreSQL knows their types */
  async run(text: string, values: (string | null)[]) {
    const statement = this.#names.get(text) ?? (await this.#prepare(text))
    const round = [
      serialize.bind({ statement, values }),
      serialize.describe({ type: 'P' }),
      serialize.execute(),
      serialize.sync(),
    ]
    const { messages } = await this.#database.execProtocol(Buffer.concat(round))
    return parse.parseResults(messages, this.#database.parsers)[0]!
  }

  async #prepare(text: string): Promise<string> {
    const name = `statement_${this.#names.size}`
    await this.#database.execProtocol(Buffer.concat([serialize.parse({ name, text }), serialize.sync()]))
    this.#names.set(text, name)
    return name
  }
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
