/** Suppliers and their terms. */
import { Type } from 'typebox'
import { formatDay, formatMoney, formatNumber } from '../../platform/format.ts'
import { isAllowed } from '../../services/access/permissions.ts'
import { confirmEndpoint } from '../../services/purchase-orders/endpoints.ts'
import {
  listSuppliers,
  listTerms,
  readSupplier,
  type Supplier,
  type SupplyTerms,
} from '../../services/replenishment/suppliers.ts'
import { action, question } from '../definition.ts'
import { empty, facts, form, message, section, utc } from '../page/components.ts'
import { html } from '../page/html.ts'
import { type Column, csvAddress, table } from '../page/table.ts'
import { choice, count, day, decimal, flag, instant, nullable, pageFields, pageOf, text } from '../shapes.ts'
import { texts } from '../texts.ts'

const words = texts.suppliers

const supplierPath = (id: string): string => `/suppliers/${encodeURIComponent(id)}`

const supplierShape = {
  supplierId: text,
  name: text,
  country: nullable(text),
  adapter: choice(['file', 'webhook', 'simulator']),
  contactEmail: nullable(text),
  orderWeekdays: Type.Array(count),
  cutOff: text,
  timeZone: text,
  leadTimeDays: decimal,
  minimumOrderValue: decimal,
  currency: text,
  updatedAt: instant,
  products: count,
  openOrders: count,
  isConfirmed: flag,
}

const termsShape = Type.Object({
  termsId: text,
  productId: text,
  productName: nullable(text),
  locationId: nullable(text),
  unitCost: decimal,
  packSize: decimal,
  palletSize: nullable(decimal),
  minimumQuantity: decimal,
  maximumQuantity: nullable(decimal),
  shelfLifeDays: nullable(count),
  preference: count,
  delistedOn: nullable(day),
})

const weekdaysOf = (days: readonly number[]): string => days.map((each) => words.weekdays[each - 1]).join(' ')

export const supplierList = question({
  path: '/suppliers',
  permission: 'suppliers.see',
  summary: 'Suppliers with their order days, lead time and open orders',
  query: Type.Object({}),
  answer: Type.Object({ suppliers: Type.Array(Type.Object(supplierShape)) }),
  read: async ({ pool }) => ({ suppliers: await listSuppliers(pool) }),
  rows: ({ suppliers }) => suppliers,
  page({ url, visitor }, { suppliers }) {
    const { locale } = visitor
    const columns: Column<Supplier>[] = [
      {
        name: 'supplier',
        heading: words.supplier,
        phone: 'lead',
        sortedBy: ({ name }) => name,
        cell: ({ supplierId, name, country }) =>
          html`<a class="title" href="${supplierPath(supplierId)}">${name}</a><span class="under">${supplierId}${country && ` · ${country}`}</span>`,
      },
      {
        name: 'open',
        heading: words.open,
        isNumber: true,
        isNamed: true,
        sortedBy: ({ openOrders }) => openOrders,
        cell: ({ supplierId, openOrders }) =>
          openOrders > 0
            ? html`<a href="/orders?supplier=${encodeURIComponent(supplierId)}">${formatNumber(locale, openOrders)}</a>`
            : formatNumber(locale, openOrders),
      },
      {
        name: 'days',
        heading: words.days,
        isNamed: true,
        cell: ({ orderWeekdays }) => weekdaysOf(orderWeekdays),
      },
      {
        name: 'cutOff',
        heading: words.cutOff,
        isNamed: true,
        cell: ({ cutOff, timeZone }) => html`${cutOff} <span class="quiet">${timeZone}</span>`,
      },
      {
        name: 'lead',
        heading: words.leadTime,
        isNumber: true,
        isNamed: true,
        sortedBy: ({ leadTimeDays }) => Number(leadTimeDays),
        cell: ({ leadTimeDays }) => words.leadDays(leadTimeDays),
      },
      {
        name: 'minimum',
        heading: words.minimum,
        isNumber: true,
        isNamed: true,
        cell: ({ minimumOrderValue, currency }) => formatMoney(locale, minimumOrderValue, currency),
      },
      {
        name: 'products',
        heading: words.products,
        isNumber: true,
        isNamed: true,
        sortedBy: ({ products }) => products,
        cell: ({ products }) => formatNumber(locale, products),
      },
    ]
    return {
      title: words.title,
      note: words.note,
      body:
        suppliers.length === 0
          ? empty(words.noneTitle, words.none)
          : table({ caption: words.title, columns, rows: suppliers, url, locale, csv: csvAddress(url) }),
    }
  },
})

