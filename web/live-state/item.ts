import { Type } from 'typebox'
import { countDays } from '../../contracts/calendar.ts'
import { formatAge, formatDay, formatInstant, formatMoney, formatNumber, formatPercent } from '../../platform/format.ts'
import { isAllowed } from '../../services/access/permissions.ts'
import { type ForecastOverride, listOverrides } from '../../services/forecasting/overrides.ts'
import {
  type Item,
  type ItemDay,
  type ItemEvent,
  type ItemNow,
  readItem,
  USUAL,
} from '../../services/live-state/item.ts'
import { question, type View } from '../definition.ts'
import { overrideForm, overrideShape, overrideTable } from '../forecasting/overrides.ts'
import { chart } from '../page/chart.ts'
import {
  addressWith,
  chips,
  facts,
  history,
  message,
  type Stat,
  type State,
  section,
  state,
  stats,
} from '../page/components.ts'
import { type Content, type Html, html } from '../page/html.ts'
import { type Column, table } from '../page/table.ts'
import { orderPath } from '../purchase-orders/list.ts'
import { texts } from '../texts.ts'
import { itemChart } from './item-chart.ts'
import { cover, expiry, mapPath, riskState } from './places.ts'
import { itemShape } from './shapes.ts'

const words = texts.item
const RANGES = [28, 90, 365]
const DAYS_DEFAULT = 28
const OVERRIDES_SHOWN = 10

interface ShownItem extends Item {
  /** The newest first. */
  overrides: ForecastOverride[]
}

export const itemDetail = question({
  path: '/stock/:store/:product',
  permission: 'stock.see',
  summary: 'A product in a store: its stock now; sales, forecast, stock and prices by day; and its events',
  query: Type.Object({
    store: Type.String({ maxLength: 200 }),
    product: Type.String({ maxLength: 200 }),
    days: Type.Optional(Type.Integer({ minimum: 7, maximum: 365 })),
  }),
  answer: Type.Object({ ...itemShape.properties, overrides: Type.Array(overrideShape) }),
  async read({ pool }, { store, product, days = DAYS_DEFAULT }): Promise<ShownItem> {
    const item = await readItem(pool, { store, product, days })
    const { items: overrides } = await listOverrides(pool, { store, product, limit: OVERRIDES_SHOWN })
    return { ...item, overrides }
  },
  rows: ({ days }) => days,
  page(view, item, { days = DAYS_DEFAULT }) {
    const { url, visitor } = view
    const { now, lots, events } = item
    const { locale } = visitor
    return {
      title: now.name,
      note: html`<a href="/stock?store=${encodeURIComponent(now.storeId)}">${now.storeName}</a> · ${[now.category, now.packageSize, now.productId].filter(Boolean).join(' · ')}`,
      actions: html`<a class="button small" href="${mapPath(now.storeId, now.productId)}">${words.onMap}</a>`,
      body: html`${stats(itemStats(item, locale))}
<section><header><h2>${words.story}</h2>${chips(
        RANGES.map((range) => ({
          label: words.lastDays(range),
          href: addressWith(url, { days: range === DAYS_DEFAULT ? null : String(range) }),
          isCurrent: range === days,
        })),
      )}</header>${chart({
        ...itemChart(item, locale),
        table: { label: words.numbers, body: dayTable(view, item) },
      })}
${forecastNote(item, locale)}</section>
${overrideSection(view, item)}
<div class="columns"><div>${section(words.events, eventList(view, now, events))}</div>
<aside>${section(
        words.lots,
        lots.length === 0
          ? html`<p class="quiet">${words.noLots}</p>`
          : facts(
              lots.map(({ batchId, onHand, expiresOn }) => [
                batchId === '' ? '–' : batchId,
                html`${formatNumber(locale, onHand, 1)}${expiresOn !== null && html` · ${expiry(locale, expiresOn, countDays(now.today, expiresOn))}`}`,
              ]),
            ),
      )}
${section(words.facts, facts(itemFacts(item, locale, isAllowed(visitor.role, 'orders.see'))))}</aside></div>`,
    }
  },
})

