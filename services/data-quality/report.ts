/** The quality of one partition: what its checks found, and what its columns hold. */
import type { TableProfile } from '../../platform/duckdb/profile.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { type PartitionCheck, showPartition } from '../backfill/ledger.ts'
import { NotFoundError } from '../errors.ts'
import { profileRows, type RowDependencies } from '../lake/rows.ts'

export interface QualityReport {
  asset: string
  date: string
  /** The run that built it; null: it was never built. */
  run: number | null
  /** Of that run, with rows that fail them. */
  checks: PartitionCheck[]
  /** By a sample of its rows; null: they are not in the lake. */
  profile: TableProfile | null
}

/** @throws NotFoundError when there is no such asset; InvalidError when the day is none */
export async function readQualityReport(
  { pool, ...rows }: RowDependencies & { pool: Pool },
  asset: string,
  date: string,
): Promise<QualityReport> {
  const { partition, checks } = await showPartition(pool, { asset, date })
  const profile = partition === null ? null : await profileOf(rows, asset, date)
  return { asset, date, run: partition?.run ?? null, checks, profile }
}

async function profileOf(rows: RowDependencies, asset: string, date: string): Promise<TableProfile | null> {
  try {
    return await profileRows(rows, asset, { date })
  } catch (error) {
    if (error instanceof NotFoundError) return null
    throw error
  }
}
