import { currentLife, whilePulsing } from '../activity-context.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { fillHolidays } from '../forecasting/holidays.ts'

/** Months of partitions that are created ahead of the current one. */
const MONTHS_AHEAD = 3

export interface MaterialisedSums {
  aggregates: { aggregate: string; dates: number; rows: number }[]
}

export interface PartitionsAhead {
  /** First and last day that is provided for, YYYY-MM-DD. */
  from: string
  to: string
  created: number
}

export function createMaintenanceActivities({ pool }: BatchDependencies) {
  return {
    refreshBi: (): Promise<MaterialisedSums> =>
      whilePulsing(currentLife().heartbeat, async () => {
        await fillHolidays(pool)
        const { rows } = await pool.query<MaterialisedSums['aggregates'][number]>(
          'select aggregate, dates, rows_written as rows from analytics.refresh_bi()',
        )
        return { aggregates: rows }
      }),

    ensurePartitions: (): Promise<PartitionsAhead> =>
      whilePulsing(currentLife().heartbeat, async () => {
        const { rows } = await pool.query<PartitionsAhead>(
          `select first_date as "from", last_date as "to", analytics.ensure_partitions(first_date, last_date) as created
           from (
             select date_trunc('month', now())::date as first_date,
               (date_trunc('month', now()) + make_interval(months => $1 + 1) - interval '1 day')::date as last_date
           ) as ahead`,
          [MONTHS_AHEAD],
        )
        return rows[0]!
      }),
  }
}

export type MaintenanceActivities = ReturnType<typeof createMaintenanceActivities>
