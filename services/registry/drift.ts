/** Whether the world differs from what the champion was trained on, as it was measured day by day. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'

const FINDINGS_MAX = 100

export interface DriftFinding {
  kind: 'feature' | 'error' | 'gap'
  /** The feature, or what else was measured. */
  subject: string
  /** `*`: all stores. */
  store: string
  version: number
  value: number
  threshold: number
  isDrifted: boolean
  message: string
}

export interface Drift {
  /** The newest day that was measured, YYYY-MM-DD; null: none was. */
  date: string | null
  /** Of that day, what differs first: at most 100. */
  findings: DriftFinding[]
  /** Days measured in the 60 before it, and how many findings differed on each, the oldest first. */
  days: { date: string; drifted: number }[]
}

export async function readDrift(pool: Pool, model: string): Promise<Drift> {
  const days = await pool.query<{ date: string; drifted: number }>(statement('registry/drift_days.sql'), [model])
  const date = days.rows.at(-1)?.date ?? null
  if (date === null) return { date, findings: [], days: [] }
  const findings = await pool.query<DriftFinding>(statement('registry/drift_findings.sql'), [model, date, FINDINGS_MAX])
  return { date, findings: findings.rows, days: days.rows }
}
