import { contractColumns } from '../framework/columns.ts'
import { datedTable } from '../framework/lake-input.ts'
import { cleansedAsset } from './cleansed-asset.ts'
import { eventId, isSynthetic, isUnknownStore, knownAt, storeId } from './columns.ts'

const field = contractColumns('foot_traffic')

export const footTrafficInput = datedTable(
  'cleansed/foot_traffic',
  'Door counts of a day: validated, each event once, unknown stores kept and flagged.',
  {
    event_id: eventId,
    store_id: storeId,
    sensor_id: field.sensor_id,
    entries: field.entries,
    exits: field.exits,
    interval_seconds: field.interval_seconds,
    is_synthetic: isSynthetic,
    is_unknown_store: isUnknownStore,
    source: field.source,
    event_at: field.event_at,
    known_at: knownAt,
  },
)

export const cleansedFootTraffic = cleansedAsset({
  output: footTrafficInput,
  topic: 'foot_traffic',
  orderBy: ['store_id', 'sensor_id', 'event_at', 'event_id'],
  sql: { cleanse: 'cleansed/cleanse_foot_traffic.sql' },
  revision: 1,
  members: { products: false },
  checks: [
    {
      check: 'count_range',
      severity: 'warn',
      question: 'more than 10,000 people in one interval',
      condition: 'entries > 10000 or exits > 10000',
    },
  ],
})