/** What is there and what may become of it; shown in the drawer of the store map too. */
export function itemStats({ now, prices }: Pick<Item, 'now' | 'prices'>, locale: string): Stat[] {
  const units = (text: string) => formatNumber(locale, text, 1)
  const price = prices.findLast(({ validFrom }) => validFrom <= now.asOf)
  const there = now.onHand ?? now.available
  const all: (Stat | false | null)[] = [
    now.available !== null && {
      label: words.available,
      value: units(now.available),
      compared: [
        now.capacity !== null && words.ofCapacity(units(now.capacity)),
        Number(now.held ?? 0) > 0 && words.held(units(now.held!)),
      ]
        .filter(Boolean)
        .join(' · '),
    },
    now.onHand !== null && { label: words.inStoreNow, value: units(now.onHand) },
    now.unitsPerDay !== null &&
      there !== null && {
        label: words.cover,
        value: Number(now.unitsPerDay) > 0 ? cover(locale, Math.max(0, Number(there)) / Number(now.unitsPerDay)) : '–',
        compared: words.perDay(units(now.unitsPerDay)),
      },
    now.probability !== null && {
      label: words.risk,
      value: state(riskState(now.probability), formatPercent(locale, now.probability)),
      compared: [
        Number(now.moneyAtRisk ?? 0) > 0 && formatMoney(locale, now.moneyAtRisk!, now.currency),
        now.horizonUntil !== null && words.until(formatInstant(locale, now.horizonUntil, now.timeZone)),
      ]
        .filter(Boolean)
        .join(' · '),
    },
    now.pAvailable !== null && {
      label: words.pAvailable,
      value: state(findState(now.pAvailable), formatPercent(locale, now.pAvailable)),
      compared: words.asOf(formatInstant(locale, now.availabilityHour!, now.timeZone)),
    },
    price !== undefined && {
      label: words.price,
      value: formatMoney(locale, price.price, now.currency),
      compared: texts.prices[price.reason as keyof typeof texts.prices] ?? price.reason,
    },
  ]
  return all.filter((one): one is Stat => Boolean(one))
}

const findState = (probability: number): State => (probability < 0.5 ? 'act' : probability < 0.9 ? 'watch' : 'ok')

function overrideSection(view: View, { now, overrides }: ShownItem): Html | '' {
  const mayDecide = isAllowed(view.visitor.role, 'forecasts.decide')
  if (overrides.length === 0 && !mayDecide) return ''
  return section(
    texts.overrides.title,
    html`${overrides.length > 0 && overrideTable(view, overrides)}${
      mayDecide &&
      html`<details class="disclose"><summary>${texts.overrides.section}</summary>${overrideForm(view, now.storeId, now.productId, now.today)}</details>`
    }`,
    html`<a href="/forecasts/overrides">${texts.all}</a>`,
  )
}

function forecastNote({ now, days }: Item, locale: string): Html | '' {
  const ahead = days.filter(({ day }) => day >= now.today)
  const made = ahead.find(({ forecastDate }) => forecastDate !== null)
  if (made !== undefined) {
    return html`<p class="small quiet">${words.made(formatDay(locale, made.forecastDate!), made.model ?? '')}</p>`
  }
  return message('off', ahead.some(({ model }) => model === USUAL) ? words.usual : words.noForecast)
}

