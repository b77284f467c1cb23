/**
 * The minute jobs on a thousand stores with five hundred products each, in a database of the bench's own:
 * `node bench/minute-jobs.ts [--stores 1000 --products 500 --runs 5]`. Prints the size of the live state, the first run
 * (which has everything to decide), then runs between which a minute's worth of shelves sell.
 */
import { parseArgs } from 'node:util'
import { createLogger } from '../platform/log.ts'
import { createPool, type PoolClient } from '../platform/postgres/postgres.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { createTestDatabase } from '../platform/testing.ts'
import { machine, report, seconds } from './measure.ts'

const { values: flags } = parseArgs({
  options: {
    stores: { type: 'string', default: '1000' },
    products: { type: 'string', default: '500' },
    runs: { type: 'string', default: '5' },
  },
})
const [stores, products, runs] = [Number(flags.stores), Number(flags.products), Number(flags.runs)]
const NOON_MS = Date.UTC(2017, 2, 1, 17)
const ROWS_MAX = 5_000

/** Two lots a shelf, two a product and warehouse, of ten warehouses; one shelf in a hundred is low; three days of baskets. */
const seed = [
  `insert into ref.stores
   select 's' || s, 'Store ' || s, 'east', 'America/New_York', 'US', 'USD', now() from generate_series(1, ${stores}) as s`,
  `insert into ref.products (product_id, name, category, recorded_at)
   select 'p' || p, 'Product ' || p, 'c' || p % 20, now() from generate_series(1, ${products}) as p`,
  `insert into ref.shelves (store_id, product_id, shelf_id, capacity, unit_weight, warehouse_id, recorded_at)
   select 's' || s, 'p' || p, 'A' || p, 20, 0.5, 'w' || s % 10, now()
   from generate_series(1, ${stores}) as s, generate_series(1, ${products}) as p`,
  `insert into state.shelf (store_id, product_id, refilled, picked, last_weight, last_weight_at, last_refill_at, last_pick_at, last_sale_at)
   select 's' || s, 'p' || p, 40, case when (s + p) % 100 = 0 then 36 else 24 end, 8, at, at, at, at
   from generate_series(1, ${stores}) as s, generate_series(1, ${products}) as p, (select timestamptz '2017-03-01 16:30+00' as at) as t`,
  `insert into state.shelf_lot (store_id, product_id, batch_id, refilled, removed, expires_on, received_on, last_event_on)
   select 's' || s, 'p' || p, 'b' || lot, 20, 0, date '2017-02-28' + case lot when 1 then 1 + p % 60 else 30 + p % 60 end, '2017-02-20', '2017-02-28'
   from generate_series(1, ${stores}) as s, generate_series(1, ${products}) as p, generate_series(1, 2) as lot`,
  `insert into state.warehouse_lot (warehouse_id, product_id, batch_id, received, shipped, expires_on, received_on, last_event_on)
   select 'w' || w, 'p' || p, 'b' || lot, 5000, 0, date '2017-04-01' + lot, '2017-02-20', '2017-02-20'
   from generate_series(0, 9) as w, generate_series(1, ${products}) as p, generate_series(1, 2) as lot`,
  `insert into state.warehouse (warehouse_id, product_id, received, shipped)
   select warehouse_id, product_id, sum(received), 0 from state.warehouse_lot group by 1, 2`,
  `insert into state.sales_rate
   select store_id, product_id, '2017-03-01', 6, 2.5 from ref.shelves`,
  `insert into ops.sales_rate_day select store_id, '2017-03-01' from ref.stores`,
  `insert into state.stock select store_id, product_id, 16 from ref.shelves`,
  `insert into state.basket (visit_date, store_id, product_id, customer_id, picked, sold, last_pick_at, last_event_at, taken_at)
   select date '2017-03-01', 's' || s, 'p' || 1 + c % ${products}, 'c' || c, 1, (c % 200 <> 0)::int, at, at, case when c % 200 = 0 then at end
   from generate_series(1, ${stores}) as s, generate_series(1, 500) as c, (select timestamptz '2017-03-01 14:50+00' as at) as t`,
  `insert into state.stock_out_risk
   select store_id, product_id, random() * 0.75, 20, 0.1, 1, '2017-03-02', '2017-03-01 16:30+00', now()
   from ref.shelves`,
  `insert into state.availability
   select store_id, product_id, '2017-03-01 15:00+00', 0.9, 3, 3, false, 1, 0.5, '{"silent_hours": 1}'
   from ref.shelves`,
]

