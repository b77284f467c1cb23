/** A review of a week as files: PDF to read, XLSX to calculate with. */
import writeXlsxFile, { type Cell } from 'write-excel-file/node'
import { formatDay, formatMoney, formatNumber, formatPercent } from '../../platform/format.ts'
import { createPdf, type PdfColumn } from '../../platform/pdf/document.ts'
import type { ReviewedFigure, ReviewedProduct, ReviewedStore, WeekReview } from './review.ts'
import { changeText, figureText, missingDays, reviewTitle, UNKNOWN } from './review-texts.ts'

const CREATOR = 'Shelfline'
export async function reviewPdf(review: WeekReview, locale = 'en-GB'): Promise<Uint8Array<ArrayBuffer>> {
  const paper = createPdf(reviewTitle(review, locale), CREATOR)
  const missing = missingDays(review, locale)
  if (missing !== undefined) paper.lines([missing])
  const figureColumns: readonly PdfColumn<ReviewedFigure>[] = [
    { heading: 'Figure', width: 0.32, of: ({ title }) => title },
    { heading: 'Week', width: 0.17, isNumber: true, of: (one) => figureText(one.value, one, locale, review.currency) },
    {
      heading: 'Week before',
      width: 0.17,
      isNumber: true,
      of: (one) => figureText(one.weekBefore, one, locale, review.currency),
    },
    { heading: 'Change', width: 0.17, isNumber: true, of: (one) => changeText(one, one.weekBefore, locale) ?? '' },
    {
      heading: 'Year before',
      width: 0.17,
      isNumber: true,
      of: (one) => figureText(one.yearBefore, one, locale, review.currency),
    },
  ]
  for (const { title, figures } of review.groups) {
    paper.heading(title)
    paper.table(figureColumns, figures)
    if (title === 'Sales') {
      paper.heading('Revenue by day; grey: the week before')
      paper.bars(
        review.days.map(({ day, revenue, weekBefore }) => ({
          label: formatDay(locale, day),
          value: Number(revenue),
          before: Number(weekBefore),
        })),
      )
    }
  }
  if (review.stores.length > 1) {
    paper.heading('Stores')
    paper.table(storeColumns(locale), review.stores)
  }
  for (const [title, products] of [
    ['Products with the largest lost sales', review.lostSales],
    ['Products with the largest waste', review.waste],
  ] as const) {
    if (products.length === 0) continue
    paper.heading(title)
    paper.table(productColumns(locale, review.currency), products)
  }
  return paper.end()
}

function storeColumns(locale: string): readonly PdfColumn<ReviewedStore>[] {
  const money = (value: string | null, { currency }: ReviewedStore) =>
    value === null ? UNKNOWN : formatMoney(locale, value, currency)
  const column = (heading: string, of: (store: ReviewedStore) => string): PdfColumn<ReviewedStore> => ({
    heading,
    width: 0.13,
    isNumber: true,
    of,
  })
  return [
    { heading: 'Store', width: 0.22, of: ({ name, storeId }) => (name === storeId ? name : `${name} (${storeId})`) },
    column('Revenue', (store) => money(store.revenue, store)),
    column('Week before', (store) => money(store.weekBefore, store)),
    column('Target', (store) => money(store.target, store)),
    column('Margin rate', ({ marginRate }) =>
      marginRate === null ? UNKNOWN : formatPercent(locale, Number(marginRate), 1),
    ),
    column('Lost sales', (store) => money(store.lostSales, store)),
    column('Waste', (store) => money(store.waste, store)),
  ]
}

const productColumns = (locale: string, currency: string | null): readonly PdfColumn<ReviewedProduct>[] => [
  { heading: 'Product', width: 0.52, of: ({ name, productId }) => `${name} (${productId})` },
  { heading: 'Stores', width: 0.12, isNumber: true, of: ({ stores }) => formatNumber(locale, stores) },
  {
    heading: 'Units',
    width: 0.16,
    isNumber: true,
    of: ({ quantity }) => (quantity === null ? UNKNOWN : formatNumber(locale, quantity, 1)),
  },
  {
    heading: 'Money',
    width: 0.2,
    isNumber: true,
    of: ({ amount }) => (amount === null ? UNKNOWN : formatMoney(locale, amount, currency)),
  },
]

/** A sheet for each part, with numbers as numbers. */
export async function reviewXlsx(review: WeekReview): Promise<Uint8Array<ArrayBuffer>> {
  const figures = review.groups.flatMap(({ title: group, figures }) =>
    figures.map(({ title, unit, value, weekBefore, yearBefore, meaning }) => [
      group,
      title,
      unit,
      numberOf(value),
      numberOf(weekBefore),
      numberOf(yearBefore),
      meaning,
    ]),
  )
  const products = (rows: readonly ReviewedProduct[]) =>
    rows.map(({ productId, name, stores, quantity, amount }) => [
      productId,
      name,
      stores,
      numberOf(quantity),
      numberOf(amount),
    ])
  const productHead = ['product', 'name', 'stores', 'units', 'money']
  const sheets: readonly [name: string, head: readonly string[], rows: readonly (readonly Value[])[]][] = [
    ['Figures', ['group', 'figure', 'unit', 'week', 'week before', 'year before', 'meaning'], figures],
    [
      'Days',
      ['day', 'revenue', 'week before'],
      review.days.map(({ day, revenue, weekBefore }) => [day, numberOf(revenue), numberOf(weekBefore)]),
    ],
    [
      'Stores',
      ['store', 'name', 'currency', 'revenue', 'week before', 'target', 'margin rate', 'lost sales', 'waste'],
      review.stores.map(({ storeId, name, currency, ...amounts }) => [
        storeId,
        name,
        currency,
        numberOf(amounts.revenue),
        numberOf(amounts.weekBefore),
        numberOf(amounts.target),
        numberOf(amounts.marginRate),
        numberOf(amounts.lostSales),
        numberOf(amounts.waste),
      ]),
    ],
    ['Lost sales', productHead, products(review.lostSales)],
    ['Waste', productHead, products(review.waste)],
  ]
  return xlsxOf(sheets)
}

type Value = string | number | null

const numberOf = (value: string | null): number | null => (value === null ? null : Number(value))

export async function xlsxOf(
  sheets: readonly [name: string, head: readonly string[], rows: readonly (readonly Value[])[]][],
): Promise<Uint8Array<ArrayBuffer>> {
  const cellOf = (value: Value): Cell =>
    value === null ? null : typeof value === 'number' ? { value, type: Number } : { value, type: String }
  const made = sheets.map(([sheet, head, rows]) => ({
    sheet,
    stickyRowsCount: 1,
    data: [head.map((value): Cell => ({ value, fontWeight: 'bold' })), ...rows.map((row) => row.map(cellOf))],
  }))
  return new Uint8Array(await writeXlsxFile(made).toBuffer())
}
