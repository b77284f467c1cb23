import { statement } from '../../../platform/postgres/sql.ts'
import type { AssetDefinition } from '../framework/asset.ts'
import type { LakeInput } from '../framework/lake-input.ts'
import { orphanQuestions, starAsset } from '../framework/star-asset.ts'

export interface PredictionFact {
  name: string
  description: string
  /** What the models said, in the lake. */
  predictions: LakeInput
  /** The fact's column for the day that the prediction was made on. */
  madeOn: string
  /** What is said of a product in a store, by the fact's columns, with their types in PostgreSQL. */
  columns: Readonly<Record<string, string>>
  /** Those of the columns whose sums must be the lake's. */
  sums: readonly string[]
}

const DELETE = 'predictions/delete_prediction_fact_partition.sql'
const REPLACE = 'predictions/replace_prediction_fact_partition.sql'

/**
 * What models said on a day of products in stores, as reports read it: `analytics.<name>`. `stage_<name>.sql` gives store,
 * product and the columns out of the lake, in their order.
 */
export function predictionFact(definition: PredictionFact): AssetDefinition {
  const { name, description, predictions, madeOn, columns, sums } = definition
  const fact = { table: `analytics.${name}`, made_on: madeOn }
  return starAsset({
    name,
    description,
    upstream: [predictions.table, 'dim_store', 'dim_product'],
    pipeline: 'batch-prediction',
    reads: { predictions },
    files: {
      stage: `predictions/stage_${name}.sql`,
      check: 'predictions/check_prediction_fact.sql',
      swap: [DELETE, REPLACE],
    },
    checkParameters: { sums: sums.map((column) => `coalesce(sum(${column}), 0)::text as ${column}`).join(', ') },
    revision: 1,
    staged: 'view',
    stagingColumns: ['store_id text not null', 'product_id text not null']
      .concat(Object.entries(columns).map((column) => column.join(' ')))
      .join(', '),
    sums,
    questions: orphanQuestions('store', 'product'),
    lock: 'date',
    async replace(client, { date, staging }) {
      await client.query(statement(DELETE, { ...fact, date }))
      const named = Object.keys(columns).join(', ')
      const { rowCount } = await client.query(statement(REPLACE, { ...fact, date, staging, columns: named }))
      return rowCount!
    },
  })
}
