/** What a week was like: the figures of reports, the stores, and which products cost most. */
import { Type } from 'typebox'
import { formatMoney, formatNumber, formatPercent } from '../../platform/format.ts'
import {
  changeText,
  figureText,
  missingDays,
  type ReviewedFigure,
  type ReviewedProduct,
  type ReviewedStore,
  readWeek,
  reviewPdf,
  reviewTitle,
  type WeekReview,
} from '../../services/reports/review.ts'
import { question, type View } from '../definition.ts'
import { empty, filters, input, isFilteredBy, message, section } from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { type Column, csvAddress, fileLinks, table } from '../page/table.ts'
import { choice, count, day, dayAsked, decimal, nullable, text } from '../shapes.ts'
import { texts } from '../texts.ts'
import { revenueChart } from './revenue-chart.ts'

const words = texts.week

const figure = Type.Object({
  name: text,
  title: text,
  meaning: text,
  unit: choice(['money', 'units', 'count', 'share', 'days', 'times a year']),
  direction: nullable(choice(['up', 'down'])),
  value: nullable(decimal),
  weekBefore: nullable(decimal),
  yearBefore: nullable(decimal),
})

const product = Type.Object({
  productId: text,
  name: text,
  stores: count,
  amount: nullable(decimal),
  quantity: nullable(decimal),
})

export const weekReview = question({
  path: '/week',
  permission: 'stock.see',
  summary: 'The review of a week: figures beside the week and the year before, stores, and the products that cost most',
  query: Type.Object({ week: Type.Optional(dayAsked) }),
  answer: Type.Object({
    from: day,
    through: day,
    weekBefore: nullable(day),
    weekAfter: nullable(day),
    dataUpTo: nullable(day),
    currency: nullable(text),
    groups: Type.Array(Type.Object({ title: text, figures: Type.Array(figure) })),
    days: Type.Array(Type.Object({ day, revenue: decimal, weekBefore: decimal })),
    stores: Type.Array(
      Type.Object({
        storeId: text,
        name: text,
        currency: nullable(text),
        revenue: decimal,
        weekBefore: nullable(decimal),
        target: nullable(decimal),
        marginRate: nullable(decimal),
        lostSales: nullable(decimal),
        waste: nullable(decimal),
      }),
    ),
    lostSales: Type.Array(product),
    waste: Type.Array(product),
  }),
  read: ({ pool, settings }, { week }) => readWeek(pool, settings.timeZone, week),
  rows: ({ groups }) =>
    groups.flatMap(({ title: group, figures }) =>
      figures.map(({ title, unit, value, weekBefore, yearBefore }) => ({
        group,
        figure: title,
        unit,
        value,
        weekBefore,
        yearBefore,
      })),
    ),
  pdf: (review, { locale }) => reviewPdf(review, locale),
  page(view, review) {
    const { url, visitor } = view
    const { locale } = visitor
    const missing = missingDays(review, locale)
    const isEmpty = review.stores.length === 0
    return {
      title: reviewTitle(review, locale),
      note: texts.sees(visitor.sees),
      actions: html`${weekLink(words.before, review.weekBefore)}${weekLink(words.after, review.weekAfter)}${
        !isEmpty &&
        html`<a class="button small" href="${csvAddress(url).replace('format=csv', 'format=pdf')}">${words.pdf}</a>`
      }`,
      body: html`${filters(url, input('week', words.week, review.from, html`type="date"`), isFilteredBy(url, ['week']))}
${missing !== undefined && message('watch', missing)}
${isEmpty ? empty(words.noneTitle, words.none) : body(view, review)}`,
    }
  },
})

const weekLink = (label: string, monday: string | null): Html | undefined =>
  monday === null ? undefined : html`<a class="button small" href="/week?week=${monday}">${label}</a>`

function body(view: View, review: WeekReview): Html {
  const { url, visitor } = view
  const { locale } = visitor
  return html`${section(words.revenue, revenueChart(review, locale))}
${review.groups.map(({ title, figures }) => section(title, figureTable(view, review, title, figures)))}
<p class="small">${fileLinks(csvAddress(url))}</p>
${
  review.stores.length > 1 &&
  section(
    words.stores,
    table({ caption: words.stores, columns: storeColumns(locale), rows: review.stores, url, locale }),
  )
}
${section(words.lostSales, productTable(view, review, words.lostSales, review.lostSales))}
${section(words.waste, productTable(view, review, words.waste, review.waste))}`
}

