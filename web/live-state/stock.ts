import { Type } from 'typebox'
import { formatDay, formatMoney, formatNumber, formatPercent } from '../../platform/format.ts'
import {
  type Choices,
  type ListedLot,
  listLots,
  listStock,
  listWarehouseStock,
  readStockChoices,
  type StockItem,
  type StockPage,
  stockSorts,
  type WarehouseItem,
  type WarehousePage,
} from '../../services/live-state/stock.ts'
import type { Page as ListPage } from '../../services/pages.ts'
import { question, type View } from '../definition.ts'
import { bar, empty, filters, input, isFilteredBy, type State, select, selectOrAll, state } from '../page/components.ts'
import { type Content, type Html, html } from '../page/html.ts'
import { type Column, csvAddress, table } from '../page/table.ts'
import { pageFields } from '../shapes.ts'
import { texts } from '../texts.ts'
import { cover, expiry, itemPath, mapPath, placeViews, riskState, storeChoices } from './places.ts'
import { lotPage, stockPage, warehousePage } from './shapes.ts'

const words = texts.stock
const EXPIRES_DEFAULT = 7
const DAYS_MAX = 3_650

const name = () => Type.Optional(Type.String({ maxLength: 200 }))
const days = () => Type.Optional(Type.Number({ minimum: 0, maximum: DAYS_MAX }))
const wholeDays = () => Type.Optional(Type.Integer({ minimum: -DAYS_MAX, maximum: DAYS_MAX }))

export const stockList = question({
  path: '/stock',
  permission: 'stock.see',
  summary: words.summary,
  query: Type.Object({
    store: name(),
    category: name(),
    supplier: name(),
    product: name(),
    coverDays: days(),
    risk: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    expiresInDays: wholeDays(),
    sort: Type.Optional(Type.Enum([...stockSorts])),
    ...pageFields,
  }),
  answer: stockPage,
  async read({ pool }, filter): Promise<StockPage & { choices: Choices; store: string | null }> {
    const choices = await readStockChoices(pool)
    // A person who sees one store means that one.
    const store = filter.store ?? (choices.stores.length === 1 ? choices.stores[0]!.id : undefined)
    const found = await listStock(pool, { ...filter, ...(store !== undefined && { store }) })
    return { ...found, choices, store: store ?? null }
  },
  rows: ({ items }) => items,
  page(view, answer, query) {
    const { url } = view
    const { choices, store, items } = answer
    const isFiltered = isFilteredBy(url, [
      'store',
      'category',
      'supplier',
      'product',
      'coverDays',
      'risk',
      'expiresInDays',
    ])
    const isMore = isFilteredBy(url, ['category', 'supplier', 'coverDays', 'risk', 'expiresInDays'])
    const named = choices.stores.find(({ id }) => id === store)
    return {
      title: words.title,
      note: store === null ? words.atRisk : words.of(named === undefined ? store : `${named.name} (${store})`),
      ...(store !== null && {
        actions: html`<a class="button small" href="${mapPath(store)}">${words.views.map}</a>`,
      }),
      body: html`${placeViews(url)}
${filters(
  url,
  html`${select('store', words.store, [{ value: '', label: words.allStores }, ...storeChoices(choices)], store ?? '')}
${input('product', words.product, query.product)}
${select(
  'sort',
  words.sort,
  stockSorts.map((value) => ({ value, label: words.sorts[value] })),
  query.sort,
)}
<details class="disclose" ${isMore && html`open`}><summary>${words.more}</summary><div class="fields">${categoryAndSupplier(choices, query)}
${input('coverDays', words.coverAtMost, query.coverDays?.toString(), html`type="number" min="0" step="any"`)}
${selectOrAll(
  'risk',
  words.riskAtLeast,
  [0.2, 0.5, 0.8, 0.95].map((value) => ({ value: String(value), label: formatPercent(view.visitor.locale, value) })),
  query.risk?.toString(),
)}
${input('expiresInDays', words.expiresWithin, query.expiresInDays?.toString(), html`type="number"`)}</div></details>`,
  isFiltered,
)}
${items.length === 0 ? empty(words.noneTitle, words.none) : stockTable(view, answer)}`,
    }
  },
})

