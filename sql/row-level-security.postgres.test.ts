import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadSettings } from '../platform/settings/settings.ts'
import { createReaderDatabase, loginOf, query, type ReaderDatabase, type Row, withClient } from './testing.ts'

/** Stores 1 and 2 lie in the east, 3 in the west; `stray` is one that no catalogue knows. */
const stores = ['1', '2', '3', 'stray']
const readers = {
  executive: stores,
  regionalManager: ['1', '2'],
  storeManager: ['3'],
  strayManager: ['stray'],
  bothManager: ['1', '3'],
  nobody: [],
}
type Reader = keyof typeof readers
const readerNames = Object.keys(readers) as Reader[]

/** What only those who see everything may read: figures over all stores, and warehouses, which are no stores. */
const executiveViews = [
  'pipeline_runs', 'data_quality', 'stream_outcomes', 'dead_letters', 'model_drift', 'live_warehouse',
]
/** Sums over the stores that the reader sees, with their number; and the view that has them by store. */
const sumsOverStores: Readonly<Record<string, { sum: string; of: string }>> = {
  sales_by_day: { sum: 'net_amount', of: 'sales_by_store_day' },
  sales_by_category: { sum: 'net_amount', of: 'sales_by_category_day' },
  products_by_month: { sum: 'net_amount', of: 'product_performance' },
  forecast_by_category: { sum: 'mean_quantity', of: 'fact_forecast' },
  forecast_accuracy_by_category: { sum: 'absolute_error', of: 'forecast_accuracy' },
}
/** What everybody with a scope may read: it contains no store. */
const openViews = ['dim_date', 'dim_holiday', 'dim_product', 'dim_supplier', 'data_freshness', 'fact_cross_sell']

let database: ReaderDatabase
const urls = {} as Record<Reader, string>

beforeAll(async () => {
  database = await createReaderDatabase(loadSettings())
  for (const name of readerNames) urls[name] = await database.createReader(name.toLowerCase())
  await withClient(database.url, async (client) => {
    for (const statement of fillEveryTable) await client.query(statement)
    const grant = (reader: Reader, scope: string, store: string | null, region: string | null) =>
      client.query('insert into ref.user_scope (user_name, scope, store_id, region) values ($1, $2, $3, $4)', [
        loginOf(urls[reader]),
        scope,
        store,
        region,
      ])
    await grant('executive', 'all', null, null)
    await grant('regionalManager', 'region', null, 'east')
    await grant('storeManager', 'store', '3', null)
    await grant('strayManager', 'store', 'stray', null)
    await grant('bothManager', 'store', '3', null)
    await grant('bothManager', 'store', '1', null)
  })
}, 120_000)

afterAll(async () => {
  await database?.drop()
})

const key = (id: string) => `analytics.dimension_key(${id}, '1900-01-01+00')`
const eachStore = "from unnest(array['1', '2', '3', 'stray']) as id"
const version = "'1900-01-01+00', '9999-12-31+00', true"

