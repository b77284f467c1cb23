import { Type } from 'typebox'
import { formatDay, formatInstant, formatMoney, formatNumber } from '../../platform/format.ts'
import { isAllowed } from '../../services/access/permissions.ts'
import type { Page as ListPage } from '../../services/pages.ts'
import { readApprovals, type WaitingOrder } from '../../services/purchase-orders/approvals.ts'
import { type ListedOrder, listOrders, type OrderStatus, orderStatuses } from '../../services/purchase-orders/orders.ts'
import { question, type View } from '../definition.ts'
import { bar, empty, filters, form, input, type State, section, selectOrAll, state } from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { type Column, csvAddress, table } from '../page/table.ts'
import { pageFields, pageOf } from '../shapes.ts'
import { texts } from '../texts.ts'
import { listedOrder, waitingOrder } from './shapes.ts'

const words = texts.orders

export const orderStates: Record<OrderStatus, State> = {
  draft: 'off',
  awaiting_approval: 'watch',
  approved: 'ok',
  sent: 'ok',
  acknowledged: 'ok',
  partly_received: 'watch',
  received: 'ok',
  closed: 'off',
  denied: 'off',
  expired: 'act',
  cancelled: 'off',
}

interface Orders extends ListPage<ListedOrder> {
  waiting: WaitingOrder[]
}

export const orderList = question({
  path: '/orders',
  permission: 'orders.see',
  summary: 'Orders to suppliers, the newest first, and those that wait for an approval',
  query: Type.Object({
    status: Type.Optional(Type.Enum([...orderStatuses])),
    supplier: Type.Optional(Type.String({ maxLength: 200 })),
    location: Type.Optional(Type.String({ maxLength: 200 })),
    ...pageFields,
  }),
  answer: Type.Object({ ...pageOf(listedOrder).properties, waiting: Type.Array(waitingOrder) }),
  async read({ pool }, filter): Promise<Orders> {
    const { waiting } = await readApprovals(pool)
    return { ...(await listOrders(pool, filter)), waiting }
  },
  rows: ({ items }) => items,
  page(view, { items, next, waiting }, query) {
    const { url, visitor } = view
    const isFiltered = ['status', 'supplier', 'location'].some((name) => url.searchParams.has(name))
    return {
      title: words.title,
      note: texts.sees(visitor.sees),
      body: html`${waiting.length > 0 && !isFiltered && section(words.waiting, waitingTable(view, waiting), words.waitingTotal(waiting.length, totalOf(visitor.locale, waiting)))}
${filters(
  url,
  html`${selectOrAll(
    'status',
    words.status,
    orderStatuses.map((value) => ({ value, label: words.statuses[value] })),
    query.status,
  )}
${input('supplier', words.supplier, query.supplier)}${input('location', words.location, query.location)}`,
  isFiltered,
)}
${items.length === 0 ? nothing(isFiltered) : allTable(view, items, next)}`,
    }
  },
})

const nothing = (isFiltered: boolean): Html =>
  isFiltered ? empty(words.noMatchTitle, texts.alerts.noMatch) : empty(words.noneTitle, words.none)

/** By currency: amounts of several are not added. */
function totalOf(locale: string, orders: readonly { totalValue: string; currency: string }[]): string {
  const sums = new Map<string, number>()
  for (const { totalValue, currency } of orders) sums.set(currency, (sums.get(currency) ?? 0) + Number(totalValue))
  return [...sums].map(([currency, sum]) => formatMoney(locale, sum, currency)).join(' + ')
}

