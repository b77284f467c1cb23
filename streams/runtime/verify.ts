import type { DuckDBConnection } from '@duckdb/node-api'
import type { TopicName } from '../../contracts/topics.ts'
import { UnknownTableError } from '../../lake/errors.ts'
import { createLake, type Lake } from '../../lake/lake.ts'
import { rawTable, rawTableName } from '../../lake/raw-table.ts'
import { duckDbType } from '../../lake/schema.ts'
import { createDuckDb, literal, withConnection, withPostgres } from '../../platform/duckdb/duckdb.ts'
import { createObjectStore } from '../../platform/object-store/object-store.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { Settings } from '../../platform/settings/settings.ts'

export interface Verification {
  isEqual: boolean
  tables: {
    table: string
    compared: number
    different: number
    /** Rows that differ, but belong to a message whose event id was sent with other contents too: one of them counts. */
    conflicting: number
  }[]
  /** The first rows that differ. */
  examples: { row: string; live: string; recomputed: string }[]
  /** Event ids that were sent with different contents, which is a fault of their sender. */
  conflictingIds: { count: number; examples: string[] }
  /** Partitions where the lake has another position than the state, so that the two can't be equal yet. */
  gaps: string[]
}

/** What each processor's events are called in the recomputation, by topic. */
const EVENTS: readonly {
  events: string
  processor: string
  topic: TopicName
  /** The second part of the keys of its rows; left out: the product. */
  part?: string
}[] = [
  { events: 'sale', processor: 'sales_state', topic: 'pos_transactions' },
  { events: 'movement', processor: 'sales_state', topic: 'inventory_updates' },
  { events: 'shelf_event', processor: 'shelf_state', topic: 'shelf_events' },
  { events: 'shelf_sale', processor: 'shelf_state', topic: 'pos_transactions' },
  { events: 'warehouse_event', processor: 'warehouse_state', topic: 'warehouse_events' },
  { events: 'window_sale', processor: 'sales_windows', topic: 'pos_transactions' },
  { events: 'window_traffic', processor: 'sales_windows', topic: 'foot_traffic', part: "''" },
  { events: 'paid_sale', processor: 'enriched_sales', topic: 'pos_transactions', part: 'transaction_id' },
  { events: 'payment_event', processor: 'payments', topic: 'payment_events', part: 'transaction_id' },
  { events: 'order_line', processor: 'online_orders', topic: 'online_order_lines', part: 'order_id' },
]
const RECOMPUTATIONS = ['sales', 'shelves', 'warehouses', 'windows', 'payments']
const TABLES = [
  'stock',
  'sales_day',
  'shelf',
  'basket',
  'shelf_lot',
  'warehouse',
  'warehouse_lot',
  'sales_window',
  'sales_hour',
  'sale_transaction',
  'payment',
  'refund',
  'payment_day',
  'online_order_line',
]
const EXAMPLES_MAX = 20
const CONFLICTING_IDS_MAX = 5

/**
 * Invariant 5: recomputes stock, the sales of each day, shelves, baskets, lots, warehouses, windows and payments from the raw lake, up
 * to the offsets that the live state has, and compares. Messages that the database refused, and only those, are left out of the
 * recomputation; so is what the live state has forgotten because of its age.
 *
 * @param place only this store, and the warehouse of this name
 */
export async function verifyState(settings: Settings, pool: Pool, place?: string): Promise<Verification> {
  const database = await createDuckDb(settings)
  const objectStore = createObjectStore(settings)
  try {
    const lake = createLake({
      objectStore,
      database,
      prefix: settings.lakePrefix,
      onCheckpointFailed: () => undefined,
    })
    return await withConnection(database, (connection) => compare(settings, pool, lake, connection, place))
  } finally {
    objectStore.close()
    database.closeSync()
  }
}

