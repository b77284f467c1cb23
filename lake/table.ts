import { type DuckDBConnection, withConnection } from '../platform/duckdb/duckdb.ts'
import { type Location, uriOf } from './checkpoint.ts'
import { type CommitOptions, type CommitResult, commit, type Decide, type Operation } from './commit.ts'
import {
  type CompactOptions,
  type CompactResult,
  type Merge,
  mergeActions,
  planMerges,
  standingMerges,
  writeMerge,
} from './compact.ts'
import { ClosedRunsError, CommitConflictError, LakeError, SchemaError, SupersededError } from './errors.ts'
import { type Change, readHistory } from './history.ts'
import type { DeltaLog } from './log.ts'
import { isAppendOnly } from './properties.ts'
import { type AddFile, type PartitionValues, pathToName, removalOf } from './protocol.ts'
import { hiveNames, relation, selectFiles, type Where } from './scan.ts'
import { type Column, isNullable, typeText } from './schema.ts'
import { type FileRows, rowsLike, unusedFilesLike } from './search.ts'
import { CLOSED_RUNS_MARK, closedRunMark, partitionKey, runMark, type Snapshot } from './state.ts'
import { parseStatistics } from './statistics.ts'
import { type VacuumOptions, type VacuumResult, vacuum } from './vacuum.ts'
import {
  assertPartition,
  changeRows,
  contentTag,
  type PartitionContent,
  type RowChange,
  writeDataFiles,
  writePartition,
} from './write.ts'

/** Which version: a number, or the one that was the newest at an instant. Neither: the newest. */
export type At = { version?: number; asOf?: undefined } | { asOf?: Date; version?: undefined }

export type ScanOptions = At & {
  /** Only rows whose columns have these values or lie in these ranges; files that hold none are not opened. */
  where?: Where
}

/** How far a source has come with a commit. */
export interface Progress {
  applicationId: string
  version: number
  /** How far it must have come before, `null` for not at all; left out: any version below. */
  after?: number | null
}

export interface Append {
  files: readonly AddFile[]
  /** How far each source has come with this commit. Where the table has come that far already, nothing is done. */
  transactions?: readonly Progress[]
  /** Shown in the table's history. */
  metrics?: Record<string, string>
}

export interface Replacement {
  /** The partitions whose whole content `files` is; one without a file becomes empty. */
  partitions: readonly PartitionValues[]
  files: readonly AddFile[]
  /** The version that the new content was made from, when it was made from this table: later changes are a conflict. */
  readVersion?: number
  /**
   * The number of the run that replaces them; runs are numbered in the order in which they begin. It is kept with the
   * partitions: a run after a higher one is refused, and the same one again changes nothing.
   */
  run?: number
  metrics?: Record<string, string>
}

/** What is written again before it is committed: another writer's conflict loses no more, and a killed process begins behind it. */
const CHANGED_BYTES_MAX = 256 * 1024 * 1024
const CHANGED_FILES_MAX = 100

export class Table {
  readonly name: string
  readonly #log: DeltaLog
  readonly #location: Location
  readonly #options: CommitOptions

  constructor(log: DeltaLog, options: CommitOptions) {
    this.name = log.table
    this.#log = log
    this.#location = log.location
    this.#options = options
  }

