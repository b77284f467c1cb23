import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { loadSettings } from '../settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../testing.ts'
import { migrate } from './migrate.ts'
import { applyRepeatable, readGrants, repeatableFiles, viewOf } from './repeatable.ts'

let database: TestDatabase
let owner: pg.Client
beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  owner = new pg.Client({ connectionString: database.settings.postgresMigrateUrl })
  await owner.connect()
})
afterEach(async () => {
  await owner.query('drop schema if exists somebody cascade')
  await owner.query('delete from public.repeatable_files')
  await migrate(database.settings.postgresMigrateUrl)
})
afterAll(async () => {
  await owner?.end()
  await database?.drop()
})

const rows = async (query: string) => (await owner.query(query)).rows
const columnsOf = async (view: string) =>
  (
    await rows(`select attname from pg_attribute where attrelid = '${view}'::regclass and attnum > 0 order by attnum`)
  ).map(({ attname }) => attname)
const migrated = () => migrate(database.settings.postgresMigrateUrl)
const forget = (view: string) =>
  owner.query(`update public.repeatable_files set checksum = '' where file = 'views/bi/${view}.sql'`)

test('every view of bi has its file, and every file its view', async () => {
  const made = repeatableFiles().flatMap(({ file }) => viewOf(file) ?? [])
  const found = await rows(
    "select format('bi.%I', relname) as name from pg_class where relnamespace = 'bi'::regnamespace and relkind = 'v'",
  )
  expect(found.map(({ name }) => name).sort()).toEqual(made.sort())
})

test('a file that has not changed is not applied again', async () => {
  const applied = () => rows('select file, applied_at from public.repeatable_files order by file')
  const before = await applied()
  expect(before).toHaveLength(repeatableFiles().length)
  await migrated()
  expect(await applied()).toEqual(before)
  await owner.query(
    'create or replace view bi.my_access as select user_name, scope, store_id, region, null::timestamp as updated_at from ref.user_scope',
  )
  await forget('my_access')
  await migrated()
  const [{ definition }] = await rows("select pg_get_viewdef('bi.my_access'::regclass) as definition")
  expect(definition).toContain('AT TIME ZONE')
  const changed = (await applied()).filter(({ applied_at }, at) => +applied_at !== +before[at]!.applied_at)
  expect(changed.map(({ file }) => file)).toEqual(['views/bi/my_access.sql'])
})

test('a view whose columns changed is created again, with its comments and all rights', async () => {
  const wanted = await columnsOf('bi.dim_supplier')
  await owner.query(
    'drop view bi.dim_supplier; create view bi.dim_supplier as select name, supplier_key from analytics.dim_supplier',
  )
  await owner.query('grant select on bi.dim_supplier to pg_monitor with grant option')
  await forget('dim_supplier')
  await migrated()
  expect(await columnsOf('bi.dim_supplier')).toEqual(wanted)
  const granted = await rows(
    "select grantee::regrole::text as who, is_grantable from pg_class cross join aclexplode(relacl) where oid = 'bi.dim_supplier'::regclass and grantee <> relowner order by 1",
  )
  expect(granted).toEqual([
    { who: 'bi_reader', is_grantable: false },
    { who: 'pg_monitor', is_grantable: true },
    { who: 'shelfline_app', is_grantable: false },
  ])
  const [{ options, said }] = await rows(
    "select reloptions as options, obj_description(oid, 'pg_class') as said from pg_class where oid = 'bi.dim_supplier'::regclass",
  )
  expect(options).toEqual(['security_invoker=true'])
  expect(said).not.toBeNull()
})

test('a view that a migration dropped is there again, and the roles that were granted it may still read it', async () => {
  await owner.query('grant select on bi.dim_store to pg_monitor')
  const grants = await readGrants(owner)
  await owner.query('drop view bi.dim_store')
  await applyRepeatable(owner, grants, true)
  const [may] = await rows("select has_table_privilege('pg_monitor', 'bi.dim_store', 'select') as read")
  expect(may).toEqual({ read: true })
})

test('a user’s own view on a view is not dropped along: the migration names it and changes nothing', async () => {
  await owner.query(
    'drop view bi.dim_supplier; create view bi.dim_supplier as select name, supplier_key from analytics.dim_supplier',
  )
  await owner.query('create schema somebody; create view somebody.own as select name from bi.dim_supplier')
  await forget('dim_supplier')
  await expect(migrated()).rejects.toThrow('cannot drop view bi.dim_supplier because other objects depend on it')
  expect(await columnsOf('bi.dim_supplier')).toEqual(['name', 'supplier_key'])
})

test('a migration that newer ones have overtaken is refused, not left out', async () => {
  const [overtaken] = await rows(
    'select version, name from public.schema_migrations order by version::integer desc offset 1 limit 1',
  )
  await owner.query('update public.schema_migrations set version = -1 where version = $1', [overtaken.version])
  try {
    await expect(migrated()).rejects.toThrow(
      new RegExp(
        `^migration ${overtaken.version} \\(${overtaken.name}\\) was not applied before \\d+: give it a number above`,
      ),
    )
  } finally {
    await owner.query('update public.schema_migrations set version = $1 where version = -1', [overtaken.version])
  }
})