const fillEveryTable = [
  `insert into ref.stores
   select id, 'Store ' || id, case id when '3' then 'west' else 'east' end, 'UTC', 'US', 'USD', now()
   ${eachStore} where id <> 'stray'`,
  `insert into analytics.dim_store
   select ${key('id')}, id, id, 'a region of long ago', 'US', 'USD', 'UTC', ${version}, id = 'stray' ${eachStore}`,
  `insert into analytics.dim_product values (${key("'p'")}, 'p', 'P', 'Fruit', 'Food', null, null, ${version})`,
  `insert into analytics.dim_supplier values (${key("'s'")}, 's', 'S')`,
  `insert into analytics.dim_price (store_id, product_id, valid_from, valid_to, is_current, price, reason, change_date)
   select id, 'p', ${version}, 2, 'regular', '2017-03-01' ${eachStore}`,
  `select analytics.ensure_partitions('2017-02-28', '2017-03-01')`,
  `insert into analytics.fact_sales (
     sale_date, store_key, product_key, transaction_id, line_no, event_id, quantity, unit_price, discount_amount,
     gross_amount, net_amount, is_return, customer_id, payment_method, source, sold_at, known_at
   )
   select '2017-03-01', ${key('id')}, ${key("'p'")}, id, 1, id, 1, 2, 0, 2, 2, false, 'c', 'card', 'till', '2017-03-01 12:00+00', now()
   ${eachStore}`,
  `insert into ref.sales_target select id, '2017-03-01', 5, false, false, now() ${eachStore}`,
  `insert into analytics.fact_inventory (inventory_date, store_key, product_key, opening_quantity, closing_quantity)
   select '2017-03-01', ${key('id')}, ${key("'p'")}, 1, 1 ${eachStore}`,
  `insert into analytics.fact_stock_movement
   select '2017-03-01', ${key('id')}, ${key("'p'")}, 'waste', 1, -1, 1, 2, false, now(), now() ${eachStore}`,
  `insert into ops.discount select id, 'p', 'l', '2017-03-01', '2017-03-02', 30, 4, '2017-03-01 12:00+00' ${eachStore}`,
  `insert into analytics.fact_foot_traffic select '2017-03-01', ${key('id')}, 12, 5, 5 ${eachStore}`,
  `insert into analytics.fact_stockout select '2017-03-01', ${key('id')}, ${key("'p'")}, 60, null, true ${eachStore}`,
  `insert into analytics.fact_forecast
   select '2017-03-01', '2017-03-02', ${key('id')}, ${key("'p'")}, 'm', 1, 1 ${eachStore}`,
  `insert into analytics.fact_forecast
   select '2017-02-28', '2017-03-01', ${key('id')}, ${key("'p'")}, 'm', 1, 1 ${eachStore}`,
  `insert into ops.till_closing (store_id, till_id, sold_on, lines, net_amount, closed_at)
   select id, 't', '2017-03-01', 1, 2, '2017-03-01 20:00+00' ${eachStore}`,
  `insert into state.sale_transaction (store_id, transaction_id, sold, returned, lines, first_at, last_at)
   select id, 't', 2, 0, 1, '2017-03-01 12:00+00', '2017-03-01 12:00+00' ${eachStore}`,
  `insert into state.payment (
     store_id, transaction_id, authorised, voided, captured, refunded, charged_back, charge_backs_won, declines, first_at, last_at
   )
   select id, 't', 2, 0, 0, 0, 0, 0, 0, '2017-03-01 12:00+00', '2017-03-01 14:00+00' ${eachStore}`,
  `insert into state.payment_day select id, '2017-03-01', 2, 0, 0, 0, 0, 0, 0, 0, 0, 0 ${eachStore}`,
  `insert into ops.forecast_override (store_id, product_id, from_date, to_date, factor, reason, expires_on, created_by, created_at)
   select id, 'p', '2017-03-01', '2017-03-01', 2, 'event', '2017-03-01', 'ann', '2017-02-28 12:00+00' ${eachStore}`,
  // The Thursday as it was forecast on the Sunday before.
  `insert into analytics.forecast_accuracy
   select '2017-03-02', ${key('id')}, 'Fruit', 4, 'm', 1, 1, 1, 1, 0, 1, 0, 1, 1 ${eachStore}`,
  `insert into ops.model_version
   values ('m', 1, now(), '2017-01-01', '2017-03-01', 'a', 'c', 1, '{}', '{}', 1, 1, 'w', 'promoted')`,
  `insert into ops.model_drift
   select '2017-03-01', 'm', 'error', 'forecast', id, 1, 0.5, 0.4, 1, 1, true, 'm' ${eachStore}`,
  `insert into analytics.fact_purchase_order
   select '2017-03-01', id, 1, ${key("'s'")}, ${key('id')}, ${key("'p'")}, 'sent', 5 ${eachStore}`,
  `insert into analytics.reorder_prediction (
     order_date, purchase_order_id, line_no, supplier_key, store_key, product_key, status, proposed_quantity, ordered_quantity, unit_cost
   )
   select '2017-03-01', id, 1, ${key("'s'")}, ${key('id')}, ${key("'p'")}, 'sent', 5, 5, 1 ${eachStore}`,
  `insert into analytics.supplier_performance (supplier_key, store_key, lines, settled_lines, deliveries)
   select ${key("'s'")}, ${key('id')}, 1, 0, 0 ${eachStore}`,
  `insert into analytics.order_edit
   select '2017-03-01', id, 1, ${key("'s'")}, ${key('id')}, ${key("'p'")}, 'ann', 'event', 5, 6, 1, 3, 2, 4, 7 ${eachStore}`,
  `insert into ops.transfer_proposal (transfer_id, review_date, product_id, from_location_id, to_location_id, quantity, gain,
     currency, lead_time_days, explanation, created_at, expires_at, updated_at)
   select id, '2017-03-01', 'p', 'w', id, 5, 2, 'USD', 1, '{}', now(), now(), now() ${eachStore}`,
  `insert into state.stock select id, 'p', 4 ${eachStore}`,
  `insert into ref.shelves select id, 'p', 'a1', 10, null, 'w', now() ${eachStore}`,
  `insert into state.shelf (store_id, product_id, refilled) select id, 'p', 4 ${eachStore}`,
  `insert into state.shelf_lot select id, 'p', 'l', 4, 0, '2017-03-05', '2017-03-01', '2017-03-01' ${eachStore}`,
  `insert into state.basket (visit_date, store_id, product_id, customer_id, picked, sold, last_event_at)
   select '2017-03-01', id, 'p', 'c', 1, 0, now() ${eachStore}`,
  `insert into state.stock_out_risk (store_id, product_id, probability, hours_of_cover, expected_lost_units, horizon_until, evaluated_at, shelf_updated_at)
   select id, 'p', 0.5, 3, 2, now(), now(), now() ${eachStore}`,
  `insert into state.warehouse (warehouse_id, product_id, received, shipped) values ('w', 'p', 4, 0)`,
  `insert into state.warehouse_lot (warehouse_id, product_id, batch_id, received, shipped, last_event_on)
   values ('w', 'p', 'l', 4, 0, '2017-03-01')`,
  `select state.ensure_days('{sales_hour}', '{2017-03-01}')`,
  `insert into state.sales_hour
   select id, '', '2017-03-01 12:00+00', '2017-03-01 12:00', 1, 2, 0, 0, 1, 1, 0, 0 ${eachStore}`,
  `insert into state.sales_day select id, 'p', '2017-03-01', 1, 2, 0, 0, 1 ${eachStore}`,
  `insert into ops.partition_ledger (
     asset, date, status, run, workflow_id, run_id, reason, started_at, finished_at, lease_until, succeeded_run, succeeded_at
   )
   values ('fact_sales', '2017-03-01', 'succeeded', 1, 'w', 'r', 'scheduled', now(), now(), now(), 1, now())`,
  `insert into ops.partition_runs
   values (1, 'fact_sales', '2017-03-01', 'succeeded', 'w', 'r', 'scheduled', null, now(), now(), null, null, null, 4, 1, 1)`,
  `insert into ops.check_results values (1, 'c', 'fact_sales', '2017-03-01', 'warn', true, 'fine', 0)`,
  `insert into ops.stream_offsets (processor, topic, partition, position) values ('raw_sink', 'pos_transactions', 0, 1)`,
  `insert into ops.dead_letters (origin, topic, partition, "offset", reason, error, known_at, read_partition, read_offset)
   values ('contract', 'pos_transactions', 0, 0, 'invalid_json', 'e', now(), 0, 0)`,
  `insert into ops.alert (dedup_key, alert_type, store_id, severity, message, evidence, first_seen, last_seen)
   select id, 'stock_out', id, 'warning', 'm', '{}', now(), now() ${eachStore}`,
  `insert into analytics.fact_anomaly
   select '2017-03-01', ${key('id')}, ${key("'p'")}, 0.8, 'units', '[]', 9, 1, 1 ${eachStore}`,
  `insert into analytics.fact_slow_mover
   select '2017-03-01', ${key('id')}, ${key("'p'")}, 0.9, 28, 40, '31-60', 5, 2, 'cost', 10, 1 ${eachStore}`,
  `insert into analytics.fact_stock_target
   select '2017-03-01', ${key('id')}, ${key("'p'")}, 0.95, 7, 1, 9, 9, 'demand', 9, 4, 4, 1 ${eachStore}`,
  `insert into analytics.fact_cross_sell values ('2017-03-01', ${key("'p'")}, 1, ${key("'p'")}, 0.5, 9, 3, 2, 1)`,
  `insert into ops.anomaly
   select '2017-03-01', gen_random_uuid(), id, 'p', '2017-03-01 12:00+00', 't', 1, 9, 2, 18, 0.8, 'quantity', '[]', 1 ${eachStore}`,
  'select analytics.refresh_bi()',
]

