/** A plan of the weeks ahead for each store and category, beside the year before. */
import type { DuckDBConnection } from '../../platform/duckdb/duckdb.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { sumByCategory } from './category-sales.ts'
import { FORECAST_TABLE, type ForecastWork, forecastAhead } from './evaluation.ts'

export const SEASON_PLAN_STATEMENTS = ['forecasting/category_sales.sql', 'forecasting/season_plan.sql'] as const

/** The table that is made: store_id, category, week, mean, low, high, last_year. */
export const SEASON_PLAN_TABLE = 'season_plan'

export interface PlannedWeek {
  store: string
  category: string
  /** Its Monday, YYYY-MM-DD. */
  week: string
  /** Units. */
  mean: number
  /** The 80 % interval. */
  low: number
  high: number
  /** What sold in the same week of the year before, 52 weeks earlier; null where that is not known. */
  lastYear: number | null
}

/**
 * Makes `SEASON_PLAN_TABLE`. The sales are those of weeks.
 *
 * @throws ApplicationFailure `InvalidInput` as of `forecastAhead`
 */
export async function planSeason(request: Omit<ForecastWork, 'frequency'>): Promise<{ from: string; through: string }> {
  const { connection } = request
  const sales = await sumByCategory(connection, request.sales)
  const { from, through } = await forecastAhead({ ...request, sales, frequency: 'week' })
  await connection.run(statement('forecasting/season_plan.sql', { forecasts: FORECAST_TABLE, daily: sales.daily }))
  return { from, through }
}

/** The rows of `SEASON_PLAN_TABLE`, in order. */
export async function readSeasonPlan(connection: DuckDBConnection): Promise<PlannedWeek[]> {
  const reader = await connection.runAndReadAll(
    `select store_id, category, week::varchar, mean, low, high, last_year from ${SEASON_PLAN_TABLE} order by store_id, category, week`,
  )
  return reader.getRows().map(([store, category, week, mean, low, high, lastYear]) => ({
    store: String(store),
    category: String(category),
    week: String(week),
    mean: Number(mean),
    low: Number(low),
    high: Number(high),
    lastYear: lastYear === null ? null : Number(lastYear),
  }))
}