function dayTable({ url, visitor: { locale } }: View, { now, days }: Item): Html {
  const units = (text: string | null): Content => text !== null && formatNumber(locale, text, 1)
  const isOverridden = days.some(({ overridden }) => overridden !== null)
  const columns: Column<ItemDay>[] = [
    {
      name: 'day',
      heading: words.day,
      phone: 'lead',
      cell: ({ day }) => html`<time class="nowrap" datetime="${day}">${formatDay(locale, day)}</time>`,
    },
    {
      name: 'sold',
      heading: words.soldUnits,
      isNumber: true,
      isNamed: true,
      phone: 'aside',
      cell: ({ sold }) => units(sold),
      total: (rows) =>
        formatNumber(
          locale,
          rows.reduce((sum, { sold }) => sum + Number(sold ?? 0), 0),
          1,
        ),
    },
    {
      name: 'revenue',
      heading: words.revenue,
      isNumber: true,
      phone: 'none',
      cell: ({ revenue }) => revenue !== null && formatMoney(locale, revenue, now.currency),
      total: (rows) =>
        formatMoney(
          locale,
          rows.reduce((sum, { revenue }) => sum + Number(revenue ?? 0), 0),
          now.currency,
        ),
    },
    { name: 'mean', heading: words.forecast, isNumber: true, isNamed: true, cell: ({ mean }) => units(mean) },
    ...(isOverridden
      ? [
          {
            name: 'overridden',
            heading: texts.overrides.overridden,
            isNumber: true,
            isNamed: true,
            cell: ({ overridden }: ItemDay) => units(overridden),
          },
        ]
      : []),
    {
      name: 'interval',
      heading: words.interval,
      isNumber: true,
      cell: ({ p10, p90 }) =>
        p10 !== null && p90 !== null && html`<span class="nowrap">${units(p10)}–${units(p90)}</span>`,
    },
    { name: 'stock', heading: words.closing, isNumber: true, isNamed: true, cell: ({ stock }) => units(stock) },
    {
      name: 'received',
      heading: words.received,
      isNumber: true,
      phone: 'none',
      cell: ({ received }) => received !== null && Number(received) !== 0 && units(received),
    },
    {
      name: 'out',
      heading: words.outOf,
      isNumber: true,
      isNamed: true,
      cell: ({ outOfStockMinutes }) =>
        outOfStockMinutes !== null &&
        outOfStockMinutes > 0 &&
        state('act', words.minutes(formatNumber(locale, outOfStockMinutes))),
    },
  ]
  const csv = `/api/v1${addressWith(url, { format: 'csv' })}`
  return table({ caption: words.story, columns, rows: days, url, locale, csv })
}

export function eventList({ visitor }: View, { timeZone }: ItemNow, events: readonly ItemEvent[]): Html {
  const { locale, role } = visitor
  if (events.length === 0) return html`<p class="quiet">${words.noEvents}</p>`
  const linked = ({ kind, id, text }: ItemEvent, label: Content): Content => {
    if (kind === 'alert') return html`<a href="/alerts/${id}">${text}</a>`
    if ((kind === 'order' || kind === 'delivery') && isAllowed(role, 'orders.see')) {
      return html`<a href="${orderPath(id)}">${label}</a>`
    }
    return label
  }
  return history(
    events.map((event) => ({
      what: html`<b>${words.kinds[event.kind]}</b> ${linked(event, words.eventTexts[event.kind](event.text, formatNumber(locale, event.quantity ?? 0, 1)))}`,
      why: event.status?.replaceAll('_', ' '),
      when: html`<time datetime="${event.at.toISOString()}" title="${timeZone}">${formatInstant(locale, event.at, timeZone)}</time>`,
    })),
  )
}

function itemFacts({ now }: Item, locale: string, seesOrders: boolean): (readonly [string, Content])[] {
  const ago = (instant: Date | null): Content =>
    instant !== null &&
    html`<time datetime="${instant.toISOString()}" title="${formatInstant(locale, instant, now.timeZone)}">${formatAge(locale, instant, now.asOf.getTime())}</time>`
  return [
    [words.category, now.category],
    [words.brand, now.brand],
    [words.size, now.packageSize],
    [words.shelf, now.shelfId],
    [
      words.warehouse,
      now.warehouseId &&
        `${now.warehouseId} · ${words.warehouseHas(formatNumber(locale, now.warehouseOnHand ?? 0, 1))}`,
    ],
    [words.onOrder, now.onOrder && Number(now.onOrder) > 0 && formatNumber(locale, now.onOrder, 1)],
    [words.supplier, now.supplierName],
    [words.cost, seesOrders && now.unitCost && formatMoney(locale, now.unitCost, now.costCurrency)],
    [words.refilled, ago(now.lastRefillAt)],
    [words.lastSold, ago(now.lastSaleAt)],
    [words.weighed, ago(now.lastWeightAt)],
  ]
}
