import pg from 'pg'
import { createLogger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase } from '../../platform/testing.ts'

/** Noon in the store that tests are about. */
export const NOON = '2017-03-01T12:00:00-05:00'

/** An instant this many minutes after noon; negative: before. */
export const minutes = (count: number): string => new Date(Date.parse(NOON) + count * 60_000).toISOString()

export interface JobsDatabase {
  pool: Pool
  /** Runs a job or another function of `ops` that takes an instant and a limit. */
  run(job: string, asOf?: string, limit?: number): Promise<number>
  rows<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>
  /** What jobs have sent since the last call, by topic. */
  sent(topic: string): Promise<Record<string, unknown>[]>
  /** As if an event had come back through Kafka; its effects are the test's to write. */
  cameBack(processor: string, topic: string, eventId: string, date?: string): Promise<void>
  /** Runs a statement as the owner of the tables: what is append-only for the application can be emptied. */
  asOwner(text: string): Promise<void>
  close(): Promise<void>
}

/** A database of a test's own with a store in New York whose shelf of tea is filled from warehouse w1. */
export async function createJobsDatabase(): Promise<JobsDatabase> {
  const database = await createTestDatabase(loadSettings())
  const pool = createPool(database.settings, createLogger({ logLevel: 'error' }, 'test'))
  const rows = async <Row extends object>(text: string, values: unknown[] = []) =>
    (await pool.query<Row>(text, values)).rows
  await rows(`insert into ref.stores select id, 'Store ' || id, 'east', 'America/New_York', 'US', 'USD', now()
    from unnest(array['s1', 's2']) as id`)
  await rows(`insert into ref.products (product_id, name, category, recorded_at)
    values ('tea', 'Tea', 'drinks', now()), ('milk', 'Milk', 'dairy', now())`)
  return {
    pool,
    rows,
    async run(job, asOf = NOON, limit = 1_000) {
      const [row] = await rows<{ changed: number }>(`select ops.${job}($1, $2) as changed`, [asOf, limit])
      return row!.changed
    },
    async sent(topic) {
      const messages = await rows<{ payload: Record<string, unknown> }>(
        'with gone as (delete from ops.outbox where topic = $1 returning *) select payload from gone order by outbox_id',
        [topic],
      )
      return messages.map(({ payload }) => payload)
    },
    async cameBack(processor, topic, eventId, date = '2017-03-01') {
      await rows('select state.ensure_event_id_months(array[$1::date])', [date])
      await rows(`insert into state.event_ids values ($1, state.event_key($2 || '/' || $3, $4))`, [
        date, processor, topic, eventId,
      ])
    },
    async asOwner(text) {
      const owner = new pg.Client({ connectionString: database.settings.postgresMigrateUrl })
      await owner.connect()
      await owner.query(text).finally(() => owner.end())
    },
    async close() {
      await pool.end()
      await database.drop()
    },
  }
}

export interface ShelfSeed {
  store?: string
  product?: string
  capacity?: number
  onShelf?: number
  /** What it sells a day, for 2.00 each. */
  perDay?: number
}

/** A shelf with its profile, the sum of what was put on it, and what it sells. */
export async function seedShelf(
  { rows }: JobsDatabase,
  { store = 's1', product = 'tea', capacity = 20, onShelf = 0, perDay = 8 }: ShelfSeed = {},
): Promise<void> {
  await rows(
    `insert into ref.shelves (store_id, product_id, shelf_id, capacity, unit_weight, warehouse_id, recorded_at)
     values ($1, $2, 'A1', $3, 0.5, 'w1', now())`,
    [store, product, capacity],
  )
  await rows(
    `insert into state.shelf (store_id, product_id, refilled, last_sale_at, last_pick_at)
     values ($1, $2, $3, $4, $4)`,
    [store, product, onShelf, minutes(-5)],
  )
  await rows(`insert into state.sales_rate values ($1, $2, '2017-03-01', $3, 2)`, [store, product, perDay])
}

/** Units of a lot in warehouse w1. */
export async function seedWarehouse(
  { rows }: JobsDatabase,
  lots: Record<string, { units: number; expires?: string }>,
  product = 'tea',
): Promise<void> {
  for (const [batch, { units, expires }] of Object.entries(lots)) {
    await rows(
      `insert into state.warehouse_lot
         (warehouse_id, product_id, batch_id, received, shipped, expires_on, received_on, last_event_on)
       values ('w1', $1, $2, $3, 0, $4, '2017-02-01', '2017-02-01')`,
      [product, batch, units, expires ?? null],
    )
    await rows(
      `insert into state.warehouse as w (warehouse_id, product_id, received, shipped) values ('w1', $1, $2, 0)
       on conflict (warehouse_id, product_id) do update set received = w.received + excluded.received`,
      [product, units],
    )
  }
}
