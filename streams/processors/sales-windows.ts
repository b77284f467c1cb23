/**
 * Sales and foot traffic in windows of event time: five minutes and an hour, per store and per store and product.
 *
 * **State**: `state.sales_window` (five minutes) and `state.sales_hour`; read through `state.sales_window_live`, which adds
 * velocity, conversion and whether a window is closed. `ops.stream_watermark`: the watermark of each partition.
 * `state.window_event`: which events are in the windows.
 *
 * **Outputs**: none.
 *
 * **Rules**
 *
 * - Windows start at full intervals of the store's local time. An hour that a clock change repeats is two windows.
 * - A transaction counts once in each window in which it has a line.
 * - People are counted in the window in which their counting interval begins.
 * - A partition's watermark is the newest event time minus the allowed lateness. After a bound, the watermark of a partition
 *   without events advances with the clock. An event that is ahead of Kafka's clock advances it only up to that clock.
 * - A window is closed when its end is below the lowest watermark. A later event counts as late and corrects the window; the
 *   rebuild of its day follows from the raw lake.
 * - Windows are kept for a number of days behind the watermark (`ops.window_rules`), then `ops.prune_windows` drops them by
 *   day. An older event counts as late and changes nothing here.
 */
import type { TopicName } from '../../contracts/topics.ts'
import type { PoolClient } from '../../platform/postgres/postgres.ts'
import { preparedStatement } from '../runtime/prepared-statement.ts'
import type { Outcomes, Processor, ValidBatch } from '../runtime/processor.ts'
import { textColumns } from '../runtime/text-columns.ts'

const applyWindows = preparedStatement('apply_windows')
const common = ['event_id', 'event_at', 'store_id']
const ofSale = ['product_id', 'transaction_id', 'quantity', 'unit_price', 'discount', 'net_amount']
const ofTraffic = ['entries', 'exits']
const saleColumns = textColumns('pos_transactions', [...common, ...ofSale])
const commonOfTraffic = textColumns('foot_traffic', common)
const trafficColumns = textColumns('foot_traffic', ofTraffic)

const ensureDays = {
  name: 'ensure_window_days',
  text: "select state.ensure_days('{window_event,sales_window,sales_hour}', $1::date[])",
}

export const salesWindows: Processor = {
  name: 'sales_windows',
  topics: ['pos_transactions', 'foot_traffic'],
  ignoresCustomers: true,
  apply,
}

async function apply(
  client: PoolClient,
  { topic, partition, events, knownAtMs, dates }: ValidBatch,
): Promise<Outcomes> {
  await client.query({ ...ensureDays, values: [dates] })
  const { rows } = await client.query<{ applied: number; late: number }>({
    ...applyWindows,
    values: [topic, partition, knownAtMs, ...columnsOf(topic, events)],
  })
  const { applied, late } = rows[0]!
  return { applied, duplicate: events.length - applied - late, late }
}

function columnsOf(topic: TopicName, events: readonly object[]): (string | null)[] {
  if (topic === 'pos_transactions') return [...saleColumns(events), ...ofTraffic.map(() => null)]
  return [...commonOfTraffic(events), ...ofSale.map(() => null), ...trafficColumns(events)]
}
