/** A table's log: the newest state, kept up to date; older states; and the conditional put that makes a version. */
import { type Location, readCheckpoint, uriOf } from './checkpoint.ts'
import { UnknownTableError, VersionError } from './errors.ts'
import { type Action, logName, parseCommit, serialiseCommit } from './protocol.ts'
import { type Snapshot, TableState } from './state.ts'

/** Reads ahead in the log at most this many commits at a time. */
const PARALLEL_READS_MAX = 16
const OLD_SNAPSHOTS_KEPT = 4
/**
 * Another writer may delete log entries that are a month old, and then "the next version isn't there" no longer means
 * that this is the newest. A state that was not looked at for this long is read anew.
 */
const TRUSTED_MS = 3_600_000
/** Writers checkpoint at least this often, as a rule; a search for a checkpoint looks here first. */
const CHECKPOINT_DISTANCE = 100

interface CheckpointHint {
  version: number
  parts?: number
}

export class DeltaLog {
  readonly table: string
  readonly location: Location
  #tip: TableState | undefined
  #refreshedAt = 0
  #frozen: TableState | undefined
  #turn: Promise<unknown> = Promise.resolve()
  readonly #old = new Map<number, TableState>()

  constructor(table: string, location: Location) {
    this.table = table
    this.location = location
  }

  /**
   * The newest state. It grows under its reader's hands: use it before the next `await`, or take a `snapshot`.
   *
   * @throws UnknownTableError when there is no log
   */
  refresh(): Promise<TableState> {
    return this.#inTurn(async () => {
      if (this.#tip === undefined || Date.now() - this.#refreshedAt > TRUSTED_MS) this.#tip = await this.#open()
      else await this.#catchUp(this.#tip)
      this.#refreshedAt = Date.now()
      return this.#tip
    })
  }

  /** The newest version, unchanging. */
  async snapshot(): Promise<Snapshot> {
    return this.#freeze(await this.refresh())
  }

  /** @throws VersionError when the log doesn't hold the version, saying what it holds */
  async snapshotAt(version: number): Promise<Snapshot> {
    if (this.#tip?.version === version) return this.#freeze(this.#tip)
    const kept = this.#old.get(version)
    if (kept !== undefined) return kept
    const { version: newest } = await this.refresh()
    if (version > newest || version < 0 || !Number.isInteger(version)) {
      throw new VersionError(`lake: ${this.table} has no version ${version}: its newest is ${newest}`)
    }
    const state = await this.#rebuild(version)
    if (this.#old.size >= OLD_SNAPSHOTS_KEPT) this.#old.delete(this.#old.keys().next().value!)
    this.#old.set(version, state)
    return state
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
    if (this.#frozen?.version !== state.version) this.#frozen = state.clone()
    return this.#frozen
  }

  async #open(): Promise<TableState> {
    const state = new TableState(this.table)
    const body = await this.location.objectStore.get(`${this.location.folder}/_delta_log/_last_checkpoint`)
    if (body !== undefined) await this.#loadCheckpoint(state, JSON.parse(body.toString('utf8')) as CheckpointHint)
    await this.#catchUp(state)
    if (state.version >= 0) return state
    // The hint is allowed to be lost, also when the first commits are gone.
    const checkpoint = await this.#newestCheckpoint(Number.MAX_SAFE_INTEGER, 0)
    if (checkpoint === undefined) throw new UnknownTableError(`lake: there is no table ${this.table}`)
    await this.#loadCheckpoint(state, checkpoint)
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

  async #newestCheckpoint(version: number, from: number): Promise<CheckpointHint | undefined> {
    let newest: CheckpointHint | undefined
    for await (const { name } of this.#list(from === 0 ? '' : logName(from))) {
      const [, digits, parts] = /^(\d{20})\.checkpoint(?:\.\d{10}\.(\d{10}))?\.parquet$/.exec(name) ?? []
      if (digits === undefined) continue
      if (Number(digits) > version) break
      newest = { version: Number(digits), ...(parts && { parts: Number(parts) }) }
    }
    return newest
  }

  async #loadCheckpoint(state: TableState, { version, parts }: CheckpointHint): Promise<void> {
    const name = `${logName(version)}.checkpoint`
    const ten = (part: number) => String(part).padStart(10, '0')
    const names = parts
      ? Array.from({ length: parts }, (_, index) => `${name}.${ten(index + 1)}.${ten(parts)}.parquet`)
      : [`${name}.parquet`]
    const uris = names.map((part) => uriOf(this.location, part))
    state.load(version, await readCheckpoint(this.location.database, uris))
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
