/** What takes weeks to come about, made at once: the objects that the examples of help and documentation name. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Client } from '@temporalio/client'
import { Registry } from 'prom-client'
import { backfillWorkflowId } from '../../activities/backfill/plans.ts'
import type { BatchDependencies } from '../../activities/dependencies.ts'
import { createBatchMetrics } from '../../activities/metrics.ts'
import { registerTrained } from '../../activities/registry/registration.ts'
import { draftOrder, openLocation } from '../../activities/replenishment/replenishment.ts'
import type { TopicName } from '../../contracts/topics.ts'
import { createLogger } from '../../platform/log.ts'
import { createObjectStore } from '../../platform/object-store/object-store.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { BATCH_TASK_QUEUE, connectTemporal } from '../../platform/temporal/temporal.ts'
import { connectKafkaSink } from '../../sources/produce.ts'
import { until } from '../../streams/testing/world.ts'

const WAIT_MS_MAX = 600_000
const REVIEWED = '2017-03-01'
/** A plan as help shows it. */
const RUNNING_PLANS = ['20240501-093042-3f9a', '20240502-093042-3f9a']

export interface ExampleWorld {
  pool: Pool
  temporal: Client
  /** Another order like the first, which waits for its approval. */
  order(id: string): Promise<void>
  /** Versions 1 to 4 of `demand`, which can be looked at and promoted, but not predicted with. */
  models(): Promise<void>
  close(): Promise<void>
}

export async function makeExampleWorld(settings: Settings): Promise<ExampleWorld> {
  const logger = createLogger({ logLevel: 'error' }, 'test')
  const pool = createPool(settings, logger)
  const temporal = await connectTemporal(settings)
  await sendMasterData(settings, pool)
  await makeOrders(pool)
  await makeTransfers(pool)
  await makePrices(pool)
  await makeAlertsAndLetters(pool)
  await makeNotifications(pool)
  for (const plan of RUNNING_PLANS) await makeRunningPlan(pool, temporal, plan)
  return {
    pool,
    temporal,
    order: (id) => copyOrder(pool, temporal, id),
    models: () => makeModels(settings, pool),
    async close() {
      await temporal.connection.close()
      await pool.end()
    },
  }
}

/** Two products, their suppliers, shelves and warehouses, by the way that all data comes in. */
async function sendMasterData(settings: Settings, pool: Pool): Promise<void> {
  const at = new Date().toISOString()
  const envelope = { source: 'example', schema_version: 1, event_at: at }
  const sink = await connectKafkaSink(settings, createLogger({ logLevel: 'error' }, 'test'))
  let count = 0
  const event = (topic: TopicName, key: string, fields: object) => {
    count += 1
    const value = JSON.stringify({ ...envelope, event_id: `example-${count}`, ...fields })
    return { topic, key, value, sendAtMs: null, fileRow: null }
  }
  const supplier = (id: string) =>
    event('supplier_catalog', id, {
      supplier_id: id,
      name: id,
      adapter: 'file',
      order_weekdays: '1,2,3,4,5,6,7',
      cut_off: '23:59',
      time_zone: 'UTC',
      lead_time_days: '2',
      currency: 'USD',
    })
  const terms = (product: string, from: string) =>
    event('supply_terms', `*/${product}/${from}`, {
      terms_id: `*/${product}/${from}`,
      product_id: product,
      supplier_id: from,
      unit_cost: '2.50',
      pack_size: '6',
      preference: 1,
    })
  const shelf = (store: string, product: string, warehouse: string) =>
    event('shelf_profiles', `${store}/${product}`, {
      profile_id: `${store}/${product}`,
      store_id: store,
      product_id: product,
      shelf_id: 'A1',
      capacity: '200',
      warehouse_id: warehouse,
    })
  const delivery = (warehouse: string, product: string) =>
    event('warehouse_events', '367', {
      store_id: '367',
      warehouse_id: warehouse,
      product_id: product,
      direction: 'in',
      quantity: '10',
      reason: 'receipt',
      batch_id: `${warehouse}-${product}`,
    })
  const products = ['milk', 'tea']
  try {
    await sink.send([
      ...products.map((id) => event('product_catalog', id, { product_id: id, name: id, category: 'DAIRY' })),
      ...['dairy', 'acme'].map(supplier),
      terms('milk', 'dairy'),
      terms('tea', 'acme'),
      ...products.flatMap((id) => [shelf('367', id, 'W1'), shelf('406', id, 'W2')]),
      ...products.flatMap((id) => [delivery('W1', id), delivery('W2', id)]),
    ])
  } finally {
    await sink.close()
  }
  await until('the master data of the examples', WAIT_MS_MAX, async () => {
    const { rows } = await pool.query<{ is_there: boolean }>(
      `select (select count(*) from ref.supply_terms where supplier_id in ('dairy', 'acme')) = 2
         and (select count(*) from ref.shelves where warehouse_id in ('W1', 'W2')) = 4
         and (select count(*) from state.warehouse where warehouse_id in ('W1', 'W2')) = 4 as is_there`,
    )
    return rows[0]!.is_there
  })
  await pool.query(
    `insert into state.sales_rate select store, product, $1, 100, 2
     from unnest(array['367', '406']) as store cross join unnest(array['milk', 'tea']) as product`,
    [REVIEWED],
  )
}

