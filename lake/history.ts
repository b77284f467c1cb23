import type { DeltaLog } from './log.ts'
import type { Action } from './protocol.ts'

/** One version, as the table's history shows it. */
export interface Change {
  version: number
  at: Date | undefined
  operation: string
  parameters: Record<string, string>
  metrics: Record<string, string>
  filesAdded: number
  filesRemoved: number
}

const PARALLEL_READS_MAX = 16

/** The newest versions, newest first; it ends early where the log's older entries are gone. */
export async function readHistory(log: DeltaLog, limit: number): Promise<Change[]> {
  const { version: newest } = await log.refresh()
  const changes: Change[] = []
  const oldest = Math.max(0, newest - limit + 1)
  for (let from = newest; from >= oldest; from -= PARALLEL_READS_MAX) {
    const count = Math.min(PARALLEL_READS_MAX, from - oldest + 1)
    const versions = Array.from({ length: count }, (_, index) => from - index)
    const commits = await Promise.all(versions.map((version) => log.readCommit(version)))
    for (const [index, actions] of commits.entries()) {
      if (actions === undefined) return changes
      changes.push(changeOf(versions[index]!, actions))
    }
  }
  return changes
}

function changeOf(version: number, actions: readonly Action[]): Change {
  const info = actions.flatMap((action) => ('commitInfo' in action ? [action.commitInfo] : []))[0]
  return {
    version,
    at: info && new Date(info.timestamp),
    operation: info?.operation ?? 'unknown',
    parameters: info?.operationParameters ?? {},
    metrics: info?.operationMetrics ?? {},
    filesAdded: actions.filter((action) => 'add' in action).length,
    filesRemoved: actions.filter((action) => 'remove' in action).length,
  }
}
