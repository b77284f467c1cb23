import type { PoolClient } from '../platform/postgres.ts'
import { preparedStatement } from './prepared-statement.ts'
import { jsonArray, type Outcomes, type Processor, type ValidBatch } from './processor.ts'

const statements = {
  pos_transactions: preparedStatement('apply_sales'),
  inventory_updates: preparedStatement('apply_inventory'),
} as const

const ensureMonths = {
  name: 'ensure_event_id_months',
  text: 'select state.ensure_event_id_months($1::date[])',
}

/** On-hand stock per store and product, sales and revenue per store, product and day. */
export const salesState: Processor = {
  name: 'sales_state',
  topics: ['pos_transactions', 'inventory_updates'],
  apply,
}

async function apply(client: PoolClient, { topic, values, dates }: ValidBatch): Promise<Outcomes> {
  await client.query({ ...ensureMonths, values: [dates] })
  const { rows } = await client.query<{ new: number; late: number }>({
    ...statements[topic as keyof typeof statements],
    values: [jsonArray(values)],
  })
  const { new: fresh, late } = rows[0]!
  return { applied: fresh - late, duplicate: values.length - fresh, late }
}
