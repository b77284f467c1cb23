import type { AbcClass } from '../../../models/insights/slow-movers.ts'
import {
  applyRules,
  daysOfCover,
  PROTECTION_DAYS,
  PROTECTION_DAYS_MAX,
  type StockTargetModel,
  serviceLevelOf,
  stockTargetFeatures,
  writeStockTargetRow,
} from '../../../models/replenishment/stock-targets.ts'
import { predictLine } from '../../../models/statistics/quantile-regression.ts'
import { type DuckDBConnection, withPostgres } from '../../../platform/duckdb/duckdb.ts'
import { openStockTargets } from '../../insights/stock-targets.ts'
import { readMatrix, writeColumns } from '../../registry/columns.ts'
import { CHAMPION_STATEMENT } from '../../registry/versions.ts'
import { demandInput } from '../features/demand.ts'
import { expectNone, questions, total } from '../framework/checks.ts'
import { derivedAsset } from '../framework/derived-asset.ts'
import { datedTable } from '../framework/lake-input.ts'
import { onlyRow } from '../framework/work.ts'
import { defineOnHand, ON_HAND_STATEMENT, onHandQuantity, pinInventory } from '../star/stock-on-hand.ts'
import { noModelCheck, noModelQuestion, pinChampion, pinnedChampion } from './champion.ts'
import { modelVersion, productId, storeId } from './columns.ts'

/** Where no supplier or warehouse is known, goods are assumed to arrive once a week. */
const DAYS_UNKNOWN = 7
/** Where a warehouse fills the shelf, it is looked at every day and filled by the next. */
const DAYS_FROM_WAREHOUSE = PROTECTION_DAYS[0]
/** Orders are thought of once a day. */
const REVIEW_DAYS = 1
/** The share of a shelf that must be filled for it to look full. */
const PRESENTATION_SHARE = 0.25
const classes: readonly AbcClass[] = ['A', 'B', 'C']

export const stockTargetsInput = datedTable(
  'predictions/stock_targets',
  'How much of each active product a store should have: the demand that it must cover, at the service level of its class, within the limits of shelf and shelf life.',
  {
    store_id: storeId,
    product_id: productId,
    service_level: {
      type: 'double',
      comment:
        'Probability with which the demand of the interval should not be above the target: 0.98 (class A), 0.95 (B), 0.9 (C).',
    },
    protection_days: {
      type: 'integer',
      comment: "Days from a review until the goods of the next review's order are there.",
    },
    daily_quantity: { type: 'double', comment: 'Mean units a day over the last 28 days.' },
    demand_quantity: { type: 'double', comment: "The interval's demand at the service level, before any rule." },
    target_quantity: { type: 'double', comment: 'Units that the store should have.' },
    rule: {
      type: 'string',
      comment:
        'What decided: the demand, the least stock that the shelf must show, how long the goods keep, or what the shelf holds.',
    },
    days_of_cover: {
      type: 'double',
      isNullable: true,
      comment: 'Days that the target lasts; null where nothing sells.',
    },
    on_hand_quantity: onHandQuantity,
    on_hand_days_of_cover: {
      type: 'double',
      isNullable: true,
      comment: 'Days of cover of this stock; null without sales or without a known stock.',
    },
    model_version: modelVersion('stock_targets'),
  },
)

const checks = questions({
  no_model: noModelQuestion,
  every_series_has_a_target: ['block', 'every active store × product has one target'],
})

export const predictionsStockTargets = derivedAsset({
  pipeline: 'batch-prediction',
  output: stockTargetsInput,
  reads: { features: demandInput },
  orderBy: ['store_id', 'product_id'],
  sql: { rates: 'registry/demand_rates.sql', terms: 'registry/store_terms.sql' },
  uses: { rows: [ON_HAND_STATEMENT], pins: [CHAMPION_STATEMENT] },
  revision: JSON.stringify([DAYS_UNKNOWN, DAYS_FROM_WAREHOUSE, REVIEW_DAYS, PRESENTATION_SHARE, stockTargetFeatures]),
  checks,
  pin: async (context, date) => ({
    ...(await pinChampion(context, 'stock_targets', date)),
    ...(await pinInventory(context, date)),
  }),
  async make(context, { connection }, { date, keep, inputs, relations: { features }, sql }) {
    const champion = pinnedChampion(inputs, 'stock_targets')
    await connection.run(`create or replace temp table scored_by as select ${champion !== undefined} as is_modelled`)
    await connection.run(sql.rates({ features: `(select * from ${features} where ${keep})` }))
    await withPostgres(connection, context.settings, (postgres) =>
      connection.run(sql.terms({ keys: 'demand_rate', postgres })),
    )
    await defineOnHand(context, connection, date)
    await defineActive(connection)
    const model = champion && (await openStockTargets(context.objectStore, champion.artefact))
    await writeTargets(connection, model)
    await connection.run(
      `create or replace temp table features as
       select store_id, product_id, target.* exclude (n), ${champion?.version ?? 0} as model_version
       from target join active using (n)`,
    )
  },
  async measure(connection) {
    const found = await onlyRow(
      connection,
      'select (select count(*) from active) as active, (select count(*) from features) as targets, (select is_modelled from scored_by) as modelled',
    )
    const gaps = found.modelled ? Math.abs(Number(found.active) - Number(found.targets)) : 0
    return { gaps, unmodelled: found.modelled ? 0 : 1 }
  },
  check: (measured) => [
    noModelCheck(checks.no_model, measured),
    expectNone(checks.every_series_has_a_target, total(measured, 'gaps'), {
      what: 'more or fewer than one for each active store × product',
    }),
  ],
})

