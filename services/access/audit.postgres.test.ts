import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createLogger } from '../../platform/log.ts'
import { actingAs } from '../../platform/postgres/acting.ts'
import { recordAction } from '../../platform/postgres/audit.ts'
import { createPool, inTransaction, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { exportAudit, listAudit, readAuditEntry, verifyAudit } from './audit.ts'
import { addPerson, setRole } from './people.ts'
import { signIn } from './sessions.ts'
import { named } from './testing.ts'
import { createToken } from './tokens.ts'

let database: TestDatabase
let cli: Pool
let web: Pool
const logger = createLogger({ logLevel: 'error' }, 'test')

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  const { settings } = database
  cli = createPool(settings, logger, {
    via: 'cli',
    person: 'root',
    proof: 'os_user',
    address: 'desk',
    request: 'run 1',
  })
  web = createPool({ ...settings, postgresUrl: settings.postgresWebUrl }, logger, { via: 'web' })
})
afterAll(async () => {
  await cli?.end()
  await web?.end()
  await database?.drop()
})

const entries = async (filter = {}) => (await listAudit(cli, filter)).items

describe('an entry', () => {
  test('is added with who, from where, before and after, and without secrets', async () => {
    await addPerson(cli, { person: 'ann', role: 'administrator' }, named('root'))
    await addPerson(cli, { person: 'bob', role: 'planner' }, named('root'))
    await setRole(cli, 'bob', 'buyer')
    const [changed] = await entries({ object: 'person', id: 'bob', action: 'change' })
    expect(changed).toMatchObject({
      person: 'root',
      proof: 'os_user',
      via: 'cli',
      address: 'desk',
      request: 'run 1',
      login: 'shelfline_app',
      before: { role: 'planner' },
      after: { role: 'buyer' },
    })
    const [added] = await entries({ object: 'person', id: 'bob', action: 'add' })
    expect(added).toMatchObject({ before: null, after: { password_hash: '(secret)', created_by: 'root' } })
    expect(await entries({ object: 'grant', action: 'add' })).toMatchObject([
      { objectId: 'bob/all/*/*' },
      { objectId: 'ann/all/*/*' },
    ])
    expect(await readAuditEntry(cli, changed!.position)).toEqual(changed)
    await expect(readAuditEntry(cli, 1_000_000)).rejects.toThrow('does not exist')
  })

  test('has no secret of any table whose changes are kept', async () => {
    const { rows } = await cli.query<{ column: string; isHidden: boolean }>(
      `select format('%s.%s', tgrelid::regclass, attname) as "column",
         coalesce((substring(pg_get_triggerdef(t.oid) from 'audit_changes[(]''(.*)''[)]')::jsonb -> 'secret') ? attname, false) as "isHidden"
       from pg_trigger t
       join pg_attribute on attrelid = tgrelid and attnum > 0 and not attisdropped
       where tgfoid = 'ops.audit_changes'::regproc and attname ~ '(^|_)(secret|password|sealed|token_hash)'`,
    )
    expect(rows.map(({ column }) => column)).toContain('ref.file_feed.secret')
    expect(rows.filter(({ isHidden }) => !isHidden)).toEqual([])
  })

  test('of the web application names the person that it speaks for, whatever else it sends', async () => {
    const acting = { via: 'api', proof: 'token', address: '192.0.2.7', request: 'action 7', person: 'ann' } as const
    await createToken(
      actingAs(web, 'bob', { acting }),
      { person: 'bob', name: 'reports', scopes: ['read'], days: 1 },
      named('bob'),
    )
    const [token] = await entries({ object: 'token' })
    expect(token).toMatchObject({ person: 'bob', via: 'api', address: '192.0.2.7', login: 'shelfline_web' })
    expect(token!.after).toMatchObject({ token_hash: '(secret)', name: 'reports' })
  })

  test('is added for sign-ins, also for those that are refused, with the one that locks', async () => {
    const { password } = await addPerson(cli, { person: 'eve', role: 'buyer' }, named('root'))
    const attempt = (given: string) => signIn(web, { person: 'eve', password: given, address: '192.0.2.8' })
    await attempt(password)
    expect(await entries({ object: 'session', id: 'eve' })).toMatchObject([
      { action: 'sign_in', person: 'eve', proof: 'session', address: '192.0.2.8' },
    ])
    for (let tries = 0; tries < 6; tries++) await expect(attempt('wrong')).rejects.toThrow()
    const refused = await entries({ object: 'session', action: 'refuse_sign_in' })
    expect(refused).toHaveLength(5)
    expect(refused[0]).toMatchObject({ person: null, objectId: 'eve', after: { why: 'password', locked_minutes: 15 } })
    expect(refused[1]!.after).toEqual({ why: 'password' })
  })

  test('goes with its change: what is rolled back is not in the log', async () => {
    const before = (await verifyAudit(cli)).position
    await expect(
      inTransaction(cli, async (client) => {
        await client.query(`update ref.person set role = 'executive' where person = 'bob'`)
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect((await verifyAudit(cli)).position).toBe(before)
  })

  test('is one for many rows at once, with their number', async () => {
    await cli.query(`insert into ref.supply_terms (terms_id, product_id, supplier_id, unit_cost, pack_size, preference, recorded_at)
      select '*/p' || n || '/acme', 'p' || n, 'acme', 1, 1, 1, now() from generate_series(1, 101) as n`)
    expect(await entries({ object: 'supply terms' })).toMatchObject([{ objectId: null, after: { rows: 101 } }])
    await cli.query(`update ref.supply_terms set unit_cost = 2, updated_at = now() where product_id in ('p1', 'p2')`)
    await cli.query(`update ref.supply_terms set updated_at = now()`)
    expect(await entries({ object: 'supply terms', action: 'change' })).toMatchObject([
      { before: { unit_cost: 1 }, after: { unit_cost: 2 } },
      { before: { unit_cost: 1 }, after: { unit_cost: 2 } },
    ])
  })

  test('can be neither written, changed nor removed by the application, nor changed by the owner of the table', async () => {
    const owner = new pg.Client({ connectionString: database.settings.postgresMigrateUrl })
    await owner.connect()
    for (const [client, problem] of [
      [cli, 'permission denied'],
      [actingAs(web, 'ann'), 'permission denied'],
      [owner, 'append-only'],
    ] as const) {
      for (const change of [
        'update ops.audit set person = null',
        'delete from ops.audit',
        'truncate ops.audit_link cascade',
      ]) {
        await expect((client as Pool).query(change), change).rejects.toThrow(problem)
      }
    }
    await owner.end()
    const forged = `insert into ops.audit (proof, via, action, object) values ('session', 'web', 'approve', 'order')`
    await expect(cli.query(forged)).rejects.toThrow('permission denied')
    await expect(cli.query(`select ops.add_audit('{}', null, 'approve', 'order', null, null, null)`)).rejects.toThrow(
      'permission denied',
    )
  })

  test('is read by administrators only', async () => {
    expect((await listAudit(actingAs(web, 'ann'))).items.length).toBeGreaterThan(0)
    expect((await listAudit(actingAs(web, 'bob'))).items).toEqual([])
  })
})

test('many writers at once make one chain', async () => {
  const before = (await verifyAudit(cli)).position
  const write = async (writer: number) => {
    for (let at = 0; at < 10; at++) {
      await inTransaction(cli, async (client) => {
        await recordAction(client, { action: 'try', object: 'test', id: `${writer}/${at}` })
        if (at % 3 === 0) await recordAction(client, { action: 'try', object: 'test', id: `${writer}/${at}/second` })
      })
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer)))
  expect(await verifyAudit(cli)).toMatchObject({ position: before + 8 * 14, brokenAt: null })
})

test('an export can be checked without Shelfline: every hash follows from the line and the one before', async () => {
  let previous = '00'.repeat(32)
  let position = 0
  for await (const line of exportAudit(cli)) {
    const parsed = JSON.parse(line) as { position: number; previous: string; hash: string }
    const entry = line.slice(line.indexOf('"entry":') + '"entry":'.length, -1)
    const hash = createHash('sha256').update(Buffer.from(previous, 'hex')).update(entry).digest('hex')
    position++
    expect(parsed).toMatchObject({ position, previous, hash })
    previous = hash
  }
  const { position: newest, hash } = await verifyAudit(cli)
  expect({ position, hash: previous }).toEqual({ position: newest, hash })
})

describe('an owner of the server who turns the triggers off', () => {
  let superuser: pg.Client
  let tampered: TestDatabase
  let pool: Pool
  beforeEach(async () => {
    tampered = await createTestDatabase(loadSettings())
    pool = createPool(tampered.settings, logger)
    for (const id of ['a', 'b', 'c', 'd', 'e']) await recordAction(pool, { action: 'try', object: 'test', id })
    const home = join(loadSettings().home, 'instance.json')
    const url = new URL(
      (JSON.parse(readFileSync(home, 'utf8')) as { postgres: { adminUrl: string } }).postgres.adminUrl,
    )
    url.pathname = new URL(tampered.url).pathname
    superuser = new pg.Client({ connectionString: url.href })
    await superuser.connect()
    await superuser.query('set session_replication_role = replica')
    return async () => {
      await superuser.end()
      await pool.end()
      await tampered.drop()
    }
  })

  const entryAt = `(select audit_id from ops.audit_link where position = 3)`
  test.each([
    [
      'changes an entry',
      `update ops.audit set object_id = 'x' where audit_id = ${entryAt}`,
      3,
      /entry \d+ was changed/,
    ],
    ['changes who', `update ops.audit set person = 'somebody' where audit_id = ${entryAt}`, 3, /entry \d+ was changed/],
    ['removes an entry', `delete from ops.audit where audit_id = ${entryAt}`, 3, /entry \d+ was removed/],
    ['removes a link', 'delete from ops.audit_link where position = 3', 4, /1 links before it were removed/],
    ['removes the first', 'delete from ops.audit_link where position = 1', 2, /1 links before it were removed/],
    [
      'adds an entry',
      `insert into ops.audit (proof, via, action, object) values ('none', 'x', 'try', 'test')`,
      0,
      /entry \d+ is not in the chain/,
    ],
  ])('%s: the first broken position is named', async (_, change, brokenAt, problem) => {
    await superuser.query(change)
    expect(await verifyAudit(pool)).toMatchObject({ brokenAt, problem: expect.stringMatching(problem) })
    const causes = await pool.query('select * from ops.alert_audit_broken(now())')
    expect(causes.rowCount).toBe(1)
  })

  test('rewrites the chain, or cuts its end: an earlier look shows it, and a head that was noted elsewhere', async () => {
    const { position, hash } = await verifyAudit(pool)
    await superuser.query(
      'delete from ops.audit_link where position > 3; delete from ops.audit where audit_id not in (select audit_id from ops.audit_link)',
    )
    expect(await verifyAudit(pool)).toMatchObject({
      position: 3,
      brokenAt: position,
      problem: expect.stringContaining('at the check of'),
    })
    await superuser.query('delete from ops.audit_check')
    expect(await verifyAudit(pool)).toMatchObject({ brokenAt: null })
    expect(await verifyAudit(pool, `${position}:${hash}`)).toMatchObject({
      brokenAt: position,
      problem: `it had the hash ${hash} where it was noted`,
    })
    await expect(verifyAudit(pool, 'x')).rejects.toThrow('is not the head of a chain')
  })
})
