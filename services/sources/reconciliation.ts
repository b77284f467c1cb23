/** What tills have reported as sold, compared with what is loaded. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { InvalidError } from '../errors.ts'
import { requireCount, requireDate } from '../values.ts'

export interface TillDay {
  saleDate: string
  storeId: string
  tillId: string
  /** `not_loaded`: no sale of the store on the day is loaded; `no_closing`: the till has not reported. */
  status: 'equal' | 'different' | 'not_loaded' | 'no_closing'
  /** Null: the till has not reported. */
  reportedLines: number | null
  loadedLines: number
  /** Decimal text. */
  reportedAmount: string | null
  loadedAmount: string
}

export interface TillDaysRequest {
  from: string
  to: string
  /** Also those that are equal. */
  all?: boolean
  limit?: number
}

const LIMIT_DEFAULT = 1_000

/** Tills by day that are not equal, or all. @throws InvalidError naming the value that is impossible */
export async function reconcileTills(
  pool: Pool,
  { from, to, all = false, limit = LIMIT_DEFAULT }: TillDaysRequest,
): Promise<TillDay[]> {
  requireDate('from', from)
  requireDate('to', to)
  requireCount('limit', limit, 1, 100_000)
  if (from > to) throw new InvalidError(`is after ${to}`, { field: 'from', value: from })
  return (await pool.query<TillDay>(statement('receive/reconcile.sql'), [from, to, !all, limit])).rows
}
