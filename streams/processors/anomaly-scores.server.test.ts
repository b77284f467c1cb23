/** Sale lines scored as they come, on real servers: by which forest, what is kept of them, and the text of the alert. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { PosTransaction } from '../../contracts/events.ts'
import { FOREST_FILE, lineFeatures, writeLineRow } from '../../models/insights/anomaly-features.ts'
import { fitIsolationForest, forestToJson, withEdges } from '../../models/insights/isolation-forest.ts'
import { MANIFEST_FILE } from '../../models/registry/artefact.ts'
import { seeded } from '../../models/statistics/random.ts'
import { createLogger } from '../../platform/log.ts'
import { createObjectStore, type ObjectStore } from '../../platform/object-store/object-store.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { createVault } from '../../platform/vault.ts'
import { createCustomerDoor } from '../privacy/customer-door.ts'
import { createStreamMetrics } from '../runtime/metrics.ts'
import type { StreamMessage } from '../runtime/processor.ts'
import { createTransactionalHandler } from '../runtime/transactional.ts'
import { anomalyScores } from './anomaly-scores.ts'

const KNOWN_AT_MS = Date.parse('2024-05-01T12:00:00Z')

let database: TestDatabase
let pool: Pool
let objectStore: ObjectStore
let handle: ReturnType<typeof createTransactionalHandler>
let position = 0
beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  const logger = createLogger({ logLevel: 'error' }, 'test')
  pool = createPool(database.settings, logger)
  objectStore = createObjectStore(database.settings)
  const metrics = createStreamMetrics(async () => [])
  const processor = anomalyScores
  handle = createTransactionalHandler({
    pool,
    door: createCustomerDoor(pool, createVault(database.settings)),
    logger,
    metrics,
    processor,
    nowMs: () => KNOWN_AT_MS,
    readObject: objectStore.get,
  })
  await pool.query(
    `insert into ops.stream_offsets (processor, topic, partition, position) values ('anomaly_scores', 'pos_transactions', 0, 0)`,
  )
  await pool.query(`insert into state.sales_rate values ('s1', 'tea', '2024-05-01', 5, 2)`)
  await pool.query(`insert into ref.stores values ('s1', 'S', 'r', 'UTC', 'UK', 'GBP', now())`)
})
afterAll(async () => {
  const { lakePrefix } = database.settings
  for await (const { key } of objectStore.list(`${lakePrefix}/models`)) await objectStore.delete([key])
  objectStore.close()
  await pool.end()
  await database.drop()
})
beforeEach(() => pool.query('delete from ops.anomaly'))

/** A forest of lines of one to three units for about two each, in the shop's hours. */
async function promote(version: number, threshold: number): Promise<void> {
  const artefact = `${database.settings.lakePrefix}/models/unusual_sales/v${version}`
  const random = seeded(version)
  const values = new Float32Array(2_000 * lineFeatures.length)
  for (let row = 0; row < 2_000; row += 1) {
    const quantity = 1 + Math.floor(random() * 3)
    const unitPrice = 1.8 + random() * 0.4
    const line = { quantity, unitPrice, discount: 0, amount: quantity * unitPrice, hour: 9 + random() * 10 }
    writeLineRow({ ...line, usualUnits: 5, usualPrice: 2 }, values, row * lineFeatures.length)
  }
  const forest = fitIsolationForest(withEdges({ features: lineFeatures, values }, 1), {
    trees: 100,
    sampleRows: 256,
    seed: 1,
  })
  await objectStore.put(`${artefact}/${FOREST_FILE}`, forestToJson(forest))
  await objectStore.put(`${artefact}/${MANIFEST_FILE}`, JSON.stringify({ features: lineFeatures, threshold }))
  await register(version, artefact)
}

async function register(version: number, artefact: string): Promise<void> {
  await pool.query(
    `insert into ops.model_version values ('unusual_sales', $1, now(), '2024-01-01', '2024-04-30', $2, 'c', 1, '{}', '{}', 1, 1, 'w', 'd')`,
    [version, artefact],
  )
  await pool.query(
    `insert into ops.model_alias_log (model_name, alias, version, changed_by, reason) values ('unusual_sales', 'champion', $1, 'test', '')`,
    [version],
  )
}

