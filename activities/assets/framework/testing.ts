/** What the tests and benchmarks of the assets share: a database and a lake of their own, and raw rows as the sink writes them. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { PosTransaction } from '../../../contracts/events.ts'
import type { EventOf, TopicName } from '../../../contracts/topics.ts'
import { createLake } from '../../../lake/lake.ts'
import { brokenLine, eventLine, selectSegment } from '../../../lake/raw-table.ts'
import { deleteFolder } from '../../../lake/testing.ts'
import { createDuckDb, literal } from '../../../platform/duckdb/duckdb.ts'
import { nextRunNumber } from '../../../platform/ledger.ts'
import { createLogger } from '../../../platform/log.ts'
import { createObjectStore } from '../../../platform/object-store/object-store.ts'
import { createPool } from '../../../platform/postgres/postgres.ts'
import { statement } from '../../../platform/postgres/sql.ts'
import { loadSettings, type Settings } from '../../../platform/settings/settings.ts'
import { createTestDatabase } from '../../../platform/testing.ts'
import { refuse } from '../../failures.ts'
import { dailySalesInput, MORNING_HOURS } from '../features/daily-sales.ts'
import { demandInput } from '../features/demand.ts'
import { makeDemandFeatures } from '../features/series.ts'
import type { AssetContext, AssetDefinition, CheckResult, Fence, InputVersions, StagedShard } from './asset.ts'
import { type LakeInput, rawInput } from './lake-input.ts'

export interface TestAssets {
  context: AssetContext
  connection: DuckDBConnection
  /** Appends messages to a raw table, as the raw sink does; text is a message that breaks its contract. */
  addRaw<Name extends TopicName>(topic: Name, messages: readonly (EventOf<Name> | string)[]): Promise<void>
  /** Appends the rows of a statement that gives a raw table's columns. */
  addRawRows(topic: TopicName, select: string): Promise<void>
  /** Appends the rows of a statement that gives a lake table's columns, of any dates. */
  append(table: LakeInput, select: string): Promise<void>
  /**
   * Adds whole days to `features/daily_sales`, and the features of some of them, at once: built one by one a day would take a second.
   *
   * @param lines a relation with the columns of `cleansed/sales`; the days must be in no other part of the history
   * @param origins the days that get features
   * @param products product_id, category and department; left out: none is in a catalogue
   */
  addHistory(history: { lines: string; origins: readonly string[]; products?: string }): Promise<void>
  /** Replaces a date of a lake table by the rows of a statement that gives its columns. */
  put(table: LakeInput, date: string, select: string): Promise<void>
  /** Replaces a date of `features/daily_sales` by a relation of store_id, product_id and units: what sold. */
  putDailySales(date: string, sold: string): Promise<void>
  /** A current version of each store and each product, for all time; `category` may be null. */
  addMembers(stores: readonly string[], products: Readonly<Record<string, string | null>>): Promise<void>
  /** Rows of a PostgreSQL statement. */
  rows<Row extends object>(query: string): Promise<Row[]>
  /** Rows of a lake table's date in the table's order, values as JSON has them. */
  lakeRows(table: string, date: string, columns?: string): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

