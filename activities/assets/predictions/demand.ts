import { DOUBLE, DuckDBDataChunk, INTEGER } from '@duckdb/node-api'
import { addDays } from '../../../contracts/calendar.ts'
import { blocksFor, FORECAST_NUMBERS, QUANTILES, quantileColumn } from '../../../models/forecasting/plan.ts'
import { type DuckDBConnection, literal, withPostgres } from '../../../platform/duckdb/duckdb.ts'
import { statement } from '../../../platform/postgres/sql.ts'
import { openXgboost } from '../../../platform/xgboost/xgboost.ts'
import { COLD_START_STATEMENTS, insertColdStarts } from '../../forecasting/cold-start.ts'
import {
  COVARIATES_STATEMENT,
  type DatasetSources,
  defineTarget,
  ROW_ORDER,
  readAhead,
  TARGETS_STATEMENT,
} from '../../forecasting/dataset.ts'
import { type DemandModel, openDemandModel } from '../../forecasting/model.ts'
import { baselineForecasts, type RowForecasts } from '../../forecasting/scoring.ts'
import { demandSources, PRICE_DAYS_STATEMENT } from '../../forecasting/sources.ts'
import { CHAMPION_STATEMENT, findChampion } from '../../registry/versions.ts'
import { demandInput } from '../features/demand.ts'
import type { AssetContext } from '../framework/asset.ts'
import { expectNone, expectTrue, questions, total } from '../framework/checks.ts'
import { type Columns, duckDbColumns } from '../framework/columns.ts'
import { derivedAsset } from '../framework/derived-asset.ts'
import { datedTable, pinDate } from '../framework/lake-input.ts'
import { onlyRow } from '../framework/work.ts'
import { productId, storeId } from './columns.ts'

const MODEL_INPUT = 'model/demand'
const ENDED_SHELVES_STATEMENT = 'predictions/ended_shelves.sql'
/** What forecasts while no model is champion: the mean of the weekday over eight weeks. */
export const BASELINE_MODEL = 'weekday_mean'
/** Series that are forecast at once: with a block of two weeks some hundred thousand rows. */
const SERIES_AT_ONCE = 10_000
/** DuckDB's own size of a chunk. */
const CHUNK_ROWS = 2_048

/** The value below which demand stays with the probability, q10 with 10 %. */
const quantileColumns: Columns = Object.fromEntries(
  QUANTILES.map((level) => {
    const comment = `Units that demand stays below with probability ${level * 100} %; null if the model has none.`
    return [quantileColumn(level), { type: 'double', isNullable: true, comment }]
  }),
)

export const predictionsInput = datedTable(
  'predictions/demand',
  'Demand for every active store × product on the days after the date, mean and quantiles, by the champion at the due time; without one, by the mean of the weekday.',
  {
    store_id: storeId,
    product_id: productId,
    target_date: { type: 'date', comment: 'The day that is forecast.' },
    horizon: { type: 'integer', comment: 'Days from the last day that the forecast knew: 1 is the next day.' },
    mean: { type: 'double', comment: 'Expected units.' },
    deviation: {
      type: 'double',
      isNullable: true,
      comment: 'Standard deviation of the units that sell around the mean; null if the model has none.',
    },
    ...quantileColumns,
    model_name: { type: 'string', comment: 'The model.' },
    model_version: { type: 'integer', comment: 'Its version in the registry; 0 where none was champion.' },
  },
)

const checks = questions({
  every_series_forecast: ['block', 'every series has one forecast for every day ahead'],
  no_model: ['warn', 'no model is champion, so that the mean of the weekday is used'],
  no_features: ['warn', 'the day has no features, so that nothing is forecast'],
})

export const predictionsDemand = derivedAsset({
  pipeline: 'batch-prediction',
  output: predictionsInput,
  reads: { features: demandInput },
  orderBy: ['store_id', 'product_id', 'target_date'],
  sql: { products: 'features/products.sql' },
  uses: {
    rows: [
      TARGETS_STATEMENT,
      COVARIATES_STATEMENT,
      PRICE_DAYS_STATEMENT,
      ...COLD_START_STATEMENTS,
      ENDED_SHELVES_STATEMENT,
    ],
    pins: [CHAMPION_STATEMENT],
  },
  revision: 2,
  checks,
  async pin({ pool, settings }, date) {
    // A forecast that is made again uses the model that was champion then; of a history that was loaded afterwards
    // there was none, and the present champion is used.
    const due = new Date(Date.parse(`${addDays(date, 1)}T00:00:00Z`) + PREDICTION_HOURS * 3_600_000)
    const champion = (await findChampion(pool, 'demand', due)) ?? (await findChampion(pool, 'demand'))
    return {
      [MODEL_INPUT]: champion ? `v${champion.version} ${champion.artefact}` : '',
      horizon: `${settings.forecastHorizonDays}`,
    }
  },
  async make(context, { connection }, { date, keep, inputs, relations, sql }) {
    // Read once: every part of every block looks at it several times.
    await connection.run(
      `create or replace temp table origin_features as select * from ${relations.features!} where ${keep}`,
    )
    const horizonDays = Number(inputs.horizon)
    const sources = await demandSources(context, connection, 'origin_features', horizonDays)
    await connection.run(`create or replace temp table features (${duckDbColumns(predictionsInput.columns)})`)
    const [, version = '', artefact = ''] = /^v(\d+) (.*)$/.exec(String(inputs[MODEL_INPUT])) ?? []
    if (version === '') await forecastAhead(context, connection, { sources, horizonDays })
    else {
      await using xgboost = openXgboost(context.settings)
      await using model = await openDemandModel(context.objectStore, artefact, xgboost)
      await forecastAhead(context, connection, { sources, horizonDays, champion: { model, version: Number(version) } })
    }
    await withPostgres(connection, context.settings, async (postgres) => {
      await connection.run(sql.products({ origin: `date ${literal(date)}`, postgres }))
      await forecastUnsold(connection, postgres, date, keep)
    })
  },
  async measure(connection) {
    const found = await onlyRow(
      connection,
      `select count(*) filter (where model_version = 0) as unmodelled,
        count(*) - count(distinct (store_id, product_id)) * count(distinct target_date) as gaps from features`,
    )
    return { unmodelled: Number(found.unmodelled), gaps: Math.abs(Number(found.gaps)) }
  },
  check: (measured) => [
    expectNone(checks.every_series_forecast, total(measured, 'gaps'), {
      what: 'more or fewer than one for each series and day ahead',
    }),
    expectNone(checks.no_model, total(measured, 'unmodelled'), {
      what: 'forecast by the mean of the weekday, because no model is champion',
    }),
  ],
  async checkWindow(context, date) {
    const { rows } = await pinDate(context, demandInput, date)
    const fix = `features/demand has no rows of ${date}; \`shelfline run feature-engineering --date ${date}\` makes them`
    return [expectTrue(checks.no_features, rows > 0, fix)]
  },
})

