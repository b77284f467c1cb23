/** What the role of each process can't do: every role, table and verb, by its own login. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrate } from '../platform/postgres/migrate.ts'
import { type NarrowProcess, narrowProcesses, processRights, roleOf, verbs } from '../platform/postgres/rights/process-rights.ts'
import { classOf, tableClasses } from '../platform/postgres/rights/table-classes.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing.ts'
import { isDuckDb } from '../scripts/lint-sql.ts'
import { processUrl } from './testing.ts'

const ROOT = join(import.meta.dirname, '..')
const DENIED = '42501'
const settings = loadSettings()

let database: TestDatabase
let owner: pg.Client
const logins = new Map<NarrowProcess, pg.Client>()
/** Tables and views, each with a column. */
let relations: { name: string; column: string; isTable: boolean }[]

const open = async (url: string) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

beforeAll(async () => {
  database = await createTestDatabase(settings)
  // The database may be a copy from before the server had these roles.
  await migrate(database.settings.postgresMigrateUrl)
  owner = await open(database.settings.postgresMigrateUrl)
  for (const process of narrowProcesses) logins.set(process, await open(processUrl(settings, database.url, process)))
  const found = await owner.query(
    `select format('%I.%I', nspname, relname) as name, relkind in ('r', 'p') as "isTable",
       (select quote_ident(attname) from pg_attribute where attrelid = class.oid and attnum > 0 and not attisdropped limit 1) as column
     from pg_class as class
     join pg_namespace as namespace on namespace.oid = relnamespace
     where nspname in ('ref', 'state', 'ops', 'analytics', 'bi') and relkind in ('r', 'p', 'v', 'm') and not relispartition
     order by name`,
  )
  relations = found.rows
})

afterAll(async () => {
  for (const client of [...logins.values(), owner]) await client?.end()
  await database?.drop()
})

/** The code of PostgreSQL's error for a login, or undefined. Nothing stays. */
async function answer(process: NarrowProcess, text: string): Promise<string | undefined> {
  const client = logins.get(process)!
  await client.query('begin')
  try {
    await client.query(text)
    return undefined
  } catch (error) {
    return (error as { code?: string }).code
  } finally {
    await client.query('rollback')
  }
}

test('every table and view is in a class, and every one that a class names is there', () => {
  const names = relations.map(({ name }) => name)
  expect(names.filter((name) => classOf(name) === undefined)).toEqual([])
  const named = Object.values(tableClasses)
    .flat()
    .filter((name) => !name.endsWith('.*'))
  expect(named.filter((name) => !names.includes(name))).toEqual([])
})

describe.each(narrowProcesses)('%s', (process) => {
  // The planner asks for the right as the statement would, and nothing is done.
  const trial = {
    select: (name: string) => `explain select from ${name}`,
    insert: (name: string) => `explain insert into ${name} default values`,
    update: (name: string, column: string) => `explain update ${name} set ${column} = default`,
    delete: (name: string) => `explain delete from ${name}`,
  }

  test('may do with each table what its class allows, and nothing else', async () => {
    const wrong: string[] = []
    for (const { name, column, isTable } of relations) {
      const allowed = processRights[process].tables[classOf(name)!] ?? []
      for (const verb of isTable ? verbs : (['select'] as const)) {
        const isDenied = (await answer(process, trial[verb](name, column))) === DENIED
        if (isDenied === allowed.includes(verb)) wrong.push(`${verb} ${name}: ${isDenied ? 'denied' : 'allowed'}`)
      }
      if (isTable && (await answer(process, `truncate ${name}`)) !== DENIED) wrong.push(`truncate ${name}`)
    }
    expect(wrong).toEqual([])
  })

  test('may run what the routines call that it may run', async () => {
    const role = roleOf(process)
    // Of one with the rights of its owner, the owner's count.
    const { rows } = await owner.query<{ caller: string; called: string }>(
      `with routine as (
         select routine.oid, format('%I.%I', nspname, proname) as name, prosecdef, pg_get_functiondef(routine.oid) as body
         from pg_proc as routine join pg_namespace as namespace on namespace.oid = pronamespace
         where nspname in ('ref', 'state', 'ops', 'analytics') and prokind = 'f'
       )
       select distinct caller.name as caller, called.name as called
       from routine as caller
       join routine as called on called.oid <> caller.oid and position(called.name || '(' in caller.body) > 0
       where not caller.prosecdef and has_function_privilege($1, caller.oid, 'execute')
         and not has_function_privilege($1, called.oid, 'execute')`,
      [role],
    )
    // What everyone may run, and only one process does.
    expect(rows.filter(({ caller }) => processRights[process].functions?.includes(caller))).toEqual([])
  })

  test.each([
    ['makes no role', 'create role mallory'],
    ['changes no role', `alter role ${roleOf(process)} createrole`],
    ['takes the role of commands', 'set role shelfline_app'],
    ['takes the role of the owner', 'set role shelfline_migrate'],
    ['takes the role of readers', 'set role bi_reader'],
    ['signs in as another', 'set session authorization postgres'],
    ['reads the hashes of passwords', 'select from pg_authid'],
    ['makes a table beside ours', 'create table ops.mine ()'],
    ['makes a table in public', 'create table public.mine ()'],
    ['makes a schema', 'create schema mine'],
    ['changes a table', 'alter table ops.workers disable trigger all'],
    ['drops a table', 'drop table ops.workers'],
    ['takes row-level security away', 'alter table ops.alert disable row level security'],
    ['grants', `grant select on ref.person to ${roleOf(process)}`],
    ['runs a program', `copy ops.workers to program 'true'`],
    ['reads a file of the server', `select pg_read_file('/etc/passwd')`],
    ['ends an action of the web application', `select ops.end_web_action(1, 'done')`],
    ['writes the audit log', `insert into ops.audit default values`],
    ['asks for the role of a person', 'select ref.acting_role()'],
    ['ends the sessions of others', `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres'`],
  ])('%s: not', async (_, text) => {
    const client = logins.get(process)!
    await client.query('begin')
    try {
      // To grant what one does not have is a warning, and nothing happens.
      const said = await client.query(text).then(
        ({ rowCount }) => (rowCount === 0 ? 'nothing' : 'done'),
        ({ code }: { code?: string }) => code,
      )
      expect(said).toMatch(text.startsWith('select pg_terminate_backend') ? /42501|nothing/ : /42501|0LP01/)
    } finally {
      await client.query('rollback')
    }
  })

  test('sees all rows of the tables that it may read', async () => {
    const { rows } = await owner.query(
      `select format('%I.%I', nspname, relname) as name
       from pg_class as class
       join pg_namespace as namespace on namespace.oid = relnamespace
       where relrowsecurity and has_table_privilege($1, class.oid, 'select, insert, update, delete')
         and not exists (
           select from pg_policy
           where polrelid = class.oid and polname = 'processes' and $1::regrole::oid = any (polroles)
         )`,
      [roleOf(process)],
    )
    expect(rows).toEqual([])
  })
})

