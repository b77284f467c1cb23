import { loadSettings } from '../../platform/settings/settings.ts'
import type { Processor } from '../../streams/runtime/processor.ts'
import { productProcessors } from '../../streams/runtime/runtime.ts'
import { textColumns } from '../../streams/runtime/text-columns.ts'
import type { TestWorkerOptions } from '../../streams/testing/world.ts'
import { runStreamWorker } from '../../workers/stream.ts'

const names = [
  'event_id',
  'store_id',
  'product_id',
  'quantity',
  'unit_price',
  'discount',
  'customer_id',
  'payment_method',
  'event_at',
  'source',
  'schema_version',
  'transaction_id',
  'line_no',
]
const types: Readonly<Record<string, string>> = {
  quantity: 'numeric',
  unit_price: 'numeric',
  discount: 'numeric',
  schema_version: 'integer',
  line_no: 'integer',
}
const columns = textColumns('pos_transactions', names)
const text = `
  insert into bench_events (${names})
  select distinct on (event_id) ${names.map((name) => `${name}::${types[name] ?? 'text'}`)}
  from unnest(${names.map((_, index) => `string_to_array($${index + 1}, e'\\n', '')`)}) as event (${names})
  order by event_id
  on conflict (event_id) do update set ${names.slice(1).map((name) => `${name} = excluded.${name}`)}`

/** What Kafka Connect's JDBC sink does, in the same runtime as the product's processors: one row an event id. */
const upsert: Processor = {
  name: 'plain_upsert',
  topics: ['pos_transactions'],
  async apply(client, { events }) {
    await client.query({ name: 'plain_upsert', text, values: columns(events) })
    return { applied: events.length, duplicate: 0, late: 0 }
  },
}

const options = JSON.parse(process.argv[2]!) as TestWorkerOptions
const processors = [...productProcessors, upsert]
await runStreamWorker({ ...loadSettings(), ...options.settings }, { ...options, processors })
