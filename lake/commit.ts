/** Optimistic commits: decide on the newest state, put the next version if it is still free, else decide again. */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { CHECKPOINT_INTERVAL, writeCheckpoint } from './checkpoint.ts'
import { CommitConflictError } from './errors.ts'
import type { DeltaLog } from './log.ts'
import { type Action, assertWritable, type CommitInfo } from './protocol.ts'
import { partitionKey, partitionMark, type Snapshot } from './state.ts'

const ENGINE = 'shelfline'
const ATTEMPTS_MAX = 100
const PAUSE_MS_MIN = 4
const PAUSE_MS_MAX = 250

export interface CommitResult {
  /** The version that was made; where none had to be made, the newest. */
  version: number
  /** `unchanged`: the table holds this already, from an earlier attempt or because the content is the same. */
  outcome: 'committed' | 'unchanged'
}

export interface Operation {
  name: string
  parameters?: Record<string, string>
  metrics?: Record<string, string>
}

/**
 * What to commit on top of a state, or undefined when there is nothing to do. It is asked again after each lost race,
 * with the state that the winners left; it raises when its work conflicts with theirs.
 */
export type Decide = (state: Snapshot) => Action[] | undefined

export interface CommitOptions {
  /** A commit is valid without its checkpoint, which the next interval writes; this reports the failure. */
  onCheckpointFailed: (error: Error) => void
}

/** @throws CommitConflictError naming table and version when the race was lost too often, or what `decide` raises */
export async function commit(
  log: DeltaLog,
  operation: Operation,
  decide: Decide,
  { onCheckpointFailed }: CommitOptions,
): Promise<CommitResult> {
  const commitId = randomUUID()
  let version = 0
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (attempt > 0) await pause(jitterMs(attempt))
    const state = await log.refresh()
    assertWritable(state.table, state.protocol)
    const decided = decide(state)
    if (decided === undefined) return { version: state.version, outcome: 'unchanged' }
    version = state.version + 1
    const actions = [
      { commitInfo: commitInfo(operation, commitId) },
      ...decided,
      ...partitionMarks(state, version, decided),
    ]
    if (await log.write(version, actions, commitId)) {
      if (version % CHECKPOINT_INTERVAL === 0) await checkpoint(log, version, onCheckpointFailed)
      return { version, outcome: 'committed' }
    }
  }
  throw new CommitConflictError(
    `lake: ${log.table}: ${operation.name} lost ${ATTEMPTS_MAX} races in a row, the last one for version ${version}; ` +
      'retry it, or run fewer writers at the same time',
  )
}

export const commitInfo = ({ name, parameters, metrics }: Operation, commitId: string): CommitInfo => ({
  timestamp: Date.now(),
  operation: name,
  operationParameters: parameters ?? {},
  operationMetrics: metrics ?? {},
  engineInfo: ENGINE,
  txnId: commitId,
})

/** The commit records for each partition whose rows it changes that this is the last version that did. */
function partitionMarks(state: Snapshot, version: number, actions: readonly Action[]): Action[] {
  const keys = new Set<string>()
  for (const action of actions) {
    const file = 'add' in action ? action.add : 'remove' in action ? action.remove : undefined
    if (file?.dataChange) keys.add(partitionKey(state.partitionColumns, file.partitionValues ?? {}))
  }
  return [...keys].map((key) => ({ txn: { appId: partitionMark(key), version } }))
}

async function checkpoint(log: DeltaLog, version: number, onFailed: (error: Error) => void): Promise<void> {
  try {
    await writeCheckpoint(log.location, await log.snapshotAt(version))
  } catch (error) {
    onFailed(error as Error)
  }
}

/** Anything up to a bound that doubles: racing writers spread out instead of meeting again. */
const jitterMs = (attempt: number): number =>
  Math.random() * Math.min(PAUSE_MS_MAX, PAUSE_MS_MIN * 2 ** Math.min(attempt, 10))
