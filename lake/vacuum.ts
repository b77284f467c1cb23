/** Vacuum: deletes data files that no version within the retention needs, and log entries behind the log's. */
import { hintedVersion, type Location } from './checkpoint.ts'
import { RetentionError } from './errors.ts'
import { fileRetentionMs, logRetentionMs } from './properties.ts'
import { completeCheckpoints, pathToName } from './protocol.ts'
import type { Snapshot } from './state.ts'

const HOUR_MS = 3_600_000
/** Below a week, a writer that takes long, or a reader of an older version, could lose its files. */
export const SAFE_RETENTION_HOURS = 168

export interface VacuumOptions {
  /** Versions that were the newest within this many hours stay readable. Left out: the safe retention, a week. */
  retentionHours?: number
  /** Only report what would be deleted. */
  dryRun?: boolean
  /** Go below the safe retention: no one may be writing, and older versions become unreadable. */
  force?: boolean
}

export interface VacuumResult {
  files: number
  bytes: number
  /** Object names below the table's folder. */
  names: string[]
  /** Commits and checkpoints that the log no longer needs. */
  logEntries: number
}

/** @throws RetentionError when the retention is below the safe one, or longer than the log remembers removed files */
export async function vacuum(
  location: Location,
  snapshot: Snapshot,
  { retentionHours = SAFE_RETENTION_HOURS, dryRun = false, force = false }: VacuumOptions,
): Promise<VacuumResult> {
  assertRetention(snapshot, retentionHours, force)
  const neededSince = Date.now() - retentionHours * HOUR_MS
  const needed = neededNames(snapshot, neededSince)
  const prefix = `${location.folder}/`
  const result: VacuumResult = { files: 0, bytes: 0, names: [], logEntries: 0 }
  for await (const { key, bytes, modifiedAt } of location.objectStore.list(prefix)) {
    const name = key.slice(prefix.length)
    // A young file that the log doesn't know belongs to a commit that is on its way.
    if (!isDataFile(name) || needed.has(name) || modifiedAt.getTime() > neededSince) continue
    result.files += 1
    result.bytes += bytes
    result.names.push(name)
  }
  const oldLog = await expiredLogKeys(location, new Date(Date.now() - logRetentionMs(snapshot)))
  if (!dryRun) await location.objectStore.delete([...result.names.map((name) => prefix + name), ...oldLog])
  return { ...result, logEntries: oldLog.length }
}

/**
 * The commits and checkpoints before the newest complete checkpoint that is older than `before`, and before the one that the
 * hint names: a reader of any version from that checkpoint on starts there.
 */
export async function expiredLogKeys(location: Location, before: Date): Promise<string[]> {
  const prefix = `${location.folder}/_delta_log/`
  const old: string[] = []
  for await (const { key, modifiedAt } of location.objectStore.list(prefix)) {
    if (modifiedAt < before) old.push(key.slice(prefix.length))
  }
  const newest = completeCheckpoints(old).at(-1)?.version ?? 0
  const oldestNeeded = Math.min(newest, (await hintedVersion(location)) ?? newest)
  const versionOf = (name: string) => Number(/^(\d{20})\.(json|checkpoint)/.exec(name)?.[1] ?? Number.NaN)
  return old.filter((name) => versionOf(name) < oldestNeeded).map((name) => prefix + name)
}

function assertRetention(snapshot: Snapshot, hours: number, force: boolean): void {
  if (!(hours >= 0)) throw new RetentionError(`lake: ${snapshot.table}: a retention of ${hours} hours is not possible`)
  if (hours < SAFE_RETENTION_HOURS && !force) {
    throw new RetentionError(
      `lake: ${snapshot.table}: a retention of ${hours} hours is below ${SAFE_RETENTION_HOURS}: running writers and ` +
        'readers of older versions could lose files; force it only if there are none',
    )
  }
  const rememberedHours = fileRetentionMs(snapshot) / HOUR_MS
  if (hours > rememberedHours) {
    throw new RetentionError(
      `lake: ${snapshot.table}: a retention of ${hours} hours cannot be kept: the log forgets removed files after ` +
        `${rememberedHours} hours (property delta.deletedFileRetentionDuration)`,
    )
  }
}

function neededNames(snapshot: Snapshot, since: number): Set<string> {
  const names = new Set<string>()
  for (const path of snapshot.files.keys()) names.add(pathToName(path))
  for (const { path, deletionTimestamp = 0 } of snapshot.tombstones.values()) {
    if (deletionTimestamp >= since) names.add(pathToName(path))
  }
  return names
}

/** Folders that begin with an underscore or a dot are the log's and other tools'. */
const isDataFile = (name: string) => name.endsWith('.parquet') && !/(^|\/)[_.]/.test(name)
