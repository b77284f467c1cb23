import { join } from 'node:path'
import pg from 'pg'
import Postgrator from 'postgrator'
import { applyRepeatable, readGrants } from './repeatable.ts'
import { applyRights } from './rights/apply.ts'
import { rolesThatStage } from './rights/process-rights.ts'

/** Any number will do, as long as nothing else locks it: two migrations at once must queue. */
const MIGRATION_LOCK = 731_204_118

const MIGRATIONS = join(import.meta.dirname, '..', '..', 'sql', 'migrations', '*.sql')

export interface AppliedMigration {
  version: number
  name: string
}

/**
 * Brings the database to the newest schema; migrations only go forward, and one that was applied must not change. Then
 * puts views, functions, comments and the rights of processes in place as their files are now.
 *
 * @param url PostgreSQL as the role that owns the schema
 * @returns the migrations that were applied now, in order
 * @throws naming the migration that failed; those before it stay applied. Before anything is applied, naming one that a newer one has overtaken
 */
export async function migrate(url: string): Promise<AppliedMigration[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'shelfline-migrate' })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    const { rows } = await client.query<{ database: string }>('select current_database() as database')
    const postgrator = new Postgrator({
      driver: 'pg',
      database: rows[0]!.database,
      migrationPattern: MIGRATIONS,
      schemaTable: 'public.schema_migrations',
      currentSchema: 'public',
      validateChecksums: true,
      execQuery: (query) => client.query(query),
      // One transaction a migration: half a migration never stays.
      execSqlScript: async (script) => {
        await client.query('begin')
        try {
          await client.query(script)
          await client.query('commit')
        } catch (error) {
          await client.query('rollback')
          throw error
        }
      },
    })
    await requireNoneOvertaken(client, await postgrator.getMigrations())
    const grants = await readGrants(client)
    const applied = await postgrator.migrate()
    await applyRepeatable(client, grants, applied.length > 0)
    await applyRights(client)
    await keepReadersFromTables(client, rows[0]!.database)
    return applied.map(({ version, name }) => ({ version, name }))
  } finally {
    await client.end()
  }
}

/** Postgrator applies only what has a higher number than the newest that was applied: another would be left out without a word. */
async function requireNoneOvertaken(client: pg.Client, known: readonly AppliedMigration[]): Promise<void> {
  const { rows: tables } = await client.query("select to_regclass('public.schema_migrations') is not null as exists")
  if (!tables[0].exists) return
  const { rows } = await client.query<{ version: string }>('select version from public.schema_migrations')
  const applied = new Set(rows.map(({ version }) => Number(version)))
  const newest = Math.max(...applied)
  const overtaken = known.find(({ version }) => version < newest && !applied.has(version))
  if (overtaken === undefined) return
  throw new Error(
    `migration ${overtaken.version} (${overtaken.name}) was not applied before ${newest}: give it a number above ${newest}`,
  )
}

/** Readers of reports make no temporary tables: they could fill the disk. A right of the database, which copies of it don't have. */
async function keepReadersFromTables(client: pg.Client, database: string): Promise<void> {
  const { rows } = await client.query<{ role: string }>(
    'select rolname as role from pg_roles where rolname = any ($1)',
    [['shelfline_app', ...rolesThatStage]],
  )
  const name = pg.escapeIdentifier(database)
  const roles = rows.map(({ role }) => pg.escapeIdentifier(role))
  await client.query(
    `revoke temporary on database ${name} from public; grant temporary on database ${name} to ${roles.join(', ')}`,
  )
}
