import { setTimeout as pause } from 'node:timers/promises'

const REFRESH_INTERVAL_MS = 400

/**
 * Shows how far some work is until it is done. A refresh that fails, because the worker is away for a moment, only means that
 * nothing new is shown; the last one is waited for, so that none outlives the client that it asks.
 */
export async function whileShowing<Result>(refresh: () => Promise<void>, work: Promise<Result>): Promise<Result> {
  const done = new AbortController()
  const shown = (async () => {
    while (!done.signal.aborted) {
      await refresh().catch(() => undefined)
      await pause(REFRESH_INTERVAL_MS, undefined, { signal: done.signal }).catch(() => undefined)
    }
  })()
  try {
    return await work
  } finally {
    done.abort()
    await shown
  }
}
