import { UnknownTableError } from '../../lake/errors.ts'
import { rowsOf } from '../../lake/table.ts'
import { recordChecks } from '../../platform/ledger.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { verifyState } from '../../streams/runtime/verify.ts'
import { currentLife, whilePulsing } from '../activity-context.ts'
import { CHECK_EXAMPLES_MAX, type CheckResult } from '../assets/framework/asset.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { checksOf, judgeDay } from './unusual-days.ts'

/** What the hourly checks are filed under; they are about no partition. */
export const DATA_QUALITY = 'data_quality'

export interface QualityReport {
  checks: number
  failed: { check: string; severity: CheckResult['severity']; finding: string }[]
}

/** A query whose every row is a finding. */
interface RowCheck {
  check: string
  severity: CheckResult['severity']
  query: string
  /** Reads: "3 stores sold nothing ...". */
  finding: string
}

const rowChecks: readonly RowCheck[] = [
  {
    check: 'missing_stores',
    severity: 'warn',
    query: statement('data-quality/missing_stores.sql'),
    finding: 'stores that sell on most days without sales on the newest complete day',
  },
  {
    check: 'stale_assets',
    severity: 'warn',
    query: statement('data-quality/stale_assets.sql'),
    finding: 'assets without the newest complete day of the streams',
  },
  {
    check: 'failed_partitions',
    severity: 'warn',
    query: statement('data-quality/failed_partitions.sql'),
    finding: 'partitions failed in their latest run (`shelfline backfill plan --failed-only`)',
  },
  {
    check: 'stopped_streams',
    severity: 'block',
    query: statement('data-quality/stopped_streams.sql'),
    finding: 'stopped partitions of topics wait for a decision (`shelfline streams status`)',
  },
  {
    check: 'new_dead_letters',
    severity: 'warn',
    query: statement('data-quality/open_dead_letters.sql'),
    finding: 'kinds of messages became dead letters in the last hour (`shelfline dlq list`)',
  },
]

const rawConsumed = statement('data-quality/raw_consumed.sql')

export function createDataQualityActivities(dependencies: BatchDependencies) {
  return {
    /** Runs and records the checks that are about no single partition. A finding is a result, not a failure. */
    checkQuality: (): Promise<QualityReport> =>
      whilePulsing(currentLife().heartbeat, async () =>
        report(dependencies, [
          ...(await runRowChecks(dependencies)),
          await checkRawRows(dependencies),
          await checkAudit(dependencies),
          ...(await checkNewestDay(dependencies)),
        ]),
      ),

    /** Recomputes the live state from the raw lake, all of it, and records whether the two are equal. */
    checkState: (): Promise<QualityReport> =>
      whilePulsing(currentLife().heartbeat, async () => report(dependencies, await compareState(dependencies))),
  }
}

export type DataQualityActivities = ReturnType<typeof createDataQualityActivities>

/** Records the results under a run of their own, and reports what failed. */
async function report(
  { pool, metrics, logger }: BatchDependencies,
  results: readonly CheckResult[],
): Promise<QualityReport> {
  const { rows } = await pool.query<{ run: number }>(`select nextval('ops.partition_run_numbers') as run`)
  await recordChecks(pool, { run: rows[0]!.run, asset: DATA_QUALITY, date: null }, results)
  const failed = results.filter(({ passed }) => !passed)
  for (const { check, severity, finding } of failed) {
    metrics.checkFailed(DATA_QUALITY, check, severity)
    logger.warn({ check, severity }, finding)
  }
  return {
    checks: results.length,
    failed: failed.map(({ check, severity, finding }) => ({ check, severity, finding })),
  }
}

