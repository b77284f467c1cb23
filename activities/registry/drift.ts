/** Whether the world has moved away from what the champion was trained on: measured every day, after the predictions. */
import { addDays } from '../../contracts/calendar.ts'
import { errorDrift, populationStability, stabilityLimit } from '../../models/registry/drift.ts'
import { type DuckDBConnection, literal, withConnection } from '../../platform/duckdb/duckdb.ts'
import { inTransaction } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { storeFeatures } from '../assets/features/columns.ts'
import { dailySalesInput } from '../assets/features/daily-sales.ts'
import { demandInput } from '../assets/features/demand.ts'
import type { LakeInput } from '../assets/framework/lake-input.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { postgresSources } from '../forecasting/sources.ts'
import { type ModelEvidence, readEvidence } from './evidence.ts'
import { countFeatures } from './profile.ts'
import { type Champion, findChampion, readMetrics } from './versions.ts'

export interface DriftReport {
  model: string
  date: string
  /** Undefined while no model is champion: then there is nothing to have drifted. */
  version: number | undefined
  measured: number
  /** What has drifted, a sentence each, the first ones. */
  drifted: string[]
}

interface Drift {
  kind: 'feature' | 'error' | 'gap'
  subject: string
  storeId: string
  value: number
  threshold: number
  sizeTrained: number
  sizeNow: number
  isDrifted: boolean
  message: string
}

const MODEL = 'demand'
const EVERY_STORE = '*'
/** A week holds every weekday once, so that it looks like training in that respect. */
const FEATURE_DAYS = 7
const ERROR_DAYS = 14
/** Days ahead of the forecasts that are judged: those that orders are made by. */
const ERROR_HORIZON_DAYS = 7
/** Forecasts that training must have judged of a store before its error is one to compare with. */
const STORE_ROWS_MIN = 500
/** Of all features together: that one of them is beyond its limit by chance. */
const FALSE_ALARM = 0.01
/** They grow by the calendar, whatever happens. */
const GROWING = new Set(['days_of_history'])
const DRIFTED_TOLD_MAX = 20

/** Measures a day, which replaces what was there of it. */
export async function measureDrift(dependencies: BatchDependencies, date: string): Promise<DriftReport> {
  const champion = await findChampion(dependencies.pool, MODEL)
  if (champion === undefined) return { model: MODEL, date, version: undefined, measured: 0, drifted: [] }
  const evidence = await readEvidence(dependencies.objectStore, champion.artefact)
  const found = [
    ...(await withConnection(dependencies.duckdb, async (connection) => [
      ...(await featureDrift(dependencies, connection, evidence, date)),
      ...(await findGaps(dependencies, connection, date)),
    ])),
    ...(await forecastDrift(dependencies, champion, evidence, date)),
  ]
  await inTransaction(dependencies.pool, async (client) => {
    await client.query('delete from ops.model_drift where drift_date = $1 and model_name = $2', [date, MODEL])
    const values = [date, MODEL, champion.version, JSON.stringify(found)]
    await client.query(statement('registry/insert_drift.sql'), values)
  })
  const drifted = found.filter(({ isDrifted }) => isDrifted).map(({ message }) => message)
  const told = drifted.slice(0, DRIFTED_TOLD_MAX)
  return { model: MODEL, date, version: champion.version, measured: found.length, drifted: told }
}

/** Features of the last week beside those of training; a version without evidence has nothing to compare with. */
async function featureDrift(
  dependencies: BatchDependencies,
  connection: DuckDBConnection,
  evidence: ModelEvidence | undefined,
  date: string,
): Promise<Drift[]> {
  const trained = Object.entries(evidence?.profiles ?? {}).filter(([name]) => !GROWING.has(name))
  if (trained.length === 0) return []
  const relation = await scanDays(dependencies, demandInput, { from: addDays(date, 1 - FEATURE_DAYS), to: date })
  const edges = Object.fromEntries(trained.map(([name, profile]) => [name, profile.edges]))
  const now = await countFeatures(connection, relation, edges)
  return trained.flatMap(([name, before]): Drift[] => {
    const value = populationStability(before.counts, now[name]!.counts)
    if (value === undefined) return []
    const sizes = { sizeTrained: before.size, sizeNow: now[name]!.size }
    const threshold = stabilityLimit(before.counts.length, before.size, now[name]!.size, FALSE_ALARM / trained.length)
    const unit = storeFeatures.has(name) ? 'stores' : 'series'
    const figures = `stability index ${value.toFixed(3)}, limit ${threshold.toFixed(3)} for ${sizes.sizeTrained} ${unit} then and ${sizes.sizeNow} now`
    const message = `${name} differs from training: ${figures}`
    const isDrifted = value > threshold
    return [{ kind: 'feature', subject: name, storeId: EVERY_STORE, value, threshold, ...sizes, isDrifted, message }]
  })
}

