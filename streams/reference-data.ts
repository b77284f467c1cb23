import type { PoolClient } from '../platform/postgres.ts'
import { preparedStatement } from './prepared-statement.ts'
import { jsonArray, type Outcomes, type Processor, type ValidBatch } from './processor.ts'

const statements = {
  product_catalog: preparedStatement('merge_products'),
  store_catalog: preparedStatement('merge_stores'),
} as const

/**
 * Master data: the newest record per product and store, and every version of a product. A record that tells nothing
 * new, because it or a newer one came before, counts as a duplicate.
 */
export const referenceData: Processor = {
  name: 'reference_data',
  topics: ['product_catalog', 'store_catalog'],
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