async function makeOrders(pool: Pool): Promise<void> {
  const still = () => undefined
  for (const { supplierId } of await openLocation(pool, { date: REVIEWED, locationId: 'W1' }, still)) {
    await draftOrder(pool, { date: REVIEWED, locationId: 'W1', supplier: supplierId }, still)
  }
  // The user who runs the examples may decide about them: the first run has made them the administrator.
  await pool.query(
    `insert into ref.approver (person, role, location_id, changed_by) values ($1, 'director', null, 'test'), ('bob', 'buyer', null, 'test')`,
    ['admin'],
  )
}

/** `PO-<supplier>-<location>-<day>`, a copy of that supplier's first order, with a workflow that waits for an approval. */
async function copyOrder(pool: Pool, temporal: Client, id: string): Promise<void> {
  const [, supplier, , day] = id.split('-')
  const first = `PO-${supplier}-W1-${REVIEWED.replaceAll('-', '')}`
  if (id !== first) {
    await pool.query(
      `insert into ops.purchase_order (purchase_order_id, supplier_id, location_id, review_date, currency, total_value, expected_on, created_at, updated_at)
       select $2, supplier_id, location_id, $3, currency, total_value, expected_on, now(), now()
       from ops.purchase_order where purchase_order_id = $1`,
      [first, id, day],
    )
    await pool.query(
      `insert into ops.purchase_order_line (purchase_order_id, line_no, product_id, proposed_quantity, quantity, unit_cost, explanation)
       select $2, line_no, product_id, proposed_quantity, quantity, unit_cost, explanation
       from ops.purchase_order_line where purchase_order_id = $1`,
      [first, id],
    )
  }
  await temporal.workflow.start('purchaseOrder', {
    taskQueue: BATCH_TASK_QUEUE,
    workflowId: `purchase-order-${id}`,
    args: [{ purchaseOrderId: id }],
  })
  await until(`${id} to wait for its approval`, WAIT_MS_MAX, async () => {
    const { rows } = await pool.query('select status from ops.purchase_order where purchase_order_id = $1', [id])
    return (rows[0] as { status: string } | undefined)?.status === 'awaiting_approval'
  })
}

async function makeTransfers(pool: Pool): Promise<void> {
  await pool.query(
    `insert into ops.transfer_proposal
       (transfer_id, review_date, product_id, from_location_id, to_location_id, quantity, gain, currency, lead_time_days,
        explanation, created_at, expires_at, updated_at)
     select id, '2026-11-21', product, giver, taker, 6, 12.5, 'USD', 1,
       json_build_object('product_name', product, 'terms', '[]'::json), now(), now() + interval '20 hours', now()
     from (values
       ('TR-milk-W1-W2-20261121', 'milk', 'W1', 'W2'), ('TR-tea-W1-W2-20261121', 'tea', 'W1', 'W2'),
       ('TR-milk-W2-W1-20170301', 'milk', 'W2', 'W1'), ('TR-tea-W2-W1-20170301', 'tea', 'W2', 'W1')
     ) as proposal (id, product, giver, taker)`,
  )
}

/** Markdowns of tomorrow that wait for approval, and what was learnt of prices. */
async function makePrices(pool: Pool): Promise<void> {
  await pool.query(
    `insert into state.price (store_id, product_id, valid_from, event_id, price, reason)
     select '367', product, '2017-01-01', 'example-' || product, 2, 'regular' from unnest(array['milk', 'tea']) as product`,
  )
  await pool.query(
    `insert into state.price_response (level, category, member_id, elasticity, error, sold, expected, promotion_factor, dispersion, learnt_on)
     values ('category', 'DAIRY', '', 2.1, 0.2, 150, 80, 1.1, 1.4, '2017-03-01')`,
  )
  const explanation = {
    unitsPerDay: 8,
    elasticity: 2.1,
    elasticityOf: 'category',
    error: 0.2,
    listPrice: 2,
    price: 2,
    unitCost: 1.4,
    isCostAssumed: false,
    limits: { nearExpiryDays: 2, percentMax: 70, approvalPercent: 50, wasteCostRatio: 0 },
    lots: [{ units: 40, days: 1 }],
    options: [
      { percent: 50, price: 1, sold: 30, wasted: 10, earned: 30 },
      { percent: 60, price: 0.8, sold: 40, wasted: 0, earned: 32 },
    ],
  }
  await pool.query(
    `insert into ops.markdown_plan
       (store_id, product_id, plan_date, percent, best_percent, state, near_quantity, last_expires_on, planned_at, explanation)
     select '367', product, current_date + 1, 50, 60, 'proposed', 40, current_date + 2, now(),
       jsonb_build_object('productName', product) || $1::jsonb
     from unnest(array['milk', 'tea']) as product`,
    [JSON.stringify(explanation)],
  )
}

