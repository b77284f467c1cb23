/** Inputs of partitions that were never built. */
import { addDays, daysBetween } from '../../contracts/calendar.ts'
import { type LedgerPartition, readLedger } from '../../platform/ledger.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { type AssetNode, daysBeforeMax, keyOf, type Work } from './staleness.ts'

/** By asset: the upstream partitions of the day that were never built, of assets that are not built with it. */
export async function lackingUpstream(
  pool: Pool,
  assets: readonly AssetNode[],
  date: string,
): Promise<Map<string, string[]>> {
  const own = new Set(assets.map(({ name }) => name))
  const partitions = await readLedger(pool, { from: date, to: date })
  const built = new Set(partitions.filter(isBuilt).map(({ asset }) => asset))
  const lacking = assets.map(
    ({ name, upstream }) => [name, upstream.filter((from) => !own.has(from) && !built.has(from))] as const,
  )
  return new Map(lacking.filter(([, missing]) => missing.length > 0).map(([name, missing]) => [name, [...missing]]))
}

/** `cleansed/sales 2017-03-01 was never built; …` with the command that builds what is missing, and what that lacks in turn. */
export function lackingText(missing: readonly string[], date: string): string {
  const names = [...new Set(missing)]
  const command = `\`shelfline backfill run --assets ${names.join(',')} --from ${date} --to ${date}\``
  return `${names.map((name) => `${name} ${date}`).join(', ')} ${names.length === 1 ? 'was' : 'were'} never built; ${command}`
}

/** Days of an upstream that a window reads, that lie before what is built now, and that were never built. */
export interface UnbuiltDays {
  asset: string
  /** What reads them. */
  readBy: string
  /** The first and the last, and how many they are. */
  from: string
  to: string
  days: number
}

/** @param work the partitions that are to be built */
export async function unbuiltBefore(
  pool: Pool,
  assets: readonly AssetNode[],
  work: readonly Pick<Work, 'asset' | 'date'>[],
): Promise<UnbuiltDays[]> {
  const dates = work.map(({ date }) => date).sort()
  if (dates.length === 0) return []
  const partitions = await readLedger(pool, { from: addDays(dates[0]!, -daysBeforeMax(assets)), to: dates.at(-1)! })
  return findUnbuilt(assets, work, partitions)
}

/**
 * Only days since the first one that anything was built of count: before it there is no history.
 *
 * @param partitions the ledger, as far back as windows reach
 */
export function findUnbuilt(
  assets: readonly AssetNode[],
  work: readonly Pick<Work, 'asset' | 'date'>[],
  partitions: readonly Pick<LedgerPartition, 'asset' | 'date' | 'succeededAt'>[],
): UnbuiltDays[] {
  const built = partitions.filter(isBuilt)
  const first = built.map(({ date }) => date).sort()[0]
  const there = new Set([...built, ...work].map(({ asset, date }) => keyOf(asset, date)))
  return assets.flatMap(({ name, daysBefore = {} }) => {
    const dates = work.filter(({ asset }) => asset === name).map(({ date }) => date)
    return Object.entries(daysBefore).flatMap(([upstream, days]) => {
      const read = new Set(dates.flatMap((date) => daysBetween(addDays(date, -days), addDays(date, -1))))
      const missing = [...read]
        .filter((day) => first !== undefined && day >= first && !there.has(keyOf(upstream, day)))
        .sort()
      if (missing.length === 0) return []
      return [{ asset: upstream, readBy: name, from: missing[0]!, to: missing.at(-1)!, days: missing.length }]
    })
  })
}

export const unbuiltText = ({ asset, readBy, from, to, days }: UnbuiltDays): string =>
  `${readBy} reads ${days} days of ${asset} that were never built (${from} to ${to}); \`shelfline backfill run --assets ${asset} --from ${from} --to ${to}\``

const isBuilt = ({ succeededAt }: Pick<LedgerPartition, 'succeededAt'>): boolean => succeededAt !== null