/** What a minute changes: some pickups that are held, some shelves that get low. */
const aMinute = [
  `update state.shelf set picked = picked + 8, last_pick_at = $1, last_sale_at = $1
   where abs(hashtext(store_id || product_id || $2)) % 1000 = 0`,
  `insert into state.basket (visit_date, store_id, product_id, customer_id, picked, sold, last_pick_at, last_event_at)
   select '2017-03-01', store_id, product_id, 'm' || $2, 1, 0, $1, $1 from ref.shelves
   where abs(hashtext(store_id || product_id || $2)) % 500 = 0`,
]

interface JobRun {
  job: string
  changed: number
  ms: number
  error: string | null
}

async function runJobs(client: PoolClient, asOfMs: number): Promise<JobRun[]> {
  const { rows: names } = await client.query<{ job: string }>('select job from ops.minute_job order by position')
  const ran: JobRun[] = []
  for (const { job } of names) {
    const { rows } = await client.query<JobRun>(
      'select job, changed, ms::float8 as ms, error from ops.run_minute_job($1, $2, $3)',
      [job, new Date(asOfMs), ROWS_MAX],
    )
    ran.push(rows[0]!)
  }
  return ran
}

const settings = loadSettings()
const database = await createTestDatabase(settings)
const pool = createPool(database.settings, createLogger({ logLevel: 'error' }, 'bench'))
const client = await pool.connect()
try {
  console.log(machine())
  for (const text of seed) await client.query(text)
  await client.query('analyze')
  const { rows: sizes } = await client.query<{ relation: string; bytes: number }>(
    `select format('%I.%I', nspname, relname) as relation, pg_total_relation_size(pg_class.oid)::float8 as bytes
     from pg_class join pg_namespace on pg_namespace.oid = relnamespace
     where nspname in ('state', 'ref') and relkind in ('r', 'p') and pg_total_relation_size(pg_class.oid) > 1e6 order by bytes desc`,
  )
  for (const { relation, bytes } of sizes)
    console.log(`${relation.padEnd(58)} ${(bytes / 1e9).toFixed(3).padStart(10)} GB`)
  const bytes = sizes.reduce((sum, size) => sum + size.bytes, 0)
  console.log(
    `${`live state, ${stores} stores × ${products} products`.padEnd(58)} ${(bytes / 1e9).toFixed(3).padStart(10)} GB`,
  )

  const first = await seconds(async () => {
    for (const { job, changed, ms, error } of await runJobs(client, NOON_MS)) {
      console.log(
        `${`  first run: ${job}`.padEnd(58)} ${String(Math.round(ms)).padStart(10)} ms, ${changed} changed${error === null ? '' : ` FAILED ${error}`}`,
      )
    }
  })
  report('first run, everything to decide', 's', [first])
  const { rows: rules } = await client.query<{ alert_type: string; last_ms: string; last_causes: number }>(
    'select alert_type, last_ms, last_causes from ops.alert_rule order by position',
  )
  for (const { alert_type, last_ms, last_causes } of rules) {
    console.log(`${`  rule ${alert_type}`.padEnd(58)} ${last_ms.padStart(10)} ms, ${last_causes} causes`)
  }

  const taken: number[] = []
  const byJob = new Map<string, number[]>()
  for (let minute = 1; minute <= runs; minute += 1) {
    const at = NOON_MS + minute * 60_000
    for (const text of aMinute) await client.query(text, [new Date(at), String(minute)])
    taken.push(
      await seconds(async () => {
        for (const { job, ms } of await runJobs(client, at + 30_000)) byJob.set(job, [...(byJob.get(job) ?? []), ms])
      }),
    )
  }
  for (const [job, ms] of byJob) report(`  ${job}`, 'ms', ms)
  report('a minute’s run of all jobs', 's', taken)
} finally {
  client.release()
  await pool.end()
  await database.drop()
}
