import { Type } from 'typebox'
import { formatDay, formatMoney, formatNumber, formatPercent } from '../../platform/format.ts'
import {
  type Accuracy,
  type AccuracySegment,
  type Exception,
  readAccuracy,
  segmentKinds,
} from '../../services/forecasting/accuracy.ts'
import { type Choices, readStockChoices } from '../../services/live-state/stock.ts'
import { question, type View } from '../definition.ts'
import { itemPath, storeChoices } from '../live-state/places.ts'
import { choicesShape } from '../live-state/shapes.ts'
import { amountAxis, chart, dayAxis, heading, line } from '../page/chart.ts'
import {
  addressWith,
  chips,
  empty,
  filters,
  isFilteredBy,
  type Stat,
  type State,
  section,
  select,
  selectOrAll,
  state,
  stats,
} from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { type Column, table } from '../page/table.ts'
import { count, day, decimal, nullable, number, text } from '../shapes.ts'
import { texts } from '../texts.ts'
import { forecastTabs } from './tabs.ts'

const words = texts.forecasts
const DAYS_DEFAULT = 28
const DAYS = [7, 28, 90]
const AHEAD = [1, 2, 3, 7, 14]

interface Answer extends Accuracy {
  choices: Choices
  store: string | null
}

const units = { actual: number, forecast: number, error: number }

const accuracyShape = Type.Object({
  days: Type.Array(Type.Object({ day, ...units })),
  segments: Type.Array(
    Type.Object({
      segment: text,
      ...units,
      wape: nullable(number),
      bias: nullable(number),
      coverage: nullable(number),
    }),
  ),
  exceptions: Type.Array(
    Type.Object({
      productId: text,
      name: text,
      category: nullable(text),
      sold: decimal,
      forecast: decimal,
      daysOutside: count,
      days: count,
      money: nullable(decimal),
      currency: nullable(text),
    }),
  ),
  choices: choicesShape,
  store: nullable(text),
})

export const forecastAccuracy = question({
  path: '/forecasts',
  permission: 'stock.see',
  summary: words.summary,
  query: Type.Object({
    store: Type.Optional(Type.String({ maxLength: 200 })),
    category: Type.Optional(Type.String({ maxLength: 200 })),
    daysAhead: Type.Optional(Type.Integer({ minimum: 1, maximum: 42 })),
    days: Type.Optional(Type.Integer({ minimum: 1, maximum: 365 })),
    by: Type.Optional(Type.Enum([...segmentKinds])),
  }),
  answer: accuracyShape,
  async read(
    { pool },
    { store: asked, daysAhead = 1, days = DAYS_DEFAULT, by = 'category', ...filter },
  ): Promise<Answer> {
    const choices = await readStockChoices(pool)
    const store = asked ?? (choices.stores.length === 1 ? choices.stores[0]!.id : undefined)
    const accuracy = await readAccuracy(pool, { ...filter, daysAhead, days, by, ...(store !== undefined && { store }) })
    return { ...accuracy, choices, store: store ?? null }
  },
  rows: ({ segments }) => segments,
  page(view, answer, query) {
    const { url, visitor } = view
    const { choices, days, exceptions, store } = answer
    const isFiltered = isFilteredBy(url, ['store', 'category', 'daysAhead', 'days'])
    const ahead = query.daysAhead ?? 1
    const by = query.by ?? 'category'
    return {
      title: words.title,
      note: words.note(ahead),
      body: html`${forecastTabs(view)}${filters(
        url,
        html`${selectOrAll('store', words.store, storeChoices(choices), store ?? '')}
${selectOrAll(
  'category',
  words.category,
  choices.categories.map((value) => ({ value, label: value })),
  query.category,
)}
${select(
  'daysAhead',
  words.daysAhead,
  AHEAD.map((value) => ({ value: String(value), label: words.ahead(value) })),
  String(ahead),
)}
${select(
  'days',
  words.days,
  DAYS.map((value) => ({ value: String(value), label: words.lastDays(value) })),
  String(query.days ?? DAYS_DEFAULT),
)}${query.by && html`<input type="hidden" name="by" value="${query.by}">`}`,
        isFiltered,
      )}
${
  days.length === 0
    ? empty(words.noneTitle, words.none)
    : html`${stats(summaryStats(answer, visitor.locale))}${section(words.story, dayChart(view, answer))}
<section><header><h2>${words.segments}</h2>${chips(
        segmentKinds.map((kind) => ({
          label: words.kinds[kind],
          href: addressWith(url, { by: kind === 'category' ? null : kind }),
          isCurrent: kind === by,
        })),
      )}</header>${segmentTable(view, answer, by)}</section>
${section(words.exceptions, store === null ? html`<p class="quiet">${words.chooseStore}</p>` : exceptions.length === 0 ? html`<p class="quiet">${words.noExceptions}</p>` : exceptionTable(view, store, exceptions))}`
}`,
    }
  },
})

