import type { DuckDBConnection } from '@duckdb/node-api'
import type { TopicName } from '../contracts/topics.ts'
import { UnknownTableError } from '../lake/errors.ts'
import { createLake, type Lake } from '../lake/lake.ts'
import { createDuckDb, literal, withConnection } from '../platform/duckdb.ts'
import { createObjectStore } from '../platform/object-store.ts'
import type { Pool } from '../platform/postgres.ts'
import type { Settings } from '../platform/settings.ts'
import { statement } from '../platform/sql.ts'
import { rawTableName } from './raw-table.ts'

export interface Verification {
  isEqual: boolean
  tables: { table: string; compared: number; different: number }[]
  /** The first rows that differ. */
  examples: { row: string; live: string; recomputed: string }[]
  /** Partitions where the lake stands elsewhere than the state, so that the two can't be equal yet. */
  gaps: string[]
}

const EXAMPLES_MAX = 20
const TOPICS = ['pos_transactions', 'inventory_updates'] as const satisfies readonly TopicName[]

/**
 * Invariant 5: recomputes stock and the sales of each day from the raw lake, up to the offsets that the live state has,
 * and compares. Messages that the database refused, and only those, are left out of the recomputation.
 */
export async function verifyState(settings: Settings, pool: Pool): Promise<Verification> {
  const database = await createDuckDb(settings)
  const objectStore = createObjectStore(settings)
  try {
    const lake = createLake({
      objectStore,
      database,
      prefix: settings.lakePrefix,
      onCheckpointFailed: () => undefined,
    })
    return await withConnection(database, (connection) => compare(settings, pool, lake, connection))
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
): Promise<Verification> {
  await connection.run(`attach ${literal(settings.postgresUrl)} as live (type postgres, read_only)`)
  // One transaction on the PostgreSQL side: positions and state are of the same moment.
  await connection.run('begin')
  await connection.run(statement('streams/recompute/read_live.sql'))
  await connection.run('commit')
  for (const topic of TOPICS) {
    const raw = await scanOrNothing(lake, topic)
    await connection.run(statement(`streams/recompute/${topic}.sql`, { raw }))
  }
  await connection.run(statement('streams/recompute/compare.sql'))
  const tables = await rowsOf(connection, 'select * from compared order by 1')
  const examples = await rowsOf(connection, `select * from different order by 1 limit ${EXAMPLES_MAX}`)
  return {
    isEqual: tables.every(({ different }) => Number(different) === 0),
    tables: tables.map(({ table, compared, different }) => ({
      table: String(table),
      compared: Number(compared),
      different: Number(different),
    })),
    examples: examples as unknown as Verification['examples'],
    gaps: await gapsOf(pool),
  }
}

async function scanOrNothing(lake: Lake, topic: TopicName): Promise<string> {
  try {
    return await (await lake.table(rawTableName(topic))).scan()
  } catch (error) {
    if (!(error instanceof UnknownTableError)) throw error
    throw new Error(`streams verify: there is no ${rawTableName(topic)} yet; \`shelfline worker stream\` writes it`)
  }
}

const rowsOf = async (connection: DuckDBConnection, sql: string): Promise<Record<string, unknown>[]> =>
  (await connection.runAndReadAll(sql)).getRowObjectsJson()

async function gapsOf(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ topic: string; partition: number; state: number; lake: number }>(
    `select state.topic, state.partition, state.position as state, coalesce(lake.position, 0) as lake
     from ops.stream_offsets as state
     left join ops.stream_offsets as lake
       on lake.processor = 'raw_sink' and (lake.topic, lake.partition) = (state.topic, state.partition)
     where state.processor = 'sales_state' and coalesce(lake.position, 0) < state.position
     order by 1, 2`,
  )
  return rows.map(
    ({ topic, partition, state, lake }) =>
      `${topic}/${partition}: the live state is at ${state}, the lake at ${lake}: they differ until it has caught up`,
  )
}