const categoryAndSupplier = (
  { categories, suppliers }: Choices,
  { category, supplier }: { category?: string | undefined; supplier?: string | undefined },
): Html =>
  html`${selectOrAll(
    'category',
    words.category,
    categories.map((value) => ({ value, label: value })),
    category,
  )}
${selectOrAll(
  'supplier',
  words.supplier,
  suppliers.map(({ id, name }) => ({ value: id, label: name })),
  supplier,
)}`

function stockTable(
  { url, visitor: { locale } }: View,
  { items, next, total, choices, store }: StockPage & { choices: Choices; store: string | null },
): Html {
  const storeNames = new Map(choices.stores.map(({ id, name }) => [id, name]))
  const supplierNames = new Map(choices.suppliers.map(({ id, name }) => [id, name]))
  const columns: Column<StockItem>[] = [
    {
      name: 'product',
      heading: words.item,
      phone: 'lead',
      cell: ({ storeId, productId, name, category, shelfId }) =>
        html`<a class="title" href="${itemPath(storeId, productId)}">${name}</a><span class="under">${[
          store === null && (storeNames.get(storeId) ?? storeId),
          category,
          shelfId && words.shelf(shelfId),
        ]
          .filter(Boolean)
          .join(' · ')}</span>`,
    },
    {
      name: 'money',
      heading: words.moneyAtRisk,
      isNumber: true,
      phone: 'aside',
      cell: ({ moneyAtRisk, currency }) =>
        moneyAtRisk !== null && Number(moneyAtRisk) > 0 && formatMoney(locale, moneyAtRisk, currency),
    },
    {
      name: 'risk',
      heading: words.risk,
      cell: ({ probability }) =>
        probability !== null &&
        html`<span title="${words.riskMeans}">${state(riskState(probability), formatPercent(locale, probability))}</span>`,
    },
    {
      name: 'available',
      heading: words.available,
      isNumber: true,
      cell: ({ available, capacity, onHand }) => shelfFill(locale, available ?? onHand, capacity),
    },
    {
      name: 'cover',
      heading: words.cover,
      isNumber: true,
      isNamed: true,
      cell: ({ coverDays }) => cover(locale, coverDays),
    },
    {
      name: 'sells',
      heading: words.sells,
      isNumber: true,
      phone: 'none',
      cell: ({ unitsPerDay }) => unitsPerDay !== null && formatNumber(locale, unitsPerDay, 1),
    },
    {
      name: 'expires',
      heading: words.expires,
      isNamed: true,
      cell: ({ expiresOn, expiresInDays }) => expiry(locale, expiresOn, expiresInDays),
    },
    {
      name: 'value',
      heading: words.value,
      isNumber: true,
      phone: 'none',
      cell: ({ value, currency }) => value !== null && formatMoney(locale, value, currency),
    },
    {
      name: 'supplier',
      heading: words.supplier,
      phone: 'none',
      cell: ({ supplierId }) => supplierId !== null && (supplierNames.get(supplierId) ?? supplierId),
    },
  ]
  return table({ caption: words.title, columns, rows: items, url, locale, total, next, csv: csvAddress(url) })
}

/** Under a third of a shelf asks for a look, an empty one for goods. */
const LOW = 0.35
const fillState = (share: number): State => (share <= 0 ? 'act' : share < LOW ? 'watch' : 'ok')

function shelfFill(locale: string, available: string | null, capacity: string | null): Content {
  if (available === null) return ''
  const units = formatNumber(locale, available, 1)
  if (capacity === null || Number(capacity) === 0) return units
  const share = Number(available) / Number(capacity)
  return html`<span class="nowrap">${words.ofCapacity(units, formatNumber(locale, capacity, 1))} ${bar(share, fillState(share))}</span>`
}

