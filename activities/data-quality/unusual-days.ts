/** What is unusual about a day, compared with its own past: `sql/data-quality/unusual_days.sql` judges, this reports. */
import type { PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { CHECK_EXAMPLES_MAX, type CheckResult } from '../assets/framework/asset.ts'

const NAMED_MAX = 3

/** A measure of a store or an asset on a day. */
export interface JudgedMeasure {
  measure: string
  /** `store 367` or `asset fact_sales`. */
  subject: string
  /** Decimal text. */
  value: string
  /** The median of the past. */
  usual: string
  /** Distance between them in standard deviations. */
  score: string
  /** Days of the past. */
  days: number
  isUnusual: boolean
}

/** @param day YYYY-MM-DD; its sums are made */
export async function judgeDay(pool: Pick<PoolClient, 'query'>, day: string): Promise<JudgedMeasure[]> {
  return (await pool.query<JudgedMeasure>(statement('data-quality/unusual_days.sql'), [day])).rows
}

/** One result a measure, however many stores it concerns: they have one cause. */
export function checksOf(day: string, judged: readonly JudgedMeasure[]): CheckResult[] {
  return [...Map.groupBy(judged, ({ measure }) => measure)].map(([measure, all]) => {
    const unusual = all.filter(({ isUnusual }) => isUnusual)
    return {
      check: `usual_${measure}`,
      severity: 'warn',
      passed: unusual.length === 0,
      finding: `${day}: ${unusual.length} of ${all.length} are unusual${unusual.length > 0 ? `: ${named(unusual)}` : ''}`,
      failingRows: unusual.length,
      examples: unusual
        .slice(0, CHECK_EXAMPLES_MAX)
        .map((row) => ({ reason: `${measure} is unusual`, row: { ...row } })),
    }
  })
}

function named(unusual: readonly JudgedMeasure[]): string {
  const shown = unusual.slice(0, NAMED_MAX).map(({ subject, value, usual }) => `${subject} ${value}, usually ${usual}`)
  const more = unusual.length - shown.length
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '')
}
