import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLogger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { grantAccess, listAccess, revokeAccess } from './access.ts'

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

  test('lists the login that the stack made', async () => {
    expect(await listAccess(pool)).toMatchObject([{ user: 'bi_reader', scope: 'all', is_login: true, is_reader: true }])
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