test('the batch worker runs every minute job', async () => {
  const { rows } = await logins.get('batch')!.query('select job, error from ops.run_minute_jobs(now(), 100)')
  expect(rows.length).toBeGreaterThan(10)
  expect(rows.filter(({ error }) => error !== null)).toEqual([])
  const { rows: rules } = await owner.query('select alert_type, last_error from ops.alert_rule where last_error is not null')
  expect(rules).toEqual([])
})

test('the batch worker makes tables for staging, and no other does', async () => {
  for (const process of narrowProcesses) {
    expect(await answer(process, 'create table staging.mine (a integer)'), process).toBe(
      process === 'batch' ? undefined : DENIED,
    )
  }
})

test('a table of a later migration is closed to processes, and partitions are reached by their table alone', async () => {
  await owner.query('create table ops.later (a integer)')
  await owner.query(`select analytics.ensure_partitions('2024-05-01', '2024-05-31')`)
  await migrate(database.settings.postgresMigrateUrl)
  for (const process of narrowProcesses) {
    expect(await answer(process, 'select from ops.later'), process).toBe(DENIED)
    expect(await answer(process, 'select from analytics.fact_sales_2024_05'), process).toBe(DENIED)
  }
  expect(await answer('batch', 'insert into analytics.fact_sales default values')).not.toBe(DENIED)
  await owner.query('drop table ops.later')
})

test('what was granted by hand is taken back by the next migration', async () => {
  await owner.query('grant select, update on ref.person to shelfline_receive; grant usage on schema ref to shelfline_receive')
  await owner.query('create policy processes on ref.person to shelfline_receive using (true)')
  expect(await answer('receive', 'select from ref.person')).toBeUndefined()
  await migrate(database.settings.postgresMigrateUrl)
  expect(await answer('receive', 'select from ref.person')).toBe(DENIED)
  const { rows } = await owner.query(`select from pg_policy where polrelid = 'ref.person'::regclass and polname = 'processes'`)
  expect(rows).toEqual([])
})

describe('every statement that a process may reach by its imports is one that it may run', () => {
  const entries: Partial<Record<NarrowProcess, string>> = {
    stream: 'workers/stream.ts',
    batch: 'workers/batch.ts',
    receive: 'sources/receive/process.ts',
    cdc: 'sources/cdc/process.ts',
  }
  test.each(Object.entries(entries) as [NarrowProcess, string][])('%s', async (process, entry) => {
    const named = statementsOf(entry)
    if (process === 'stream') named.push(...globSync('streams/*.sql', { cwd: join(ROOT, 'sql') }))
    const denied: string[] = []
    let tried = 0
    for (const file of new Set(named)) {
      const text = readFileSync(join(ROOT, 'sql', file), 'utf8')
      if (isDuckDb(file) || /\{[a-z_]+\}/.test(text)) continue
      tried += 1
      const client = logins.get(process)!
      const problem = await client.query(`explain (generic_plan) ${text}`).then(
        () => undefined,
        (error: Error & { code?: string }) => (error.code === DENIED ? error.message : undefined),
      )
      if (problem !== undefined) denied.push(`${file}: ${problem}`)
    }
    expect(denied).toEqual([])
    expect(tried).toBeGreaterThan(process === 'receive' ? 4 : 10)
  })
})

/** The statements of sql/ that a file names, or one that it imports. */
function statementsOf(entry: string): string[] {
  const seen = new Set<string>()
  const waiting = [entry]
  const statements: string[] = []
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    const text = readFileSync(join(ROOT, file), 'utf8')
    const imported = text.matchAll(/(?:^(?:import|export) (?!type )[^;]*? from|^import|import\() ?'(\.[^']+)'/gm)
    for (const [, path] of imported) waiting.push(normalize(join(dirname(file), path!)))
    for (const [, name] of text.matchAll(/'([a-z-]+(?:\/[a-z-]+)*\/\w+\.sql)'/g)) {
      if (existsSync(join(ROOT, 'sql', name!))) statements.push(name!)
    }
  }
  return statements
}
