/** A day as a whole: what was sold, and what Shelfline did by itself. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'

export interface SoldDay {
  /** YYYY-MM-DD */
  day: string
  currency: string
  /** Money, decimal text. */
  netAmount: string
  transactions: number
  /** Of the stores that have a target, and what these sold; null: none has one. Money, decimal text. */
  targetAmount: string | null
  targetedNetAmount: string | null
}

/** In the last 24 hours. */
export interface DoneByItself {
  restocks: number
  markdowns: number
  /** Lots that were past their date. */
  removals: number
  ordersSent: number
}

/** Sales of the newest day that was built and of the 14 before it, by currency and day; empty: nothing was built yet. */
export async function readSoldDays(pool: Pool): Promise<SoldDay[]> {
  return (await pool.query<SoldDay>(statement('live-state/read_days.sql'))).rows
}

export async function readDoneByItself(pool: Pool): Promise<DoneByItself> {
  return (await pool.query<DoneByItself>(statement('live-state/read_done.sql'))).rows[0]!
}