/** From the start of a day to the schedule that predicts. */
const PREDICTION_HOURS = 10

interface ForecastWork {
  sources: DatasetSources
  horizonDays: number
  champion?: { model: DemandModel; version: number }
}

async function forecastAhead(
  context: AssetContext,
  connection: DuckDBConnection,
  { sources, horizonDays, champion }: ForecastWork,
): Promise<void> {
  const { series } = await onlyRow(connection, `select count(*) as series from ${sources.features}`)
  const parts = Math.ceil(Number(series) / SERIES_AT_ONCE)
  for (const block of blocksFor(horizonDays)) {
    await defineTarget(connection, sources, block)
    const trained = champion?.model.manifest.blocks.find(({ first }) => first === block.first)
    for (let part = 0; part < parts; part += 1) {
      context.signal.throwIfAborted()
      context.heartbeat()
      const where = `hash(store_id, product_id) % ${parts} = ${part} and horizon <= ${horizonDays}`
      const rows = await readAhead(connection, where)
      // What the model has no booster for is forecast all the same.
      if (champion && trained) {
        await append(connection, where, await champion.model.forecast(trained, rows), 'demand', champion.version)
      } else await append(connection, where, baselineForecasts(rows), BASELINE_MODEL, 0)
    }
  }
}

/** What forecasts a shelf's product that has not sold within the window of the features: its peers' mean. */
export const COLD_START_MODEL = 'cold_start'
/** What forecasts those of them that lie in the store and sold before: nothing. */
export const ENDED_MODEL = 'ended'

async function forecastUnsold(
  connection: DuckDBConnection,
  postgres: string,
  date: string,
  keep: string,
): Promise<void> {
  const ended = statement(ENDED_SHELVES_STATEMENT, { date: `date ${literal(date)}` })
  await connection.run(
    `create or replace temp table ended as
     select store_id, product_id from postgres_query(${literal(postgres)}, ${literal(ended)})
     where ${keep} and (store_id, product_id) not in (select (store_id, product_id) from features)`,
  )
  await insertColdStarts(connection, {
    forecasts: 'features',
    series: `(select store_id, product_id from ${postgres}.ref.shelves where ${keep} and (store_id, product_id) not in (select (store_id, product_id) from ended))`,
    products: 'product',
    others: {
      horizon: `(target_date - date ${literal(date)})::integer`,
      model_name: literal(COLD_START_MODEL),
      model_version: '1',
    },
  })
  await connection.run(
    `insert into features by name
     select store_id, product_id, target_date, horizon, ${FORECAST_NUMBERS.map((name) => `0 as ${name}`).join(', ')},
       ${literal(ENDED_MODEL)} as model_name, 1 as model_version
     from ended cross join (select distinct target_date, horizon from features)`,
  )
}

/** Puts the forecasts beside the keys that they were made for: both are in the order of the rows that were read. */
async function append(
  connection: DuckDBConnection,
  where: string,
  { mean, deviation, quantiles }: RowForecasts,
  model: string,
  version: number,
): Promise<void> {
  const levels = QUANTILES.length
  await connection.run(
    `create or replace temp table forecast (n integer, ${FORECAST_NUMBERS.map((name) => `${name} double`).join(', ')})`,
  )
  const appender = await connection.createAppender('forecast')
  const types = [INTEGER, ...FORECAST_NUMBERS.map(() => DOUBLE)]
  for (let from = 0; from < mean.length; from += CHUNK_ROWS) {
    const rows = Math.min(CHUNK_ROWS, mean.length - from)
    const column = (of: (row: number) => number | null) => Array.from({ length: rows }, (_, at) => of(from + at))
    const chunk = DuckDBDataChunk.create(types, rows)
    chunk.setColumns([
      column((row) => row + 1),
      column((row) => mean[row]!),
      column((row) => deviation[row] ?? null),
      ...QUANTILES.map((_, level) => column((row) => quantiles[row * levels + level] ?? null)),
    ])
    appender.appendDataChunk(chunk)
  }
  appender.closeSync()
  await connection.run(
    `insert into features select store_id, product_id, target_date, horizon, ${FORECAST_NUMBERS.join(', ')}, ${literal(model)}, ${version}
     from (select *, row_number() over (${ROW_ORDER}) as n from target where ${where}) join forecast using (n)`,
  )
}
