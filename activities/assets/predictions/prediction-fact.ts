import type { AssetDefinition } from '../framework/asset.ts'
import type { Columns } from '../framework/columns.ts'
import type { LakeInput } from '../framework/lake-input.ts'
import { starAsset } from '../framework/star-asset.ts'
import { productId, storeId } from './columns.ts'

export interface PredictionFact extends Pick<AssetDefinition, 'runsOnSpark'> {
  name: string
  description: string
  /** The models' predictions, in the lake. */
  predictions: LakeInput
  /** The fact's column for the day that the prediction was made on. */
  madeOn: string
  /** What is predicted of a product in a store, as the fact's columns. */
  columns: Columns
  /** Those of the columns whose sums must be the lake's. */
  sums: readonly string[]
}

/**
 * The predictions of a day for products in stores, as reports read it: `analytics.<name>`. `stage_<name>.sql` gives store,
 * product and the columns out of the lake.
 */
export function predictionFact({ name, madeOn, predictions, columns, ...definition }: PredictionFact): AssetDefinition {
  return starAsset({
    ...definition,
    name,
    members: ['store', 'product'],
    addsMembers: { store: ['store_id'], product: ['product_id'] },
    pipeline: 'batch-prediction',
    reads: { predictions },
    columns: { store_id: storeId, product_id: productId, ...columns },
    notCarried: ['store_id', 'product_id'],
    sql: {
      stage: `predictions/stage_${name}.sql`,
      check: 'predictions/check_prediction_fact.sql',
      swap: {
        delete: 'predictions/delete_prediction_fact_partition.sql',
        insert: 'predictions/replace_prediction_fact_partition.sql',
      },
    },
    parameters: () => ({ made_on: madeOn }),
    revision: 1,
    staged: 'view',
    lock: 'date',
  })
}
