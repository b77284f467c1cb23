import { Type } from 'typebox'
import { formatDay, formatInstant, formatMoney, formatNumber, formatPercent } from '../../platform/format.ts'
import { isAllowed } from '../../services/access/permissions.ts'
import {
  allows,
  type ExplainedLine,
  explainLine,
  meaningOf,
  type Order,
  type OrderLine,
  readOrder,
} from '../../services/purchase-orders/orders.ts'
import { type EditReason, readEditReasons } from '../../services/purchase-orders/reasons.ts'
import { inWords } from '../alerts/list.ts'
import { question, type View } from '../definition.ts'
import { addressWith, facts, form, history, input, message, section, select, state } from '../page/components.ts'
import { type Content, type Html, html } from '../page/html.ts'
import { type Column, fileLinks, table } from '../page/table.ts'
import { count, decimal, nullable, text } from '../shapes.ts'
import { texts } from '../texts.ts'
import { orderPath, orderStates } from './list.ts'
import { orderPdf } from './pdf.ts'
import { positionChart } from './position-chart.ts'
import { editReason, orderShape } from './shapes.ts'

const words = texts.orders
const LINES_MAX = 500

interface OrderDetail extends Order {
  explained: ExplainedLine | null
  reasons: EditReason[]
}

export const orderDetail = question({
  path: '/orders/:order',
  permission: 'orders.see',
  summary: 'An order with its lines and its history; for one line, the explanation of its quantity',
  query: Type.Object({
    order: Type.String({ maxLength: 300 }),
    line: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  }),
  answer: Type.Object({
    ...orderShape,
    explained: nullable(
      Type.Object({
        purchaseOrderId: text,
        lineNo: count,
        productId: text,
        quantity: decimal,
        proposedQuantity: decimal,
        currency: text,
        explanation: Type.Object({ product_name: text, remarks: Type.Array(text) }),
      }),
    ),
    reasons: Type.Array(editReason),
  }),
  async read({ pool }, { order: id, line }): Promise<OrderDetail> {
    const order = await readOrder(pool, id, { limit: LINES_MAX })
    const explained = line === undefined ? null : await explainLine(pool, id, line)
    return { ...order, explained, reasons: await readEditReasons(pool) }
  },
  rows: ({ lines }) => lines,
  pdf: (order, { locale }) => orderPdf(order, locale),
  page(view, order) {
    const { visitor } = view
    const { locale } = visitor
    const mayDecide = isAllowed(visitor.role, 'orders.decide')
    const at = (instant: string) =>
      html`<time datetime="${instant}">${formatInstant(locale, instant, 'UTC')} UTC</time>`
    return {
      title: order.purchaseOrderId,
      actions: html`<a class="button small" href="/api/v1${orderPath(order.purchaseOrderId)}?format=pdf">${texts.table.pdf}</a>${fileLinks(`/api/v1${orderPath(order.purchaseOrderId)}?format=csv`)}`,
      note: html`<a href="/orders">${words.title}</a> · ${words.fromTo(order.supplierName ?? order.supplierId, order.locationId)}`,
      body: html`${order.risks.length > 0 && message('watch', words.risky(order.risks.join(', ')))}
${order.sending?.lastError && message('act', words.notSent(order.sending.lastError))}
<div class="columns"><div>
${mayDecide && decisions(view, order)}
${section(words.lines, lineTable(view, order), order.lineCount > order.lines.length ? words.firstLines(formatNumber(locale, order.lines.length), formatNumber(locale, order.lineCount)) : '')}
${order.explained && explanation(view, order, order.explained, mayDecide)}
${section(
  words.history,
  history(
    [...order.actions].reverse().map(({ action, by, at: when, lineNo, reason, reasonCode, detail }) => ({
      what: html`<b>${inWords(action)}</b>${lineNo !== null && ` ${words.line.toLowerCase()} ${lineNo}`} ${texts.alerts.by} ${by}${quantities(detail)}`,
      why: [reasonCode && inWords(reasonCode), reason].filter(Boolean).join(': '),
      when: at(when),
    })),
  ),
)}</div>
<aside>${facts([
        [
          words.status,
          html`${state(orderStates[order.status], words.statuses[order.status])}<div class="small quiet">${meaningOf[order.status]}</div>`,
        ],
        [words.value, formatMoney(locale, order.totalValue, order.currency)],
        [words.expected, order.expectedOn && formatDay(locale, order.expectedOn)],
        [words.reviewed, formatDay(locale, order.reviewDate)],
        [words.approvals, order.approvalsNeeded && `${order.approvalsNeeded} · ${order.approvalRole ?? ''}`],
        [words.expires, order.status === 'awaiting_approval' && order.expiresAt && at(order.expiresAt)],
        [words.revision, formatNumber(locale, order.revision)],
        [words.changed, at(order.updatedAt)],
      ])}</aside></div>`,
    }
  },
})

const quantities = ({ from, to }: Record<string, unknown>): string =>
  (typeof from === 'string' || typeof from === 'number') && (typeof to === 'string' || typeof to === 'number')
    ? `: ${from} → ${to}`
    : ''

