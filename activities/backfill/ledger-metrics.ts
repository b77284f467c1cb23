import { Gauge, type Registry } from 'prom-client'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'

const newestDates = statement('ledger/newest_dates.sql')

/**
 * Tells how far each asset goes, read from the ledger at each scrape. While the ledger can't be read it tells nothing:
 * the other metrics are wanted most then, and an alert on this one must not come from a database that is away.
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