async function viewsOfBi(): Promise<string[]> {
  const rows = await query(database.url, "select viewname from pg_views where schemaname = 'bi' order by viewname")
  return rows.map((row) => String(row.viewname))
}

async function isRefused(url: string, text: string): Promise<boolean> {
  try {
    await query(url, text)
    return false
  } catch (error) {
    if (/^permission denied/.test((error as Error).message)) return true
    throw error
  }
}

describe('the views in bi', () => {
  test('all hold rows of every store, so that the next tests mean something', async () => {
    const all = await query(database.url, `select store_key from analytics.dim_store order by 1`)
    for (const view of await viewsOfBi()) {
      const rows = await query(urls.executive, `select * from bi.${view}`)
      expect(rows.length, view).toBeGreaterThan(0)
      if (sumsOverStores[view]) expect(rows[0]!.stores, view).toBe(String(all.length))
      else if (rows[0]!.store_key === undefined) expect([...executiveViews, ...openViews, 'my_access', 'access']).toContain(view)
      else expect(new Set(rows.map((row) => row.store_key)).size, view).toBe(all.length)
    }
  })

  test.each(readerNames)('show %s the rows of their own stores, all of them, and no others', async (reader) => {
    const mine = readers[reader]
    const keys = await keysOf(mine)
    for (const view of await viewsOfBi()) {
      const rows = await query(urls[reader], `select * from bi.${view}`)
      if (view === 'my_access' || (view === 'access' && reader !== 'executive')) {
        expect(new Set(rows.map((row) => row.user_name))).toEqual(
          new Set(mine.length > 0 ? [loginOf(urls[reader])] : []),
        )
      } else if (sumsOverStores[view]) {
        expect(new Set(rows.map((row) => row.stores)), view).toEqual(
          new Set(mine.length > 0 ? [String(mine.length)] : []),
        )
      } else if (view === 'access') {
        expect(rows.length).toBeGreaterThan(1)
      } else if (openViews.includes(view)) {
        expect(rows.length > 0, view).toBe(mine.length > 0)
      } else if (executiveViews.includes(view)) {
        expect(rows.length > 0, view).toBe(reader === 'executive')
      } else {
        expect(new Set(rows.map((row) => row.store_key)), view).toEqual(keys)
      }
    }
  })

  test.each(readerNames)('sum for %s what their rows by store sum to', async (reader) => {
    for (const [view, { sum, of }] of Object.entries(sumsOverStores)) {
      const totals = await query(
        urls[reader],
        `select (select sum(${sum}) from bi.${view}) as total, (select sum(${sum}) from bi.${of}) as rows`,
      )
      expect(totals[0]!.total, view).toBe(totals[0]!.rows)
      expect(totals[0]!.total === null, view).toBe(readers[reader].length === 0)
    }
  })

  test('follow a store into its new region, with its past', async () => {
    await query(database.url, "update ref.stores set region = 'east' where store_id = '3'")
    try {
      const rows = await query(urls.regionalManager, 'select store_key from bi.fact_sales')
      expect(new Set(rows.map((row) => row.store_key))).toEqual(await keysOf(['1', '2', '3']))
    } finally {
      await query(database.url, "update ref.stores set region = 'west' where store_id = '3'")
    }
  })

  test('show the login that the stack made for one machine everything, and its members no more than their own', async () => {
    const mine = await withClient(urls.storeManager, async (client) => {
      await client.query('set role bi_reader')
      return (await client.query('select store_key from bi.fact_sales')).rows as Row[]
    })
    expect(new Set(mine.map((row) => row.store_key))).toEqual(await keysOf(['3']))
  })

  test("do not let a reader's own function see rows before the policy does", async () => {
    const leaked = await withClient(urls.storeManager, async (client) => {
      const seen: string[] = []
      client.on('notice', ({ message }) => seen.push(String(message)))
      await client.query(`create function pg_temp.look(value text) returns boolean language plpgsql cost 0.0000001
        as $$ begin raise notice '%', value; return true; end $$`)
      await client.query('select * from bi.fact_sales where pg_temp.look(transaction_id)')
      return seen
    })
    expect(leaked).toEqual(['3'])
  })
})

