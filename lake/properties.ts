/** The table properties that this lake sets or follows. */
import { LakeError } from './errors.ts'
import type { Snapshot } from './state.ts'

const FILE_RETENTION = 'delta.deletedFileRetentionDuration'
const LOG_RETENTION = 'delta.logRetentionDuration'
const HOUR_MS = 3_600_000
const unitHours: Record<string, number> = { hour: 1, day: 24, week: 168 }

/** How long a file that left the table is kept for readers of older versions, in milliseconds. */
export const fileRetentionMs = (snapshot: Snapshot): number => intervalMs(snapshot, FILE_RETENTION, 'interval 1 week')

/** How long the log keeps its entries, in milliseconds. */
export const logRetentionMs = (snapshot: Snapshot): number => intervalMs(snapshot, LOG_RETENTION, 'interval 30 days')

function intervalMs(snapshot: Snapshot, property: string, otherwise: string): number {
  const text = snapshot.metadata.configuration[property] ?? otherwise
  const [, count, unit] = /^interval (\d+) (hour|day|week)s?$/.exec(text.toLowerCase()) ?? []
  if (count !== undefined && unit !== undefined) return Number(count) * unitHours[unit]! * HOUR_MS
  throw new LakeError(`lake: ${snapshot.table}: ${property} is "${text}"; write it as "interval 7 days"`)
}

/** The properties of a new table whose versions stay readable for this many hours. */
export const retentionProperties = (hours: number): Record<string, string> => ({
  [FILE_RETENTION]: `interval ${hours} hours`,
  [LOG_RETENTION]: `interval ${hours} hours`,
})

/** Tables with this property only grow. */
export const isAppendOnly = (snapshot: Snapshot): boolean =>
  snapshot.metadata.configuration['delta.appendOnly']?.toLowerCase() === 'true'
