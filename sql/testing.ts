import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { roleOf } from '../platform/postgres/rights/process-rights.ts'
import type { Settings } from '../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing.ts'
import type { WorkerKind } from '../platform/worker-kinds.ts'

export type Row = Record<string, unknown>

/** Runs one query on a connection of its own and returns its rows, decimals and dates as text. */
export async function query(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  return withClient(url, async (client) => (await client.query(text, values)).rows as Row[])
}

export async function withClient<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const types = {
    getTypeParser: (oid: number) => (oid === pg.types.builtins.BOOL ? (text: string) => text === 't' : String),
  }
  const client = new pg.Client({ connectionString: url, types: types as unknown as pg.CustomTypesConfig })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

export interface ReaderDatabase extends TestDatabase {
  migrateUrl: string
  /** Makes a login that is a member of bi_reader, and returns its connection string. */
  createReader(name: string): Promise<string>
}

/** A test database in which logins of its own can be made; `drop` removes them with it. */
export async function createReaderDatabase(settings: Settings): Promise<ReaderDatabase> {
  const database = await createTestDatabase(settings)
  const migrateUrl = database.settings.postgresMigrateUrl
  const adminUrl = adminUrlOf(settings.home, new URL(migrateUrl).pathname)
  const logins: string[] = []
  return {
    ...database,
    migrateUrl,
    async createReader(name) {
      const login = `${name}_${randomBytes(4).toString('hex')}`
      const password = randomBytes(12).toString('hex')
      await query(adminUrl, `create role ${login} login password '${password}' in role bi_reader`)
      logins.push(login)
      const url = new URL(database.url)
      url.username = login
      url.password = password
      return url.href
    },
    async drop() {
      await database.drop()
      for (const login of logins) await query(adminUrlOf(settings.home, '/postgres'), `drop role ${login}`)
    },
  }
}

/** A database as the role of a process reaches it. */
export function processUrl(settings: Settings, databaseUrl: string, kind: WorkerKind): string {
  const instance = ofInstance<{ workers?: Record<string, { postgres: { url: string } }> }>(settings.home, 'instance')
  const own = instance.workers?.[kind]?.postgres.url
  const url = new URL(own ?? databaseUrl)
  url.pathname = new URL(databaseUrl).pathname
  if (own !== undefined) return url.href
  url.username = roleOf(kind)
  url.password = ofInstance<{ processes: Record<WorkerKind, { postgres: string }> }>(settings.home, 'secrets').processes[
    kind
  ].postgres
  return url.href
}

export const loginOf = (url: string): string => new URL(url).username

function adminUrlOf(home: string, pathname: string): string {
  const url = new URL(ofInstance<{ postgres: { adminUrl: string } }>(home, 'instance').postgres.adminUrl)
  url.pathname = pathname
  return url.href
}

const ofInstance = <Content>(home: string, name: 'instance' | 'secrets'): Content =>
  JSON.parse(readFileSync(join(home, `${name}.json`), 'utf8')) as Content
