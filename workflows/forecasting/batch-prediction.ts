import { patched } from '@temporalio/workflow'
import { driftMeasurement, maintenance } from '../activities.ts'
import { type BuildDayInput, type BuildDayOutput, buildDay, type DayStep } from '../assets/build-day.ts'
import { startPowerBiRefresh } from '../reports/refresh-power-bi.ts'

const drift: DayStep = {
  name: 'drift',
  async run(date) {
    const { measured, drifted } = await driftMeasurement.measureDrift(date)
    return { rows: measured, warnings: drifted }
  },
}

/**
 * What the champions predict from one day's features; then how the predictions for that day have done, and whether a
 * champion's world has moved. From the Web UI: `{"date": "2024-05-01"}`.
 */
export async function batchPrediction(input: BuildDayInput = {}): Promise<BuildDayOutput> {
  const pipeline = {
    workflow: 'batchPrediction',
    name: 'batch-prediction',
    assets: 'batch-prediction',
    steps: [drift],
  } as const
  const output = await buildDay(pipeline, input)
  if (patched('sums-of-predictions')) await maintenance.refreshBi()
  await startPowerBiRefresh()
  return output
}
