import { type BuildDayInput, type BuildDayOutput, buildDay } from './build-day.ts'

/** What the champions predict from one day's features. From the Web UI: `{"date": "2024-05-01"}`. */
export function batchPrediction(input: BuildDayInput = {}): Promise<BuildDayOutput> {
  const pipeline = { workflow: 'batchPrediction', name: 'batch-prediction', assets: 'batch-prediction' } as const
  return buildDay(pipeline, input)
}