export const supplierDetail = question({
  path: '/suppliers/:supplier',
  permission: 'suppliers.see',
  summary: 'A supplier and its terms, by product',
  query: Type.Object({
    supplier: Type.String({ maxLength: 200 }),
    ...pageFields,
  }),
  answer: Type.Object({ supplier: Type.Object(supplierShape), ...pageOf(termsShape).properties }),
  read: async ({ pool }, { supplier, ...page }) => ({
    supplier: await readSupplier(pool, supplier),
    ...(await listTerms(pool, supplier, page)),
  }),
  rows: ({ items }) => items,
  page({ url, visitor }, { supplier, items, next }) {
    const { locale } = visitor
    const money = (value: string) => formatMoney(locale, value, supplier.currency)
    const number = (value: string) => formatNumber(locale, value, 3)
    const columns: Column<SupplyTerms>[] = [
      {
        name: 'product',
        heading: words.product,
        phone: 'lead',
        cell: ({ productId, productName, delistedOn }) =>
          html`${productName ?? productId}<span class="under">${productId}${delistedOn && ` · ${words.delisted(formatDay(locale, delistedOn))}`}</span>`,
      },
      {
        name: 'cost',
        heading: words.unitCost,
        isNumber: true,
        phone: 'aside',
        cell: ({ unitCost }) => money(unitCost),
      },
      {
        name: 'location',
        heading: words.location,
        isNamed: true,
        cell: ({ locationId }) => locationId ?? words.allLocations,
      },
      {
        name: 'pack',
        heading: words.pack,
        isNumber: true,
        isNamed: true,
        cell: ({ packSize, palletSize }) =>
          html`${number(packSize)}${palletSize && html` <span class="quiet">${words.pallet.toLowerCase()} ${number(palletSize)}</span>`}`,
      },
      {
        name: 'quantities',
        heading: words.quantities,
        isNumber: true,
        isNamed: true,
        cell: ({ minimumQuantity, maximumQuantity }) =>
          `${number(minimumQuantity)} – ${maximumQuantity === null ? '∞' : number(maximumQuantity)}`,
      },
      {
        name: 'life',
        heading: words.shelfLife,
        isNumber: true,
        isNamed: true,
        cell: ({ shelfLifeDays }) => shelfLifeDays !== null && words.leadDays(formatNumber(locale, shelfLifeDays)),
      },
      {
        name: 'preference',
        heading: words.preference,
        isNumber: true,
        phone: 'none',
        cell: ({ preference }) => words.preferences(formatNumber(locale, preference)),
      },
    ]
    return {
      title: supplier.name,
      note: html`<a href="/suppliers">${words.title}</a> · ${supplier.supplierId}`,
      body: html`${!supplier.isConfirmed && message('act', html`${words.moved} ${isAllowed(visitor.role, 'suppliers.decide') && form('/suppliers/confirm-endpoint', { supplier: supplier.supplierId }, html`<button>${words.confirm}</button>`, url)}`)}<div class="columns"><div>${section(
        words.terms,
        items.length === 0
          ? html`<p class="quiet">${words.noTerms}</p>`
          : table({
              caption: words.terms,
              columns,
              rows: items,
              url,
              locale,
              next,
              csv: csvAddress(url),
            }),
      )}</div><aside>${facts([
        [
          words.open,
          html`<a href="/orders?supplier=${encodeURIComponent(supplier.supplierId)}">${formatNumber(locale, supplier.openOrders)}</a>`,
        ],
        [words.days, weekdaysOf(supplier.orderWeekdays)],
        [words.cutOff, `${supplier.cutOff} ${supplier.timeZone}`],
        [words.leadTime, words.leadDays(supplier.leadTimeDays)],
        [words.minimum, money(supplier.minimumOrderValue)],
        [words.orders, words.adapters[supplier.adapter]],
        [words.contact, supplier.contactEmail],
        [words.country, supplier.country],
        [words.changed, utc(supplier.updatedAt)],
      ])}</aside></div>`,
    }
  },
})

export const supplierActions = [
  action({
    path: '/suppliers/confirm-endpoint',
    permission: 'suppliers.decide',
    summary: 'Confirm where orders to a supplier are sent, after it has changed',
    input: Type.Object({ supplier: Type.String({ minLength: 1, maxLength: 200 }) }),
    answer: Type.Object({ supplier: text, endpoint: text }),
    run: async ({ pool, visitor }, { supplier }) => ({
      supplier,
      endpoint: await confirmEndpoint(pool, supplier, visitor.person),
    }),
    done: ({ supplier, endpoint }) => ({ text: words.confirmed(supplier, endpoint) }),
  }),
]