export const warehouseStock = question({
  path: '/stock/warehouses',
  permission: 'stock.see',
  summary: words.warehouseSummary,
  query: Type.Object({
    warehouse: name(),
    category: name(),
    supplier: name(),
    product: name(),
    coverDays: days(),
    expiresInDays: wholeDays(),
    ...pageFields,
  }),
  answer: warehousePage,
  async read({ pool }, filter): Promise<WarehousePage & { choices: Choices }> {
    return { ...(await listWarehouseStock(pool, filter)), choices: await readStockChoices(pool) }
  },
  rows: ({ items }) => items,
  page(view, answer, query) {
    const { url } = view
    const { choices, items } = answer
    const isFiltered = isFilteredBy(url, ['warehouse', 'category', 'supplier', 'product', 'coverDays', 'expiresInDays'])
    return {
      title: words.title,
      note: words.views.warehouses,
      body: html`${placeViews(url)}
${filters(
  url,
  html`${selectOrAll(
    'warehouse',
    words.warehouse,
    choices.warehouses.map((value) => ({ value, label: value })),
    query.warehouse,
  )}
${input('product', words.product, query.product)}${categoryAndSupplier(choices, query)}
${input('coverDays', words.coverAtMost, query.coverDays?.toString(), html`type="number" min="0" step="any"`)}
${input('expiresInDays', words.expiresWithin, query.expiresInDays?.toString(), html`type="number"`)}`,
  isFiltered,
)}
${items.length === 0 ? (isFiltered ? empty(words.noneTitle, texts.alerts.noMatch) : empty(words.noWarehousesTitle, words.noWarehouses)) : warehouseTable(view, answer)}`,
    }
  },
})

function warehouseTable(
  { url, visitor: { locale } }: View,
  { items, next, total, choices }: WarehousePage & { choices: Choices },
): Html {
  const supplierNames = new Map(choices.suppliers.map(({ id, name }) => [id, name]))
  const columns: Column<WarehouseItem>[] = [
    {
      name: 'product',
      heading: words.item,
      phone: 'lead',
      cell: ({ warehouseId, name, category }) =>
        html`<b>${name}</b><span class="under">${[warehouseId, category].filter(Boolean).join(' · ')}</span>`,
    },
    {
      name: 'cover',
      heading: words.cover,
      isNumber: true,
      phone: 'aside',
      cell: ({ coverDays }) => cover(locale, coverDays),
    },
    {
      name: 'onHand',
      heading: words.onHand,
      isNumber: true,
      isNamed: true,
      cell: ({ onHand, reorderPoint }) =>
        reorderPoint !== null && Number(onHand) < Number(reorderPoint)
          ? state(Number(onHand) <= 0 ? 'act' : 'watch', formatNumber(locale, onHand, 1))
          : formatNumber(locale, onHand, 1),
    },
    {
      name: 'onOrder',
      heading: words.onOrder,
      isNumber: true,
      isNamed: true,
      cell: ({ onOrder }) => Number(onOrder) > 0 && formatNumber(locale, onOrder, 1),
    },
    {
      name: 'reorder',
      heading: words.reorderAt,
      isNumber: true,
      phone: 'none',
      cell: ({ reorderPoint }) => reorderPoint !== null && formatNumber(locale, reorderPoint, 1),
    },
    {
      name: 'sells',
      heading: words.sells,
      isNumber: true,
      phone: 'none',
      cell: ({ unitsPerDay }) => unitsPerDay !== null && formatNumber(locale, unitsPerDay, 1),
    },
    {
      name: 'lots',
      heading: words.lots,
      isNumber: true,
      phone: 'none',
      cell: ({ warehouseId, productId, lots }) =>
        html`<a href="/stock/lots?place=${encodeURIComponent(warehouseId)}&product=${encodeURIComponent(productId)}&expiresInDays=${DAYS_MAX}">${formatNumber(locale, lots)}</a>`,
    },
    {
      name: 'expires',
      heading: words.expires,
      isNamed: true,
      cell: ({ expiresOn, expiresInDays }) => expiry(locale, expiresOn, expiresInDays),
    },
    {
      name: 'value',
      heading: words.value,
      isNumber: true,
      phone: 'none',
      cell: ({ value, currency }) => value !== null && formatMoney(locale, value, currency),
    },
    {
      name: 'supplier',
      heading: words.supplier,
      phone: 'none',
      cell: ({ supplierId }) => supplierId !== null && (supplierNames.get(supplierId) ?? supplierId),
    },
  ]
  return table({
    caption: words.views.warehouses,
    columns,
    rows: items,
    url,
    locale,
    total,
    next,
    csv: csvAddress(url),
  })
}

