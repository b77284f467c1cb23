/** What the lake refuses, or what failed in it; the message names the table, the value and the fix. */
export class LakeError extends Error {
  override name = 'LakeError'
}

/** There is no table of this name. */
export class UnknownTableError extends LakeError {
  override name = 'UnknownTableError'
}

/** The table needs something of the Delta protocol that this reader or writer doesn't do. */
export class UnsupportedTableError extends LakeError {
  override name = 'UnsupportedTableError'
}

/** Columns that don't fit the table's schema, or a schema that can't be. */
export class SchemaError extends LakeError {
  override name = 'SchemaError'
}

/** The commit conflicts with what others committed meanwhile. Nothing was changed. */
export class CommitConflictError extends LakeError {
  override name = 'CommitConflictError'
}

/** A later run has replaced the partition, or this one was closed. Nothing was changed. */
export class SupersededError extends CommitConflictError {
  override name = 'SupersededError'
  /** The last run that the partition knows. */
  readonly lastRun: number

  constructor(message: string, lastRun: number) {
    super(message)
    this.lastRun = lastRun
  }
}

/** All runs up to a number were closed, this one among them: what they read has changed since. Nothing was changed. */
export class ClosedRunsError extends SupersededError {
  override name = 'ClosedRunsError'
}

/** A version that the log doesn't hold, or holds no longer. */
export class VersionError extends LakeError {
  override name = 'VersionError'
}

/** A vacuum that would take files from under readers or writers. */
export class RetentionError extends LakeError {
  override name = 'RetentionError'
}
