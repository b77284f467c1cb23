/** Which engine builds a partition, and DuckDB as one. */
import type { DuckDBConnection } from '../../../platform/duckdb/duckdb.ts'
import type { AssetContext } from './asset.ts'
import type { Engine } from './engine.ts'
import { scanAt } from './lake-input.ts'
import { allRows, inDuckDb } from './work.ts'

const duckDbEngine = (context: AssetContext, connection: DuckDBConnection): Engine => ({
  connection,
  run: async (statements) => {
    await connection.run(statements)
  },
  rows: (query) => allRows(connection, query),
  relation: (input, version, where) => scanAt(context, input, version, where),
  result: async () => {},
})

/** What decides which engine builds a partition. */
export interface Candidate {
  asset: string
  /** Its statements are written for both. */
  runsOnSpark: boolean
  /** How many the partition reads; asked only where it decides. */
  rows(): Promise<number>
}

/** By the settings; what is not written for both is DuckDB's. */
export async function chooseEngine(
  { engine, sparkRowsMin, sparkAssets }: Pick<AssetContext['settings'], 'engine' | 'sparkRowsMin' | 'sparkAssets'>,
  { asset, runsOnSpark, rows }: Candidate,
): Promise<'duckdb' | 'spark'> {
  if (engine === 'duckdb' || !runsOnSpark) return 'duckdb'
  if (sparkAssets.length > 0 && !sparkAssets.includes(asset)) return 'duckdb'
  return engine === 'spark' || (await rows()) >= sparkRowsMin ? 'spark' : 'duckdb'
}

/** Gives `work` the engine that the settings choose. Nothing of Spark is loaded where it is not that one. */
export function withEngine<Result>(
  context: AssetContext,
  candidate: Candidate,
  work: (engine: Engine) => Promise<Result>,
): Promise<Result> {
  return inDuckDb(context, async (connection) => {
    if ((await chooseEngine(context.settings, candidate)) === 'duckdb') return work(duckDbEngine(context, connection))
    const { withSpark } = await import('./spark-engine.ts')
    context.logger.info({ asset: candidate.asset }, 'built by Spark')
    return withSpark(context, connection, work)
  })
}