function waitingTable({ url, visitor }: View, waiting: WaitingOrder[]): Html {
  const { locale, person } = visitor
  const mayDecide = isAllowed(visitor.role, 'orders.decide')
  const columns: Column<WaitingOrder>[] = [
    {
      name: 'order',
      heading: words.order,
      phone: 'lead',
      cell: ({ purchaseOrderId, supplierId, locationId, isEscalated }) =>
        html`<a class="title" href="${orderPath(purchaseOrderId)}">${purchaseOrderId}</a><span class="under">${words.fromTo(supplierId, locationId)}${isEscalated && ` · ${words.escalated}`}</span>`,
    },
    {
      name: 'value',
      heading: words.value,
      isNumber: true,
      phone: 'aside',
      cell: (order) => formatMoney(locale, order.totalValue, order.currency),
    },
    { name: 'risks', heading: words.risks, cell: ({ risks }) => risks.join(', ') },
    {
      name: 'given',
      heading: words.approvals,
      isNamed: true,
      cell: ({ given, needed, role }) => html`${words.given(given, needed)} <span class="quiet">${role}</span>`,
    },
    {
      name: 'expires',
      heading: words.expires,
      isNamed: true,
      cell: ({ expiresAt }) =>
        expiresAt && html`<time datetime="${expiresAt}">${formatInstant(locale, expiresAt, 'UTC')} UTC</time>`,
    },
    {
      name: 'who',
      heading: words.whoMay,
      phone: 'none',
      cell: ({ whoMay }) => whoMay.slice(0, 3).join(', ') || html`<span class="worse">${words.nobodyMay}</span>`,
    },
  ]
  const pick = {
    form: 'approve',
    name: 'orders',
    valueOf: ({ purchaseOrderId, whoMay }: WaitingOrder) => (whoMay.includes(person) ? purchaseOrderId : undefined),
    labelOf: ({ purchaseOrderId }: WaitingOrder) => texts.alerts.choose(purchaseOrderId),
  }
  return html`${table({ caption: words.waiting, columns, rows: waiting, url, locale, ...(mayDecide && { pick }) })}
${mayDecide && html`<div class="bulk">${form('/orders/approve', {}, html`<button class="main">${words.approve}<span data-chosen></span></button> <span class="small quiet">${words.approveMeans}</span>`, url, 'approve')}</div>`}`
}

export const orderPath = (id: string): string => `/orders/${encodeURIComponent(id)}`

function allTable({ url, visitor: { locale } }: View, items: ListedOrder[], next: string | null): Html {
  const columns: Column<ListedOrder>[] = [
    {
      name: 'order',
      heading: words.order,
      phone: 'lead',
      cell: ({ purchaseOrderId, supplierId, locationId }) =>
        html`<a class="title" href="${orderPath(purchaseOrderId)}">${purchaseOrderId}</a><span class="under">${words.fromTo(supplierId, locationId)}</span>`,
    },
    {
      name: 'value',
      heading: words.value,
      isNumber: true,
      phone: 'aside',
      cell: (order) => formatMoney(locale, order.totalValue, order.currency),
    },
    { name: 'status', heading: words.status, cell: ({ status }) => state(orderStates[status], words.statuses[status]) },
    {
      name: 'lines',
      heading: words.lines,
      isNumber: true,
      isNamed: true,
      cell: ({ lines }) => formatNumber(locale, lines),
    },
    {
      name: 'reviewed',
      heading: words.reviewed,
      phone: 'none',
      cell: ({ reviewDate }) =>
        html`<time class="nowrap" datetime="${reviewDate}">${formatDay(locale, reviewDate)}</time>`,
    },
    {
      name: 'expected',
      heading: words.expected,
      isNamed: true,
      cell: ({ expectedOn }) =>
        expectedOn && html`<time class="nowrap" datetime="${expectedOn}">${formatDay(locale, expectedOn)}</time>`,
    },
    {
      name: 'received',
      heading: words.received,
      phone: 'none',
      cell: ({ receivedPercent }) =>
        receivedPercent !== null &&
        html`${bar(receivedPercent / 100)} <span class="small tabular">${receivedPercent} %</span>`,
    },
  ]
  const csv = csvAddress(url)
  return table({ caption: words.title, columns, rows: items, url, locale, next, csv })
}
