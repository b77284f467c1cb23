/** What waits in an outbox of the database, whichever worker sends it. */
import { Gauge, type Registry } from 'prom-client'
import type { Pool } from '../platform/postgres/postgres.ts'

interface Waiting {
  waiting: number
  /** For how long the oldest has waited. */
  seconds: number
  refused: number
}

/** While the database can't be read the figures stay. @param query counts what waits, in one row */
export function exportWaiting(
  registry: Registry,
  pool: Pool,
  query: string,
  gauges: Readonly<Record<keyof Waiting, { name: string; help: string }>>,
): void {
  let asked: Promise<Waiting | undefined> | undefined
  const ask = () => {
    asked ??= pool
      .query<Waiting>(query)
      .then(({ rows }) => rows[0])
      .catch(() => undefined)
      .finally(() => {
        asked = undefined
      })
    return asked
  }
  for (const [figure, configuration] of Object.entries(gauges) as [keyof Waiting, { name: string; help: string }][]) {
    new Gauge({
      ...configuration,
      registers: [registry],
      async collect() {
        const counted = await ask()
        if (counted !== undefined) this.set(counted[figure])
      },
    })
  }
}
