/** The columns that every prediction of a product in a store has. */
import { salesInput } from '../cleansed/sales.ts'
import type { AssetColumn } from '../framework/columns.ts'

export const { store_id: storeId, product_id: productId } = salesInput.columns

export const modelVersion = (model: string): AssetColumn => ({
  type: 'integer',
  comment: `Version of the model \`${model}\`.`,
})

/** As the star schema holds quantities and money. */
export const exact = (column: AssetColumn): AssetColumn => ({ ...column, type: 'decimal(18,6)' })