  /** The table's folder as DuckDB and other tools name it. */
  get uri(): string {
    return uriOf(this.#location, '').replace(/\/$/, '')
  }

  /** @throws VersionError when the log holds no such version, or holds it no longer */
  async snapshot({ version, asOf }: At = {}): Promise<Snapshot> {
    if (asOf !== undefined) return this.#log.snapshotAt(await this.#log.versionAt(asOf))
    return version === undefined ? this.#log.snapshot() : this.#log.snapshotAt(version)
  }

  /**
   * A relation, in parentheses, for use after `from` in a statement of the lake's DuckDB: the columns as declared,
   * instants as `timestamp with time zone`.
   */
  async scan({ where = {}, ...at }: ScanOptions = {}): Promise<string> {
    const snapshot = await this.snapshot(at)
    return relation(this.#location, snapshot, selectFiles(snapshot, where), where)
  }

  /** The same as what an engine of its own reads: the names of files below `uri`, and the columns that they hold. */
  async parts({ where = {}, ...at }: ScanOptions = {}): Promise<{ names: string[]; columns: readonly Column[] }> {
    const snapshot = await this.snapshot(at)
    return { names: hiveNames(snapshot, selectFiles(snapshot, where)), columns: snapshot.schema }
  }

  /** Writes what `select` gives as data files of the partitions its rows belong to; `append` makes them count. */
  async writeDataFiles(connection: DuckDBConnection, select: string): Promise<AddFile[]> {
    return writeDataFiles(connection, this.#location, await this.snapshot(), select)
  }

  /** Writes one partition's rows, the same rows as the same bytes; `replacePartitions` makes them count. */
  async writePartition(connection: DuckDBConnection, content: PartitionContent): Promise<AddFile[]> {
    return writePartition(connection, this.#location, await this.snapshot(), content)
  }

  /**
   * Adds files. Files that the table holds already, and transactions that it has seen already, change nothing.
   *
   * @throws CommitConflictError when some of the transactions were seen and others not, or a source isn't at `after`
   */
  append({ files, transactions = [], metrics }: Append): Promise<CommitResult> {
    return this.#commit(
      { name: 'WRITE', parameters: { mode: 'Append' }, metrics: metricsOf(files, metrics) },
      (state) => {
        const advances = transactions.map(({ applicationId, version }) => ({ appId: applicationId, version }))
        const seen = advances.filter(({ appId, version }) => (state.transactions.get(appId) ?? -1) >= version)
        if (seen.length > 0 && seen.length < advances.length) throw partlySeen(state, seen[0]!.appId)
        const known = files.filter((file) => state.files.has(file.path))
        if (known.length > 0 && known.length < files.length) throw partlySeen(state, known[0]!.path)
        const isDone = transactions.length > 0 ? seen.length > 0 : known.length === files.length
        if (isDone) return undefined
        assertAfter(state, transactions)
        return [...advances.map((txn) => ({ txn })), ...files.map((add) => ({ add }))]
      },
    )
  }

  /** The version that an application's last commit carried. */
  async transactionVersion(applicationId: string): Promise<number | undefined> {
    return (await this.#log.refresh()).transactions.get(applicationId)
  }

  /**
   * Replaces partitions whole, in one commit; the last writer wins, or with `run` the highest. The same content as before
   * makes no version, or with `run` one that only records it.
   *
   * @throws CommitConflictError when a partition changed after `readVersion`
   * @throws SupersededError when a higher run has replaced a partition
   * @throws LakeError when a new file is not there whole: a commit would make the partition unreadable
   */
  async replacePartitions(replacement: Replacement): Promise<CommitResult> {
    const { partitions, files, readVersion, run, metrics } = replacement
    const operation = { name: 'WRITE', parameters: { mode: 'Overwrite' }, metrics: metricsOf(files, metrics) }
    const lacking = await this.#lacking(files)
    return this.#commit(operation, (state) => {
      const keys = replacedKeys(state, partitions, files)
      if (run !== undefined && isDoneBy(run, state, keys, files)) return undefined
      assertUnchangedSince(state, keys, readVersion)
      const marks = run === undefined ? [] : [...keys].map((key) => ({ txn: { appId: runMark(key), version: run } }))
      const current = filesIn(state, keys)
      if (isSameContent(current, files)) return marks.length === 0 ? undefined : marks
      if (isAppendOnly(state))
        throw new LakeError(`lake: ${this.name} is append-only: its partitions can't be replaced`)
      const kept = new Set(files.map((file) => file.path))
      const absent = lacking.find(({ path }) => !state.files.has(path))
      if (absent !== undefined) throw missingFile(this.name, absent)
      return [
        ...marks,
        ...current.filter((file) => !kept.has(file.path)).map((file) => ({ remove: removalOf(file, true) })),
        ...files.map((add) => ({ add })),
      ]
    })
  }

  /**
   * Makes sure that a run replaces a partition no more, also when its request is on its way: the version that it could
   * still make is taken by this commit. Later runs are free to.
   *
   * @param files what the run was to put there
   * @returns `replaced` when the run was there before; then nothing is changed
   */
  async closeRun(
    partition: PartitionValues,
    { run, files }: { run: number; files: readonly AddFile[] },
  ): Promise<'closed' | 'replaced'> {
    let outcome: 'closed' | 'replaced' = 'closed'
    await this.#commit({ name: 'CLOSE RUN', parameters: { run: String(run) } }, (state) => {
      assertPartition(state, partition)
      const key = partitionKey(state.partitionColumns, partition)
      const [last, lastClosed] = lastRuns(state, key)
      outcome = last === run && lastClosed !== run && holds(state, new Set([key]), files) ? 'replaced' : 'closed'
      return last >= run
        ? undefined
        : [runMark(key), closedRunMark(key)].map((appId) => ({ txn: { appId, version: run } }))
    })
    return outcome
  }

