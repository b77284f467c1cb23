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
      for (const table of ['ops.outbox', 'ref.notification_route', 'state.sale_line']) {
        await expect(client.query(`select * from ${table}`)).rejects.toThrow('permission denied')
      }
      await expect(client.query(`insert into ref.user_scope (user_name, scope) values ('maria', 'all')`)).rejects.toThrow('permission denied')
      await expect(client.query(`update ref.person set role = 'administrator'`)).rejects.toThrow('permission denied')
    })
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

  it('changes nothing for a question', async () => {
    const asking = actingAs(web, 'ann', { isReadOnly: true })
    await expect(asking.query(`update ops.alert set status = 'open'`)).rejects.toThrow('read-only')
  })
})