/** @param change settings to test under, e.g. fewer threads */
export async function openTestAssets(change: Partial<Settings> = {}): Promise<TestAssets> {
  const database = await createTestDatabase({ ...loadSettings(), ...change })
  const { settings } = database
  const logger = createLogger({ logLevel: 'silent' }, 'test')
  const pool = createPool(settings, logger)
  const objectStore = createObjectStore(settings)
  const duckdb = await createDuckDb(settings)
  const connection = await duckdb.connect()
  const onCheckpointFailed = (error: Error) => {
    throw error
  }
  const lake = createLake({ objectStore, database: duckdb, prefix: settings.lakePrefix, onCheckpointFailed })
  const context: AssetContext = {
    settings,
    pool,
    objectStore,
    duckdb,
    lake,
    logger,
    heartbeat: () => undefined,
    signal: new AbortController().signal,
  }
  const append: TestAssets['append'] = async ({ table, definition }, select) => {
    const opened = await lake.ensureTable(table, definition)
    await opened.append({ files: await opened.writeDataFiles(connection, select) })
  }
  const addRawRows: TestAssets['addRawRows'] = (topic, select) => append(rawInput(topic), select)
  const put: TestAssets['put'] = async ({ table, definition }, date, select) => {
    const opened = await lake.ensureTable(table, definition)
    const orderBy = ['store_id', 'product_id']
    const files = await opened.writePartition(connection, { partition: { date }, select, orderBy })
    await opened.replacePartitions({ partitions: [{ date }], files })
  }
  let offset = 0
  return {
    context,
    connection,
    addRawRows,
    async addRaw(topic, messages) {
      const folder = join(settings.home, 'duckdb')
      mkdirSync(folder, { recursive: true })
      const file = join(folder, `${randomUUID()}.jsonl`)
      const lines = messages.map((message) => {
        const head = { partition: 0, offset: offset++, knownAtMs: Date.parse('2024-05-03T00:00:00Z') + offset }
        if (typeof message === 'string') return brokenLine(head, Buffer.from(message), 'invalid_json')
        return eventLine(topic, head, message as { event_at: string })
      })
      writeFileSync(file, lines.join(''))
      try {
        await addRawRows(topic, selectSegment(topic, file))
      } finally {
        rmSync(file)
      }
    },
    append,
    async addHistory({ lines, origins, products = NO_PRODUCTS }) {
      await connection.run(`create or replace temp table line_history as select * from ${lines}`)
      const known = { zone: literal(settings.timeZone), morning_hours: String(MORNING_HOURS) }
      await connection.run(statement('features/daily_sales.sql', { sales: 'line_history', keep: 'true', ...known }))
      await connection.run('create or replace temp table daily_history as select * from features')
      await append(dailySalesInput, 'select * from daily_history')
      await makeDemandFeatures(connection, { origins, daily: 'daily_history', products })
      await append(demandInput, 'select * from features')
    },
    put,
    putDailySales: (date, sold) =>
      put(
        dailySalesInput,
        date,
        `select store_id, product_id, date '${date}' as known_for, date '${date}' as known_on, units::decimal(24, 6) as units,
           0::decimal(24, 6) as returned_units, 0::decimal(24, 6) as net_amount, 0::decimal(24, 6) as discount_amount,
           0::decimal(24, 6) as promoted_units, 1::bigint as lines, date '${date}' as date
         from ${sold} as sold`,
      ),
    async addMembers(stores, products) {
      const version = "'1900-01-01+00', '9999-12-31+00', true"
      await pool.query(
        `insert into analytics.dim_store
           (store_key, store_id, name, region, country, currency, time_zone, valid_from, valid_to, is_current)
         select analytics.dimension_key(id, '1900-01-01+00'), id, id, 'r', 'US', 'USD', 'UTC', ${version}
         from unnest($1::text[]) as id`,
        [stores],
      )
      await pool.query(
        `insert into analytics.dim_product (product_key, product_id, name, category, valid_from, valid_to, is_current)
         select analytics.dimension_key(id, '1900-01-01+00'), id, id, category, ${version}
         from unnest($1::text[], $2::text[]) as product (id, category)`,
        [Object.keys(products), Object.values(products)],
      )
    },
    rows: async <Row extends object>(query: string) => (await pool.query<Row>(query)).rows,
    async lakeRows(name, date, columns = '*') {
      const table = await lake.table(name)
      const relation = await table.scan({ where: { date } })
      return (await connection.runAndReadAll(`select ${columns} from ${relation}`)).getRowObjectsJson() as Record<
        string,
        unknown
      >[]
    },
    async close() {
      connection.closeSync()
      duckdb.closeSync()
      await deleteFolder(objectStore, settings.lakePrefix)
      objectStore.close()
      await pool.end()
      await database.drop()
    },
  }
}

