import { Type } from 'typebox'
import { formatDay, formatInstant, formatMoney, formatNumber } from '../../platform/format.ts'
import { type Choices, readStockChoices } from '../../services/live-state/stock.ts'
import {
  type Deliveries,
  type Delivery,
  type DeliveryState,
  deliveryStates,
  listDeliveries,
  listRestocks,
  listShortfalls,
  type Restock,
  type RestockStatus,
  type Restocks,
  restockStatuses,
  type Shortfall,
} from '../../services/purchase-orders/deliveries.ts'
import { question, type View } from '../definition.ts'
import { itemPath, storeChoices } from '../live-state/places.ts'
import { choicesShape } from '../live-state/shapes.ts'
import {
  chips,
  empty,
  filters,
  isFilteredBy,
  type State,
  section,
  select,
  selectOrAll,
  state,
} from '../page/components.ts'
import { type Content, type Html, html } from '../page/html.ts'
import { type Column, csvAddress, table } from '../page/table.ts'
import { pageFields } from '../shapes.ts'
import { texts } from '../texts.ts'
import { orderPath } from './list.ts'
import { deliveriesShape, restocksShape } from './shapes.ts'

const words = texts.deliveries

export const deliveryPath = (order: string): string => `/deliveries/${encodeURIComponent(order)}`
const RESTOCKS = '/deliveries/restocks'

const views = (url: URL): Html =>
  chips([
    { label: words.views.expected, href: '/deliveries', isCurrent: url.pathname === '/deliveries' },
    { label: words.views.restocks, href: RESTOCKS, isCurrent: url.pathname === RESTOCKS },
  ])

const kinds: Record<DeliveryState, State> = { late: 'act', today: 'watch', short: 'watch', coming: 'ok' }

interface Expected extends Deliveries {
  shortfalls: Shortfall[]
  choices: Choices
}

export const deliveryList = question({
  path: '/deliveries',
  permission: 'orders.see',
  summary: words.summary,
  query: Type.Object({
    place: Type.Optional(Type.String({ maxLength: 200 })),
    supplier: Type.Optional(Type.String({ maxLength: 200 })),
    state: Type.Optional(Type.Enum([...deliveryStates])),
    ...pageFields,
  }),
  answer: Type.Object({ ...deliveriesShape, choices: choicesShape }),
  async read({ pool }, filter): Promise<Expected> {
    return {
      ...(await listDeliveries(pool, filter)),
      shortfalls: await listShortfalls(pool),
      choices: await readStockChoices(pool),
    }
  },
  rows: ({ items }) => items,
  page(view, answer, query) {
    const { url, visitor } = view
    const { items, shortfalls, choices, counts } = answer
    const isFiltered = isFilteredBy(url, ['place', 'supplier', 'state'])
    const counted = (one: DeliveryState) => `${words.states[one]} ${formatNumber(visitor.locale, counts[one] ?? 0)}`
    return {
      title: words.title,
      note: texts.sees(visitor.sees),
      body: html`${views(url)}
${filters(
  url,
  html`${selectOrAll('place', words.place, placesOf(choices), query.place)}
${selectOrAll(
  'supplier',
  words.supplier,
  choices.suppliers.map(({ id, name }) => ({ value: id, label: name })),
  query.supplier,
)}
${selectOrAll(
  'state',
  words.state,
  deliveryStates.map((value) => ({ value, label: counted(value) })),
  query.state,
)}`,
  isFiltered,
)}
${items.length === 0 ? (isFiltered ? empty(words.noMatchTitle, texts.alerts.noMatch) : empty(words.noneTitle, words.none)) : expectedTable(view, answer)}
${shortfalls.length > 0 && section(words.shortfalls, shortfallTable(view, shortfalls))}`,
    }
  },
})

const placesOf = (choices: Choices) => [
  ...choices.warehouses.map((value) => ({ value, label: value })),
  ...storeChoices(choices),
]

const titles: Record<Delivery['kind'], (delivery: Delivery) => Content> = {
  order: ({ id, source }) => html`<a class="title" href="${deliveryPath(id)}">${words.order(source ?? id)}</a>`,
  plan: ({ product }) => html`<b>${words.plan(product ?? '')}</b>`,
  transfer: ({ id, product, source }) =>
    html`<a class="title" href="/transfers/${encodeURIComponent(id)}">${words.transfer(product ?? '', source ?? '')}</a>`,
}

function expectedTable({ url, visitor: { locale } }: View, { items, next, total }: Expected): Html {
  const columns: Column<Delivery>[] = [
    {
      name: 'what',
      heading: words.what,
      phone: 'lead',
      cell: (delivery) =>
        html`${titles[delivery.kind](delivery)}<span class="under">${delivery.kind === 'order' ? delivery.id : words.kinds[delivery.kind]} · ${words.to(delivery.placeId)}</span>`,
    },
    {
      name: 'value',
      heading: words.value,
      isNumber: true,
      phone: 'aside',
      cell: ({ value, currency }) => value !== null && formatMoney(locale, value, currency),
    },
    {
      name: 'expected',
      heading: words.expected,
      cell: ({ expectedOn }) =>
        expectedOn === null
          ? html`<span class="quiet">${words.notKnown}</span>`
          : html`<time class="nowrap" datetime="${expectedOn}">${formatDay(locale, expectedOn)}</time>`,
    },
    {
      name: 'state',
      heading: words.state,
      cell: ({ state: kind, inDays }) =>
        state(
          kinds[kind],
          kind === 'late'
            ? words.lateBy(inDays!)
            : kind === 'short'
              ? words.states.short
              : inDays === null
                ? ''
                : words.inDays(inDays),
        ),
    },
    {
      name: 'outstanding',
      heading: words.outstanding,
      cell: ({ outstanding, lines }) => words.units(formatNumber(locale, outstanding, 1), lines),
    },
    {
      name: 'act',
      heading: '',
      phone: 'none',
      cell: ({ kind, id }) =>
        kind === 'order' &&
        html`<a class="button small" href="${deliveryPath(id)}" aria-label="${words.receive} ${id}">${words.receive}</a>`,
    },
  ]
  return table({ caption: words.views.expected, columns, rows: items, url, locale, total, next, csv: csvAddress(url) })
}

