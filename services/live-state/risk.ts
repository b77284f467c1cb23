/** Stock-out risk, evaluated for a caller with a clock of its own. */
import { evaluateRisk } from '../../activities/live-state/stock-out-risk.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'

/** Evaluates usual demand, availability, risk and markdowns as of an instant, as the batch worker does every minute. */
export async function evaluateRiskAsOf(pool: Pool, asOf: Date): Promise<void> {
  await evaluateRisk(pool, asOf, () => undefined)
}