async function compare(
  settings: Settings,
  pool: Pool,
  lake: Lake,
  connection: DuckDBConnection,
  place: string | undefined,
): Promise<Verification> {
  const ofPlace = (column: string) => (place === undefined ? 'true' : `${column} = ${literal(place)}`)
  const live = { of_store: ofPlace('store_id'), of_warehouse: ofPlace('warehouse_id') }
  await withPostgres(connection, settings, (postgres) =>
    // One transaction on the PostgreSQL side: positions and state are of the same moment.
    inOneTransaction(connection, statement('streams/recompute/read_live.sql', { ...live, postgres })),
  )
  for (const { events, processor, topic, part = 'product_id' } of EVENTS) {
    const isOfWarehouse = topic === 'warehouse_events'
    await connection.run(
      statement('streams/recompute/read_events.sql', {
        events,
        processor: literal(processor),
        place: isOfWarehouse ? 'warehouse_id' : 'store_id',
        product: part,
        condition: isOfWarehouse ? live.of_warehouse : live.of_store,
        raw: await scanOrNothing(lake, topic),
      }),
    )
  }
  for (const name of RECOMPUTATIONS) await connection.run(statement(`streams/recompute/${name}.sql`))
  for (const table of TABLES) await connection.run(statement('streams/recompute/compare.sql', { table }))
  const tables = await rowsOf(connection, 'select * from compared')
  const examples = await rowsOf(connection, `select * from different order by 1 limit ${EXAMPLES_MAX}`)
  return {
    isEqual: tables.every(({ different }) => Number(different) === 0),
    tables: tables.map(({ table, compared, different, conflicting }) => ({
      table: String(table),
      compared: Number(compared),
      different: Number(different),
      conflicting: Number(conflicting),
    })),
    examples: examples as unknown as Verification['examples'],
    conflictingIds: await conflictingIds(connection),
    gaps: await gapsOf(pool),
  }
}

async function inOneTransaction(connection: DuckDBConnection, statements: string): Promise<void> {
  await connection.run('begin')
  try {
    await connection.run(statements)
    await connection.run('commit')
  } catch (error) {
    await connection.run('rollback')
    throw error
  }
}

/** The raw table; one that nothing was written to yet is read as empty. */
async function scanOrNothing(lake: Lake, topic: TopicName): Promise<string> {
  try {
    return await (await lake.table(rawTableName(topic))).scan()
  } catch (error) {
    if (!(error instanceof UnknownTableError)) throw error
    const columns = rawTable(topic).schema.map(({ name, type }) => `null::${duckDbType(type)} as "${name}"`)
    return `(select ${columns.join(', ')} where false)`
  }
}

const rowsOf = async (connection: DuckDBConnection, sql: string): Promise<Record<string, unknown>[]> =>
  (await connection.runAndReadAll(sql)).getRowObjectsJson()

async function conflictingIds(connection: DuckDBConnection): Promise<Verification['conflictingIds']> {
  const [{ count } = {}] = await rowsOf(connection, 'select count(distinct event_id) as count from conflicting')
  const query = `select distinct event_id from conflicting order by 1 limit ${CONFLICTING_IDS_MAX}`
  return {
    count: Number(count),
    examples: (await rowsOf(connection, query)).map(({ event_id: id }) => String(id)),
  }
}

async function gapsOf(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{
    processor: string
    topic: string
    partition: number
    state: number
    lake: number
  }>(
    `select state.processor, state.topic, state.partition, state.position as state, coalesce(lake.position, 0) as lake
     from ops.stream_offsets as state
     left join ops.stream_offsets as lake
       on lake.processor = 'raw_sink' and (lake.topic, lake.partition) = (state.topic, state.partition)
     where state.processor = any($1) and coalesce(lake.position, 0) < state.position
     order by 1, 2, 3`,
    [EVENTS.map(({ processor }) => processor)],
  )
  return rows.map(
    ({ processor, topic, partition, state, lake }) =>
      `${processor} ${topic}/${partition}: the live state is at ${state}, the lake at ${lake}: they differ until it has caught up`,
  )
}
