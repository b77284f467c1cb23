/** A table's log: the newest state, kept up to date; older states; and the conditional put that makes a version. */
import { hintedVersion, type Location, readCheckpoint, uriOf } from './checkpoint.ts'
import { UnknownTableError, UnsupportedTableError, VersionError } from './errors.ts'
import {
  type Action,
  type CheckpointFiles,
  checkpointNames,
  completeCheckpoints,
  logName,
  parseCommit,
  serialiseCommit,
} from './protocol.ts'
import { type Snapshot, TableState } from './state.ts'

/** Reads ahead in the log at most this many commits at a time. */
const PARALLEL_READS_MAX = 16
const OLD_SNAPSHOTS_KEPT = 4
/**
 * Another writer may delete log entries that are a month old, and then "the next version isn't there" no longer means
 * that this is the newest. A state that was not looked at for this long is read again.
 */
const TRUSTED_MS = 3_600_000
/** Writers checkpoint at least this often, as a rule; a search for a checkpoint looks here first. */
const CHECKPOINT_DISTANCE = 100

export class DeltaLog {
  readonly table: string
  readonly location: Location
  #tip: TableState | undefined
  #refreshedAtMs = 0
  #frozen: TableState | undefined
  #turn: Promise<unknown> = Promise.resolve()
  readonly #old = new Map<number, TableState>()

  constructor(table: string, location: Location) {
    this.table = table
    this.location = location
  }

  /** Whether the table was looked at lately, so that the next look continues from there. */
  get isKnown(): boolean {
    return this.#tip !== undefined && performance.now() - this.#refreshedAtMs <= TRUSTED_MS
  }

