/** An order on paper: what a supplier or a warehouse is handed. */
import { formatDay, formatMoney, formatNumber } from '../../platform/format.ts'
import { createPdf, type PdfColumn } from '../../platform/pdf/document.ts'
import type { Order } from '../../services/purchase-orders/orders.ts'
import { texts } from '../texts.ts'

const words = texts.orders

/** On A4, with as many pages as its lines need. */
export async function orderPdf(order: Order, locale: string): Promise<Uint8Array<ArrayBuffer>> {
  const paper = createPdf(order.purchaseOrderId, texts.product)
  const money = (value: string) => formatMoney(locale, value, order.currency)
  const number = (value: string) => formatNumber(locale, value, 3)
  const about: readonly (readonly [string, string])[] = [
    [words.supplier, order.supplierName ?? order.supplierId],
    [words.location, order.locationId],
    [words.status, words.statuses[order.status]],
    [words.reviewed, formatDay(locale, order.reviewDate)],
    [words.expected, order.expectedOn === null ? words.notKnown : formatDay(locale, order.expectedOn)],
    [words.revision, String(order.revision)],
  ]
  paper.lines(about.map(([name, value]) => `${name}: ${value}`))
  const columns: readonly PdfColumn<Order['lines'][number]>[] = [
    { heading: words.line, width: 0.07, of: ({ lineNo }) => String(lineNo) },
    {
      heading: words.product,
      width: 0.45,
      of: ({ productName, productId }) => `${productName ?? productId} (${productId})`,
    },
    { heading: words.quantity, width: 0.16, isNumber: true, of: ({ quantity }) => number(quantity) },
    { heading: words.unitCost, width: 0.15, isNumber: true, of: ({ unitCost }) => money(unitCost) },
    { heading: words.value, width: 0.17, isNumber: true, of: ({ value }) => money(value) },
  ]
  paper.table(columns, order.lines, ['', words.value, '', '', money(order.totalValue)])
  return paper.end()
}
