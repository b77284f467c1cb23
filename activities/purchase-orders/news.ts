import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'

/** Orders that one run of the relay takes; what is beyond waits for the next. */
const ORDERS_MAX = 200

/** An order whose workflow should be notified of something. */
export interface OrderNews {
  purchaseOrderId: string
  /** Up to which receipt; null: it is not about receipts. */
  receiptNo: number | null
}

export function createOrderNewsActivities({ pool }: { pool: Pool }) {
  return {
    /** Orders with receipts that their workflows were not notified of, that are overdue, or not looked after for an hour. */
    async listOrderNews(): Promise<OrderNews[]> {
      const { rows } = await pool.query<{ purchase_order_id: string; receipt_no: number | null }>(
        statement('purchase-orders/list_news.sql'),
        [ORDERS_MAX],
      )
      return rows.map(({ purchase_order_id, receipt_no }) => ({
        purchaseOrderId: purchase_order_id,
        receiptNo: receipt_no,
      }))
    },

    /** Workflows are notified of a receipt once; a repeated notification counts once. */
    async markOrderNewsTold(told: readonly OrderNews[]): Promise<void> {
      await pool.query(statement('purchase-orders/mark_signalled.sql'), [
        told.map(({ purchaseOrderId }) => purchaseOrderId),
        told.map(({ receiptNo }) => receiptNo),
      ])
    },
  }
}

export type OrderNewsActivities = ReturnType<typeof createOrderNewsActivities>
