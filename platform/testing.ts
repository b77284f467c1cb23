import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { migrate } from './postgres/migrate.ts'
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
 * An empty, migrated database of a test's own on the instance that `settings.home` describes.
 *
 * @throws when no instance is running there, saying how to start one
 */
export async function createTestDatabase(settings: Settings): Promise<TestDatabase> {
  const adminUrl = readAdminUrl(settings.home)
  const name = `test_${randomBytes(6).toString('hex')}`
  const owner = decodeURIComponent(new URL(settings.postgresMigrateUrl).username)
  await asAdmin(adminUrl, `create database "${name}" owner "${owner}"`)
  const drop = () => asAdmin(adminUrl, `drop database if exists "${name}" with (force)`)
  const own = {
    ...settings,
    postgresUrl: inDatabase(settings.postgresUrl, name),
    postgresMigrateUrl: inDatabase(settings.postgresMigrateUrl, name),
    lakePrefix: `test/${name}`,
  }
  try {
    await migrate(own.postgresMigrateUrl)
  } catch (error) {
    await drop()
    throw error
  }
  return { url: own.postgresUrl, settings: Object.freeze(own), drop }
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

async function asAdmin(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
