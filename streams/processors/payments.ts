/**
 * What providers report of payments: authorisations, captures, refunds, charge-backs and scores of risk.
 *
 * **State**: `state.payment` per transaction, `state.refund` per transaction, till and cashier, for some weeks (`ops.window_rules`);
 * `state.payment_day` per store and day. Read through `bi.payments_by_store_day`, the alerts `unpaid_sales` and `suspicious_refunds`, and
 * `shelfline payments`.
 *
 * **Outputs**: none.
 *
 * **Rules**
 *
 * - Everything is a sum of events, the score the highest: an authorisation may arrive before its sale or after it, and a charge-back weeks later.
 * - Payments are compared with sales by their transaction when they are read ([payments](payments.md)), because both change.
 * - A day has the events of the day: a charge-back is of its own day, not of that of the sale.
 */
import type { PoolClient } from '../../platform/postgres/postgres.ts'
import { ensureEventIdMonths } from '../runtime/event-ids.ts'
import { preparedStatement } from '../runtime/prepared-statement.ts'
import { jsonArray, type Outcomes, type Processor, type ValidBatch } from '../runtime/processor.ts'

const statement = preparedStatement('apply_payments')

export const payments: Processor = {
  name: 'payments',
  topics: ['payment_events'],
  apply,
}

async function apply(client: PoolClient, { values, dates }: ValidBatch): Promise<Outcomes> {
  await ensureEventIdMonths(client, dates)
  const { rows } = await client.query<{ applied: number }>({ ...statement, values: [jsonArray(values)] })
  const { applied } = rows[0]!
  return { applied, duplicate: values.length - applied, late: 0 }
}