  /**
   * Makes sure that runs up to this one no longer replace a partition, whichever it is and wherever they are: what they have read is
   * no longer to be written. Later runs are free to.
   */
  async closeRunsUntil(run: number): Promise<void> {
    await this.#commit({ name: 'CLOSE RUNS', parameters: { run: String(run) } }, (state) =>
      lastClosed(state) >= run ? undefined : [{ txn: { appId: CLOSED_RUNS_MARK, version: run } }],
    )
  }

  /** Those of the files whose object is not there, or not as long as it should be. */
  async #lacking(files: readonly AddFile[]): Promise<AddFile[]> {
    const { objectStore, folder } = this.#location
    const lacking: AddFile[] = []
    for (const file of files) {
      const key = `${folder}/${pathToName(file.path)}`
      let bytes: number | undefined
      for await (const object of objectStore.list(key)) {
        if (object.key === key) bytes = object.bytes
        break
      }
      if (bytes !== file.size) lacking.push(file)
    }
    return lacking
  }

  /**
   * Adds a nullable column at the end; rows from before read it as null. A column that is there already, with the same
   * type, changes nothing.
   *
   * @throws SchemaError when it is not nullable, or there with another type
   */
  addColumn(column: Column): Promise<CommitResult> {
    const parameters = { columns: JSON.stringify([{ column: column.name, type: column.type }]) }
    return this.#commit({ name: 'ADD COLUMNS', parameters }, (state) => {
      if (!isNullable(column)) {
        throw new SchemaError(`lake: ${this.name}: column ${column.name} must be nullable: older rows have no value`)
      }
      const folded = column.name.toLowerCase()
      const existing = state.schema.find(({ name }) => name.toLowerCase() === folded)
      if (existing === undefined) return [{ metaData: { ...state.metadata, schemaString: withColumn(state, column) } }]
      if (existing.name === column.name && typeText(existing.type) === typeText(column.type)) return undefined
      throw new SchemaError(
        `lake: ${this.name}: there is a column ${existing.name} of type ${typeText(existing.type)}; ` +
          `${column.name} of type ${typeText(column.type)} needs another name`,
      )
    })
  }

  /** Puts small files together. Appends continue meanwhile; a partition that was replaced is left alone and reported. */
  async compact(options: CompactOptions = {}): Promise<CompactResult> {
    const snapshot = await this.snapshot()
    if (options.partition) assertPartition(snapshot, options.partition)
    const groups = planMerges(snapshot, options)
    const merges = await withConnection(this.#location.database, async (connection) => {
      const written = []
      for (const group of groups) written.push(await writeMerge(connection, this.#location, snapshot, group))
      return written
    })
    let standing = merges
    const { version, outcome } = await this.#commit({ name: 'OPTIMIZE' }, (state) => {
      standing = standingMerges(state, merges)
      return standing.length === 0 ? undefined : mergeActions(standing)
    })
    const removed = standing.flatMap(({ sources }) => sources)
    const added = standing.flatMap(({ targets }) => targets)
    const lost = merges.filter((merge) => !standing.includes(merge))
    return {
      version: outcome === 'committed' ? version : undefined,
      filesRemoved: removed.length,
      filesAdded: added.length,
      bytesRemoved: bytesOf(removed),
      bytesAdded: bytesOf(added),
      lostPartitions: lost.map(({ sources }) => sources[0]!.partitionValues),
    }
  }

  /**
   * Changes rows where they are: the files that have them are written again, with all rows in the same order. It does not count as
   * a change of the partition: nothing that was built from it is built again. The files from before are deleted, so that older versions
   * can no longer be read where they had them. Some files at a time are committed: who is interrupted continues with the rest.
   *
   * @param change that no longer finds the rows once they are changed
   * @returns how many rows were changed
   */
  async changeRows(connection: DuckDBConnection, change: RowChange): Promise<number> {
    let changed = 0
    for (;;) {
      const snapshot = await this.snapshot()
      const found = await rowsLike(connection, this.#location, snapshot, change.condition)
      if (found.length === 0) return changed
      for (const files of batchesOf(found)) changed += await this.#changeFiles(connection, snapshot, files, change)
    }
  }

  /** In one commit. A file that is no longer there when it is made is left to who has replaced it. */
  async #changeFiles(
    connection: DuckDBConnection,
    snapshot: Snapshot,
    files: readonly FileRows[],
    change: RowChange,
  ): Promise<number> {
    const merges: (Merge & { rows: number })[] = []
    for (const { file, rows } of files) {
      const targets = await changeRows(connection, this.#location, snapshot, file, change)
      merges.push({ sources: [file], targets, rows })
    }
    let standing = merges
    await this.#commit({ name: 'CHANGE ROWS' }, (state) => {
      standing = merges.filter(({ sources }) => state.files.has(sources[0]!.path))
      return standing.length === 0 ? undefined : mergeActions(standing)
    })
    const lost = merges.filter((merge) => !standing.includes(merge))
    await this.#delete([...standing.flatMap(({ sources }) => sources), ...lost.flatMap(({ targets }) => targets)])
    return standing.reduce((sum, { rows }) => sum + rows, 0)
  }

  /**
   * Deletes files that older versions need, where they have such rows. Returns how many files.
   *
   * @param isSettled no commit with such rows is on its way: files that no version has yet are deleted, too
   */
  async forget(connection: DuckDBConnection, condition: string, isSettled: boolean): Promise<number> {
    const files = await unusedFilesLike(connection, this.#location, await this.snapshot(), { condition, isSettled })
    await this.#location.objectStore.delete(files)
    return files.length
  }

  #delete(files: readonly AddFile[]): Promise<void> {
    const { objectStore, folder } = this.#location
    return objectStore.delete(files.map(({ path }) => `${folder}/${pathToName(path)}`))
  }

  /** @throws RetentionError for a retention that is not safe and not forced */
  async vacuum(options: VacuumOptions = {}): Promise<VacuumResult> {
    return vacuum(this.#location, await this.snapshot(), options)
  }

  /** What was done to the table, newest first. */
  async history(limit: number): Promise<Change[]> {
    return readHistory(this.#log, limit)
  }

  /** The partitions whose rows changed after a version: the column's value, and the last version that changed it. */
  async changedPartitions(sinceVersion: number, column: string): Promise<Map<string, number>> {
    const state = await this.#log.refresh()
    if (!state.partitionColumns.includes(column)) {
      throw new SchemaError(`lake: ${this.name} is partitioned by ${state.partitionColumns.join(', ')}, not ${column}`)
    }
    const changed = new Map<string, number>()
    for (const [key, version] of state.partitionVersions) {
      if (version <= sinceVersion) continue
      const value = new Map<string, string>(JSON.parse(key) as [string, string][]).get(column)
      if (value != null) changed.set(value, Math.max(version, changed.get(value) ?? 0))
    }
    return changed
  }

  #commit(operation: Operation, decide: Decide): Promise<CommitResult> {
    return commit(this.#log, operation, decide, this.#options)
  }
}

function* batchesOf(files: readonly FileRows[]): Generator<FileRows[]> {
  let batch: FileRows[] = []
  let bytes = 0
  for (const one of files) {
    batch.push(one)
    bytes += one.file.size
    if (batch.length < CHANGED_FILES_MAX && bytes < CHANGED_BYTES_MAX) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}

export const rowsOf = (files: Iterable<AddFile>): number =>
  [...files].reduce((rows, file) => rows + (parseStatistics(file).numRecords ?? 0), 0)

export const bytesOf = (files: Iterable<AddFile>): number => [...files].reduce((bytes, file) => bytes + file.size, 0)

const metricsOf = (files: readonly AddFile[], metrics: Record<string, string> = {}): Record<string, string> => ({
  numFiles: String(files.length),
  numOutputRows: String(rowsOf(files)),
  numOutputBytes: String(bytesOf(files)),
  ...metrics,
})

const partlySeen = (state: Snapshot, what: string) =>
  new CommitConflictError(
    `lake: ${state.table}: ${what} was committed before version ${state.version + 1}, other parts of this append ` +
      'were not: another writer has the same source; read its position again',
  )

function assertAfter(state: Snapshot, transactions: readonly Progress[]): void {
  for (const { applicationId, after } of transactions) {
    const seen = state.transactions.get(applicationId) ?? null
    if (after === undefined || seen === after) continue
    throw new CommitConflictError(
      `lake: ${state.table}: ${applicationId} is at ${seen ?? 'its start'}, this append continues from ${after ?? 'its start'}: ` +
        'another writer has the same source; read its position again',
    )
  }
}

function replacedKeys(state: Snapshot, partitions: readonly PartitionValues[], files: readonly AddFile[]): Set<string> {
  for (const partition of partitions) assertPartition(state, partition)
  const keys = new Set(partitions.map((partition) => partitionKey(state.partitionColumns, partition)))
  for (const { path, partitionValues } of files) {
    if (keys.has(partitionKey(state.partitionColumns, partitionValues))) continue
    throw new LakeError(
      `lake: ${state.table}: file ${path} belongs to ${JSON.stringify(partitionValues)}, which is not being replaced`,
    )
  }
  return keys
}

function assertUnchangedSince(state: Snapshot, keys: ReadonlySet<string>, readVersion: number | undefined): void {
  if (readVersion === undefined) return
  for (const key of keys) {
    const changedAt = state.partitionVersions.get(key) ?? 0
    if (changedAt <= readVersion) continue
    throw new CommitConflictError(
      `lake: ${state.table}: partition ${key} was read at version ${readVersion} and changed at ${changedAt}; read it again`,
    )
  }
}

/** Per partition: the last run that replaced it or was closed, and the last that was closed. */
const lastRuns = (state: Snapshot, key: string): [last: number, closed: number] => [
  state.transactions.get(runMark(key)) ?? -1,
  state.transactions.get(closedRunMark(key)) ?? -1,
]

const lastClosed = (state: Snapshot): number => state.transactions.get(CLOSED_RUNS_MARK) ?? -1

/**
 * Whether the run has replaced the partitions before.
 *
 * @throws SupersededError when a higher one has, this one was closed, or another of the same number was there: a ledger that was
 *   restored from a backup gives out numbers again; ClosedRunsError when all up to a higher one were closed
 */
function isDoneBy(run: number, state: Snapshot, keys: ReadonlySet<string>, files: readonly AddFile[]): boolean {
  let isDone = keys.size > 0
  for (const key of keys) {
    const [last, closed] = lastRuns(state, key)
    if (last > run || closed === run) throw superseded(state, key, run, last)
    if (last !== run) isDone = false
  }
  if (isDone && !holds(state, keys, files)) throw superseded(state, [...keys][0]!, run, run)
  if (!isDone && run <= lastClosed(state)) throw closedRuns(state, run)
  return isDone
}

/** Whether the files are the partitions' content, or have been. */
const holds = (state: Snapshot, keys: ReadonlySet<string>, files: readonly AddFile[]): boolean =>
  (files.length > 0 && files.every(({ path }) => state.files.has(path) || state.tombstones.has(path))) ||
  isSameContent(filesIn(state, keys), files)

const filesIn = (state: Snapshot, keys: ReadonlySet<string>): AddFile[] =>
  [...state.files.values()].filter((file) => keys.has(partitionKey(state.partitionColumns, file.partitionValues)))

const superseded = (state: Snapshot, key: string, run: number, last: number) =>
  new SupersededError(
    `lake: ${state.table}: run ${run} is too late for partition ${key}: ` +
      `${last === run ? 'it was closed, or its number was used twice' : `run ${last} is newer`}; build the partition in a new run`,
    last,
  )

const closedRuns = (state: Snapshot, run: number) =>
  new ClosedRunsError(
    `lake: ${state.table}: run ${run} is too late: rows that it may have read were changed since, and runs up to ` +
      `${lastClosed(state)} were closed; build the partition in a new run`,
    lastClosed(state),
  )

const missingFile = (table: string, { path, size }: AddFile) =>
  new LakeError(
    `lake: ${table}: ${path} (${size} bytes) is missing or incomplete in the object store: nothing was committed; ` +
      'stage it again, and check that nothing else deletes files in this folder',
  )

/** The same files, or other files with the same bytes. */
function isSameContent(current: readonly AddFile[], files: readonly AddFile[]): boolean {
  const identities = (list: readonly AddFile[]) => list.map((file) => contentTag(file) ?? file.path).sort()
  return JSON.stringify(identities(current)) === JSON.stringify(identities(files))
}

function withColumn(state: Snapshot, { name, type }: Column): string {
  const schema = JSON.parse(state.metadata.schemaString) as { type: string; fields: object[] }
  return JSON.stringify({ ...schema, fields: [...schema.fields, { name, type, nullable: true, metadata: {} }] })
}