/** A store that sent nothing on a weekday on which it usually sells. */
async function findGaps(dependencies: BatchDependencies, connection: DuckDBConnection, date: string): Promise<Drift[]> {
  const daily = await scanDays(dependencies, dailySalesInput, { from: addDays(date, -28), to: date })
  const sources = await postgresSources(dependencies, connection)
  const query = statement('registry/store_gaps.sql', { daily, ...sources, date: `date ${literal(date)}` })
  const rows = (await connection.runAndReadAll(query)).getRowObjectsJson() as { store_id: string; usual_days: number }[]
  return rows.map(({ store_id: storeId, usual_days: usual }) => ({
    kind: 'gap',
    subject: 'daily_sales',
    storeId,
    value: 1,
    threshold: 0,
    sizeTrained: 4,
    sizeNow: usual,
    isDrifted: true,
    message: `Nothing came from ${storeId} on ${date}, where ${usual} of the 4 same weekdays before had sales; forecasts take it for a day without demand`,
  }))
}

interface StoreDay {
  date: string
  storeId: string
  forecasts: number
  actual: number
  absoluteError: number
}

/** The champion's error on days that have come, beside the one on the days that training judged it on. */
async function forecastDrift(
  { pool }: BatchDependencies,
  { version }: Champion,
  evidence: ModelEvidence | undefined,
  date: string,
): Promise<Drift[]> {
  const values = [MODEL, version, addDays(date, 1 - ERROR_DAYS), date, ERROR_HORIZON_DAYS]
  const { rows } = await pool.query<StoreDay>(statement('registry/recent_errors.sql'), values)
  const metrics = await readMetrics(pool, MODEL, version)
  const judged = metrics.find(
    ({ candidate, segment, horizon, metric }) =>
      candidate === 'chosen' && segment === 'all' && horizon === `1-${ERROR_HORIZON_DAYS}` && metric === 'wape',
  )
  const overall = judged && driftOf(EVERY_STORE, sumDays(rows), judged.value, judged.rows, version)
  const stores = Object.entries(evidence?.stores ?? {})
    .filter(([, trained]) => trained.rows >= STORE_ROWS_MIN && trained.actual > 0)
    .map(([storeId, trained]) => {
      const own = rows.filter((row) => row.storeId === storeId)
      return driftOf(storeId, own, trained.absoluteError / trained.actual, trained.rows, version)
    })
  return [overall, ...stores].filter((drift) => drift !== undefined)
}

function sumDays(rows: readonly StoreDay[]): StoreDay[] {
  const days = new Map<string, StoreDay>()
  for (const row of rows) {
    const day = days.get(row.date) ?? { ...row, storeId: EVERY_STORE, forecasts: 0, actual: 0, absoluteError: 0 }
    day.forecasts += row.forecasts
    day.actual += row.actual
    day.absoluteError += row.absoluteError
    days.set(row.date, day)
  }
  return [...days.values()]
}

function driftOf(
  storeId: string,
  days: readonly StoreDay[],
  trained: number,
  sizeTrained: number,
  version: number,
): Drift | undefined {
  const found = errorDrift(days, trained)
  if (found === undefined) return undefined
  const { error: value, limit: threshold } = found
  const where = storeId === EVERY_STORE ? 'all stores' : storeId
  const figures = `WAPE ${value.toFixed(3)} over ${days.length} days, ${trained.toFixed(3)} in training, limit ${threshold.toFixed(3)}`
  return {
    kind: 'error',
    subject: 'forecast',
    storeId,
    value,
    threshold,
    sizeTrained,
    sizeNow: days.reduce((sum, { forecasts }) => sum + forecasts, 0),
    isDrifted: value > threshold,
    message: `Forecasts of ${where} by ${MODEL}@${version} are less accurate than in training: ${figures}; to train it again: shelfline run train-models`,
  }
}

async function scanDays(
  { lake }: BatchDependencies,
  { table, definition }: LakeInput,
  range: { from: string; to: string },
): Promise<string> {
  return (await lake.ensureTable(table, definition)).scan({ where: { date: range } })
}
