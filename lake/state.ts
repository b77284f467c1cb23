import { VersionError } from './errors.ts'
import {
  type Action,
  type AddFile,
  assertReadable,
  type Metadata,
  type PartitionValues,
  type Protocol,
  type RemoveFile,
} from './protocol.ts'
import { type Column, parseSchema } from './schema.ts'

/**
 * Application ids with this prefix hold, per partition, the last version that changed its rows. The log keeps the
 * newest version of each id through every checkpoint, so "what changed since" costs no look at old commits.
 */
const PARTITION_MARK = 'shelfline.partition:'

export const partitionKey = (partitionColumns: readonly string[], values: PartitionValues): string =>
  JSON.stringify(partitionColumns.map((column) => [column, values[column] ?? null]))

export const partitionMark = (key: string): string => PARTITION_MARK + key

/** Application ids with these prefixes hold, per partition, the last run that replaced it or was closed, and the last closed. */
const RUN_MARK = 'shelfline.run:'
const CLOSED_RUN_MARK = 'shelfline.closed-run:'

export const runMark = (key: string): string => RUN_MARK + key
export const closedRunMark = (key: string): string => CLOSED_RUN_MARK + key

/** Holds the highest run of those that no longer replace a partition of the table. */
export const CLOSED_RUNS_MARK = 'shelfline.closed-runs'

/** What a table is at one version. */
export interface Snapshot {
  readonly table: string
  readonly version: number
  readonly protocol: Protocol
  readonly metadata: Metadata
  readonly schema: readonly Column[]
  readonly partitionColumns: readonly string[]
  /** The data files, by path. */
  readonly files: ReadonlyMap<string, AddFile>
  /** Files that are no longer part of the table but that older versions still need, by path. */
  readonly tombstones: ReadonlyMap<string, RemoveFile>
  /** The last version of each application. */
  readonly transactions: ReadonlyMap<string, number>
  /** The last version that changed a partition's rows, by `partitionKey`; emptied partitions are kept. */
  readonly partitionVersions: ReadonlyMap<string, number>
}

/** A snapshot that grows: actions are applied in the order of their versions. */
export class TableState implements Snapshot {
  readonly table: string
  version = -1
  files = new Map<string, AddFile>()
  tombstones = new Map<string, RemoveFile>()
  transactions = new Map<string, number>()
  partitionVersions = new Map<string, number>()
  schema: readonly Column[] = []
  #protocol: Protocol | undefined
  #metadata: Metadata | undefined

  constructor(table: string) {
    this.table = table
  }

  get protocol(): Protocol {
    return this.#protocol ?? this.#incomplete('protocol')
  }

  get metadata(): Metadata {
    return this.#metadata ?? this.#incomplete('metadata')
  }

  get partitionColumns(): readonly string[] {
    return this.metadata.partitionColumns
  }

  /**
   * Takes in one commit. Its actions have no order: the table is described first, then files go, then files come.
   *
   * @throws UnsupportedTableError when the new protocol is beyond this reader
   */
  apply(version: number, actions: readonly Action[]): void {
    for (const action of actions) {
      if ('protocol' in action) this.#agree(action.protocol)
      if ('metaData' in action) this.#describe(action.metaData)
      if ('txn' in action) this.#advance(action.txn.appId, action.txn.version)
    }
    for (const action of actions) if ('remove' in action) this.#remove(version, action.remove)
    for (const action of actions) if ('add' in action) this.#add(version, action.add)
    this.version = version
  }

  /** Takes in a checkpoint, which holds the sum of all commits up to its version. */
  load(version: number, actions: readonly Action[]): void {
    this.apply(version, actions.map(asRearranged))
    // A partition without a mark was written by another writer: it may have changed as late as this version.
    for (const { partitionValues } of this.files.values()) {
      const key = partitionKey(this.partitionColumns, partitionValues)
      if (!this.partitionVersions.has(key)) this.partitionVersions.set(key, version)
    }
  }

  /** An independent copy, so that a reader keeps its version while this one grows. */
  clone(): TableState {
    const copy = new TableState(this.table)
    copy.version = this.version
    copy.files = new Map(this.files)
    copy.tombstones = new Map(this.tombstones)
    copy.transactions = new Map(this.transactions)
    copy.partitionVersions = new Map(this.partitionVersions)
    copy.schema = this.schema
    copy.#protocol = this.#protocol
    copy.#metadata = this.#metadata
    return copy
  }

  #add(version: number, add: AddFile): void {
    this.files.set(add.path, add)
    this.tombstones.delete(add.path)
    if (add.dataChange) this.#changed(version, add.partitionValues)
  }

  #remove(version: number, remove: RemoveFile): void {
    const partitionValues = remove.partitionValues ?? this.files.get(remove.path)?.partitionValues
    this.files.delete(remove.path)
    this.tombstones.set(remove.path, remove)
    if (remove.dataChange && partitionValues) this.#changed(version, partitionValues)
  }

  #changed(version: number, values: PartitionValues): void {
    this.partitionVersions.set(partitionKey(this.partitionColumns, values), version)
  }

  #advance(applicationId: string, version: number): void {
    this.transactions.set(applicationId, version)
    if (applicationId.startsWith(PARTITION_MARK)) {
      this.partitionVersions.set(applicationId.slice(PARTITION_MARK.length), version)
    }
  }

  #describe(metadata: Metadata): void {
    this.#metadata = metadata
    this.schema = parseSchema(metadata.schemaString)
  }

  #agree(protocol: Protocol): void {
    assertReadable(this.table, protocol)
    this.#protocol = protocol
  }

  #incomplete(what: string): never {
    throw new VersionError(`lake: ${this.table}: the log up to version ${this.version} holds no ${what} action`)
  }
}

/** A checkpoint's files were added by earlier versions, so that they are no change of the checkpoint's own. */
function asRearranged(action: Action): Action {
  if ('add' in action) return { add: { ...action.add, dataChange: false } }
  if ('remove' in action) return { remove: { ...action.remove, dataChange: false } }
  return action
}