function line(change: Partial<PosTransaction> = {}): PosTransaction {
  return {
    event_id: randomUUID(),
    source: 'test',
    schema_version: 1,
    event_at: '2024-05-01T11:30:00+02:00',
    store_id: 's1',
    transaction_id: 't1',
    line_no: 1,
    product_id: 'tea',
    quantity: '2',
    unit_price: '2',
    discount: '0',
    payment_method: 'card',
    ...change,
  }
}

async function send(...lines: PosTransaction[]): Promise<void> {
  const messages = lines.map(
    (event, index): StreamMessage => ({
      offset: position + index,
      knownAtMs: KNOWN_AT_MS,
      key: null,
      headers: {},
      value: Buffer.from(JSON.stringify(event)),
    }),
  )
  const next = position + messages.length
  const slice = { topic: 'pos_transactions', partition: 0, position, next, messages, logEnd: next } as const
  expect(await handle(slice)).toBe('done')
  position = next
}

const found = async () =>
  (
    await pool.query<{ event: string; reason: string; model_version: number; score: number }>(
      `select transaction_id as event, reason, model_version, score from ops.anomaly order by transaction_id`,
    )
  ).rows
const counts = async () =>
  (await pool.query('select consumed, applied, duplicate, dead from ops.stream_offsets')).rows[0]
const scorer = async () => (await pool.query('select model_version, problem from ops.anomaly_scorer')).rows[0]

test('while no version is champion nothing is scored', async () => {
  await send(line({ quantity: '500' }))
  expect(await found()).toEqual([])
  expect(await scorer()).toBeUndefined()
})

test('odd lines are kept with their reason, usual ones are not; a copy changes nothing', async () => {
  await promote(1, 0.58)
  const much = line({ transaction_id: 'much', quantity: '500' })
  const night = line({ transaction_id: 'night', event_at: '2024-05-01T03:00:00+02:00', unit_price: '20' })
  await send(line(), much, night)
  await send(much, line({ transaction_id: 'new-product', product_id: 'never-sold' }))
  const rows = await found()
  expect(rows.map(({ event }) => event)).toEqual(['much', 'night'])
  expect(rows[0]).toMatchObject({ model_version: 1, reason: expect.stringMatching(/quantity|amount/) })
  expect(await counts()).toMatchObject({ consumed: 6, applied: 5, duplicate: 1, dead: 0 })
  expect(await scorer()).toEqual({ model_version: 1, problem: null })
})

test('the next batch is scored by the next champion', async () => {
  await promote(2, 0.999)
  await send(line({ quantity: '500' }))
  expect(await found()).toEqual([])
  expect(await scorer()).toEqual({ model_version: 2, problem: null })
})

test('a champion that does not load leaves the one before in place, and reports why', async () => {
  await promote(3, 0.58)
  await send(line())
  await register(4, `${database.settings.lakePrefix}/models/unusual_sales/v4`)
  await send(line({ quantity: '500' }))
  expect(await found()).toMatchObject([{ model_version: 3 }])
  expect(await scorer()).toMatchObject({
    model_version: 3,
    problem: expect.stringContaining('v4/manifest.json is missing in the bucket'),
  })
})

test('an alert reports it, with the figures', async () => {
  await send(line({ quantity: '500', transaction_id: 'much' }))
  const { rows } = await pool.query(
    `select product_id, message, impact::float, opens from ops.alert_unusual_sale('2024-05-01 09:35+00')`,
  )
  expect(rows).toEqual([
    {
      product_id: 'tea',
      impact: 1_000,
      opens: true,
      message: expect.stringMatching(/^tea: 500 × 2 in much at 09:30 differs from other sales \(\w+( \w+)?\)$/),
    },
  ])
  expect((await pool.query(`select from ops.alert_unusual_sale('2024-05-01 11:00+00')`)).rowCount).toBe(0)
})
