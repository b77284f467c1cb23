import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '../../platform/log.ts'

/** A chore that failed is retried after this. */
const RETRY_INTERVAL_MS = 1_000

/** Runs a chore again and again until the signal. One that fails is retried at its next turn: streams continue without it. */
export async function repeat(
  signal: AbortSignal,
  logger: Logger,
  intervalMs: number,
  chore: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    const isDone = await chore().then(
      () => true,
      (error: Error) => {
        logger.warn({ error: error.message }, 'a chore of the stream worker failed')
        return false
      },
    )
    await pause(isDone ? intervalMs : RETRY_INTERVAL_MS, undefined, { signal }).catch(() => undefined)
  }
}
