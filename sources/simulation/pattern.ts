import { createLocalDuckDb, literal, withConnection } from '../../platform/duckdb/duckdb.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { datasets, locate } from '../datasets.ts'

/** Data sets of single till lines, whose shape the world can take. */
export const patternNames = ['complete-journey', 'online-retail'] as const
export type PatternName = (typeof patternNames)[number]

/** What real shops' sales look like, as shares: what the world's demand is drawn from. */
export interface Pattern {
  /** Visits by hour of the week, from Monday 0:00: 168 weights. */
  visits: readonly number[]
  /** Baskets with 1, 2, 3 … different products; the last weight is of 40 and more. */
  sizes: readonly number[]
  /** Lines with 1, 2 … 6 units. */
  units: readonly number[]
  /** Lines of the best-selling product, the second best … the 500th. */
  popularity: readonly number[]
  /** Quantiles of the products' list prices, 21, equally spaced. */
  prices: readonly number[]
  /** Share of the lines that were sold at 10 % off or more. */
  promotedShare: number
  /** Quartiles of the discount on these, as a share of the list price. */
  promotionDepths: readonly number[]
}

/**
 * Measures a data set.
 *
 * @throws SourceError when its files aren't there, with how to get them
 */
export async function readPattern(settings: Settings, name: PatternName, path?: string): Promise<Pattern> {
  const found = locate(datasets[name], path)
  const instance = await createLocalDuckDb(settings)
  try {
    return await withConnection(instance, async (connection) => {
      await connection.run(`set variable path = ${literal(found)}`)
      await connection.run(statement(`simulation/lines_${name.replace('-', '_')}.sql`))
      const reader = await connection.runAndReadAll(statement('simulation/pattern.sql'))
      const row = reader.getRowObjectsJS()[0] as Record<string, unknown>
      return {
        visits: row.visits as number[],
        sizes: row.sizes as number[],
        units: row.units as number[],
        popularity: row.popularity as number[],
        prices: row.prices as number[],
        promotedShare: row.promoted_share as number,
        promotionDepths: row.promotion_depths as number[],
      }
    })
  } finally {
    instance.closeSync()
  }
}
