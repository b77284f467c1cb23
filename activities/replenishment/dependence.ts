/** How errors of past forecasts go together, as orders and replays of them read it. */
import { DEMAND_SPEEDS, type DemandSpeed, type Dependence } from '../../models/replenishment/demand-speed.ts'
import type { PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'

const readDependenceText = statement('replenishment/read_dependence.sql')

/** Of fewer errors a speed has the correlations of all. */
const ERRORS_MIN = 500

export type DependenceBySpeed = Readonly<Record<DemandSpeed, Dependence>>

/** @param date the last day that was measured, YYYY-MM-DD */
export async function readDependence(client: Pick<PoolClient, 'query'>, date: string): Promise<DependenceBySpeed> {
  const { rows } = await client.query<Dependence & { speed: DemandSpeed | 'all' }>(readDependenceText, [
    date,
    ERRORS_MIN,
  ])
  const of = (speed: string) => rows.find((row) => row.speed === speed)
  const learned = (speed: DemandSpeed): Dependence => ({
    days: of(speed)?.days ?? of('all')?.days ?? null,
    stores: of(speed)?.stores ?? of('all')?.stores ?? null,
  })
  return Object.fromEntries(DEMAND_SPEEDS.map((speed) => [speed, learned(speed)])) as Record<DemandSpeed, Dependence>
}