const VISITS = {
  event_id: 'door-1',
  source: 'doors',
  schema_version: 1,
  event_at: '2017-01-02T10:00:00-05:00',
  store_id: '367',
  sensor_id: 'main',
  entries: 3,
  exits: 2,
  interval_seconds: 60,
}

/** Alerts, letters and messages that Kafka does not take, 12 to 19. */
async function makeAlertsAndLetters(pool: Pool): Promise<void> {
  await pool.query(
    `insert into ops.alert (alert_id, dedup_key, alert_type, store_id, product_id, severity, message, evidence, first_seen, last_seen)
     overriding system value
     select id, 'example/' || id, 'stock_out', '367', 'milk', 'critical', 'Milk is sold out', '{"on_hand": 0}', now(), now()
     from generate_series(12, 19) as id`,
  )
  await pool.query(
    `insert into ops.dead_letters
       (letter_id, origin, topic, partition, "offset", read_partition, read_offset, known_at, reason, error, payload)
     overriding system value
     select id, 'contract', 'foot_traffic', 0, -id, 0, -id, now(), 'future_event', 'entries must not be negative', $1
     from generate_series(12, 19) as id`,
    [JSON.stringify({ ...VISITS, entries: -3 })],
  )
  await pool.query(
    `insert into ops.unsent_message (unsent_id, relay, topic, key, payload, emitted_at, bytes, reason, error)
     overriding system value
     select id, 'outbox', 'purchase_orders', 'example-' || id, '{}', now(), 2, 'too_large', 'larger than the maximum'
     from generate_series(12, 19) as id`,
  )
}

async function makeNotifications(pool: Pool): Promise<void> {
  await pool.query(
    `insert into ref.notification_route (route_id, channel, address, role, kinds, minimum_severity, immediate_from, digest_at, time_zone, changed_by)
     select route, 'email', route || '@example.org', 'buyer', '{alert}', 'warning', 'critical', '07:30', 'UTC', 'test'
     from unnest(array['maria', 'omar']) as route`,
  )
  await pool.query(
    `insert into ops.notification (notification_id, route_id, kind, content, status, attempts, last_error)
     select id::uuid, 'omar', 'test', '{"by": "test"}', 'dead', 12, 'refused'
     from unnest(array[
       '5f0c77aa-0000-4000-8000-000000000000', '77aa0000-0000-4000-8000-000000000000', '88bb0000-0000-4000-8000-000000000000'
     ]) as id`,
  )
}

async function makeModels(settings: Settings, pool: Pool): Promise<void> {
  const objectStore = createObjectStore(settings)
  const dependencies = { pool, objectStore, settings, metrics: createBatchMetrics(new Registry()), assets: [] }
  const metric = (candidate: string, value: number) => ({
    candidate,
    segment: 'all',
    horizon: '1-7',
    metric: 'wape',
    value,
    rows: 100,
  })
  try {
    for (const [index, trainedThrough] of ['2024-01-07', '2024-01-14', '2024-01-21', '2024-01-28'].entries()) {
      await registerTrained(
        dependencies as unknown as BatchDependencies,
        {
          model: 'demand',
          trainedFrom: '2023-10-01',
          trainedThrough,
          codeVersion: 'example',
          seed: 1,
          parameters: { rounds: 1 },
          inputs: { 'features/demand': 1 },
          trainingRows: 100,
          durationMs: 1_000,
          metrics: [metric('chosen', 0.5), metric('seasonal_naive', 0.6)],
          workflowId: 'example',
          files: {},
          decision: { isBetter: index === 0, reason: index === 0 ? 'promoted: the first version' : 'not promoted' },
        },
        new AbortController().signal,
      )
    }
  } finally {
    objectStore.close()
  }
}

/** What the examples read and no command creates. */
export async function writeExampleFiles(checkout: string): Promise<void> {
  writeFileSync(join(checkout, 'fixed.json'), JSON.stringify(VISITS))
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    await connection.run(
      `copy (select 1 as store_id, 1 as city_id, 1 as management_group_id, 1 as third_category_id, 1 as product_id,
         date '2024-05-01' as date, 9 as hour, 2.5 as sale_quantity, 0 as stockout, 1.0 as discount, 0 as activity)
       to '${join(checkout, 'hourly.parquet')}' (format parquet)`,
    )
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** A backfill whose workflow waits for a worker that never comes: it can be paused, set and cancelled at any time. */
async function makeRunningPlan(pool: Pool, temporal: Client, plan: string): Promise<void> {
  await pool.query(
    `insert into ops.backfill_plans (plan, assets, from_date, to_date, forced, failed_only, status)
     values ($1, '{fact_sales}', '2017-01-01', '2017-01-01', false, false, 'running')`,
    [plan],
  )
  await pool.query(
    `insert into ops.backfill_cells (plan, date, asset, position, reason) values ($1, '2017-01-01', 'fact_sales', 1, 'missing')`,
    [plan],
  )
  await temporal.workflow.start('backfill', {
    taskQueue: 'nobody',
    workflowId: backfillWorkflowId(plan),
    args: [{ plan }],
  })
}
