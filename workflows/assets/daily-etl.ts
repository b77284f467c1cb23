import { maintenance } from '../activities.ts'
import { startPowerBiRefresh } from '../reports/refresh-power-bi.ts'
import { type BuildDayInput, type BuildDayOutput, buildDay } from './build-day.ts'

/** From raw to the star schema for one day. From the Web UI: `{"date": "2024-05-01"}`. */
export async function dailyEtl(input: BuildDayInput = {}): Promise<BuildDayOutput> {
  const output = await buildDay({ workflow: 'dailyEtl', name: 'daily-etl' }, input)
  await maintenance.refreshBi()
  await startPowerBiRefresh()
  return output
}