  /**
   * The newest state. It grows under its reader's hands: use it before the next `await`, or take a `snapshot`.
   *
   * @throws UnknownTableError when there is no log
   */
  refresh(): Promise<TableState> {
    return this.#inTurn(async () => {
      if (this.#tip !== undefined && this.isKnown) await this.#catchUp(this.#tip)
      else this.#tip = await this.#open()
      this.#refreshedAtMs = performance.now()
      return this.#tip
    })
  }

  /** The newest version, unchanging. */
  async snapshot(): Promise<Snapshot> {
    return this.#freeze(await this.refresh())
  }

  /** @throws VersionError when the log doesn't hold the version, naming those that it holds */
  async snapshotAt(version: number): Promise<Snapshot> {
    if (this.#tip?.version === version) return this.#freeze(this.#tip)
    const kept = this.#frozen?.version === version ? this.#frozen : this.#old.get(version)
    if (kept !== undefined) return kept
    const { version: newest } = await this.refresh()
    if (version > newest || version < 0 || !Number.isInteger(version)) {
      throw new VersionError(`lake: ${this.table} has no version ${version}: its newest is ${newest}`)
    }
    return this.#keep(await this.#rebuild(version))
  }

  /** The version that was the newest at an instant, by the times at which the object store got the commits. */
  async versionAt(instant: Date): Promise<number> {
    let found: number | undefined
    let previousMs = 0
    for await (const { name, modifiedAt } of this.#list('')) {
      const version = /^(\d{20})\.json$/.exec(name)?.[1]
      if (version === undefined) continue
      // Clocks may step back, versions don't.
      previousMs = Math.max(modifiedAt.getTime(), previousMs + 1)
      if (previousMs > instant.getTime()) break
      found = Number(version)
    }
    if (found !== undefined) return found
    throw new VersionError(`lake: ${this.table} has no version from ${instant.toISOString()} or before`)
  }

  /** One version's actions, or undefined when it isn't there. */
  async readCommit(version: number): Promise<Action[] | undefined> {
    const body = await this.location.objectStore.get(this.#key(version))
    return body && parseCommit(body.toString('utf8'))
  }

  /**
   * Makes a version, unless it is there already.
   *
   * @returns false when another writer made it
   */
  async write(version: number, actions: readonly Action[], commitId: string): Promise<boolean> {
    const body = serialiseCommit(actions)
    const isWritten = (await this.location.objectStore.put(this.#key(version), body, { ifAbsent: true })) === 'written'
    const committed = isWritten ? actions : await this.readCommit(version)
    if (committed === undefined) return false
    await this.#inTurn(() => this.#learn(version, committed))
    // A put that was answered too late is sent again and then finds its own first attempt.
    return isWritten || committed.some((action) => 'commitInfo' in action && action.commitInfo.txnId === commitId)
  }

  /** Nothing of a state that two callers share may change while one of them waits for the object store. */
  #inTurn<Result>(work: () => Promise<Result> | Result): Promise<Result> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => undefined)
    return result
  }

  #learn(version: number, actions: readonly Action[]): void {
    if (this.#tip?.version === version - 1) this.#tip.apply(version, actions)
  }

  #freeze(state: TableState): TableState {
    if (this.#frozen?.version === state.version) return this.#frozen
    // Who was given a version comes back for it, by its number, when others have written newer ones.
    if (this.#frozen !== undefined) this.#keep(this.#frozen)
    this.#frozen = state.clone()
    return this.#frozen
  }

  #keep(state: TableState): TableState {
    if (this.#old.size >= OLD_SNAPSHOTS_KEPT) this.#old.delete(this.#old.keys().next().value!)
    this.#old.set(state.version, state)
    return state
  }

  /**
   * Starts at the newest checkpoint of which all is there. The hint only shows where to begin to look: a slow writer may have
   * turned it back, and what it names may be gone.
   */
  async #open(): Promise<TableState> {
    const hinted = await hintedVersion(this.location)
    let names = hinted === undefined ? [] : await this.#names(hinted)
    if (completeCheckpoints(names).length === 0) names = await this.#names(0)
    const newest = newestCommit(names)
    if (newest < 0 && completeCheckpoints(names).length === 0) {
      throw new UnknownTableError(`lake: there is no table ${this.table}`)
    }
    let unreadable: unknown
    for (const checkpoint of [...completeCheckpoints(names).reverse(), undefined]) {
      try {
        const state = await this.#stateFrom(checkpoint)
        if (state.version >= newest && state.version >= 0) return state
      } catch (error) {
        if (error instanceof UnsupportedTableError) throw error
        unreadable ??= error
      }
    }
    // Continuing from an older version would write a second history of the table.
    throw (
      unreadable ??
      new VersionError(
        `lake: ${this.table}: no complete checkpoint leads to version ${newest}: commits before it are missing from its log; ` +
          'restore them from a backup, or create the table again',
      )
    )
  }

  async #stateFrom(checkpoint: CheckpointFiles | undefined): Promise<TableState> {
    const state = new TableState(this.table)
    if (checkpoint !== undefined) await this.#loadCheckpoint(state, checkpoint)
    await this.#catchUp(state)
    return state
  }

  /** Reads what was committed after the state's version: one by one at first, further ahead the more there is. */
  async #catchUp(state: TableState, last = Number.MAX_SAFE_INTEGER): Promise<void> {
    for (let ahead = 1; state.version < last; ahead = Math.min(ahead * 2, PARALLEL_READS_MAX)) {
      const count = Math.min(ahead, last - state.version)
      const versions = Array.from({ length: count }, (_, index) => state.version + 1 + index)
      const commits = await Promise.all(versions.map((version) => this.readCommit(version)))
      for (const [index, actions] of commits.entries()) {
        if (actions === undefined) return
        state.apply(versions[index]!, actions)
      }
    }
  }

  async #rebuild(version: number): Promise<TableState> {
    const state = new TableState(this.table)
    const near = Math.max(0, version - CHECKPOINT_DISTANCE)
    const checkpoint = (await this.#newestCheckpoint(version, near)) ?? (await this.#newestCheckpoint(version, 0))
    if (checkpoint !== undefined) await this.#loadCheckpoint(state, checkpoint)
    await this.#catchUp(state, version)
    if (state.version === version) return state
    throw new VersionError(`lake: ${this.table}: version ${version} is no longer in the log; read a newer one`)
  }

  async #newestCheckpoint(version: number, from: number): Promise<CheckpointFiles | undefined> {
    const checkpoints = completeCheckpoints(await this.#names(from, version))
    return checkpoints.findLast((checkpoint) => checkpoint.version <= version)
  }

  async #loadCheckpoint(state: TableState, checkpoint: CheckpointFiles): Promise<void> {
    const uris = checkpointNames(checkpoint).map((name) => uriOf(this.location, name))
    state.load(checkpoint.version, await readCheckpoint(this.location.database, uris))
  }

  /** The log's objects from one version to another, both included. */
  async #names(from: number, to = Number.MAX_SAFE_INTEGER): Promise<string[]> {
    const names: string[] = []
    for await (const { name } of this.#list(from === 0 ? '' : logName(from))) {
      if (Number(/^(\d{20})\./.exec(name)?.[1] ?? 0) > to) break
      names.push(name)
    }
    return names
  }

  async *#list(startAfter: string): AsyncIterable<{ name: string; modifiedAt: Date }> {
    const { objectStore, folder } = this.location
    const prefix = `${folder}/_delta_log/`
    const options = startAfter === '' ? {} : { startAfter: `${folder}/${startAfter}` }
    for await (const { key, modifiedAt } of objectStore.list(prefix, options)) {
      yield { name: key.slice(prefix.length), modifiedAt }
    }
  }

  #key(version: number): string {
    return `${this.location.folder}/${logName(version)}.json`
  }
}

const newestCommit = (names: readonly string[]): number =>
  Math.max(-1, ...names.flatMap((name) => /^(\d{20})\.json$/.exec(name)?.[1] ?? []).map(Number))