test('live_shelf adds up what is on a shelf and in hands, and live_lots counts the days', async () => {
  const shelves = await query(urls.storeManager, 'select shelf_id, available, held, on_shelf, capacity, fill_ratio from bi.live_shelf')
  expect(shelves).toEqual([
    { shelf_id: 'a1', available: '4', held: '1', on_shelf: '5', capacity: '10', fill_ratio: '0.5000' },
  ])
  const lots = await query(urls.storeManager, 'select batch_id, on_hand, days_left < 0 as is_past from bi.live_lots')
  expect(lots).toEqual([{ batch_id: 'l', on_hand: '4', is_past: true }])
  expect(await isRefused(urls.executive, 'select customer_id from state.basket')).toBe(true)
})

describe('the tables', () => {
  test.each(readerNames)('can not be named by %s: no schema but bi is open', async (reader) => {
    const tables = await query(
      database.url,
      `select format('%I.%I', nspname, relname) as name
       from pg_class join pg_namespace on pg_namespace.oid = relnamespace
       where nspname in ('ref', 'state', 'ops', 'analytics', 'staging') and relkind in ('r', 'p')`,
    )
    expect(tables.length).toBeGreaterThan(30)
    const open: unknown[] = []
    for (const { name } of tables) if (!(await isRefused(urls[reader], `select * from ${name}`))) open.push(name)
    expect(open).toEqual([])
  })

  test('would hold readers to their stores even if a schema were opened', async () => {
    await query(database.migrateUrl, 'grant usage on schema ref, state, ops, analytics to bi_reader')
    try {
      for (const reader of readerNames) await expectTablesToHold(reader)
    } finally {
      await query(database.migrateUrl, 'revoke usage on schema ref, state, ops, analytics from bi_reader')
    }
  })

  test('grant readers no partition, no aggregate without a policy, and nothing but select', async () => {
    const grants = await query(
      database.url,
      `select class.oid::regclass::text as name, privilege_type, relrowsecurity, relispartition
       from pg_class as class cross join aclexplode(relacl)
       where grantee = 'bi_reader'::regrole and relkind in ('r', 'p', 'm')`,
    )
    expect(grants.length).toBeGreaterThan(15)
    for (const grant of grants) {
      expect(grant).toMatchObject({ privilege_type: 'SELECT', relrowsecurity: true, relispartition: false })
    }
    const publicGrants = await query(
      database.url,
      `select class.oid::regclass::text as name from pg_class as class cross join aclexplode(relacl)
       where grantee = 0 and relnamespace::regnamespace::text in ('ref', 'state', 'ops', 'analytics', 'bi', 'staging')`,
    )
    expect(publicGrants).toEqual([])
  })

  test('are open to the application in full, and it may write them', async () => {
    const [counts] = await query(
      database.url,
      'select (select count(*) from analytics.fact_sales) as sales, (select count(*) from bi.fact_sales) as shown',
    )
    expect(counts).toEqual({ sales: '4', shown: '4' })
  })

  test('show who sees what to those who see everything, for the roles of Power BI', async () => {
    const all = await query(database.url, 'select user_name from ref.user_scope')
    expect(await query(urls.executive, 'select user_name from bi.access')).toHaveLength(all.length)
    expect(await query(urls.storeManager, 'select distinct user_name from bi.access')).toEqual([
      { user_name: loginOf(urls.storeManager) },
    ])
  })

  test('can not be changed by a reader', async () => {
    for (const statement of [
      "insert into bi.my_access (user_name, scope) values (session_user, 'all')",
      'delete from bi.fact_sales',
      'select analytics.refresh_bi()',
      'select ref.visible_store_ids()',
      "select analytics.pseudonym_of('c')",
    ]) {
      expect(await isRefused(urls.storeManager, statement), statement).toBe(true)
    }
  })
})

