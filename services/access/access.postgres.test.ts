import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLogger } from '../../platform/log.ts'
import { migrate } from '../../platform/postgres/migrate.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { query } from '../../sql/testing.ts'
import { grantAccess, listAccess, revokeAccess } from './access.ts'
import { grantLogin, revokeLogin } from './logins.ts'

let database: TestDatabase
let pool: Pool

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, createLogger(database.settings, 'test'))
  await pool.query(
    `insert into ref.stores select id, id, 'east', 'UTC', 'US', 'USD', now() from unnest(array['1', '2']) as id`,
  )
})

afterAll(async () => {
  await pool?.end()
  await database?.drop()
})

const store = (id: string) => ({ scope: 'store', store: id, region: null }) as const
const region = (name: string) => ({ scope: 'region', store: null, region: name }) as const
const all = { scope: 'all', store: null, region: null } as const

describe('access', () => {
  test('is granted on top of what there was, once, and taken away piece by piece or whole', async () => {
    await grantAccess(pool, 'maria', [store('1')])
    const granted = await grantAccess(pool, 'maria', [store('1'), store('2'), region('east')])
    expect(granted).toMatchObject([
      { user: 'maria', scope: 'region', region: 'east', is_login: false, is_reader: false },
      { scope: 'store', store: '1' },
      { scope: 'store', store: '2' },
    ])
    const left = [{ region: 'east' }, { store: '2' }]
    expect(await revokeAccess(pool, 'maria', [store('1')], { dryRun: true })).toMatchObject(left)
    expect(await listAccess(pool, 'maria')).toHaveLength(3)
    expect(await revokeAccess(pool, 'maria', [store('1')])).toMatchObject([{ region: 'east' }, { store: '2' }])
    expect(await revokeAccess(pool, 'maria', [])).toEqual([])
  })

  test('lists the logins that the stack made', async () => {
    const made = { scope: 'all', is_login: true, is_reader: true }
    expect(await listAccess(pool)).toMatchObject([{ user: 'dashboard_reader', ...made }])
  })

  test('refuses what nothing knows, and changes nothing then', async () => {
    await expect(grantAccess(pool, 'omar', [store('1'), store('9'), region('south')])).rejects.toThrow(
      'unknown store "9", region "south"',
    )
    await expect(grantAccess(pool, 'omar', [])).rejects.toThrow('give 1 to 1000 stores')
    await expect(revokeAccess(pool, 'omar', [all])).rejects.toThrow('omar was granted none of this')
    expect(await listAccess(pool, 'omar')).toEqual([])
  })
})

describe('the login of a reader', () => {
  let owner: Pool
  beforeAll(() => {
    const { settings } = database
    owner = createPool({ ...settings, postgresUrl: settings.postgresMigrateUrl }, createLogger(settings, 'test'))
  })
  afterAll(() => owner?.end())

  /** Roles are the server's, not the database's. */
  const reader = `reader-${randomBytes(4).toString('hex')}`
  const readAs = (password: string) => {
    const url = new URL(database.url)
    url.username = reader
    url.password = password
    return query(url.href, 'select scope, store_id from bi.my_access order by store_id')
  }

  test('is made with the first grant, reads with the password that is shown once, and goes with the last scope', async () => {
    const { access, password } = await grantLogin(owner, reader, [store('1')])
    expect(access).toMatchObject([{ user: reader, store: '1', is_login: true, is_reader: true }])
    expect(await readAs(password!)).toEqual([{ scope: 'store', store_id: '1' }])
    expect(await grantLogin(owner, reader, [store('2')])).not.toHaveProperty('password')
    expect(await readAs(password!)).toHaveLength(2)
    expect(await revokeLogin(owner, reader, [store('1')])).toMatchObject({ isLoginRemoved: false })
    expect(await revokeLogin(owner, reader, [], { dryRun: true })).toEqual({ access: [], isLoginRemoved: true })
    expect(await readAs(password!)).toHaveLength(1)
    expect(await revokeLogin(owner, reader, [])).toEqual({ access: [], isLoginRemoved: true })
    await expect(readAs(password!)).rejects.toThrow(/authentication failed/)
  })

  test('has limits: connections, time, and no temporary tables', async () => {
    // A copy of a database does not have its rights.
    await migrate(database.settings.postgresMigrateUrl)
    const { password } = await grantLogin(owner, reader, [store('1')])
    const url = new URL(database.url)
    url.username = reader
    url.password = password!
    const ask = (text: string) => query(url.href, text)
    expect(await ask('show statement_timeout')).toEqual([{ statement_timeout: '15min' }])
    expect(await ask('select rolconnlimit from pg_roles where rolname = session_user')).toEqual([
      { rolconnlimit: '10' },
    ])
    await expect(ask('create temporary table own (id integer)')).rejects.toThrow('permission denied')
    await revokeLogin(owner, reader, [])
  })

  test('is not made for a person of the web application unless it is asked for, nor when a scope is unknown', async () => {
    await pool.query(`insert into ref.person (person, role, created_by) values ('webber', 'planner', 'test')`)
    expect(await grantLogin(owner, 'webber', [all])).toMatchObject({ access: [{ is_login: false }] })
    await expect(grantLogin(owner, reader, [store('9')])).rejects.toThrow('unknown store "9"')
    expect((await pool.query('select from pg_roles where rolname = $1', [reader])).rowCount).toBe(0)
  })

  test('that Shelfline has not made stays', async () => {
    await grantLogin(owner, 'shelfline_web', [store('1')])
    expect(await revokeLogin(owner, 'shelfline_web', [])).toEqual({ access: [], isLoginRemoved: false })
    expect((await pool.query(`select from pg_roles where rolname = 'shelfline_web'`)).rowCount).toBe(1)
  })
})
