import { Type } from 'typebox'
import { IDENTIFIER_PATTERN } from '../../contracts/fields.ts'
import { formatDay, formatInstant, formatMoney, formatNumber } from '../../platform/format.ts'
import { isAllowed } from '../../services/access/permissions.ts'
import { InvalidError } from '../../services/errors.ts'
import { decideOrder } from '../../services/purchase-orders/decisions.ts'
import { allows, type Order, readOrder } from '../../services/purchase-orders/orders.ts'
import {
  type Receipt,
  readReceipts,
  receiveGoods,
  type TakenInvoice,
} from '../../services/purchase-orders/receiving.ts'
import { action, question, type View } from '../definition.ts'
import { facts, form, history, message, section, state } from '../page/components.ts'
import { type Content, type Html, html } from '../page/html.ts'
import { type Column, table } from '../page/table.ts'
import { count } from '../shapes.ts'
import { texts } from '../texts.ts'
import { deliveryPath } from './deliveries.ts'
import { orderPath, orderStates } from './list.ts'
import { decidedOrder, deliveryDetailShape } from './shapes.ts'

const words = texts.deliveries
const LINES_MAX = 500
const RECEIVABLE = ['sent', 'acknowledged', 'partly_received', 'received']

interface DeliveryDetail extends Order {
  receipts: Receipt[]
  invoices: TakenInvoice[]
}

type Line = Order['lines'][number]

export const deliveryDetail = question({
  path: '/deliveries/:order',
  permission: 'orders.see',
  summary: 'The outstanding units of an order, its receipts and its invoices',
  query: Type.Object({ order: Type.String({ maxLength: 300 }) }),
  answer: deliveryDetailShape,
  async read({ pool }, { order: id }): Promise<DeliveryDetail> {
    return { ...(await readOrder(pool, id, { limit: LINES_MAX })), ...(await readReceipts(pool, id)) }
  },
  rows: ({ receipts }) => receipts,
  page(view, delivery) {
    const { visitor } = view
    const { locale, role } = visitor
    const { purchaseOrderId, receipts, invoices, status } = delivery
    const names = new Map(delivery.lines.map(({ productId, productName }) => [productId, productName ?? productId]))
    const mayReceive = isAllowed(role, 'deliveries.decide')
    const mayInvoice = isAllowed(role, 'orders.decide') && allows(status, 'invoice')
    return {
      title: words.deliveryOf(purchaseOrderId),
      note: html`<a href="/deliveries">${words.title}</a> · ${texts.orders.fromTo(delivery.supplierName ?? delivery.supplierId, delivery.locationId)}`,
      actions: html`<a class="button small" href="${orderPath(purchaseOrderId)}">${words.orderLink}</a>`,
      body: html`<div class="columns"><div>
${mayReceive && (RECEIVABLE.includes(status) ? receiveForm(view, delivery) : message('off', words.notReceivable))}
${mayInvoice && invoiceForm(view, delivery)}
${section(
  words.receipts,
  receipts.length === 0
    ? html`<p class="quiet">${words.noReceipts}</p>`
    : history(receipts.map((receipt) => receiptStep(receipt, names, locale))),
)}</div>
<aside>${facts([
        [texts.orders.status, state(orderStates[status], texts.orders.statuses[status])],
        [words.expected, delivery.expectedOn && formatDay(locale, delivery.expectedOn)],
        [words.value, formatMoney(locale, delivery.totalValue, delivery.currency)],
      ])}
${section(
  words.invoices,
  invoices.length === 0
    ? html`<p class="quiet">${words.noInvoices}</p>`
    : facts(
        invoices.map(({ number, lines, takenBy, takenAt }) => [
          number,
          html`${words.invoiceLines(lines)} <span class="small quiet">${texts.alerts.by} ${takenBy}, ${formatInstant(locale, takenAt, 'UTC')} UTC</span>`,
        ]),
      ),
)}</aside></div>`,
    }
  },
})

const outstandingOf = ({ quantity, receivedQuantity, cancelledQuantity }: Line): number =>
  Math.max(0, Number(quantity) - Number(receivedQuantity) - Number(cancelledQuantity))

/** A field of a line; its heading is its name for those who do not see the table. */
const field = (name: string, heading: string, { productName, productId }: Line, attributes: Content): Html =>
  html`<input name="${name}" aria-label="${heading}, ${productName ?? productId}" ${attributes}>`

const product: Column<Line> = {
  name: 'product',
  heading: words.product,
  phone: 'lead',
  cell: ({ productId, productName }) =>
    html`<b>${productName ?? productId}</b><input type="hidden" name="product" value="${productId}">`,
}

function receiveForm({ url, visitor: { locale } }: View, { purchaseOrderId, lines }: DeliveryDetail): Html {
  const columns: Column<Line>[] = [
    product,
    {
      name: 'outstanding',
      heading: words.outstanding,
      isNumber: true,
      phone: 'aside',
      cell: (line) => html`${formatNumber(locale, outstandingOf(line), 1)} / ${formatNumber(locale, line.quantity, 1)}`,
    },
    {
      name: 'delivered',
      heading: words.delivered,
      isNamed: true,
      cell: (line) =>
        field('quantity', words.delivered, line, html`class="short" inputmode="decimal" pattern="[0-9]+([.][0-9]+)?"`),
    },
    {
      name: 'damaged',
      heading: words.damaged,
      isNamed: true,
      cell: (line) =>
        field('damaged', words.damaged, line, html`class="short" inputmode="decimal" pattern="[0-9]+([.][0-9]+)?"`),
    },
    {
      name: 'lot',
      heading: words.lot,
      isNamed: true,
      cell: (line) => field('batch', words.lot, line, html`class="short" maxlength="64"`),
    },
    {
      name: 'expires',
      heading: words.expires,
      isNamed: true,
      cell: (line) => field('expiresOn', words.expires, line, html`type="date"`),
    },
  ]
  return section(
    words.lines,
    html`<p class="small quiet">${words.linesMeans}</p>${form(
      `${deliveryPath(purchaseOrderId)}/receive`,
      {},
      html`${table({ caption: words.lines, columns, rows: lines, url, locale })}
<div class="fields"><label>${words.note}<input name="note" required maxlength="64"></label><button class="main">${words.report}</button></div>`,
      url,
    )}`,
  )
}

