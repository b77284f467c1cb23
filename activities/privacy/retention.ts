/** How long data about people is kept, and what is done when that time is over. */
import { addDays } from '../../contracts/calendar.ts'
import { createLake } from '../../lake/lake.ts'
import { createDuckDb, literal, withConnection } from '../../platform/duckdb/duckdb.ts'
import { createObjectStore } from '../../platform/object-store/object-store.ts'
import { inTransaction } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { loadSettings, type Settings } from '../../platform/settings/settings.ts'
import { createVault } from '../../platform/vault.ts'
import { createCustomerDoor } from '../../streams/privacy/customer-door.ts'
import { currentLife, whilePulsing } from '../activity-context.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { convertHistory, isConverted } from './conversion.ts'
import type { LakeAccess } from './lake-changes.ts'
import { whileAlone } from './lock.ts'
import { type RowsByTable, tablesWithColumn } from './tables.ts'

/** What a night's run has done, and what it found. */
export interface RetentionReport {
  /** Rows from before there were pseudonyms whose customers have theirs now, by table. */
  converted: RowsByTable
  /** Customers are kept from this day on, YYYY-MM-DD; null: for good. */
  customersFrom: string | null
  deadLettersFrom: string
  /** Rows that lost a customer or their content, by table. */
  changed: RowsByTable
  /** Keys of erased customers: Kafka has nothing of theirs left. */
  keysForgotten: number
  /** Numbers of erasures that a person has to finish. */
  openErasures: number[]
}

export function createRetentionActivities(dependencies: BatchDependencies) {
  return {
    enforceRetention: (): Promise<RetentionReport> =>
      whilePulsing(currentLife().heartbeat, () => enforceRetention(dependencies, new Date())),
  }
}

export type RetentionActivities = ReturnType<typeof createRetentionActivities>

type RetentionDependencies = Pick<BatchDependencies, 'settings' | 'pool' | 'logger'>

/** Waits until no erasure is running. */
export const enforceRetention = (dependencies: RetentionDependencies, now: Date): Promise<RetentionReport> =>
  whileAlone(dependencies.pool, () => enforce(dependencies, now))

async function enforce(dependencies: RetentionDependencies, now: Date): Promise<RetentionReport> {
  const converted = await convertOld(dependencies)
  return { converted, ...(await forgetOld(dependencies, now)) }
}

async function convertOld({ settings, pool, logger }: RetentionDependencies): Promise<RowsByTable> {
  if (await isConverted(pool, 'lake and facts')) return {}
  const door = createCustomerDoor(pool, createVault(settings))
  return withVacuumedLake({ settings, logger }, (access) => convertHistory({ ...access, pool, door }))
}

async function forgetOld(dependencies: RetentionDependencies, now: Date): Promise<Omit<RetentionReport, 'converted'>> {
  const { settings, pool } = dependencies
  const today = now.toISOString().slice(0, 10)
  const { customerRetentionDays: days } = settings
  const customersFrom = days === 0 ? null : addDays(today, -days)
  const deadLettersFrom = addDays(today, -settings.deadLetterDays)
  const changed: RowsByTable = {}
  const letters = await pool.query<{ rows: number }>(statement('privacy/empty_old_letters.sql'), [deadLettersFrom])
  if (letters.rows[0]!.rows > 0) changed['ops.dead_letters'] = letters.rows[0]!.rows
  if (customersFrom !== null) {
    await forgetInFacts(dependencies, customersFrom, changed)
    await forgetInLake(dependencies, customersFrom, changed)
  }
  const forgotten = await pool.query(statement('privacy/forget_erased_keys.sql'))
  const open = await pool.query<{ id: number }>(
    'select erasure_id as id from ops.customer_erasure where finished_at is null order by erasure_id',
  )
  return {
    customersFrom,
    deadLettersFrom,
    changed,
    keysForgotten: forgotten.rowCount ?? 0,
    openErasures: open.rows.map(({ id }) => id),
  }
}

async function forgetInFacts(
  { pool }: Pick<BatchDependencies, 'pool'>,
  from: string,
  changed: RowsByTable,
): Promise<void> {
  const { rows } = await pool.query<{ date: string }>(
    'select distinct sale_date::text as date from analytics.fact_sales where sale_date < $1 and customer_id is not null order by date',
    [from],
  )
  for (const { date } of rows) {
    await inTransaction(pool, async (client) => {
      const { rowCount } = await client.query(
        'update analytics.fact_sales set customer_id = null where sale_date = $1 and customer_id is not null',
        [date],
      )
      changed['analytics.fact_sales'] = (changed['analytics.fact_sales'] ?? 0) + (rowCount ?? 0)
      await client.query('select analytics.sum_customers($1)', [date])
    })
  }
}

async function forgetInLake(
  dependencies: Pick<BatchDependencies, 'settings' | 'logger'>,
  from: string,
  changed: RowsByTable,
): Promise<void> {
  await withVacuumedLake(dependencies, async ({ lake, connection }) => {
    for (const column of ['customer_id', 'payload', 'original_ids']) {
      const condition = `date < ${literal(from)} and ${column} is not null`
      for (const table of await tablesWithColumn(lake, column)) {
        const rows = await table.changeRows(connection, { condition, values: { [column]: 'null::varchar' } })
        await table.forget(connection, condition, false)
        if (rows > 0) changed[`lake ${table.name}, ${column}`] = rows
      }
    }
  })
}

/** The lake, as the user that may change raw events. */
async function withVacuumedLake<Result>(
  { settings: own, logger }: Pick<BatchDependencies, 'settings' | 'logger'>,
  work: (access: LakeAccess) => Promise<Result>,
): Promise<Result> {
  const settings = { ...own, ...vacuumUser(own) }
  const objectStore = createObjectStore(settings)
  const database = await createDuckDb(settings)
  const lake = createLake({
    objectStore,
    database,
    prefix: settings.lakePrefix,
    onCheckpointFailed: (error) => logger.warn({ error: error.message }, 'a checkpoint was not written'),
  })
  try {
    return await withConnection(database, (connection) => work({ lake, connection }))
  } finally {
    objectStore.close()
    database.closeSync()
  }
}

/** The user of `lake vacuum`, where there is one: no other may change raw events. */
function vacuumUser({
  vacuumAccessKey,
  vacuumSecretKey,
}: Settings): Pick<Settings, 'objectStoreAccessKey' | 'objectStoreSecretKey'> {
  if (vacuumAccessKey !== '') {
    return { objectStoreAccessKey: vacuumAccessKey, objectStoreSecretKey: vacuumSecretKey }
  }
  const { objectStoreAccessKey, objectStoreSecretKey } = loadSettings(process.env, 'vacuum')
  return { objectStoreAccessKey, objectStoreSecretKey }
}
