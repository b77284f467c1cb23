/** What the commands about the batch side share: its clients, and looking up assets by name. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Pool } from '../platform/postgres/postgres.ts'
import { UsageError } from './output.ts'

export { withPool, withTemporal } from './connections.ts'

/** What a worker would refuse as impossible is wrong use of the command. */
export async function asUsage<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    const isRefused = error instanceof Error && 'type' in error && error.type === 'InvalidInput'
    throw isRefused ? new UsageError(error.message) : error
  }
}

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

/** The assets that a worker has registered, in dependency order. */
export async function knownAssets(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ asset: string }>('select asset from ops.assets order by position')
  return rows.map(({ asset }) => asset)
}

/** Reads `a,b` or `all`. */
export function parseAssets(flag: string, value: string, known: readonly string[]): string[] {
  if (known.length === 0) throw new Error('no assets are known yet: start a worker once with `shelfline worker batch`')
  if (value === 'all') return [...known]
  const names = [...new Set(value.split(',').map((name) => name.trim()))]
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    throw new UsageError(`${flag} ${unknown.join(', ')} is unknown: the assets are ${known.join(', ')} (or all)`)
  }
  return names
}