function invoiceForm({ url, visitor: { locale } }: View, { purchaseOrderId, lines, revision }: DeliveryDetail): Html {
  const received = lines.filter(({ receivedQuantity }) => Number(receivedQuantity) > 0)
  const columns: Column<Line>[] = [
    product,
    {
      name: 'received',
      heading: words.received,
      isNumber: true,
      phone: 'aside',
      cell: ({ receivedQuantity, damagedQuantity }) =>
        html`${formatNumber(locale, receivedQuantity, 1)}${Number(damagedQuantity) > 0 && html`<span class="under">${words.damagedUnits(formatNumber(locale, damagedQuantity, 1))}</span>`}`,
    },
    {
      name: 'invoiced',
      heading: words.invoiced,
      isNamed: true,
      cell: (line) =>
        field('quantity', words.invoiced, line, html`class="short" inputmode="decimal" pattern="[0-9]+([.][0-9]+)?"`),
    },
    {
      name: 'price',
      heading: words.unitPrice,
      isNamed: true,
      cell: (line) =>
        field(
          'unitPrice',
          words.unitPrice,
          line,
          html`class="short" inputmode="decimal" pattern="[0-9]+([.][0-9]+)?" value="${line.unitCost}"`,
        ),
    },
  ]
  if (received.length === 0) return html``
  return html`<details class="disclose"><summary>${words.invoice}</summary><p class="small quiet">${words.invoiceMeans}</p>${form(
    `${deliveryPath(purchaseOrderId)}/invoice`,
    { revision: String(revision) },
    html`${table({ caption: words.invoice, columns, rows: received, url, locale })}
<div class="fields"><label>${words.invoiceNumber}<input name="number" required maxlength="100"></label><button class="main">${words.take}</button></div>`,
    url,
  )}</details>`
}

const receiptStep = (
  { shipmentId, productId, status, quantity, damaged, batchId, expiresOn, happenedAt }: Receipt,
  names: ReadonlyMap<string, string>,
  locale: string,
) => ({
  what: html`<b>${words.receiptStatuses[status]}</b> ${formatNumber(locale, quantity, 1)} ${names.get(productId) ?? productId}`,
  why: [
    shipmentId,
    Number(damaged) > 0 && words.damagedUnits(formatNumber(locale, damaged, 1)),
    batchId !== null && words.lotOf(batchId),
    expiresOn !== null && formatDay(locale, expiresOn),
  ]
    .filter(Boolean)
    .join(' · '),
  when: html`<time datetime="${happenedAt.toISOString()}">${formatInstant(locale, happenedAt, 'UTC')} UTC</time>`,
})

const texts64 = () => Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: LINES_MAX }))
const order = Type.String({ maxLength: 300 })

export const deliveryActions = [
  action({
    path: '/deliveries/:order/receive',
    permission: 'deliveries.decide',
    summary:
      'Receive goods of an order: lists of products, quantities, damaged units, lots and expiry dates, in the same sequence',
    input: Type.Object({
      order,
      note: Type.String({ pattern: IDENTIFIER_PATTERN }),
      product: Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: LINES_MAX }),
      quantity: texts64(),
      damaged: texts64(),
      batch: texts64(),
      expiresOn: texts64(),
    }),
    answer: Type.Object({ lines: count }),
    run({ pool, servers }, { order, note, product, quantity, damaged, batch, expiresOn }) {
      const lines = product.flatMap((one, index) => {
        const given = quantity?.[index] ?? ''
        if (given === '') return []
        return [
          {
            product: one,
            quantity: given,
            ...(damaged?.[index] && { damaged: damaged[index] }),
            ...(batch?.[index] && { batch: batch[index] }),
            ...(expiresOn?.[index] && { expiresOn: expiresOn[index] }),
          },
        ]
      })
      return servers.kafka((kafka) => receiveGoods({ pool, kafka }, { order, note, lines }))
    },
    done: ({ lines }, { note }) => ({ text: words.reported(lines, note) }),
  }),
  action({
    path: '/deliveries/:order/invoice',
    permission: 'orders.decide',
    summary: 'Record an invoice for an order: lists of products, quantities and unit prices, in the same sequence',
    input: Type.Object({
      order,
      revision: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000 })),
      number: Type.String({ minLength: 1, maxLength: 100 }),
      product: Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: LINES_MAX }),
      quantity: texts64(),
      unitPrice: texts64(),
    }),
    answer: decidedOrder,
    async run({ pool, servers, visitor }, { order, revision, number, product, quantity, unitPrice }) {
      const lines = product.flatMap((one, index) => {
        const given = quantity?.[index] ?? ''
        return given === '' ? [] : [{ product: one, quantity: given, unitPrice: unitPrice?.[index] ?? '' }]
      })
      if (lines.length === 0) throw new InvalidError('no quantity is given', { field: 'quantity' })
      return decideOrder({ pool, temporal: await servers.temporal() }, order, 'invoice', {
        by: visitor.person,
        number,
        lines,
        ...(revision !== undefined && { revision }),
      })
    },
    done: ({ message }) => ({ text: message }),
  }),
]
