import { statement } from '../../../platform/postgres/sql.ts'
import { footTrafficInput } from '../cleansed/foot-traffic.ts'
import { orphanQuestions, starAsset } from '../framework/star-asset.ts'

export const factFootTraffic = starAsset({
  name: 'fact_foot_traffic',
  description: "People through the doors of each store on the day, by hour of the store's clock.",
  upstream: ['cleansed/foot_traffic', 'dim_store'],
  reads: { traffic: footTrafficInput },
  files: {
    stage: 'star/stage_foot_traffic.sql',
    check: 'star/check_fact_foot_traffic.sql',
    swap: ['star/delete_fact_foot_traffic_partition.sql', 'star/replace_fact_foot_traffic_partition.sql'],
  },
  revision: 1,
  staged: 'table',
  stagingColumns: `store_id text not null, counted_at timestamptz not null, entries bigint not null,
    exits bigint not null, is_synthetic boolean not null`,
  sums: ['entries', 'exits'],
  questions: orphanQuestions('store'),
  lock: 'date',
  async replace(client, { date, staging }) {
    await client.query(statement('star/delete_fact_foot_traffic_partition.sql', { date }))
    const { rowCount } = await client.query(
      statement('star/replace_fact_foot_traffic_partition.sql', { date, staging }),
    )
    return rowCount!
  },
})
