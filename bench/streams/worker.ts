import { loadSettings } from '../../platform/settings.ts'
import { jsonArray, type Processor } from '../../streams/processor.ts'
import { salesState } from '../../streams/sales-state.ts'
import type { TestWorkerOptions } from '../../streams/testing/world.ts'
import { runStreamWorker } from '../../workers/stream.ts'

/** What Kafka Connect's JDBC sink does, in the same runtime as the product's processors: one row an event id. */
const upsert: Processor = {
  name: 'plain_upsert',
  topics: ['pos_transactions'],
  async apply(client, { values }) {
    await client.query({
      name: 'plain_upsert',
      text: `insert into bench_events
        select distinct on (event_id) * from json_to_recordset($1::json) as event (
          event_id text collate "C", store_id text, product_id text, quantity numeric, unit_price numeric, discount numeric,
          customer_id text, payment_method text, event_at text, source text, schema_version integer,
          transaction_id text, line_no integer
        ) order by event_id
        on conflict (event_id) do update set
          store_id = excluded.store_id, product_id = excluded.product_id, quantity = excluded.quantity,
          unit_price = excluded.unit_price, discount = excluded.discount, customer_id = excluded.customer_id,
          payment_method = excluded.payment_method, event_at = excluded.event_at, source = excluded.source,
          schema_version = excluded.schema_version, transaction_id = excluded.transaction_id, line_no = excluded.line_no`,
      values: [jsonArray(values)],
    })
    return { applied: values.length, duplicate: 0, late: 0 }
  },
}

const options = JSON.parse(process.argv[2]!) as TestWorkerOptions
await runStreamWorker({ ...loadSettings(), ...options.settings }, { ...options, processors: [salesState, upsert] })
