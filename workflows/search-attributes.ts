/** What workflows are found by in the Web UI. */
export const searchAttributes = {
  /** The store's day that the workflow is about, YYYY-MM-DD. */
  businessDate: { name: 'BusinessDate', type: 'KEYWORD' },
  /** The workflow's name in kebab case: daily-etl, backfill, ... */
  pipeline: { name: 'Pipeline', type: 'KEYWORD' },
  asset: { name: 'Asset', type: 'KEYWORD' },
} as const

export const searchAttributeNames: readonly string[] = Object.values(searchAttributes).map(({ name }) => name)

/** Set by Temporal on what a schedule starts. */
export const scheduledStartTime = { name: 'TemporalScheduledStartTime', type: 'DATETIME' } as const

/** The pairs to set for a workflow; what is left out is not set. */
export function describedBy(values: { pipeline: string; businessDate?: string; asset?: string }) {
  return [
    { key: searchAttributes.pipeline, value: values.pipeline },
    ...(values.businessDate === undefined ? [] : [{ key: searchAttributes.businessDate, value: values.businessDate }]),
    ...(values.asset === undefined ? [] : [{ key: searchAttributes.asset, value: values.asset }]),
  ]
}
