import { footTrafficInput } from '../cleansed/foot-traffic.ts'
import { starAsset } from '../framework/star-asset.ts'

const { store_id, entries, exits, is_synthetic } = footTrafficInput.columns

export const factFootTraffic = starAsset({
  name: 'fact_foot_traffic',
  description: "People through the doors of each store on the day, by hour of the store's clock.",
  members: ['store'],
  runsOnSpark: true,
  reads: { traffic: footTrafficInput },
  columns: {
    store_id,
    counted_at: { type: 'timestamp', comment: 'Beginning of the quarter of an hour.' },
    entries,
    exits,
    is_synthetic,
  },
  notCarried: 'all',
  sql: {
    stage: 'star/stage_foot_traffic.sql',
    check: 'star/check_fact_foot_traffic.sql',
    swap: {
      delete: 'star/delete_fact_foot_traffic_partition.sql',
      insert: 'star/replace_fact_foot_traffic_partition.sql',
    },
  },
  revision: 1,
  staged: 'table',
  sums: ['entries', 'exits'],
  lock: 'date',
})
