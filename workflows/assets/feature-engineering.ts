import { type BuildDayInput, type BuildDayOutput, buildDay } from './build-day.ts'

/** The features of one day, for training and for the day's forecasts. From the Web UI: `{"date": "2024-05-01"}`. */
export function featureEngineering(input: BuildDayInput = {}): Promise<BuildDayOutput> {
  const pipeline = {
    workflow: 'featureEngineering',
    name: 'feature-engineering',
    assets: 'feature-engineering',
  } as const
  return buildDay(pipeline, input)
}
