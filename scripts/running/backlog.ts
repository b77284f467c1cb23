import { partitionKey } from '../../streams/runtime/positions.ts'
import type { PartitionStatus } from '../../streams/runtime/status.ts'

type Reading = Pick<PartitionStatus, 'processor' | 'topic' | 'partition' | 'position' | 'logEnd'>

/**
 * What processors had to read when the wait began. Processors send events themselves, so that the present ends of the logs
 * move on while they read; the wait is for the ends that each partition had when it was first seen.
 */
export class Backlog {
  readonly #seen = new Map<string, { from: number; end: number }>()

  /** Offsets that have been read, and that were to be read in all; a partition that no processor has opened yet counts as one. */
  measure(partitions: readonly Reading[], unopened: number): { done: number; total: number } {
    let done = 0
    let total = unopened
    for (const reading of partitions) {
      const { position, logEnd } = reading
      const key = `${reading.processor}/${partitionKey(reading)}`
      const seen = this.#seen.get(key) ?? { from: position, end: Math.max(logEnd ?? position, position) }
      this.#seen.set(key, seen)
      total += seen.end - seen.from
      done += Math.min(position, seen.end) - seen.from
    }
    return { done, total }
  }
}
