import { agingBucket } from '../../../models/insights/slow-movers.ts'
import { calibrated } from '../../../models/statistics/isotonic.ts'
import { type DuckDBConnection, withPostgres } from '../../../platform/duckdb/duckdb.ts'
import { openXgboost } from '../../../platform/xgboost/xgboost.ts'
import { openSlowMovers, slowMoverInputs } from '../../insights/slow-movers.ts'
import { columnOf, readMatrix, writeColumns } from '../../registry/columns.ts'
import { CHAMPION_STATEMENT } from '../../registry/versions.ts'
import { demandInput } from '../features/demand.ts'
import type { AssetContext } from '../framework/asset.ts'
import { expectNone, questions, total } from '../framework/checks.ts'
import { derivedAsset } from '../framework/derived-asset.ts'
import { datedTable } from '../framework/lake-input.ts'
import { onlyRow } from '../framework/work.ts'
import { defineOnHand, ON_HAND_STATEMENT, onHandQuantity, pinInventory } from '../star/stock-on-hand.ts'
import { noModelCheck, noModelQuestion, type PinnedChampion, pinChampion, pinnedChampion } from './champion.ts'
import { modelVersion, productId, storeId } from './columns.ts'

export const slowMoversInput = datedTable(
  'predictions/slow_movers',
  'For every active store × product the probability that it will sell on fewer days than a product of its class should, with the days since the last sale and the value of its stock.',
  {
    store_id: storeId,
    product_id: productId,
    probability: {
      type: 'double',
      comment:
        'Calibrated probability that it sells on fewer days of the horizon than a product of its class should: once a week (A), once a fortnight (B), once (C).',
    },
    is_slow: { type: 'boolean', comment: "The probability is at or above the model's threshold." },
    horizon_days: { type: 'integer', comment: 'Days ahead that are looked at.' },
    days_since_sale: { type: 'integer', comment: 'Days since it last sold.' },
    aging: { type: 'string', comment: 'The same as a bucket: 0-30, 31-60, 61-90, over 90.' },
    on_hand_quantity: onHandQuantity,
    unit_value: { type: 'double', isNullable: true, comment: 'Value of a unit.' },
    valued_at: {
      type: 'string',
      isNullable: true,
      comment: 'cost: the cost in the supply terms; price: the last paid price, because the cost is unknown.',
    },
    model_version: modelVersion('slow_movers'),
  },
)

const checks = questions({
  no_model: noModelQuestion,
  every_series_judged: ['block', 'every active store × product has one probability'],
})

export const predictionsSlowMovers = derivedAsset({
  pipeline: 'batch-prediction',
  output: slowMoversInput,
  reads: { features: demandInput },
  orderBy: ['store_id', 'product_id'],
  sql: { terms: 'registry/store_terms.sql' },
  uses: { rows: [ON_HAND_STATEMENT], pins: [CHAMPION_STATEMENT] },
  revision: JSON.stringify(slowMoverInputs),
  checks,
  pin: async (context, date) => ({
    ...(await pinChampion(context, 'slow_movers', date)),
    ...(await pinInventory(context, date)),
  }),
  async make(context, { connection }, { date, keep, inputs, relations: { features }, sql }) {
    const inputsOf = Object.entries(slowMoverInputs).map(([name, definition]) => `(${definition})::float as "${name}"`)
    await connection.run(
      `create or replace temp table active as
       select row_number() over (order by store_id, product_id) as n, store_id, product_id, ${inputsOf.join(', ')}
       from ${features} where ${keep}`,
    )
    const champion = pinnedChampion(inputs, 'slow_movers')
    await connection.run(`create or replace temp table scored_by as select ${champion !== undefined} as is_modelled`)
    await judge(context, connection, champion)
    await defineOnHand(context, connection, date)
    await withPostgres(connection, context.settings, (postgres) =>
      connection.run(sql.terms({ keys: 'active', postgres })),
    )
    await addWorth(connection, champion?.version ?? 0)
  },
  async measure(connection) {
    const found = await onlyRow(
      connection,
      'select (select count(*) from active) as active, (select count(*) from features) as judged, (select is_modelled from scored_by) as modelled',
    )
    const gaps = found.modelled ? Math.abs(Number(found.active) - Number(found.judged)) : 0
    return { gaps, unmodelled: found.modelled ? 0 : 1 }
  },
  check: (measured) => [
    noModelCheck(checks.no_model, measured),
    expectNone(checks.every_series_judged, total(measured, 'gaps'), {
      what: 'more or fewer than one for each active store × product',
    }),
  ],
})

/** Makes the temporary table `judged`, empty without a model. */
async function judge(
  { settings, objectStore }: AssetContext,
  connection: DuckDBConnection,
  champion: PinnedChampion | undefined,
): Promise<void> {
  const table = (
    rows: number,
    of: (row: number) => { probability: number; aging: string },
    ahead: number,
    threshold: number,
  ) =>
    writeColumns(connection, 'judged', rows, {
      probability: { type: 'double', of: (row) => of(row).probability },
      aging: { type: 'varchar', of: (row) => of(row).aging },
      horizon_days: { type: 'integer', of: () => ahead },
      threshold: { type: 'double', of: () => threshold },
    })
  if (champion === undefined) return table(0, () => ({ probability: 0, aging: '' }), 0, 1)
  const { manifest, booster } = await openSlowMovers(objectStore, champion.artefact)
  const values = await readMatrix(
    connection,
    'active',
    manifest.features.map((name) => `"${name}"`),
  )
  await using xgboost = openXgboost(settings)
  const scores = (await (await xgboost.load(booster)).predict(values)).values
  const days = columnOf(values, manifest.features.length, manifest.features.indexOf('days_since_sale'))
  const of = (row: number) => ({
    probability: calibrated(manifest.calibration, scores[row]!),
    aging: agingBucket(days[row]!),
  })
  return await table(scores.length, of, manifest.horizonDays, manifest.threshold)
}

/** Makes the temporary table `features` from `judged`, `store_terms` and `on_hand`. */
async function addWorth(connection: DuckDBConnection, version: number): Promise<void> {
  await connection.run(
    `create or replace temp table features as
     select
       store_id, product_id, probability, probability >= threshold as is_slow, horizon_days,
       active.days_since_sale::integer as days_since_sale, aging, on_hand.quantity as on_hand_quantity,
       coalesce(unit_cost, price_last)::double as unit_value,
       case when unit_cost is not null then 'cost' when price_last is not null then 'price' end as valued_at,
       ${version} as model_version
     from judged
     join active using (n)
     left join store_terms using (store_id, product_id)
     left join on_hand using (store_id, product_id)`,
  )
}
