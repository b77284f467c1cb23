import { afterAll, beforeAll, expect, test } from 'vitest'
import { createObjectStore, type ObjectStore } from '../../platform/object-store/object-store.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { type SupplierMessage, supplierAdapters } from './supplier-adapters.ts'

// What is written lies under the database's own name.
let database: TestDatabase
let objectStore: ObjectStore
beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  objectStore = createObjectStore(database.settings)
})
afterAll(async () => {
  objectStore?.close()
  await database?.drop()
})

const message = (endpoint: string | null, supplierId = 'acme'): SupplierMessage => ({
  kind: 'order',
  id: `PO-${supplierId}-w1-20261102-r2`,
  supplierId,
  endpoint,
  order: { purchase_order_id: 'PO', location_id: 'w1', currency: 'GBP', expected_on: null, lines: [] },
})
const secret = `whsec_${Buffer.from('a secret of twenty-four bytes').toString('base64')}`
const send = (adapter: 'file' | 'webhook', sent: SupplierMessage) =>
  supplierAdapters[adapter]!(sent, {
    objectStore,
    settings: { ...loadSettings(), supplierWebhookSecrets: { acme: [secret] } },
  })

test.each([
  ['../out', `endpoint "../out" can't be a folder for files: it has "." or ".." between slashes`],
  ['/out', 'it begins or ends with a slash'],
  ['out//orders', 'has two in a row'],
  ['x'.repeat(300), 'more than 255 bytes'],
])('a folder that can not be, %s, is refused at once', async (endpoint, told) => {
  expect(await send('file', message(endpoint))).toEqual({
    kind: 'refused',
    detail: { reason: expect.stringContaining(told) },
  })
})

test('ids that make no file name are refused at once', async () => {
  expect(await send('file', message(null, '..'))).toMatchObject({ kind: 'refused' })
  expect(await send('file', message('folder', 'a//b'))).toMatchObject({ kind: 'refused' })
})

test.each([null, 'ord:ers & more/ü?#%', '乳'.repeat(85)])(
  'a folder that can be, %s, is written to',
  async (endpoint) => {
    const folder = `${database.settings.lakePrefix}/${endpoint ?? ''}`.replace(/\/$/, '')
    expect(await send('file', message(folder))).toMatchObject({ kind: 'sent', detail: { was_there: false } })
    expect(await send('file', message(folder))).toMatchObject({ kind: 'sent', detail: { was_there: true } })
  },
)

test.each([
  [null, 'endpoint is missing'],
  ['acme', 'is not a URL'],
  ['https://me:mystery@127.0.0.1/', 'has a user name or password before 127.0.0.1'],
])('a webhook that can not be, %s, is refused at once', async (endpoint, told) => {
  const outcome = await send('webhook', message(endpoint))
  expect(outcome).toEqual({ kind: 'refused', detail: { reason: expect.stringContaining(told) } })
  expect(JSON.stringify(outcome)).not.toContain('mystery')
})