export const lotList = question({
  path: '/stock/lots',
  permission: 'stock.see',
  summary: words.lotSummary,
  query: Type.Object({ place: name(), category: name(), product: name(), expiresInDays: wholeDays(), ...pageFields }),
  answer: lotPage,
  async read(
    { pool },
    { expiresInDays = EXPIRES_DEFAULT, ...filter },
  ): Promise<ListPage<ListedLot> & { choices: Choices }> {
    const choices = await readStockChoices(pool)
    // A person who sees one store means that one.
    const place = filter.place ?? (choices.stores.length === 1 ? choices.stores[0]!.id : undefined)
    return { ...(await listLots(pool, { ...filter, expiresInDays, ...(place !== undefined && { place }) })), choices }
  },
  rows: ({ items }) => items,
  page(view, answer, query) {
    const { url } = view
    const { choices, items } = answer
    return {
      title: words.title,
      note: words.views.lots,
      body: html`${placeViews(url)}
${filters(
  url,
  html`${selectOrAll(
    'place',
    words.place,
    [...storeChoices(choices), ...choices.warehouses.map((value) => ({ value, label: value }))],
    query.place,
  )}${input('product', words.product, query.product)}
${selectOrAll(
  'category',
  words.category,
  choices.categories.map((value) => ({ value, label: value })),
  query.category,
)}
${input('expiresInDays', words.expiresWithin, String(query.expiresInDays ?? EXPIRES_DEFAULT), html`type="number"`)}`,
  isFilteredBy(url, ['place', 'category', 'product', 'expiresInDays']),
)}
${items.length === 0 ? empty(words.noLotsTitle, words.noLots) : lotTable(view, answer)}`,
    }
  },
})

function lotTable(
  { url, visitor: { locale } }: View,
  { items, next, choices }: ListPage<ListedLot> & { choices: Choices },
): Html {
  const storeNames = new Map(choices.stores.map(({ id, name }) => [id, name]))
  const columns: Column<ListedLot>[] = [
    {
      name: 'product',
      heading: words.item,
      phone: 'lead',
      cell: ({ place, placeId, productId, name }) =>
        html`${place === 'shelf' ? html`<a class="title" href="${itemPath(placeId, productId)}">${name}</a>` : html`<b>${name}</b>`}<span class="under">${storeNames.get(placeId) ?? placeId}</span>`,
    },
    {
      name: 'value',
      heading: words.value,
      isNumber: true,
      phone: 'aside',
      cell: ({ value, currency }) => value !== null && formatMoney(locale, value, currency),
    },
    {
      name: 'expires',
      heading: words.expires,
      cell: ({ expiresOn, expiresInDays }) => expiry(locale, expiresOn, expiresInDays),
    },
    {
      name: 'onHand',
      heading: words.onHand,
      isNumber: true,
      isNamed: true,
      cell: ({ onHand }) => formatNumber(locale, onHand, 1),
    },
    { name: 'lot', heading: words.lot, isNamed: true, cell: ({ batchId }) => batchId },
    {
      name: 'received',
      heading: words.received,
      phone: 'none',
      cell: ({ receivedOn }) => receivedOn !== null && formatDay(locale, receivedOn),
    },
    {
      name: 'markdown',
      heading: words.markdown,
      cell: ({ markdownPercent }) =>
        markdownPercent !== null && html`<span class="tag">${words.off(formatNumber(locale, markdownPercent))}</span>`,
    },
  ]
  return table({ caption: words.views.lots, columns, rows: items, url, locale, next, csv: csvAddress(url) })
}
