/** A web application of a test's own: a database with some weeks of a small chain in it, the process, and people. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createLogger } from '../platform/log.ts'
import { createPool, type Pool } from '../platform/postgres/postgres.ts'
import { loadSettings, type Settings } from '../platform/settings/settings.ts'
import { createTestDatabase } from '../platform/testing.ts'
import type { Scope } from '../services/access/access.ts'
import { addPerson, type PersonRole } from '../services/access/people.ts'
import { named } from '../services/access/testing.ts'
import { forecastSeed } from './forecasting/testing.ts'
import { stockSeed } from './live-state/testing.ts'
import { paymentSeed } from './payments/testing.ts'
import { deliverySeed } from './purchase-orders/testing.ts'
import { sourceSeed } from './sources/testing.ts'

const ROOT = join(import.meta.dirname, '..')
const START_MS_MAX = 100_000

export interface WebWorld {
  url: string
  settings: Settings
  /** As the application's own role. */
  pool: Pool
  /** Passwords by name. */
  passwords: Readonly<Record<string, string>>
  /** What the process has written. */
  log(): string
  close(): Promise<void>
}

export const people: readonly [string, PersonRole, Scope[]][] = [
  ['ann', 'administrator', []],
  ['maria', 'store_manager', [{ scope: 'store', store: '367', region: null }]],
  ['omar', 'regional_manager', [{ scope: 'region', store: null, region: 'West' }]],
  ['bob', 'buyer', []],
  ['dan', 'data_engineer', []],
  ['eve', 'executive', []],
]

/** A text that would run if a page took it for markup. */
export const HOSTILE = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>"'`

