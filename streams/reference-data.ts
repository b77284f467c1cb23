/**
 * Master data: products, stores and the shelves of their products.
 *
 * **State**: `ref.products` and every version of them in `ref.product_versions`; `ref.stores`; `ref.shelves`, and with a
 * new shelf its empty row in `state.shelf`.
 *
 * **Rules**
 *
 * - Per product, store and shelf the record with the newest `event_at` counts, in whatever order they come.
 * - A record that tells nothing new, because it or a newer one came before, counts as a duplicate.
 */
import type { PoolClient } from '../platform/postgres.ts'
import { preparedStatement } from './prepared-statement.ts'
import { jsonArray, type Outcomes, type Processor, type ValidBatch } from './processor.ts'

const statements = {
  product_catalog: preparedStatement('merge_products'),
  store_catalog: preparedStatement('merge_stores'),
  shelf_profiles: preparedStatement('merge_shelves'),
} as const

export const referenceData: Processor = {
  name: 'reference_data',
  topics: ['product_catalog', 'store_catalog', 'shelf_profiles'],
  apply,
}

async function apply(client: PoolClient, { topic, values }: ValidBatch): Promise<Outcomes> {
  const { rows } = await client.query<{ new: number }>({
    ...statements[topic as keyof typeof statements],
    values: [jsonArray(values)],
  })
  const applied = rows[0]!.new
  return { applied, duplicate: values.length - applied, late: 0 }
}