async function compareState({ settings, pool }: BatchDependencies): Promise<CheckResult[]> {
  const seen = await pool.query(`select from ops.stream_offsets where processor = 'sales_state' limit 1`)
  const nothing = { tables: [], examples: [], conflictingIds: { count: 0, examples: [] }, gaps: ['no events yet'] }
  const { tables, examples, conflictingIds, gaps } = seen.rowCount === 0 ? nothing : await verifyState(settings, pool)
  const different = tables.reduce((sum, table) => sum + table.different, 0)
  const compared = tables.reduce((sum, table) => sum + table.compared, 0)
  // While the lake is behind the state a difference means nothing.
  const behind = gaps.length > 0 ? `; not comparable yet: ${gaps.join('; ')}` : ''
  return [
    {
      check: 'state_equals_recompute',
      severity: 'block',
      passed: different === 0 || gaps.length > 0,
      finding: `${different} of ${compared} rows of the live state differ from what the raw lake gives${behind}`,
      failingRows: different,
      examples: examples.map((row) => ({ reason: 'the live state differs', row })),
    },
    {
      check: 'event_ids_are_unique',
      severity: 'warn',
      passed: conflictingIds.count === 0,
      finding: `${conflictingIds.count} event ids were sent with different contents; one message of each counts`,
      failingRows: conflictingIds.count,
      examples: conflictingIds.examples.map((id) => ({
        reason: 'sent with different contents',
        row: { event_id: id },
      })),
    },
  ]
}

/** Compares the newest day whose sums are made with its own past. */
async function checkNewestDay({ pool }: BatchDependencies): Promise<CheckResult[]> {
  const { rows } = await pool.query<{ day: string | null }>(
    'select max(sale_date) as day from analytics.aggregated_dates',
  )
  const day = rows[0]!.day
  return day === null ? [] : checksOf(day, await judgeDay(pool, day))
}

async function runRowChecks({ pool }: BatchDependencies): Promise<CheckResult[]> {
  const results: CheckResult[] = []
  for (const { check, severity, query, finding } of rowChecks) {
    const { rows } = await pool.query<Record<string, unknown>>(query)
    results.push({
      check,
      severity,
      passed: rows.length === 0,
      finding: `${rows.length} ${finding}`,
      failingRows: rows.length,
      examples: rows.slice(0, CHECK_EXAMPLES_MAX).map((row) => ({ reason: finding, row })),
    })
  }
  return results
}

/**
 * The raw lake holds every message that the raw sink has counted. The counters are read first and follow the commits, so
 * that rows which come meanwhile can only make the lake hold more.
 */
async function checkRawRows(dependencies: BatchDependencies): Promise<CheckResult> {
  const { rows } = await dependencies.pool.query<{ topic: string; consumed: number }>(rawConsumed)
  const examples: NonNullable<CheckResult['examples']>[number][] = []
  for (const { topic, consumed } of rows) {
    const stored = await countRows(dependencies, `raw/${topic}`)
    if (stored < consumed) {
      examples.push({ reason: 'the lake has fewer rows than were consumed', row: { topic, consumed, stored } })
    }
  }
  const consumed = rows.reduce((sum, row) => sum + row.consumed, 0)
  return {
    check: 'raw_rows_equal_consumed',
    severity: 'block',
    passed: examples.length === 0,
    finding: `${examples.length} of ${rows.length} raw tables hold fewer rows than were consumed (${consumed} in all)`,
    failingRows: examples.length,
    examples,
  }
}

/** Every entry of the audit log is hashed again; the alert `audit_broken` reads what was found. */
async function checkAudit({ pool }: BatchDependencies): Promise<CheckResult> {
  const { rows } = await pool.query<{ position: number; brokenAt: number | null; problem: string | null }>(
    statement('access/audit/verify.sql'),
    [null, null],
  )
  const { position, brokenAt, problem } = rows[0]!
  return {
    check: 'audit_chain',
    severity: 'block',
    passed: brokenAt === null,
    finding: brokenAt === null ? `${position} entries of the audit log are whole` : `position ${brokenAt}: ${problem}`,
    failingRows: brokenAt === null ? 0 : 1,
    examples: [],
  }
}

async function countRows({ lake }: BatchDependencies, table: string): Promise<number> {
  try {
    return rowsOf((await (await lake.table(table)).snapshot()).files.values())
  } catch (error) {
    if (error instanceof UnknownTableError) return 0
    throw error
  }
}