/** What the order's state allows; whether this person may is decided by its workflow. */
function decisions({ url, visitor: { locale } }: View, order: Order): Html {
  const { purchaseOrderId, status, revision, totalValue, currency } = order
  const to = (verb: string) => `${orderPath(purchaseOrderId)}/${verb}`
  const seen = { revision: String(revision) }
  const why = (isNeeded: boolean) => input('why', words.why, '', html`maxlength="500" ${isNeeded && html`required`}`)
  const more = [
    allows(status, 'deny') &&
      form(
        to('deny'),
        seen,
        html`<div class="fields">${why(true)}<button class="danger">${words.deny}</button></div>`,
        url,
      ),
    allows(status, 'delegate') &&
      form(
        to('delegate'),
        seen,
        html`<div class="fields">${input('to', words.delegateTo, '', html`required maxlength="100"`)}<button>${words.delegate}</button></div>`,
        url,
      ),
    allows(status, 'cancel') &&
      form(
        to('cancel'),
        seen,
        html`<div class="fields">${why(status === 'partly_received')}<button class="danger">${words.cancel(formatMoney(locale, totalValue, currency))}</button></div><p class="small quiet">${words.cancelMeans}</p>`,
        url,
      ),
  ].filter((each) => each !== false)
  if (!allows(status, 'approve') && more.length === 0) return html``
  return html`<section><div class="actions">${
    allows(status, 'approve') &&
    form(
      to('approve'),
      seen,
      html`<button class="main">${words.approveOne(formatMoney(locale, totalValue, currency))}</button>`,
      url,
    )
  }${more.length > 0 && html`<details class="disclose"><summary>${words.other}</summary>${more}</details>`}</div></section>`
}

function lineTable({ url, visitor: { locale } }: View, { lines, currency, explained }: OrderDetail): Html {
  const columns: Column<OrderLine>[] = [
    {
      name: 'product',
      heading: words.product,
      phone: 'lead',
      cell: ({ lineNo, productName, productId }) => {
        const isOpen = explained?.lineNo === lineNo
        const href = isOpen ? addressWith(url, { line: null }) : `${addressWith(url, { line: String(lineNo) })}#why`
        return html`<a class="title" href="${href}">${productName ?? productId}</a><span class="under">${words.line} ${lineNo} · ${isOpen ? words.whyShown : words.whyLink}</span>`
      },
    },
    {
      name: 'value',
      heading: words.value,
      isNumber: true,
      phone: 'aside',
      sortedBy: ({ value }) => Number(value),
      cell: ({ value }) => formatMoney(locale, value, currency),
      total: (all) =>
        formatMoney(
          locale,
          all.reduce((sum, { value }) => sum + Number(value), 0),
          currency,
        ),
    },
    {
      name: 'quantity',
      heading: words.quantity,
      isNumber: true,
      isNamed: true,
      sortedBy: ({ quantity }) => Number(quantity),
      cell: ({ quantity, proposedQuantity }) =>
        html`${formatNumber(locale, quantity, 3)}${Number(quantity) !== Number(proposedQuantity) && html`<span class="under">${words.proposed(formatNumber(locale, proposedQuantity, 3))}</span>`}`,
    },
    {
      name: 'cost',
      heading: words.unitCost,
      isNumber: true,
      phone: 'none',
      cell: ({ unitCost }) => formatMoney(locale, unitCost, currency),
    },
    {
      name: 'received',
      heading: words.received,
      isNumber: true,
      isNamed: true,
      cell: ({ receivedQuantity, damagedQuantity }) =>
        html`${formatNumber(locale, receivedQuantity, 3)}${Number(damagedQuantity) > 0 && html`<span class="under worse">${words.damaged(formatNumber(locale, damagedQuantity, 3))}</span>`}`,
    },
    {
      name: 'constraint',
      heading: words.constraint,
      cell: ({ bindingConstraint }) => bindingConstraint && inWords(bindingConstraint),
    },
  ]
  return table({ caption: words.lines, columns, rows: lines, url, locale })
}

function explanation(
  { url, visitor: { locale } }: View,
  order: OrderDetail,
  line: ExplainedLine,
  mayDecide: boolean,
): Html {
  const { explanation } = line
  const termText = ({ value, unit }: (typeof explanation.terms)[number]): Content => {
    if (value === null) return html`<span class="quiet">${words.notKnown}</span>`
    if (typeof value === 'string') return inWords(value)
    if (unit === 'share') return formatPercent(locale, value, 1)
    if (unit.includes('money')) return formatMoney(locale, value, line.currency)
    return `${formatNumber(locale, value, 2)} ${unit}`
  }
  const money = (value: number | null) =>
    value === null ? null : `${value <= -0.005 ? '−' : '+'}${formatMoney(locale, Math.abs(value), line.currency)}`
  return html`<section id="why"><header><h2>${words.whyTitle(line.lineNo, explanation.product_name ?? line.productId)}</h2></header>
<p>${words.sentence({
    quantity: formatNumber(locale, line.quantity, 3),
    constraint: explanation.bindingConstraint && inWords(explanation.bindingConstraint).toLowerCase(),
    without: explanation.quantityWithout && formatNumber(locale, explanation.quantityWithout, 3),
    more: money(explanation.costOfOnePackMore),
    less: money(explanation.costOfOnePackLess),
  })}</p>
${positionChart(explanation.terms, Number(line.quantity), (value) => formatNumber(locale, value, 1))}
${
  mayDecide &&
  allows(order.status, 'edit') &&
  form(
    `${orderPath(order.purchaseOrderId)}/edit`,
    { line: String(line.lineNo), revision: String(order.revision) },
    html`<div class="fields">${input('quantity', words.newQuantity, line.quantity, html`type="number" min="0" step="any" required`)}
${select(
  'reasonCode',
  words.reason,
  order.reasons.map(({ code, meaning }) => ({ value: code, label: meaning })),
  undefined,
)}
${input('why', words.why, '', html`maxlength="500"`)}<button>${words.edit}</button></div><p class="small quiet">${words.editMeans}</p>`,
    url,
  )
}
<details class="disclose"><summary>${words.allTerms}</summary>${facts(explanation.terms.map((term) => [inWords(term.name), termText(term)]))}</details>
${explanation.remarks.length > 0 && html`<ul class="small quiet">${explanation.remarks.map((remark) => html`<li>${remark}</li>`)}</ul>`}</section>`
}