/** Makes the temporary table `active`: rates, rules and stock of each store × product. */
async function defineActive(connection: DuckDBConnection): Promise<void> {
  await connection.run(
    `create or replace temp table active as
     select
       row_number() over (order by store_id, product_id) as n, store_id, product_id,
       rate_7, rate_28, rate_56, deviation_28, trend_28, is_by_piece::integer as is_by_piece,
       case abc_class ${classes.map((abc, index) => `when '${abc}' then ${index}`).join(' ')} end as abc,
       least(${PROTECTION_DAYS_MAX}, greatest(${PROTECTION_DAYS[0]}, case
         when has_warehouse then ${DAYS_FROM_WAREHOUSE}
         else coalesce(ceil(lead_time_days) + ${REVIEW_DAYS}, ${DAYS_UNKNOWN})
       end)) as days,
       capacity, shelf_life_days, on_hand.quantity as on_hand
     from demand_rate
     left join store_terms using (store_id, product_id)
     left join on_hand using (store_id, product_id)`,
  )
}

const read = [
  'rate_7',
  'rate_28',
  'rate_56',
  'deviation_28',
  'trend_28',
  'is_by_piece',
  'abc',
  'days',
  'capacity',
  'shelf_life_days',
  'on_hand',
] as const

/** Makes the temporary table `target`, in the order of `active`; empty without a model. */
async function writeTargets(connection: DuckDBConnection, model: StockTargetModel | undefined): Promise<void> {
  const values = model === undefined ? new Float32Array(0) : await readMatrix(connection, 'active', read)
  const features = new Float32Array(stockTargetFeatures.length)
  const known = (value: number) => (Number.isFinite(value) ? value : undefined)
  const of = (row: number) => {
    const value = (column: (typeof read)[number]) => values[row * read.length + read.indexOf(column)]!
    const [rate, days] = [value('rate_28'), value('days')]
    const rates = { rate7: value('rate_7'), rate28: rate, rate56: value('rate_56') }
    const shape = { deviation28: value('deviation_28'), trend28: value('trend_28') }
    writeStockTargetRow({ ...rates, ...shape }, days, features, 0)
    const level = serviceLevelOf[classes[value('abc')]!]
    const demand = Math.max(0, predictLine(model!.coefficients[String(level)]!, features))
    const room = known(value('capacity'))
    const rules = {
      capacity: room,
      presentation: room === undefined ? undefined : room * PRESENTATION_SHARE,
      shelfLifeDays: known(value('shelf_life_days')),
    }
    const { target, rule } = applyRules(demand, rate, rules, value('is_by_piece') === 1)
    return { level, days, rate, demand, target, rule, onHand: known(value('on_hand')) }
  }
  const cover = (quantity: number | undefined, rate: number) =>
    quantity === undefined ? null : (daysOfCover(quantity, rate) ?? null)
  await writeColumns(connection, 'target', values.length / read.length, {
    service_level: { type: 'double', of: (row) => of(row).level },
    protection_days: { type: 'integer', of: (row) => of(row).days },
    daily_quantity: { type: 'double', of: (row) => of(row).rate },
    demand_quantity: { type: 'double', of: (row) => of(row).demand },
    target_quantity: { type: 'double', of: (row) => of(row).target },
    rule: { type: 'varchar', of: (row) => of(row).rule },
    days_of_cover: { type: 'double', of: (row) => cover(of(row).target, of(row).rate) },
    on_hand_quantity: { type: 'double', of: (row) => of(row).onHand ?? null },
    on_hand_days_of_cover: { type: 'double', of: (row) => cover(of(row).onHand, of(row).rate) },
  })
}