function figureTable(
  { url, visitor: { locale } }: View,
  { currency }: WeekReview,
  caption: string,
  rows: readonly ReviewedFigure[],
): Html {
  const shown = (value: string | null, of: ReviewedFigure) => figureText(value, of, locale, currency)
  const columns: Column<ReviewedFigure>[] = [
    {
      name: 'figure',
      heading: words.figure,
      phone: 'lead',
      cell: ({ title, meaning }) => html`<b>${title}</b><span class="under">${meaning}</span>`,
    },
    { name: 'value', heading: words.value, isNumber: true, phone: 'aside', cell: (one) => shown(one.value, one) },
    {
      name: 'before',
      heading: words.weekBefore,
      isNumber: true,
      isNamed: true,
      cell: (one) => shown(one.weekBefore, one),
    },
    { name: 'change', heading: words.change, isNumber: true, isNamed: true, cell: (one) => changed(one, locale) },
    {
      name: 'year',
      heading: words.yearBefore,
      isNumber: true,
      isNamed: true,
      cell: (one) => shown(one.yearBefore, one),
    },
  ]
  return table({ caption, columns, rows, url, locale })
}

/** Which way is good is in its colour and in its sign. */
function changed(one: ReviewedFigure, locale: string): Html | '' {
  const change = changeText(one, one.weekBefore, locale)
  if (change === undefined) return ''
  const isUp = Number(one.value) > Number(one.weekBefore)
  const kind =
    one.direction === null || one.value === one.weekBefore ? '' : isUp === (one.direction === 'up') ? 'better' : 'worse'
  return html`<span class="${kind}">${change}</span>`
}

function storeColumns(locale: string): Column<ReviewedStore>[] {
  const money = (value: string | null, currency: string | null) =>
    value === null ? '' : formatMoney(locale, value, currency)
  const column = (
    name: string,
    heading: string,
    of: (store: ReviewedStore) => string | null,
  ): Column<ReviewedStore> => ({
    name,
    heading,
    isNumber: true,
    isNamed: true,
    sortedBy: (store) => Number(of(store) ?? 0),
    cell: (store) => money(of(store), store.currency),
  })
  return [
    {
      name: 'store',
      heading: words.store,
      phone: 'lead',
      sortedBy: ({ storeId }) => storeId,
      cell: ({ storeId, name }) => html`<b>${name}</b><span class="under">${storeId}</span>`,
    },
    { ...column('revenue', words.revenue, ({ revenue }) => revenue), phone: 'aside' },
    column('before', words.weekBefore, ({ weekBefore }) => weekBefore),
    column('target', words.target, ({ target }) => target),
    {
      name: 'margin',
      heading: words.marginRate,
      isNumber: true,
      isNamed: true,
      sortedBy: ({ marginRate }) => Number(marginRate ?? 0),
      cell: ({ marginRate }) => marginRate && formatPercent(locale, Number(marginRate), 1),
    },
    column('lost', words.lost, ({ lostSales }) => lostSales),
    column('waste', words.wasted, ({ waste }) => waste),
  ]
}

function productTable(
  { url, visitor: { locale } }: View,
  { currency }: WeekReview,
  caption: string,
  rows: readonly ReviewedProduct[],
): Html {
  if (rows.length === 0) return html`<p class="quiet">${words.noLoss}</p>`
  const columns: Column<ReviewedProduct>[] = [
    {
      name: 'product',
      heading: words.product,
      phone: 'lead',
      cell: ({ productId, name }) =>
        html`<a class="title" href="/stock?product=${encodeURIComponent(productId)}">${name}</a><span class="under">${productId}</span>`,
    },
    {
      name: 'stores',
      heading: words.stores,
      isNumber: true,
      isNamed: true,
      cell: ({ stores }) => formatNumber(locale, stores),
    },
    {
      name: 'units',
      heading: words.units,
      isNumber: true,
      isNamed: true,
      cell: ({ quantity }) => quantity && formatNumber(locale, quantity, 1),
    },
    {
      name: 'money',
      heading: words.money,
      isNumber: true,
      phone: 'aside',
      cell: ({ amount }) => amount && formatMoney(locale, amount, currency),
    },
  ]
  return table({ caption, columns, rows, url, locale })
}
