/** The table properties that this lake sets or follows. */
import { LakeError } from './errors.ts'
import type { Snapshot } from './state.ts'

const TOMBSTONE_RETENTION = 'delta.deletedFileRetentionDuration'
const DEFAULT_RETENTION = 'interval 1 week'
const HOUR_MS = 3_600_000
const unitHours: Record<string, number> = { hour: 1, day: 24, week: 168 }

/** How long a file that left the table is kept for readers of older versions, in milliseconds. */
export function tombstoneRetentionMs(snapshot: Snapshot): number {
  const text = snapshot.metadata.configuration[TOMBSTONE_RETENTION] ?? DEFAULT_RETENTION
  const [, count, unit] = /^interval (\d+) (hour|day|week)s?$/.exec(text.toLowerCase()) ?? []
  if (count === undefined || unit === undefined) {
    throw new LakeError(`lake: ${snapshot.table}: ${TOMBSTONE_RETENTION} is "${text}"; write it as "interval 7 days"`)
  }
  return Number(count) * unitHours[unit]! * HOUR_MS
}

/** The property that makes a new table keep removed files for so many hours. */
export const retentionProperty = (hours: number): Record<string, string> => ({
  [TOMBSTONE_RETENTION]: `interval ${hours} hours`,
})

/** Tables that say so only ever grow. */
export const isAppendOnly = (snapshot: Snapshot): boolean =>
  snapshot.metadata.configuration['delta.appendOnly']?.toLowerCase() === 'true'
