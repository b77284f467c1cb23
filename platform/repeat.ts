import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from './log.ts'

export interface Repetition {
  /** Ends the pause, and waits for work that is under way. */
  stop(): Promise<void>
}

/**
 * Does some work, pauses, and does it again until it is stopped. Work that fails is done again after the next pause; of failures in a
 * row only the first is logged.
 *
 * @param problem what is logged when it fails
 * @param pausesFirst when the work was just done
 */
export function repeatEvery(
  everyMs: number,
  work: () => Promise<void>,
  { logger, problem, pausesFirst = false }: { logger: Logger; problem: string; pausesFirst?: boolean },
): Repetition {
  const stopping = new AbortController()
  const { signal } = stopping
  let isFailing = false

  async function workOrWarn(): Promise<void> {
    try {
      await work()
      isFailing = false
    } catch (error) {
      if (!isFailing && !signal.aborted) logger.warn({ error: (error as Error).message }, problem)
      isFailing = true
    }
  }

  async function repeatUntilStopped(): Promise<void> {
    if (!pausesFirst) await workOrWarn()
    while (!signal.aborted) {
      await pause(everyMs, undefined, { signal }).catch(() => undefined)
      if (!signal.aborted) await workOrWarn()
    }
  }
  const repeating = repeatUntilStopped()
  return {
    async stop() {
      stopping.abort()
      await repeating
    },
  }
}