function summaryStats({ days, segments }: Answer, locale: string): Stat[] {
  const sum = (of: (day: Answer['days'][number]) => number) => days.reduce((total, day) => total + of(day), 0)
  const [actual, forecast, error] = [sum((day) => day.actual), sum((day) => day.forecast), sum((day) => day.error)]
  const share = (part: number) => (actual === 0 ? '–' : formatPercent(locale, part / actual, 1))
  const covered = segments.filter(({ coverage }) => coverage !== null)
  const weight = covered.reduce((total, one) => total + one.actual, 0)
  const coverage = covered.reduce((total, one) => total + one.coverage! * one.actual, 0) / weight
  return [
    { label: words.sold, value: formatNumber(locale, actual), values: days.map((day) => day.actual) },
    { label: words.forecast, value: formatNumber(locale, forecast), values: days.map((day) => day.forecast) },
    { label: words.wape, value: share(error), compared: words.wapeMeans },
    {
      label: words.bias,
      value: share(forecast - actual),
      compared: forecast >= actual ? words.tooMuch : words.tooLittle,
    },
    ...(weight > 0
      ? [{ label: words.coverage, value: formatPercent(locale, coverage), compared: words.coverageMeans }]
      : []),
  ]
}

function dayChart({ url, visitor: { locale } }: View, { days }: Answer): Html {
  const axis = days.map(({ day }) => day)
  const amount = (value: number) => formatNumber(locale, value)
  const columns: Column<Answer['days'][number]>[] = [
    { name: 'day', heading: words.day, phone: 'lead', cell: ({ day }) => formatDay(locale, day) },
    { name: 'sold', heading: words.sold, isNumber: true, phone: 'aside', cell: ({ actual }) => amount(actual) },
    {
      name: 'forecast',
      heading: words.forecast,
      isNumber: true,
      isNamed: true,
      cell: ({ forecast }) => amount(forecast),
    },
    { name: 'error', heading: words.off, isNumber: true, isNamed: true, cell: ({ error }) => amount(error) },
  ]
  return chart({
    summary: words.chart(days.length),
    wide: 250,
    narrow: 230,
    table: { label: texts.item.numbers, body: table({ caption: words.story, columns, rows: days, url, locale }) },
    option: (size) => ({
      title: [heading(words.legend, 4)],
      grid: { top: 32, bottom: 24, left: size.isNarrow ? 46 : 56, right: 12 },
      xAxis: dayAxis(axis, (day) => formatDay(locale, day), size),
      yAxis: amountAxis(amount),
      series: [
        line(
          days.map(({ forecast }) => forecast),
          'var(--mark)',
        ),
        line(
          days.map(({ actual }) => actual),
          'var(--ink)',
          { symbol: 'circle', symbolSize: size.isNarrow ? 4 : 6, lineStyle: { width: 0 } },
        ),
      ],
    }),
  })
}

