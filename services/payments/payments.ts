/** Sales that were not paid, refunds, and charge-backs. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { requireCount } from '../values.ts'

export interface PaymentFilter {
  /** Left out: all stores. */
  store?: string | undefined
  /** Left out: 7. */
  days?: number | undefined
  /** Left out: 200. */
  limit?: number | undefined
}

interface OfStore {
  storeId: string
  transactionId: string
  currency: string | null
  timeZone: string
  /** By the provider, 0 to 100. */
  riskScore: number | null
}

/** Money is decimal text. */
export interface UnpaidSale extends OfStore {
  tillId: string | null
  soldAt: Date
  due: string
  paid: string
  missing: string
  /** How often banks have declined. */
  declines: number
}

export const refundReasons = ['no_goods', 'more_than_paid', 'high_risk'] as const
export type RefundReason = (typeof refundReasons)[number]

export interface Refund extends OfStore {
  originalTransactionId: string | null
  tillId: string | null
  cashierId: string | null
  refundedAt: Date
  amount: string
  /** For goods that were taken back with it. */
  takenBack: string
  /** For the sale; null: not known. */
  paid: string | null
  /** Why it is suspicious; none: it is not. */
  reasons: RefundReason[]
}

export interface ChargeBack extends OfStore {
  tillId: string | null
  /** Null: the sale is not known, or no longer. */
  soldAt: Date | null
  reportedAt: Date
  captured: string
  chargedBack: string
  won: string
}

/** As many as were asked for, and how many there are. */
export interface Listed<Item> {
  items: Item[]
  total: number
}

export const PAYMENT_DAYS_MAX = 60
export const PAYMENTS_MAX = 1_000
const DAYS_DEFAULT = 7
const LIMIT_DEFAULT = 200

/** Those with the most money missing first. @throws InvalidError naming the value that is impossible */
export const listUnpaidSales = (pool: Pool, filter: PaymentFilter = {}): Promise<Listed<UnpaidSale>> =>
  list(pool, 'payments/unpaid.sql', filter)

/** Suspicious ones first, then the largest. @throws InvalidError naming the value that is impossible */
export const listRefunds = (
  pool: Pool,
  { suspicious = false, ...filter }: PaymentFilter & { suspicious?: boolean | undefined } = {},
): Promise<Listed<Refund>> => list(pool, 'payments/refunds.sql', filter, suspicious)

/** Those with the most money lost first. @throws InvalidError naming the value that is impossible */
export const listChargeBacks = (pool: Pool, filter: PaymentFilter = {}): Promise<Listed<ChargeBack>> =>
  list(pool, 'payments/charge_backs.sql', filter)

async function list<Item>(
  pool: Pool,
  file: string,
  { store, days = DAYS_DEFAULT, limit = LIMIT_DEFAULT }: PaymentFilter,
  ...more: unknown[]
): Promise<Listed<Item>> {
  requireCount('days', days, 1, PAYMENT_DAYS_MAX)
  requireCount('limit', limit, 1, PAYMENTS_MAX)
  const { rows } = await pool.query<Item & { total: number }>(statement(file), [store ?? null, days, limit, ...more])
  return { items: rows.map(({ total, ...item }) => item as unknown as Item), total: rows[0]?.total ?? 0 }
}
