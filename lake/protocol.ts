/**
 * The actions of a Delta log and how they are written: https://github.com/delta-io/delta/blob/master/PROTOCOL.md.
 * Field names are the protocol's own.
 */
import { UnsupportedTableError } from './errors.ts'

export interface Protocol {
  minReaderVersion: number
  minWriterVersion: number
  readerFeatures?: string[]
  writerFeatures?: string[]
}

export interface Metadata {
  id: string
  name?: string
  description?: string
  format: { provider: string; options: Record<string, string> }
  /** The schema as JSON text. */
  schemaString: string
  partitionColumns: string[]
  configuration: Record<string, string>
  /** Milliseconds since the epoch. */
  createdTime?: number
}

/** A partition's value for each partition column, as the log writes it; null for none. */
export type PartitionValues = Record<string, string | null>

/** A data file of the table. Plain JSON: it may travel between activities. */
export interface AddFile {
  /** Relative to the table's folder and percent-encoded. */
  path: string
  partitionValues: PartitionValues
  /** Bytes. */
  size: number
  /** Milliseconds since the epoch. */
  modificationTime: number
  /** False when the file only holds rows that the table had before, as after a compaction. */
  dataChange: boolean
  /** Rows, minima, maxima and null counts as JSON text; see `statistics.ts`. */
  stats?: string
  tags?: Record<string, string>
}

export interface RemoveFile {
  path: string
  /** Milliseconds since the epoch. */
  deletionTimestamp?: number
  dataChange: boolean
  extendedFileMetadata?: boolean
  partitionValues?: PartitionValues
  size?: number
}

/** How far an application has come: a commit that carries a version at or below it was made before. */
export interface Transaction {
  appId: string
  version: number
  /** Milliseconds since the epoch. */
  lastUpdated?: number
}

export interface CommitInfo {
  /** Milliseconds since the epoch. */
  timestamp: number
  operation: string
  operationParameters?: Record<string, string>
  operationMetrics?: Record<string, string>
  engineInfo?: string
  /** Unique per commit: it shows a writer whose answer got lost that the commit in the log is its own. */
  txnId?: string
}

export type Action =
  | { protocol: Protocol }
  | { metaData: Metadata }
  | { add: AddFile }
  | { remove: RemoveFile }
  | { txn: Transaction }
  | { commitInfo: CommitInfo }

/** What takes a file out of the table. Its object stays for the readers of older versions, until a vacuum. */
export const removalOf = (file: AddFile, dataChange: boolean): RemoveFile => ({
  path: file.path,
  deletionTimestamp: Date.now(),
  dataChange,
  extendedFileMetadata: true,
  partitionValues: file.partitionValues,
  size: file.size,
})

const LOG_VERSION_DIGITS = 20

/** `_delta_log/00000000000000000012`: what the names of version 12's objects begin with, below the table's folder. */
export const logName = (version: number): string => `_delta_log/${String(version).padStart(LOG_VERSION_DIGITS, '0')}`

/** A checkpoint: one object, or several parts. */
export interface CheckpointFiles {
  version: number
  parts?: number
}

/**
 * The checkpoints that a reader can start from, oldest first. One in parts counts only when every part is there: its writer
 * may still be at it, or may have been killed.
 *
 * @param names objects below `_delta_log/`
 */
export function completeCheckpoints(names: Iterable<string>): CheckpointFiles[] {
  const complete: CheckpointFiles[] = []
  const seen = new Map<string, number>()
  for (const name of names) {
    const [, digits, , parts] = /^(\d{20})\.checkpoint(?:\.(\d{10})\.(\d{10}))?\.parquet$/.exec(name) ?? []
    if (digits === undefined) continue
    const version = Number(digits)
    if (parts === undefined) complete.push({ version })
    else {
      // The same version may have been begun with another number of parts.
      const key = `${digits}/${parts}`
      const count = (seen.get(key) ?? 0) + 1
      seen.set(key, count)
      if (count === Number(parts)) complete.push({ version, parts: count })
    }
  }
  return complete.sort((left, right) => left.version - right.version)
}

export function checkpointNames({ version, parts }: CheckpointFiles): string[] {
  const name = `${logName(version)}.checkpoint`
  if (parts === undefined) return [`${name}.parquet`]
  const ten = (part: number) => String(part).padStart(10, '0')
  return Array.from({ length: parts }, (_, index) => `${name}.${ten(index + 1)}.${ten(parts)}.parquet`)
}

/** One action a line. */
export const serialiseCommit = (actions: readonly Action[]): string =>
  actions.map((action) => `${JSON.stringify(action)}\n`).join('')

/** Kinds of action that this code doesn't know are left in: the protocol action decides whether they may be skipped. */
export function parseCommit(text: string): Action[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Action)
}

const READER_VERSION = 1
const WRITER_VERSION = 2
export const OUR_PROTOCOL: Protocol = { minReaderVersion: READER_VERSION, minWriterVersion: WRITER_VERSION }

/** Features that ask nothing of a reader or that this reader follows. */
const READABLE_FEATURES: readonly string[] = []
const WRITABLE_FEATURES: readonly string[] = ['appendOnly', 'invariants']

/** @throws UnsupportedTableError when rows would be read wrongly, as with deletion vectors or column mapping */
export function assertReadable(table: string, protocol: Protocol): void {
  const { minReaderVersion: version, readerFeatures: features = [] } = protocol
  const missing = features.filter((feature) => !READABLE_FEATURES.includes(feature))
  if (version <= READER_VERSION || (version === 3 && missing.length === 0)) return
  const needed = version === 3 ? missing.join(', ') : `reader version ${version} (column mapping)`
  throw new UnsupportedTableError(
    `lake: ${table} can't be read here: it needs ${needed}; rewrite it with reader version ${READER_VERSION}`,
  )
}

/** @throws UnsupportedTableError when a commit of ours could break a promise that the table makes */
export function assertWritable(table: string, protocol: Protocol): void {
  const { minWriterVersion: version, writerFeatures: features = [] } = protocol
  const missing = features.filter((feature) => !WRITABLE_FEATURES.includes(feature))
  if (version <= WRITER_VERSION || (version === 7 && missing.length === 0)) return
  const needed = version === 7 ? missing.join(', ') : `writer version ${version}`
  throw new UnsupportedTableError(
    `lake: ${table} can't be written here: it needs ${needed}; this writer does version ${WRITER_VERSION}`,
  )
}

/** The object's name below the table's folder: paths in the log are percent-encoded. */
export const pathToName = (path: string): string => decodeURIComponent(path)
export const nameToPath = (name: string): string => name.split('/').map(encodePathSegment).join('/')

// `=` separates a partition column from its value and every implementation leaves it alone.
const encodePathSegment = (segment: string): string => encodeURIComponent(segment).replaceAll('%3D', '=')
