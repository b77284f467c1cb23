/** From the lake into memory: what online forecasts are answered from. */

import { UnknownTableError } from '../../../lake/errors.ts'
import { selectFiles } from '../../../lake/scan.ts'
import { blocksFor, HORIZON_DAYS_MAX } from '../../../models/forecasting/plan.ts'
import { literal, withPostgres } from '../../../platform/duckdb/duckdb.ts'
import { statement } from '../../../platform/postgres/sql.ts'
import { demandInput } from '../../assets/features/demand.ts'
import type { AssetContext } from '../../assets/framework/asset.ts'
import { type LakeInput, scanAt } from '../../assets/framework/lake-input.ts'
import { inDuckDb, onlyRow } from '../../assets/framework/work.ts'
import { predictionsInput } from '../../assets/predictions/demand.ts'
import { defineTarget, featuresWith, PRICE_COVARIATES, readAhead } from '../dataset.ts'
import { demandSources } from '../sources.ts'
import { ColdStarts } from './cold-starts.ts'
import { SeriesTable } from './series-table.ts'

/** Series that are read at once: the process answers between two parts. */
const SERIES_AT_ONCE = 1_000

/** A day of a table in the lake. */
export interface PinnedDay {
  date: string
  version: number
  /** Names its content: other versions of the table may have the same. */
  content: string
}

/** The newest day that a table has rows of; undefined: none, or the table is not there yet. It is only read: who builds it makes it. */
export async function newestDay({ lake }: AssetContext, { table }: LakeInput): Promise<PinnedDay | undefined> {
  const found = await lake.table(table).catch((error: unknown) => {
    if (error instanceof UnknownTableError) return undefined
    throw error
  })
  if (found === undefined) return undefined
  const snapshot = await found.snapshot()
  const dates = [...snapshot.files.values()].map(({ partitionValues }) => partitionValues.date!)
  const date = dates.sort().at(-1)
  if (date === undefined) return undefined
  const paths = selectFiles(snapshot, { date }).map(({ path }) => path)
  return { date, version: snapshot.version, content: `${date}: ${paths.sort().join(', ')}` }
}

/** The newest days of features and of forecasts: what is answered from changes with them. */
export async function newestDays(context: AssetContext) {
  return { features: await newestDay(context, demandInput), forecasts: await newestDay(context, predictionsInput) }
}

/**
 * Reads the rows of a day's series and their days ahead, as the morning's forecast does.
 *
 * @throws when the servers do not answer, or the signal's reason
 */
export function loadSeries(context: AssetContext, { date, version }: PinnedDay): Promise<SeriesTable> {
  const { forecastHorizonDays } = context.settings
  const horizonDays = Math.min(forecastHorizonDays, HORIZON_DAYS_MAX)
  return inDuckDb(context, async (connection) => {
    const features = await scanAt(context, demandInput, version, { date })
    await connection.run(`create or replace temp table origin_features as select * from ${features}`)
    const sources = await demandSources(context, connection, 'origin_features', horizonDays)
    const { series } = await onlyRow(connection, 'select count(*) as series from origin_features')
    const names = featuresWith({ covariates: PRICE_COVARIATES })
    const table = new SeriesTable(date, horizonDays, names, Number(series))
    const parts = Math.ceil(Number(series) / SERIES_AT_ONCE)
    for (const { first, last } of blocksFor(horizonDays)) {
      await defineTarget(connection, sources, { first, last: Math.min(last, horizonDays) })
      for (let part = 0; part < parts; part += 1) {
        context.signal.throwIfAborted()
        const rows = await readAhead(connection, `hash(store_id, product_id) % ${parts} = ${part}`, names)
        const reader = await connection.runAndReadAll(
          'select distinct store_id, product_id from target_row order by store_id, product_id',
        )
        const keys = reader
          .getRows()
          .map(([storeId, productId]) => ({ storeId: String(storeId), productId: String(productId) }))
        table.add(keys, rows, first)
      }
    }
    return table
  })
}

/** Reads a day of `predictions/demand`. */
export async function loadColdStarts(context: AssetContext, { date, version }: PinnedDay): Promise<ColdStarts> {
  const connection = await context.duckdb.connect()
  try {
    await withPostgres(connection, context.settings, (postgres) =>
      connection.run(statement('features/products.sql', { origin: `date ${literal(date)}`, postgres })),
    )
    return await ColdStarts.open(connection, await scanAt(context, predictionsInput, version, { date }), date)
  } catch (error) {
    connection.closeSync()
    throw error
  }
}
