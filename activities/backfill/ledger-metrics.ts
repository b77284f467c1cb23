import { Gauge, type Registry } from 'prom-client'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'

const newestDates = statement('ledger/newest_dates.sql')

/**
 * Reports the newest date of each asset, read from the ledger at each scrape. While the ledger can't be read it reports nothing:
 * the other metrics are needed most then, and an unavailable database must not raise the alert on this one.
 */
export function exportNewestDates(registry: Registry, pool: Pool): void {
  new Gauge({
    name: 'shelfline_asset_newest_date_seconds',
    help: 'Midnight (UTC) of the newest date whose partition can be read, by asset.',
    labelNames: ['asset'],
    registers: [registry],
    async collect() {
      this.reset()
      const { rows } = await pool
        .query<{ asset: string; seconds: number }>(newestDates)
        .catch(() => ({ rows: [] as { asset: string; seconds: number }[] }))
      for (const { asset, seconds } of rows) this.set({ asset }, seconds)
    },
  })
}