/** @param environment settings of the process, beside those of the instance */
export async function openWebWorld(environment: Readonly<Record<string, string>> = {}): Promise<WebWorld> {
  const database = await createTestDatabase(loadSettings())
  const { settings } = database
  const pool = createPool(settings, createLogger({ logLevel: 'error' }, 'test'))
  let web: ChildProcess | undefined
  const close = async () => {
    if (web !== undefined) await stopWeb(web)
    await pool.end()
    await database.drop()
  }
  try {
    await seed(pool)
    const passwords: Record<string, string> = {}
    for (const [person, role, scopes] of people) {
      passwords[person] = (await addPerson(pool, { person, role, scopes }, named('test'))).password
    }
    const started = await startWeb(settings, environment)
    web = started.process
    return { url: started.url, settings, pool, passwords, log: started.log, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The cookie of a new session of one of the people. */
export async function sessionOf({ url, passwords }: WebWorld, person: string): Promise<string> {
  const answer = await fetch(`${url}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: url },
    body: new URLSearchParams({ name: person, password: passwords[person]! }),
  })
  return answer.headers.getSetCookie()[0]!.split(';')[0]!
}

/** One of each thing of this world, by the names that paths and fields have for it. */
export async function exampleValues(pool: Pool): Promise<Readonly<Record<string, string>>> {
  const one = async (query: string) =>
    String(Object.values((await pool.query<Record<string, unknown>>(query)).rows[0]!)[0])
  return {
    alert: await one('select alert_id from ops.alert limit 1'),
    letter: await one('select letter_id from ops.dead_letters limit 1'),
    order: 'PO-acme-W1-20261121',
    transfer: 'TR-milk-W1-367',
    store: '367',
    product: 'milk',
    supplier: 'dairy',
    model: 'demand',
    version: '1',
    asset: 'fact_sales',
    date: '2026-11-20',
    plan: '20261128-080000-abcd',
    person: 'maria',
    map: 'stock',
    connector: 'erp',
    device: 'scale-7',
    keptHours: '1',
    position: '1',
    quantity: '1',
    note: 'N-1',
    digestAt: '07:00',
    timeZone: 'UTC',
    from: '2026-11-18',
    to: '2026-11-20',
  }
}

/** @throws when no value is known for a part of the path */
export const filledWith = (path: string, values: Readonly<Record<string, string>>): string =>
  path.replaceAll(/:(\w+)/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`${path}: ${name} has no example`)
    return encodeURIComponent(value)
  })

/** The browser of the machine; undefined: it has none. */
export const chromiumPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) =>
  existsSync(file),
)

export async function stopWeb(web: ChildProcess): Promise<void> {
  if (web.exitCode !== null) return
  const ended = once(web, 'exit')
  web.kill('SIGTERM')
  await ended
}

/** The process on a database of its own, and its address. */
export async function startWeb(settings: Settings, environment: Readonly<Record<string, string>>) {
  const child = spawn(join(ROOT, 'shelfline'), ['worker', 'web'], {
    env: {
      ...process.env,
      SHELFLINE_POSTGRES_URL: settings.postgresUrl,
      SHELFLINE_POSTGRES_WEB_URL: settings.postgresWebUrl,
      SHELFLINE_LAKE_PREFIX: settings.lakePrefix,
      // Its address is read from its log.
      SHELFLINE_LOG_LEVEL: 'info',
      SHELFLINE_WEB_PORT: '0',
      SHELFLINE_HTTP_PORT: '0',
      ...environment,
    },
  })
  let text = ''
  const url = await new Promise<string>((ready, failed) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      failed(new Error(`the web process is not ready: ${text}`))
    }, START_MS_MAX)
    child.once('exit', () => failed(new Error(`the web process has ended: ${text}`)))
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString()
        const found = /"url":"(http:[^"]+)"/.exec(text)?.[1]
        if (found === undefined) return
        clearTimeout(timer)
        ready(found)
      })
    }
  })
  return { url, process: child, log: () => text }
}

async function seed(pool: Pool): Promise<void> {
  for (const statement of [
    ...statements,
    ...stockSeed,
    ...deliverySeed,
    ...forecastSeed,
    ...sourceSeed,
    ...paymentSeed,
  ])
    await pool.query(statement)
  await pool.query(
    `insert into ops.alert (dedup_key, alert_type, store_id, product_id, severity, impact, message, evidence, first_seen, last_seen)
     values ('hostile', 'low_shelf', '367', 'chips', 'warning', 3, $1, jsonb_build_object('note', $1::text), now(), now())`,
    [HOSTILE],
  )
}

const statements = [
  `insert into ref.stores (store_id, name, region, time_zone, country, currency, recorded_at) values
     ('367', 'Lakeside', 'East', 'America/New_York', 'US', 'USD', now()),
     ('406', 'Harbour', 'West', 'America/Los_Angeles', 'US', 'USD', now()),
     ('412', 'Old Town', 'West', 'America/Los_Angeles', 'US', 'USD', now())`,
  `insert into ref.products (product_id, name, category, department, recorded_at) values
     ('milk', 'Whole milk 1 l', 'Dairy', 'Fresh', now()), ('beef', 'Minced beef 500 g', 'Meat', 'Fresh', now()),
     ('chips', 'Crisps, sea salt 150 g', 'Snacks', 'Grocery', now()), ('tea', 'Breakfast tea 80 bags', 'Drinks', 'Grocery', now()),
     ('bread', 'Sourdough loaf', 'Bakery', 'Fresh', now())`,
  `insert into ref.suppliers (supplier_id, name, adapter, order_weekdays, cut_off, time_zone, lead_time_days, currency, recorded_at, updated_at)
   select id, name, 'file', '{1,2,3,4,5}', '12:00', 'America/New_York', 2, 'USD', now(), now() from (values ('dairy', 'Northern Dairies'), ('acme', 'Acme Wholesale')) as one (id, name)`,
  `insert into ops.alert (dedup_key, alert_type, store_id, product_id, severity, impact, message, evidence, recommended_quantity, first_seen, last_seen)
   select dedup, type, store, product, severity, impact, message, evidence::jsonb, quantity, now() - age::interval, now() - interval '1 minute'
   from (values
     ('a', 'stock_out', '367', 'beef', 'critical', 485.20, 'Minced beef 500 g is sold out', '{"on_hand": 0, "units_per_day": 18.4, "next_delivery": null, "last_sale_at": "2026-11-28T14:05:00Z"}', 36, '3 hours'),
     ('b', 'stock_out', '406', 'milk', 'critical', 312.50, 'Whole milk 1 l is sold out', '{"on_hand": 0, "units_per_day": 96}', 120, '50 minutes'),
     ('c', 'sales_drop', '412', null, 'critical', 204.00, 'Sales are 62 % below what was expected', '{"net_amount": 118.4, "expected_amount": 310.2, "score": -4.1, "from": "2026-11-29T16:00:00Z"}', null, '25 minutes'),
     ('d', 'near_expiry', '367', 'bread', 'warning', 41.10, '12 units of Sourdough loaf expire tomorrow', '{"lots": [{"batch": "B-1", "on_hand": 7, "expires_on": "2026-11-30"}, {"batch": "B-2", "on_hand": 5, "expires_on": "2026-11-30"}]}', null, '6 hours'),
     ('e', 'price_mismatch', '406', 'tea', 'warning', 18.75, 'Breakfast tea 80 bags was sold at 2.49, its price is 2.99', '{"sold_at": 2.49, "list_price": 2.99, "sales": 15}', null, '2 days'),
     ('f', 'sensor_silent', '412', null, 'info', null, 'The door sensor "main" has sent nothing for 2 hours', '{"sensor_id": "main", "usual_minutes": 1}', null, '2 hours')
   ) as one (dedup, type, store, product, severity, impact, message, evidence, quantity, age)`,
  `insert into ops.purchase_order (purchase_order_id, supplier_id, location_id, review_date, status, currency, total_value, expected_on,
     created_at, updated_at, revision, expires_at, risks, approval_role, approvals_needed, waits_since)
   select id, supplier, place, to_date(right(id, 8), 'YYYYMMDD'), status, 'USD', value, '2026-12-01', now() - interval '5 hours', now() - interval '1 hour', 1,
     case status when 'awaiting_approval' then now() + interval '20 hours' end, risks::text[], case status when 'awaiting_approval' then 'buyer' end,
     case status when 'awaiting_approval' then 1 end, case status when 'awaiting_approval' then now() - interval '4 hours' end
   from (values
     ('PO-dairy-W1-20261128', 'dairy', 'W1', 'awaiting_approval', 4310.40, '{above_usual}'),
     ('PO-acme-W1-20261128', 'acme', 'W1', 'awaiting_approval', 1286.00, '{}'),
     ('PO-acme-367-20261127', 'acme', '367', 'sent', 214.80, '{}'),
     ('PO-dairy-W1-20261125', 'dairy', 'W1', 'partly_received', 3980.00, '{}'),
     ('PO-acme-W1-20261121', 'acme', 'W1', 'closed', 990.50, '{}')
   ) as one (id, supplier, place, status, value, risks)`,
  `insert into ops.purchase_order_line (purchase_order_id, line_no, product_id, proposed_quantity, quantity, unit_cost, explanation)
   select purchase_order_id, line, product, quantity, quantity, round(total_value / quantity / 3, 4), jsonb_build_object(
     'product_name', name, 'steps', '[]'::jsonb, 'bindingConstraint', case line when 1 then 'pack' when 2 then 'maximum_cover' end,
     'quantityWithout', case line when 2 then '420' end, 'costOfOnePackMore', 3.1, 'costOfOnePackLess', 5.8,
     'fallbacks', '[]'::jsonb, 'remarks', '[]'::jsonb, 'provenance', '{}'::jsonb,
     'terms', jsonb_build_array(
       jsonb_build_object('name', 'on_hand', 'value', 132, 'unit', 'units'), jsonb_build_object('name', 'on_hand_available', 'value', 132, 'unit', 'units'),
       jsonb_build_object('name', 'on_order', 'value', 60, 'unit', 'units'), jsonb_build_object('name', 'mean_demand', 'value', 410, 'unit', 'units'),
       jsonb_build_object('name', 'demand_standard_deviation', 'value', 64, 'unit', 'units'), jsonb_build_object('name', 'lead_time', 'value', 2, 'unit', 'days'),
       jsonb_build_object('name', 'service_target', 'value', 0.97, 'unit', 'share'), jsonb_build_object('name', 'method', 'value', 'base_stock', 'unit', 'text'),
       jsonb_build_object('name', 'unit_cost', 'value', 0.62, 'unit', 'money'), jsonb_build_object('name', 'availability', 'value', null, 'unit', 'share')
     ))
   from ops.purchase_order
   cross join (values (1, 'milk', 'Whole milk 1 l', 360), (2, 'bread', 'Sourdough loaf', 240), (3, 'tea', 'Breakfast tea 80 bags', 48))
     as line (line, product, name, quantity)`,
  `insert into ops.purchase_order_action (purchase_order_id, action, acted_by, acted_at, detail)
   select purchase_order_id, action, 'shelfline', created_at, '{}' from ops.purchase_order cross join unnest(array['draft', 'submit']) as action`,
  `insert into ref.approver (person, role, location_id, changed_by) values ('bob', 'buyer', null, 'test'), ('ann', 'director', null, 'test')`,
  `insert into ops.stream_offsets (processor, topic, partition, position, consumed, applied, duplicate, late, dead)
   values ('sales_state', 'pos_transactions', 0, 1200, 1200, 1180, 12, 5, 3), ('shelf_state', 'shelf_events', 0, 400, 400, 400, 0, 0, 0)`,
  `insert into ops.dead_letters (origin, topic, partition, "offset", read_partition, read_offset, known_at, reason, error, payload, payload_bytes)
   select 'contract', 'foot_traffic', 0, id, 0, id, now(), 'schema_violation', '/entries: must be >= 0', convert_to(payload, 'UTF8'), length(payload)
   from generate_series(1, 3) as id, (values (
     '{"event_id":"door-1","source":"doors","schema_version":1,"event_at":"2026-11-28T10:00:00-05:00","store_id":"367","sensor_id":"main","entries":-3,"exits":2,"interval_seconds":60}'
   )) as one (payload)`,
  `insert into ops.assets (asset, description, store, upstream, code_version, position) values
     ('cleansed/sales', 'sales', 'lake', '{}', 'c1', 1), ('fact_sales', 'sales', 'postgres', '{cleansed/sales}', 'c1', 2),
     ('features/demand', 'demand', 'lake', '{cleansed/sales}', 'c1', 3)`,
  `insert into ops.partition_ledger (asset, date, status, run, workflow_id, run_id, reason, error, started_at, finished_at, lease_until,
     inputs, code_version, rows, bytes, duration_ms)
   select asset, day, status, run, 'daily-etl-' || day::date, 'r', 'missing', case status when 'failed' then 'check "unique" failed: 3 rows twice' end,
     day + interval '32 hours', day + interval '32 hours 3 seconds', day + interval '33 hours', '{"raw/pos_transactions": 12}', 'c1', 4000, 120000, 2900
   from (
     select asset, day, nextval('ops.partition_run_numbers') as run,
       case when asset = 'fact_sales' and day = '2026-11-20' then 'failed' else 'succeeded' end as status
     from ops.assets cross join generate_series(timestamp '2026-09-01', '2026-11-28', '1 day') as day
     where not (asset = 'features/demand' and day between '2026-10-10' and '2026-10-14')
   ) as one`,
  `insert into ops.partition_runs
   select run, asset, date, status, workflow_id, run_id, reason, error, started_at, finished_at, inputs, output_version, code_version, rows, bytes, duration_ms
   from ops.partition_ledger`,
  `insert into ops.transfer_proposal (transfer_id, review_date, product_id, from_location_id, to_location_id, quantity, gain, currency,
     lead_time_days, explanation, created_at, expires_at, updated_at)
   select 'TR-' || product || '-' || giver || '-' || taker, '2026-11-28', product, giver, taker, 12, 48.5, 'USD', 1,
     jsonb_build_object('product_name', product, 'terms', jsonb_build_array(jsonb_build_object('name', 'gain', 'value', 48.5, 'unit', 'money'))),
     now(), now() + interval '20 hours', now()
   from (values ('milk', 'W1', '367'), ('tea', 'W1', '406')) as one (product, giver, taker)`,
  `select analytics.ensure_partitions('2026-11-01', '2026-11-30')`,
  `insert into analytics.dim_store (store_key, store_id, name, region, country, currency, time_zone, valid_from, valid_to, is_current)
   select analytics.dimension_key(store_id, '2020-01-01'), store_id, name, region, country, currency, time_zone, '2020-01-01', '9999-12-31 00:00:00+00', true from ref.stores`,
  `insert into analytics.sales_by_store_day
   select day, analytics.dimension_key(store_id, '2020-01-01'), 900, 2400, 700, 3000, 9000, 400, 8600 + 40 * extract(day from day), 900, 12, 12, 60
   from ref.stores cross join generate_series(date '2026-11-14', date '2026-11-28', '1 day') as day`,
  `insert into ops.model_version (model_name, version, trained_from, trained_through, artefact, code_version, seed, parameters, inputs,
     training_rows, duration_ms, workflow_id, decision)
   select 'demand', version, '2026-01-01', '2026-11-01', 'lake/models/demand/v' || version, 'c1', 7, '{"rounds": 200}', '{"features/demand": 12}',
     120000, 42000, 'train-models-2026-11-01', case version when 1 then 'promoted: the first version' else 'refused: orders by it would have cost 1.2 % more' end
   from generate_series(1, 2) as version`,
  `insert into ops.model_metric (model_name, version, candidate, segment, horizon, metric, value, rows)
   select 'demand', version, candidate, 'all', '1-7', 'wape', value, 4000
   from generate_series(1, 2) as version, (values ('chosen', 0.41), ('seasonal_naive', 0.55)) as one (candidate, value)`,
  `insert into ops.model_alias_log (model_name, alias, version, changed_by, reason) values ('demand', 'champion', 1, 'shelfline', 'the first version')`,
  `insert into ops.model_drift (drift_date, model_name, kind, subject, store_id, model_version, value, threshold, size_trained, size_now, is_drifted, message)
   values ('2026-11-28', 'demand', 'feature', 'price_last', '*', 1, 0.4, 0.1, 300, 300, true, 'price_last differs from training'),
     ('2026-11-28', 'demand', 'error', 'forecast', '*', 1, 0.45, 0.6, 4000, 4000, false, 'forecasts of all stores are as accurate')`,
  `insert into ops.check_results (run, check_name, asset, date, severity, passed, finding, failing_rows, checked_at)
   select run, check_name, 'fact_sales', date '2026-11-20' + run::integer % 8, 'block', check_name <> 'unique' or run % 5 <> 0, finding, case when check_name = 'unique' and run % 5 = 0 then 3 else 0 end, now() - run * interval '9 hours'
   from generate_series(1, 30) as run, (values ('unique', '3 rows twice'), ('row_count', '4,000 rows, 3,980 the week before')) as one (check_name, finding)`,
  `insert into ops.backfill_plans (plan, assets, from_date, to_date, forced, failed_only, planned_at)
   values ('20261128-080000-abcd', '{cleansed/sales}', '2026-11-18', '2026-11-20', true, false, '2026-11-28 08:00:00Z')`,
  `insert into ops.backfill_cells (plan, date, asset, position, reason, estimated_rows, estimated_bytes, estimated_ms, status, error, finished_at)
   select '20261128-080000-abcd', day, asset, row_number() over (order by day, asset), case asset when 'fact_sales' then 'input_changed' else 'forced' end, 4000, 120000, 2900,
     case when asset = 'fact_sales' and day = '2026-11-20' then 'failed' else 'planned' end, case when asset = 'fact_sales' and day = '2026-11-20' then 'check "unique" failed: 3 rows twice' end, now()
   from generate_series(date '2026-11-18', '2026-11-20', '1 day') as day, unnest(array['cleansed/sales', 'fact_sales']) as asset`,
  `insert into ref.notification_route (route_id, channel, address, role, kinds, minimum_severity, immediate_from, digest_at, time_zone, changed_by)
   values ('maria', 'email', 'maria@example.com', 'store_manager', '{alert,approval}', 'warning', 'critical', '07:00', 'America/New_York', 'test')`,
]
