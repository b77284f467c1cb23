import type { Column } from '../../../lake/schema.ts'
import { cleansedAsset } from '../framework/lake-asset.ts'
import { datedTable } from '../framework/lake-input.ts'

const columns: readonly Column[] = [
  { name: 'event_id', type: 'string', nullable: false },
  { name: 'store_id', type: 'string', nullable: false },
  { name: 'sensor_id', type: 'string', nullable: false },
  { name: 'entries', type: 'long', nullable: false },
  { name: 'exits', type: 'long', nullable: false },
  { name: 'interval_seconds', type: 'long', nullable: false },
  { name: 'is_synthetic', type: 'boolean', nullable: false },
  { name: 'is_unknown_store', type: 'boolean', nullable: false },
  { name: 'source', type: 'string', nullable: false },
  { name: 'event_at', type: 'timestamp', nullable: false },
  { name: 'known_at', type: 'timestamp', nullable: false },
  { name: 'date', type: 'date', nullable: false },
]

export const footTrafficInput = datedTable('cleansed/foot_traffic', columns)

export const cleansedFootTraffic = cleansedAsset({
  name: 'cleansed/foot_traffic',
  description: 'Door counts of a day: validated, each event once, unknown stores kept and flagged.',
  topic: 'foot_traffic',
  columns,
  orderBy: ['store_id', 'sensor_id', 'event_at', 'event_id'],
  statementFile: 'cleansed/cleanse_foot_traffic.sql',
  revision: 1,
  rejection: "case when entries >= 1e6 or exits >= 1e6 then 'implausible_number' end",
  members: { products: false },
  rules: [
    {
      check: 'count_range',
      severity: 'warn',
      reason: 'more than 10,000 people in one interval',
      condition: 'entries > 10000 or exits > 10000',
    },
  ],
})
