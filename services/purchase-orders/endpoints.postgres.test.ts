import { afterAll, beforeAll, expect, test } from 'vitest'
import { seedOrder, seedSupply } from '../../activities/purchase-orders/testing.ts'
import { createLogger } from '../../platform/log.ts'
import { actingAs } from '../../platform/postgres/acting.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { SHELFLINE } from '../access/actor.ts'
import { listAudit } from '../access/audit.ts'
import { addPerson } from '../access/people.ts'
import { named } from '../access/testing.ts'
import { confirmEndpoint, listUnconfirmedEndpoints } from './endpoints.ts'

let database: TestDatabase
let pool: Pool
let web: Pool
beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  const logger = createLogger({ logLevel: 'error' }, 'test')
  pool = createPool(database.settings, logger)
  web = createPool({ ...database.settings, postgresUrl: database.settings.postgresWebUrl }, logger)
  await seedSupply(pool, 'webhook', 'https://acme.example/orders?key=not-for-lists')
})
afterAll(async () => {
  await web?.end()
  await pool?.end()
  await database?.drop()
})

const move = (endpoint: string) => pool.query('update ref.suppliers set endpoint = $1', [endpoint])

test('the first endpoint of a supplier is confirmed, a changed one when a person has confirmed it', async () => {
  const order = await seedOrder(pool)
  const isConfirmed = async () =>
    (await pool.query(statement('purchase-orders/read_outgoing.sql'), [order, false])).rows[0].is_confirmed as boolean
  expect(await isConfirmed()).toBe(true)
  expect(await listUnconfirmedEndpoints(pool)).toEqual([])

  await move('https://evil.example/orders')
  expect(await isConfirmed()).toBe(false)
  expect(await listUnconfirmedEndpoints(pool)).toMatchObject([
    { supplierId: 'acme', adapter: 'webhook', endpoint: 'https://evil.example' },
  ])
  await move('https://acme.example/orders?key=not-for-lists')
  expect(await isConfirmed()).toBe(true)

  await move('https://new.acme.example/orders?key=secret')
  expect(await confirmEndpoint(pool, 'acme', named('ann'))).toBe('https://new.acme.example')
  expect(await isConfirmed()).toBe(true)
  await expect(confirmEndpoint(pool, 'acme', named('ann'))).rejects.toThrow('is confirmed already')
  await expect(confirmEndpoint(pool, 'nobody', named('ann'))).rejects.toThrow('supplier "nobody" does not exist')
  const [confirmed] = (await listAudit(pool, { object: 'supplier endpoint', action: 'change' })).items
  expect(confirmed).toMatchObject({ person: 'ann', objectId: 'acme/webhook', after: { confirmed_by: 'ann' } })
  const everything = JSON.stringify((await listAudit(pool, { limit: 1_000 })).items)
  expect(everything).not.toContain('key=')
})

test('in the web application buyers, planners and administrators confirm, under their own name', async () => {
  for (const [person, role] of [
    ['bea', 'buyer'],
    ['dora', 'data_engineer'],
  ] as const) {
    await addPerson(pool, { person, role }, SHELFLINE)
  }
  await move('https://third.acme.example/')
  await expect(confirmEndpoint(actingAs(web, 'dora'), 'acme', named('dora'))).rejects.toThrow('is confirmed already')
  await expect(confirmEndpoint(actingAs(web, 'bea'), 'acme', named('ann'))).rejects.toThrow('row-level security')
  expect(await confirmEndpoint(actingAs(web, 'bea'), 'acme', named('bea'))).toBe('https://third.acme.example')
})
