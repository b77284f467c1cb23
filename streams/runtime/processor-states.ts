import type { WorkerRow } from '../../platform/workers.ts'
import type { PartitionStatus } from './status.ts'

export interface ProcessorState {
  processor: string
  /**
   * `stopped`: a partition waits for a decision; `no worker`: no stream worker that is alive runs it; `paused`: a person
   * has paused it. What comes first counts.
   */
  state: 'stopped' | 'no worker' | 'paused' | 'running'
  /** Workers that are alive and run it. */
  workers: number
}

/** What each processor does now, also one that has never read anything. */
export function processorStates(
  names: readonly string[],
  partitions: readonly PartitionStatus[],
  workers: readonly WorkerRow[],
): ProcessorState[] {
  const alive = workers.filter(({ kind, state }) => kind === 'stream' && state === 'alive')
  const known = new Set([...names, ...partitions.map(({ processor }) => processor)])
  return [...known].sort().map((processor) => {
    const own = partitions.filter((partition) => partition.processor === processor)
    const count = alive.filter(({ serves }) => serves.includes(processor)).length
    return { processor, state: stateOf(own, count), workers: count }
  })
}

function stateOf(partitions: readonly PartitionStatus[], workers: number): ProcessorState['state'] {
  if (partitions.some(({ problem }) => problem !== null)) return 'stopped'
  if (workers === 0) return 'no worker'
  return partitions.some(({ isPaused }) => isPaused) ? 'paused' : 'running'
}