const NO_PRODUCTS =
  '(select null::varchar as product_id, null::varchar as category, null::varchar as department where false)'

/** A sale line with everything that a test doesn't care about filled in. */
export function saleLine(change: Partial<PosTransaction> = {}): PosTransaction {
  return {
    event_id: randomUUID(),
    source: 'test',
    schema_version: 1,
    event_at: '2024-05-01T12:00:00+02:00',
    store_id: 's1',
    transaction_id: 't1',
    line_no: 1,
    product_id: 'p1',
    quantity: '1',
    unit_price: '2.50',
    discount: '0',
    payment_method: 'card',
    ...change,
  }
}

export function stockMovement(change: Partial<EventOf<'inventory_updates'>> = {}): EventOf<'inventory_updates'> {
  return {
    event_id: randomUUID(),
    source: 'test',
    schema_version: 1,
    event_at: '2024-05-01T06:00:00+02:00',
    store_id: 's1',
    inventory_id: 's1/p1',
    product_id: 'p1',
    quantity_change: '10',
    new_quantity: '10',
    reason: 'delivery',
    ...change,
  }
}

export function priceChange(change: Partial<EventOf<'price_changes'>> = {}): EventOf<'price_changes'> {
  return {
    event_id: randomUUID(),
    source: 'test',
    schema_version: 1,
    event_at: '2024-05-01T00:00:00+02:00',
    store_id: 's1',
    product_id: 'p1',
    new_price: '2.50',
    reason: 'regular',
    ...change,
  }
}

export function doorCount(change: Partial<EventOf<'foot_traffic'>> = {}): EventOf<'foot_traffic'> {
  return {
    event_id: randomUUID(),
    source: 'test',
    schema_version: 1,
    event_at: '2024-05-01T09:00:00+02:00',
    store_id: 's1',
    sensor_id: 'door',
    entries: 3,
    exits: 2,
    interval_seconds: 900,
    ...change,
  }
}

export interface Materialized {
  inputs: InputVersions
  rows: number
  bytes: number
  checks: CheckResult[]
  /** The lake table's version that holds the partition. */
  outputVersion?: number
  milliseconds: number
}

/** A fence that lets every swap pass: each is a new run, and no ledger records it. */
export async function openFence({ pool }: AssetContext): Promise<Fence> {
  return { run: await nextRunNumber(pool), succeed: async () => undefined }
}

/**
 * Builds one partition in this process: plan, stage, check, swap. The ledger is not written; pipelines do that
 * (`activities/backfill/build-partition.ts`).
 *
 * @throws ApplicationFailure `ChecksFailed`, not to be retried, when a blocking check fails; the old partition is kept
 */
export async function materializePartition(
  context: AssetContext,
  asset: AssetDefinition,
  date: string,
  { shards = 1 }: { shards?: number } = {},
): Promise<Materialized> {
  const startedMs = performance.now()
  const { inputs } = await asset.plan(context, date)
  const staged: StagedShard[] = []
  let checks: CheckResult[]
  try {
    for (let index = 0; index < shards; index += 1) {
      staged.push(await asset.stage(context, date, { index, count: shards }, inputs))
    }
    checks = await asset.check(context, date, staged, inputs)
    const blocking = checks.filter(({ passed, severity }) => !passed && severity === 'block')
    if (blocking.length > 0) {
      const findings = blocking.map(({ check, finding }) => `${check}: ${finding}`).join('; ')
      throw refuse('ChecksFailed', `${asset.name} ${date} was not replaced: ${findings}`)
    }
  } catch (error) {
    await asset.discard(context, staged)
    throw error
  }
  const swapped = await asset.swap(context, date, staged, inputs, await openFence(context))
  return { inputs, checks, ...swapped, milliseconds: performance.now() - startedMs }
}
