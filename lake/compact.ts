/** Compaction: many small files of a partition become few large ones, with the same rows. */
import type { DuckDBConnection } from '../platform/duckdb/duckdb.ts'
import type { Location } from './checkpoint.ts'
import { type Action, type AddFile, type PartitionValues, removalOf } from './protocol.ts'
import { partitionKey, type Snapshot } from './state.ts'
import { rewriteFiles } from './write.ts'

export interface CompactOptions {
  /** Only this partition; left out: all. */
  partition?: PartitionValues
  /** Files are put together until they have about this size. */
  targetFileBytes?: number
  /** Files below this size are put together. */
  smallFileBytes?: number
  /** A run takes at most this many files; the next run takes the rest. */
  maxFilesPerRun?: number
}

const TARGET_FILE_BYTES = 128 * 1024 * 1024
const SMALL_FILE_BYTES = 32 * 1024 * 1024
const FILES_PER_RUN_MAX = 2_000

export interface CompactResult {
  /** The version that was made; undefined when there was nothing to put together. */
  version: number | undefined
  filesRemoved: number
  filesAdded: number
  bytesRemoved: number
  bytesAdded: number
  /** Partitions that were replaced meanwhile: the replacement is kept, this run's work on them was discarded. */
  lostPartitions: PartitionValues[]
}

/** Files of one partition, and what takes their place: one file, or none where they hold no rows. */
export interface Merge {
  sources: readonly AddFile[]
  targets: readonly AddFile[]
}

/** Groups of two files or more, each of one partition and about the target's size, oldest files first. */
export function planMerges(snapshot: Snapshot, options: CompactOptions): AddFile[][] {
  const { targetFileBytes = TARGET_FILE_BYTES, smallFileBytes = SMALL_FILE_BYTES } = options
  const wanted = options.partition && partitionKey(snapshot.partitionColumns, options.partition)
  const partitions = Map.groupBy(
    [...snapshot.files.values()].filter((file) => file.size < smallFileBytes),
    (file) => partitionKey(snapshot.partitionColumns, file.partitionValues),
  )
  const groups = [...partitions]
    .filter(([key]) => wanted === undefined || key === wanted)
    .flatMap(([, files]) => fillUp(files, targetFileBytes))
    .filter((group) => group.length > 1)
  return takeFiles(groups, options.maxFilesPerRun ?? FILES_PER_RUN_MAX)
}

function fillUp(files: readonly AddFile[], targetBytes: number): AddFile[][] {
  const groups: AddFile[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const file of [...files].sort((left, right) => left.modificationTime - right.modificationTime)) {
    if (bytes + file.size > targetBytes) {
      groups.push([])
      bytes = 0
    }
    groups.at(-1)!.push(file)
    bytes += file.size
  }
  return groups
}

function takeFiles(groups: readonly AddFile[][], filesMax: number): AddFile[][] {
  const taken: AddFile[][] = []
  let left = filesMax
  for (const group of groups) {
    const part = group.slice(0, left)
    if (part.length < 2) break
    taken.push(part)
    left -= part.length
  }
  return taken
}

export async function writeMerge(
  connection: DuckDBConnection,
  location: Location,
  snapshot: Snapshot,
  sources: readonly AddFile[],
): Promise<Merge> {
  return { sources, targets: await rewriteFiles(connection, location, snapshot, sources) }
}

/** The merges whose sources are all still there. An append takes none away, a replaced partition takes all. */
export const standingMerges = (state: Snapshot, merges: readonly Merge[]): Merge[] =>
  merges.filter(({ sources }) => sources.every((source) => state.files.has(source.path)))

export const mergeActions = (merges: readonly Merge[]): Action[] =>
  merges.flatMap(({ sources, targets }) => [
    ...sources.map((source) => ({ remove: removalOf(source, false) })),
    ...targets.map((target) => ({ add: target })),
  ])
