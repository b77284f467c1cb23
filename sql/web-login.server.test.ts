import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogger } from '../platform/log.ts'
import { actingAs } from '../platform/postgres/acting.ts'
import { createPool, type Pool } from '../platform/postgres/postgres.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { createReaderDatabase, type ReaderDatabase, query, withClient } from './testing.ts'

let database: ReaderDatabase
let web: Pool
let webUrl: string

beforeAll(async () => {
  database = await createReaderDatabase(loadSettings())
  webUrl = database.settings.postgresWebUrl
  web = createPool({ ...database.settings, postgresUrl: webUrl }, createLogger({ logLevel: 'error' }, 'test'))
  await query(
    database.url,
    `insert into ref.user_scope (user_name, scope, store_id) values ('maria', 'store', '367'), ('omar', 'store', '406')`,
  )
  await query(database.url, `insert into ref.user_scope (user_name, scope) values ('ann', 'all')`)
  await query(
    database.url,
    `insert into ops.alert (dedup_key, alert_type, store_id, severity, message, evidence, first_seen, last_seen)
     select store, 'stock_out', store, 'critical', 'sold out', '{}', now(), now() from unnest(array['367', '406']) as store`,
  )
})

afterAll(async () => {
  await web?.end()
  await database?.drop()
})

const STORES = 'select store_id from ops.alert order by 1'
const stores = async (person: string) => (await actingAs(web, person).query<{ store_id: string }>(STORES)).rows.map(({ store_id }) => store_id)