/** With its schema open, every granted table shows a reader their own rows, and every partition is still refused. */
async function expectTablesToHold(reader: Reader): Promise<void> {
  const keys = await keysOf(readers[reader])
  const tables = await query(
    database.url,
    `select class.oid::regclass::text as name, has_table_privilege($1, class.oid, 'select') as granted,
       exists (select from pg_attribute where attrelid = class.oid and attname = 'store_key') as has_store_key
     from pg_class as class
     where relnamespace::regnamespace::text in ('ref', 'state', 'ops', 'analytics') and relkind in ('r', 'p')`,
    [loginOf(urls[reader])],
  )
  for (const { name, granted, has_store_key } of tables) {
    if (!granted) {
      expect(await isRefused(urls[reader], `select * from ${name}`), String(name)).toBe(true)
      continue
    }
    const rows = await query(urls[reader], `select * from ${name}`)
    const { user_name: owner, store_id: storeId } = rows[0] ?? {}
    if (has_store_key) expect(new Set(rows.map((row) => row.store_key)), String(name)).toEqual(keys)
    else if (owner !== undefined) {
      if (reader !== 'executive')
        expect(new Set(rows.map((row) => row.user_name))).toEqual(new Set([loginOf(urls[reader])]))
    }
    else if (storeId !== undefined) expect(new Set(rows.map((row) => row.store_id))).toEqual(new Set(readers[reader]))
    else if (readers[reader].length === 0) expect(rows, String(name)).toEqual([])
  }
}

async function keysOf(ids: readonly string[]): Promise<Set<unknown>> {
  const rows = await query(database.url, 'select store_key from analytics.dim_store where store_id = any($1)', [ids])
  return new Set(rows.map((row) => row.store_key))
}