/** Of an interval of 80 %: far from it on either side is worth a look. */
const coverageState = (coverage: number): State => (Math.abs(coverage - 0.8) > 0.1 ? 'watch' : 'ok')
const WIDE_BIAS = 0.1

function segmentTable(
  { url, visitor: { locale } }: View,
  { segments, choices }: Answer,
  by: (typeof segmentKinds)[number],
): Html {
  const storeNames = new Map(choices.stores.map(({ id, name }) => [id, name]))
  const labelOf = ({ segment }: AccuracySegment): string => {
    if (by === 'horizon') return words.ahead(Number(segment))
    return by === 'store' ? `${storeNames.get(segment) ?? ''} ${segment}` : segment
  }
  const percent = (value: number | null) => (value === null ? '–' : formatPercent(locale, value, 1))
  const columns: Column<AccuracySegment>[] = [
    {
      name: 'segment',
      heading: words.kinds[by],
      phone: 'lead',
      sortedBy: labelOf,
      cell: (one) => html`<b>${labelOf(one)}</b>`,
    },
    {
      name: 'wape',
      heading: words.wape,
      isNumber: true,
      phone: 'aside',
      sortedBy: ({ wape }) => wape ?? -1,
      cell: ({ wape }) => percent(wape),
    },
    {
      name: 'bias',
      heading: words.bias,
      isNumber: true,
      isNamed: true,
      sortedBy: ({ bias }) => bias ?? 0,
      cell: ({ bias }) => (bias !== null && Math.abs(bias) > WIDE_BIAS ? state('watch', percent(bias)) : percent(bias)),
    },
    {
      name: 'coverage',
      heading: words.coverage,
      isNumber: true,
      isNamed: true,
      sortedBy: ({ coverage }) => coverage ?? -1,
      cell: ({ coverage }) => (coverage === null ? '–' : state(coverageState(coverage), percent(coverage))),
    },
    {
      name: 'sold',
      heading: words.sold,
      isNumber: true,
      isNamed: true,
      sortedBy: ({ actual }) => actual,
      cell: ({ actual }) => formatNumber(locale, actual),
    },
    {
      name: 'error',
      heading: words.off,
      isNumber: true,
      phone: 'none',
      sortedBy: ({ error }) => error,
      cell: ({ error }) => formatNumber(locale, error),
    },
  ]
  const csv = `/api/v1${addressWith(url, { format: 'csv' })}`
  return table({ caption: words.segments, columns, rows: segments, url, locale, csv })
}

function exceptionTable({ url, visitor: { locale } }: View, store: string, exceptions: Exception[]): Html {
  const columns: Column<Exception>[] = [
    {
      name: 'product',
      heading: texts.stock.item,
      phone: 'lead',
      cell: ({ productId, name, category }) =>
        html`<a class="title" href="${itemPath(store, productId)}?days=90">${name}</a><span class="under">${category ?? ''}</span>`,
    },
    {
      name: 'money',
      heading: words.worth,
      isNumber: true,
      phone: 'aside',
      cell: ({ money, currency }) => money !== null && formatMoney(locale, money, currency),
    },
    {
      name: 'sold',
      heading: words.sold,
      isNumber: true,
      isNamed: true,
      cell: ({ sold }) => formatNumber(locale, sold, 1),
    },
    {
      name: 'forecast',
      heading: words.forecast,
      isNumber: true,
      isNamed: true,
      cell: ({ forecast }) => formatNumber(locale, forecast, 1),
    },
    {
      name: 'outside',
      heading: words.outside,
      isNumber: true,
      isNamed: true,
      cell: ({ daysOutside, days }) => {
        const text = texts.streams.of(daysOutside, days)
        return daysOutside * 2 > days ? state('act', text) : text
      },
    },
  ]
  return table({ caption: words.exceptions, columns, rows: exceptions, url, locale })
}