describe('the login of the web application', () => {
  it('sees the rows of the person that it speaks for, and nothing for nobody', async () => {
    expect(await stores('maria')).toEqual(['367'])
    expect(await stores('omar')).toEqual(['406'])
    expect(await stores('ann')).toEqual(['367', '406'])
    expect(await stores('nobody')).toEqual([])
    expect(await stores('')).toEqual([])
    expect((await web.query(STORES)).rows).toEqual([])
  })

  it('speaks for a person until the transaction ends, also when it fails', async () => {
    await withClient(webUrl, async (client) => {
      await client.query(`begin; select set_config('shelfline.person', 'ann', true)`)
      expect((await client.query(STORES)).rowCount).toBe(2)
      await client.query('select 1 / 0').catch(() => undefined)
      await client.query('rollback')
      expect((await client.query(STORES)).rowCount).toBe(0)
    })
  })

  it('takes a name with quotes for a name', async () => {
    expect(await stores(`x', true); select set_config('shelfline.person', 'ann`)).toEqual([])
  })

  it('is the only one whose word is taken', async () => {
    const reader = await database.createReader('forger')
    await withClient(reader, async (client) => {
      await client.query(`set shelfline.person = 'ann'`)
      expect((await client.query('select * from bi.live_alerts')).rowCount).toBe(0)
      await expect(client.query('set role shelfline_web')).rejects.toThrow('permission denied')
      await expect(client.query('set session authorization shelfline_web')).rejects.toThrow('permission denied')
    })
  })

  it('can neither become another role nor read what it needs not', async () => {
    await withClient(webUrl, async (client) => {
      for (const role of ['shelfline_app', 'shelfline_migrate', 'postgres']) {
        await expect(client.query(`set role ${role}`)).rejects.toThrow('permission denied')
      }
      for (const table of ['ops.outbox', 'ref.transfer_lane', 'state.sale_line']) {
        await expect(client.query(`select * from ${table}`)).rejects.toThrow('permission denied')
      }
      await expect(client.query(`update ref.person set person = 'ann' where person = 'maria'`)).rejects.toThrow('permission denied')
      await expect(client.query('update ops.api_token set scopes = \'{all}\'')).rejects.toThrow('permission denied')
    })
  })

  it('does what administrators do for administrators only, and under their name', async () => {
    await query(
      database.url,
      `insert into ref.person (person, role, password_hash, created_by) values
         ('ann', 'administrator', 'x', 'test'), ('maria', 'store_manager', 'x', 'test'), ('dan', 'data_engineer', 'x', 'test')`,
    )
    const changes = (by: string): readonly string[] => [
      `insert into ref.user_scope (user_name, scope) values ('zoe', 'all')`,
      `insert into ref.person (person, role, created_by) values ('mallory', 'administrator', '${by}')`,
      `insert into ref.approver (person, role, changed_by) values ('maria', 'director', '${by}')`,
      `insert into ops.api_token (token_id, token_hash, person, name, scopes, created_by, expires_at)
       values ('t', 'h', 'ann', 'x', '{all}', '${by}', now() + interval '1 day')`,
      `insert into ref.policy (kind, policy_id, effective_at, event_id, changed_by, reason, near_expiry_days)
       values ('shelf', 'everything', now(), 'e', '${by}', 'x', 3)`,
    ]
    for (const person of ['maria', 'dan', 'nobody', '']) {
      for (const change of changes(person)) {
        await expect(actingAs(web, person).query(change), `${person}: ${change}`).rejects.toThrow('row-level security')
      }
    }
    for (const change of changes('bob').slice(1)) {
      await expect(actingAs(web, 'ann').query(change), change).rejects.toThrow('row-level security')
    }
    await expect(actingAs(web, 'maria').query(`update ref.person set role = 'administrator' where person = 'maria'`)).rejects.toThrow(
      'row-level security',
    )
    expect((await actingAs(web, 'maria').query(`update ref.person set password_hash = 'y'`)).rowCount).toBe(1)
    expect((await actingAs(web, 'maria').query('select from ref.notification_route')).rowCount).toBe(0)
    for (const change of changes('ann')) await actingAs(web, 'ann').query(change)
    expect((await actingAs(web, 'ann').query(`update ref.person set role = 'planner' where person = 'maria'`)).rowCount).toBe(1)
  })

  it('acts on what the person sees only, and under no other name', async () => {
    const act = (person: string, store: string, by: string) =>
      actingAs(web, person).query(
        `update ops.alert set status = 'acknowledged', status_by = $2 where store_id = $1`,
        [store, by],
      )
    expect((await act('maria', '406', 'maria')).rowCount).toBe(0)
    expect((await act('maria', '367', 'maria')).rowCount).toBe(1)
    await expect(act('maria', '367', 'omar')).rejects.toThrow('row-level security')
    const note = (person: string, by: string) =>
      actingAs(web, person).query(
        `insert into ops.alert_action (alert_id, action, acted_by, why, acted_at)
         select alert_id, 'acknowledged', $1, 'x', now() from ops.alert`,
        [by],
      )
    await expect(note('maria', 'ann')).rejects.toThrow('row-level security')
    await expect(
      actingAs(web, 'maria').query(`insert into ops.web_action (person, action, detail) values ('ann', 'x', '{}')`),
    ).rejects.toThrow('row-level security')
  })

  it('overrides forecasts of what the person sees only, in roles that decide about orders, and under no other name', async () => {
    await query(
      database.url,
      `insert into ref.person (person, role, created_by) values ('rita', 'regional_manager', 'test'), ('sam', 'store_manager', 'test')`,
    )
    await query(
      database.url,
      `insert into ref.user_scope (user_name, scope, store_id) values ('rita', 'store', '367'), ('sam', 'store', '367')`,
    )
    const override = (person: string, store: string, by: string) =>
      actingAs(web, person).query(
        `insert into ops.forecast_override (store_id, product_id, from_date, to_date, factor, reason, expires_on, created_by, created_at)
         values ($1, 'milk', '2017-03-01', '2017-03-02', 2, 'x', '2017-03-02', $2, now())`,
        [store, by],
      )
    for (const [person, store, by] of [['sam', '367', 'sam'], ['rita', '406', 'rita'], ['rita', '367', 'sam'], ['nobody', '367', 'nobody']] as const) {
      await expect(override(person, store, by), `${person} in ${store}`).rejects.toThrow('row-level security')
    }
    await override('rita', '367', 'rita')
    const withdraw = (person: string, by: string) =>
      actingAs(web, person).query(`update ops.forecast_override set withdrawn_by = $1, withdrawn_at = now()`, [by])
    expect((await withdraw('sam', 'sam')).rowCount).toBe(0)
    expect((await withdraw('omar', 'omar')).rowCount).toBe(0)
    await expect(withdraw('rita', 'sam')).rejects.toThrow('row-level security')
    await expect(actingAs(web, 'rita').query('update ops.forecast_override set factor = 3')).rejects.toThrow('permission denied')
    expect((await withdraw('rita', 'rita')).rowCount).toBe(1)
  })

  it('changes nothing for a question', async () => {
    const asking = actingAs(web, 'ann', { isReadOnly: true })
    await expect(asking.query(`update ops.alert set status = 'open'`)).rejects.toThrow('read-only')
  })
})