function shortfallTable({ url, visitor: { locale } }: View, shortfalls: Shortfall[]): Html {
  const number = (name: 'ordered' | 'received' | 'missing' | 'damaged'): Column<Shortfall> => ({
    name,
    heading: words[name],
    isNumber: true,
    isNamed: true,
    cell: (one) => Number(one[name]) > 0 && formatNumber(locale, one[name], 1),
  })
  const columns: Column<Shortfall>[] = [
    {
      name: 'product',
      heading: words.product,
      phone: 'lead',
      cell: ({ productName, supplierName, purchaseOrderId, placeId }) =>
        html`<a class="title" href="${orderPath(purchaseOrderId)}">${productName}</a><span class="under">${supplierName} · ${words.to(placeId)}</span>`,
    },
    {
      name: 'loss',
      heading: words.loss,
      isNumber: true,
      phone: 'aside',
      cell: ({ value, currency }) => formatMoney(locale, value, currency),
    },
    ...(['ordered', 'received', 'missing', 'damaged'] as const).map(number),
  ]
  return table({ caption: words.shortfalls, columns, rows: shortfalls, url, locale })
}

const restockKinds: Record<RestockStatus, State> = { open: 'watch', picked: 'ok', refilled: 'off', cancelled: 'off' }

export const restockList = question({
  path: RESTOCKS,
  permission: 'stock.see',
  summary: words.restocksSummary,
  query: Type.Object({
    store: Type.Optional(Type.String({ maxLength: 200 })),
    status: Type.Optional(Type.Enum([...restockStatuses])),
    ...pageFields,
  }),
  answer: Type.Object({ ...restocksShape, choices: choicesShape }),
  async read({ pool }, filter): Promise<Restocks & { choices: Choices }> {
    return { ...(await listRestocks(pool, filter)), choices: await readStockChoices(pool) }
  },
  rows: ({ items }) => items,
  page(view, answer, query) {
    const { url, visitor } = view
    const isFiltered = isFilteredBy(url, ['store', 'status'])
    return {
      title: words.title,
      note: `${words.views.restocks} · ${texts.sees(visitor.sees)}`,
      body: html`${views(url)}
${filters(
  url,
  html`${selectOrAll('store', words.store, storeChoices(answer.choices), query.store)}
${select('status', words.status, [{ value: '', label: words.current }, ...restockStatuses.map((value) => ({ value, label: words.statuses[value] }))], query.status)}`,
  isFiltered,
)}
${answer.items.length === 0 ? empty(words.noRestocksTitle, isFiltered ? texts.alerts.noMatch : words.noRestocks) : restockTable(view, answer)}`,
    }
  },
})

function restockTable({ url, visitor: { locale } }: View, { items, next, total }: Restocks): Html {
  const at = (instant: Date, timeZone: string) =>
    html`<time class="nowrap" datetime="${instant.toISOString()}" title="${timeZone}">${formatInstant(locale, instant, timeZone)}</time>`
  const columns: Column<Restock>[] = [
    {
      name: 'product',
      heading: words.product,
      phone: 'lead',
      cell: ({ storeId, storeName, productId, productName }) =>
        html`<a class="title" href="${itemPath(storeId, productId)}">${productName}</a><span class="under">${storeName}</span>`,
    },
    {
      name: 'quantity',
      heading: words.quantity,
      isNumber: true,
      phone: 'aside',
      cell: ({ quantity, picked }) =>
        html`${formatNumber(locale, quantity, 1)}${Number(picked) > 0 && html`<span class="under">${words.picked(formatNumber(locale, picked, 1))}</span>`}`,
    },
    {
      name: 'status',
      heading: words.status,
      cell: ({ status, isShort }) =>
        html`${state(restockKinds[status], words.statuses[status])}${isShort && status === 'open' && html` ${state('act', words.short)}`}`,
    },
    { name: 'from', heading: words.from, isNamed: true, cell: ({ warehouseId }) => warehouseId },
    {
      name: 'available',
      heading: texts.stock.available,
      isNumber: true,
      phone: 'none',
      cell: ({ available, capacity }) =>
        texts.stock.ofCapacity(formatNumber(locale, available, 1), formatNumber(locale, capacity, 1)),
    },
    { name: 'planned', heading: words.planned, cell: ({ plannedAt, timeZone }) => at(plannedAt, timeZone) },
    {
      name: 'due',
      heading: words.due,
      isNamed: true,
      cell: ({ dueAt, timeZone }) => dueAt !== null && at(dueAt, timeZone),
    },
  ]
  return table({ caption: words.views.restocks, columns, rows: items, url, locale, total, next, csv: csvAddress(url) })
}
