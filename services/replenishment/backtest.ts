/** Past days ordered again under several policies: what each would have cost. */
import { countDays } from '../../contracts/calendar.ts'
import {
  type BacktestPolicy,
  backtestSeries,
  type SegmentReport,
  type SeriesOutcome,
  summarise,
} from '../../models/replenishment/backtest.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { InvalidError } from '../errors.ts'
import { type BacktestRequest, readBacktestPages, readBacktestStores } from './backtest-series.ts'

export type { BacktestPolicy, Interval, PolicyReport, SegmentReport } from '../../models/replenishment/backtest.ts'
export type { BacktestRequest } from './backtest-series.ts'

/** Sums of each are kept until the end, for the classes and the bootstrap. */
const SERIES_MAX = 100_000

export interface Backtest extends BacktestRequest {
  policies: readonly BacktestPolicy[]
  /** Left out: all with sales. */
  storeIds?: readonly string[] | undefined
  /** Of late deliveries and of the intervals. */
  seed: number
}

export interface BacktestCounts {
  stores: number
  /** Products of stores. */
  series: number
  /** Series that a supplier has terms for. */
  withTerms: number
  /** Days on which a product ran out. */
  censoredDays: number
}

export interface BacktestProgress {
  /** Stores. */
  done: number
  total: number
  series: number
}

/**
 * Replays the demand of past days under each policy.
 *
 * @throws InvalidError when a store has no sales in these days, or when there are no series, or too many
 */
export async function backtestOrders(
  pool: Pool,
  { policies, storeIds, seed, ...request }: Backtest,
  onProgress: (progress: BacktestProgress) => void,
): Promise<{ counts: BacktestCounts; segments: SegmentReport[] }> {
  const stores = await requireStores(pool, request, storeIds)
  const series: SeriesOutcome[] = []
  const counts = { stores: stores.length, series: 0, withTerms: 0, censoredDays: 0 }
  const measuredFrom = countDays(request.historyFrom, request.from)
  for (const [index, store] of stores.entries()) {
    for await (const page of readBacktestPages(pool, store, request)) {
      for (const each of page.series) series.push(backtestSeries(each, policies, measuredFrom, seed + series.length))
      counts.withTerms += page.withTerms
      counts.censoredDays += page.censoredDays
      if (series.length > SERIES_MAX) {
        const fix = 'choose fewer stores, or require more days with a sale'
        throw new InvalidError(`there are more than ${SERIES_MAX} series`, { fix })
      }
    }
    onProgress({ done: index + 1, total: stores.length, series: series.length })
  }
  if (series.length === 0) {
    const fix = 'require fewer days with a sale'
    throw new InvalidError(`no product sold on ${request.minimumSaleDays} days`, { fix })
  }
  return { counts: { ...counts, series: series.length }, segments: summarise(series, policies, seed) }
}

async function requireStores(
  pool: Pool,
  request: BacktestRequest,
  storeIds: readonly string[] | undefined,
): Promise<string[]> {
  const stores = await readBacktestStores(pool, request, storeIds)
  const unknown = storeIds?.filter((store) => !stores.includes(store)) ?? []
  if (unknown.length === 0 && stores.length > 0) return stores
  const what = unknown.length > 0 ? `store ${unknown.join(', ')} has no sales` : 'no store has sales'
  throw new InvalidError(`${what} from ${request.from} to ${request.to}`, {
    fix: 'build fact_sales for these days first, or give others',
  })
}
