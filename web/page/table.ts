import { formatNumber } from '../../platform/format.ts'
import { texts } from '../texts.ts'
import { addressWith, scrollable } from './components.ts'
import { type Content, type Html, html } from './html.ts'

export interface Column<Row> {
  name: string
  heading: string
  cell(row: Row): Content
  isNumber?: boolean
  /** On a phone, where a value does not show what it is, its heading is before it. */
  isNamed?: boolean
  /** On a phone: leads the row, is beside it, follows on the second line (the default), or is left out. */
  phone?: 'lead' | 'aside' | 'rest' | 'none'
  /** Lists that are shown whole can be sorted by it. */
  sortedBy?(row: Row): number | string
  total?(rows: readonly Row[]): Content
}

export interface TableOptions<Row> {
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  url: URL
  locale: string
  /** Lets rows be chosen: the value of each, or undefined where a row can't be; the form that they go to. */
  pick?: { form: string; name: string; valueOf(row: Row): string | undefined; labelOf(row: Row): string }
  /** For rows that change by themselves. */
  keyOf?(row: Row): string
  /** How many there are in all, and the cursor of the next page. */
  total?: number
  next?: string | null
  /** Where the same is as CSV. */
  csv?: string
}

export function table<Row>(options: TableOptions<Row>): Html {
  const { caption, columns, url, locale, pick, keyOf, next, total, csv } = options
  const rows = sorted(options)
  const hasTotals = columns.some((column) => column.total)
  const body = html`<table class="rows"><caption class="unseen">${caption}</caption>
<thead><tr>${pick && html`<th class="pick"><span class="unseen">${texts.table.choose}</span></th>`}${columns.map((column) => heading(column, url))}</tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr ${keyOf && html`data-row="${keyOf(row)}"`}>${pick && picked(pick, row)}${columns.map((column) => cell(column, column.cell(row)))}</tr>\n`,
  )}</tbody>${
    hasTotals &&
    html`<tfoot><tr>${pick && html`<td class="pick"></td>`}${columns.map((column) => cell(column, column.total?.(rows) ?? ''))}</tr></tfoot>`
  }</table>`
  return html`${scrollable(caption, body)}
<div class="more"><span>${texts.table.shown(formatNumber(locale, rows.length), total === undefined ? undefined : formatNumber(locale, total))}</span><span class="actions">${
    csv && fileLinks(csv)
  }${next && html`<a class="button small" href="${withCursor(url, next)}">${texts.table.next}</a>`}</span></div>`
}

/** The whole list of a page as CSV, with its filters. */
export const csvAddress = (url: URL): string => `/api/v1${addressWith(url, { format: 'csv', limit: null })}`

/** @param csv where the list is as CSV: it is as a sheet beside it */
export const fileLinks = (csv: string): Html =>
  html`<a href="${csv}">${texts.table.csv}</a> <a href="${csv.replace('format=csv', 'format=xlsx')}">${texts.table.xlsx}</a>`

function sorted<Row>({ columns, rows, url }: TableOptions<Row>): readonly Row[] {
  const [name, direction] = sortOf(url)
  const by = columns.find((column) => column.name === name)?.sortedBy
  if (by === undefined) return rows
  const sign = direction === 'down' ? -1 : 1
  return [...rows].sort((left, right) => {
    const [a, b] = [by(left), by(right)]
    return sign * (a < b ? -1 : a > b ? 1 : 0)
  })
}

const sortOf = (url: URL): [string, 'up' | 'down'] => {
  const asked = url.searchParams.get('sort') ?? ''
  return asked.startsWith('-') ? [asked.slice(1), 'down'] : [asked, 'up']
}

function heading<Row>({ name, heading, isNumber, sortedBy }: Column<Row>, url: URL): Html {
  const kind = isNumber ? 'number' : ''
  if (sortedBy === undefined) return html`<th scope="col" class="${kind}">${heading}</th>`
  const [by, direction] = sortOf(url)
  const isBy = by === name
  const next = isBy ? (direction === 'up' ? `-${name}` : name) : isNumber ? `-${name}` : name
  const sort = isBy ? html`aria-sort="${direction === 'up' ? 'ascending' : 'descending'}"` : ''
  return html`<th scope="col" class="${kind}" ${sort}><a href="${addressWith(url, { sort: next })}">${heading}${
    isBy ? (direction === 'up' ? ' ↑' : ' ↓') : ''
  }</a></th>`
}

function cell<Row>({ name, heading, isNumber, isNamed, phone = 'rest' }: Column<Row>, content: Content): Html {
  const place = phone === 'none' ? 'phone-none' : phone
  return html`<td class="${place}${isNumber ? ' number' : ''}" data-column="${name}" ${isNamed && html`data-heading="${heading}"`}>${content}</td>`
}

function picked<Row>(pick: NonNullable<TableOptions<Row>['pick']>, row: Row): Html {
  const value = pick.valueOf(row)
  if (value === undefined) return html`<td class="pick"></td>`
  return html`<td class="pick"><input type="checkbox" form="${pick.form}" name="${pick.name}" value="${value}" aria-label="${pick.labelOf(row)}"></td>`
}

function withCursor(url: URL, cursor: string): string {
  const address = new URL(url)
  address.searchParams.set('cursor', cursor)
  return address.pathname + address.search
}
