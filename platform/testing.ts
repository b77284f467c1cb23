import { createHash, randomBytes } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { migrate } from './postgres/migrate.ts'
import { rightsOf } from './postgres/rights/apply.ts'
import { narrowProcesses } from './postgres/rights/process-rights.ts'
import type { Settings } from './settings/settings.ts'

export interface TestDatabase {
  /** The new database, as the role that the application runs as. */
  url: string
  /** The given settings, pointing at the new database and at a lake folder of its own. */
  settings: Settings
  /** Removes the database, also when connections to it are open. */
  drop(): Promise<void>
}

/**
 * An empty, migrated database of a test's own on the instance that `settings.home` describes: a copy of one that is migrated once for
 * each state of `sql/`.
 *
 * @throws when no instance is running there, with how to start one
 */
export async function createTestDatabase(settings: Settings): Promise<TestDatabase> {
  const adminUrl = readAdminUrl(settings.home)
  const owner = decodeURIComponent(new URL(settings.postgresMigrateUrl).username)
  const name = `test_${randomBytes(6).toString('hex')}`
  const template = await asAdmin(adminUrl, (admin) => migratedTemplate(admin, settings.postgresMigrateUrl, owner))
  await asAdmin(adminUrl, (admin) => admin.query(`create database "${name}" owner "${owner}" template "${template}"`))
  const own = {
    ...settings,
    postgresUrl: inDatabase(settings.postgresUrl, name),
    postgresMigrateUrl: inDatabase(settings.postgresMigrateUrl, name),
    postgresWebUrl: inDatabase(settings.postgresWebUrl, name),
    lakePrefix: `test/${name}`,
  }
  const drop = async () => {
    await asAdmin(adminUrl, (admin) => admin.query(`drop database if exists "${name}" with (force)`))
  }
  return { url: own.postgresUrl, settings: Object.freeze(own), drop }
}

/** Any number will do, as long as nothing else locks it. */
const TEMPLATE_LOCK = 731_204_119
const TEMPLATES_KEPT = 8

/** The name of a migrated database without connections, created when it is missing. */
async function migratedTemplate(admin: pg.Client, migrateUrl: string, owner: string): Promise<string> {
  const template = `template_test_${hashOfSql()}`
  await admin.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK])
  const { rows } = await admin.query<{ datname: string }>(
    "select datname from pg_database where datname like 'template_test_%' order by oid desc",
  )
  const names = rows.map(({ datname }) => datname)
  if (names.includes(template)) return template
  const building = `template_building_${randomBytes(6).toString('hex')}`
  await admin.query(`create database "${building}" owner "${owner}"`)
  try {
    await migrate(inDatabase(migrateUrl, building))
    // What the last connection leaves behind may take a moment to go.
    await admin.query(`alter database "${building}" with allow_connections false`)
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [building])
    await admin.query(`alter database "${building}" rename to "${template}"`)
  } catch (error) {
    await admin.query(`drop database if exists "${building}" with (force)`)
    throw error
  }
  for (const old of names.slice(TEMPLATES_KEPT - 1)) await admin.query(`drop database if exists "${old}" with (force)`)
  return template
}

let sqlHash: string | undefined

/** Changes with anything that a migration may read. */
function hashOfSql(): string {
  if (sqlHash !== undefined) return sqlHash
  const folder = join(import.meta.dirname, '..', 'sql')
  const hash = createHash('sha256')
  for (const file of globSync('**/*.sql', { cwd: folder }).sort()) {
    hash.update(`\0${file}\0`).update(readFileSync(join(folder, file)))
  }
  sqlHash = hash
    .update(JSON.stringify(narrowProcesses.map(rightsOf)))
    .digest('hex')
    .slice(0, 12)
  return sqlHash
}

function readAdminUrl(home: string): string {
  const file = join(home, 'instance.json')
  if (!existsSync(file)) {
    throw new Error(`test database: ${file} is missing; start an instance with \`shelfline stack up\``)
  }
  return (JSON.parse(readFileSync(file, 'utf8')) as { postgres: { adminUrl: string } }).postgres.adminUrl
}

function inDatabase(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}

async function asAdmin<Result>(url: string, work: (admin: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
