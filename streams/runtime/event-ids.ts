import type { PoolClient } from '../../platform/postgres/postgres.ts'

/** Makes room in the memory of applied events for the days of a batch; before the statement that remembers them. */
export async function ensureEventIdMonths(client: PoolClient, dates: readonly string[]): Promise<void> {
  await client.query({
    name: 'ensure_event_id_months',
    text: 'select state.ensure_event_id_months($1::date[])',
    values: [dates],
  })
}
