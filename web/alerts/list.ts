import { Type } from 'typebox'
import { formatInstant, formatMoney, formatNumber } from '../../platform/format.ts'
import { isAllowed } from '../../services/access/permissions.ts'
import {
  type AlertPage,
  alertStatuses,
  type ListedAlert,
  listAlerts,
  severities,
} from '../../services/alerts/alerts.ts'
import { question, type View } from '../definition.ts'
import {
  addressWith,
  chips,
  empty,
  filters,
  form,
  input,
  type State,
  select,
  selectOrAll,
  state,
} from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { type Column, csvAddress, table } from '../page/table.ts'
import { count, pageFields, pageOf, text } from '../shapes.ts'
import { texts } from '../texts.ts'
import { listedAlert } from './shapes.ts'

const words = texts.alerts

export const severityStates: Record<ListedAlert['severity'], State> = { critical: 'act', warning: 'watch', info: 'off' }

interface AlertList extends AlertPage {
  /** All kinds that there are. */
  types: string[]
}

export const alertList = question({
  path: '/alerts',
  permission: 'alerts.see',
  summary: words.summary,
  query: Type.Object({
    store: Type.Optional(Type.String({ maxLength: 200 })),
    type: Type.Optional(Type.String({ maxLength: 100 })),
    severity: Type.Optional(Type.Enum([...severities])),
    status: Type.Optional(Type.Enum([...alertStatuses])),
    ...pageFields,
  }),
  answer: Type.Object({ ...pageOf(listedAlert).properties, total: count, types: Type.Array(text) }),
  async read({ pool }, { status, ...filter }): Promise<AlertList> {
    const { rows } = await pool.query<{ type: string }>(
      'select alert_type as type from ops.alert_rule order by position',
    )
    const page = await listAlerts(pool, { ...filter, ...(status !== undefined && { statuses: [status] }) })
    return { ...page, types: rows.map(({ type }) => type) }
  },
  rows: ({ items }) => items,
  page(view, { items, next, total, types }, query) {
    const { url, visitor } = view
    const mayDecide = isAllowed(visitor.role, 'alerts.decide')
    const isFiltered = ['store', 'type', 'severity', 'status'].some((name) => url.searchParams.has(name))
    return {
      title: words.title,
      note: `${words.count(formatNumber(visitor.locale, total))} · ${texts.sees(visitor.sees)}`,
      body: html`${chips([
        { label: texts.all, href: addressWith(url, { severity: null }), isCurrent: query.severity === undefined },
        ...[...severities].reverse().map((severity) => ({
          label: words.severities[severity],
          href: addressWith(url, { severity }),
          isCurrent: query.severity === severity,
        })),
      ])}
${filters(
  url,
  html`${query.severity && html`<input type="hidden" name="severity" value="${query.severity}">`}
${input('store', words.store, query.store)}
${selectOrAll(
  'type',
  words.type,
  types.map((value) => ({ value, label: inWords(value) })),
  query.type,
)}
${select(
  'status',
  words.status,
  [
    { value: '', label: `${words.statuses.open}, ${words.statuses.acknowledged.toLowerCase()}` },
    ...alertStatuses.map((value) => ({ value, label: words.statuses[value] })),
  ],
  query.status,
)}`,
  isFiltered,
)}
${items.length === 0 ? nothing(isFiltered) : list(view, items, next, total, mayDecide)}`,
    }
  },
})

/** `stock_out`: Stock out. */
export const inWords = (name: string): string =>
  name.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase())

const nothing = (isFiltered: boolean): Html =>
  isFiltered ? empty(words.noMatchTitle, words.noMatch) : empty(words.noneTitle, words.none)

function list(
  { url, visitor }: View,
  items: ListedAlert[],
  next: string | null,
  total: number,
  mayDecide: boolean,
): Html {
  const { locale } = visitor
  const columns: Column<ListedAlert>[] = [
    {
      name: 'what',
      heading: words.what,
      phone: 'lead',
      cell: ({ alert_id, message, alert_type }) =>
        html`<a class="title" href="/alerts/${alert_id}">${message}</a><span class="under">${inWords(alert_type)}</span>`,
    },
    {
      name: 'impact',
      heading: words.impact,
      isNumber: true,
      phone: 'aside',
      cell: ({ impact, currency }) => impact && formatMoney(locale, impact, currency),
    },
    {
      name: 'severity',
      heading: words.severity,
      cell: ({ severity }) => state(severityStates[severity], words.severities[severity]),
      phone: 'rest',
    },
    { name: 'store', heading: words.store, isNamed: true, cell: ({ store_id }) => store_id },
    {
      name: 'since',
      heading: words.since,
      cell: ({ first_seen, time_zone }) =>
        html`<time class="nowrap" datetime="${first_seen.toISOString()}" title="${time_zone}">${formatInstant(locale, first_seen, time_zone)}</time>`,
    },
    {
      name: 'status',
      heading: words.status,
      cell: ({ status, status_by }) => html`${words.statuses[status]}${status_by && ` ${words.by} ${status_by}`}`,
    },
  ]
  const pick = {
    form: 'decide',
    name: 'alerts',
    valueOf: ({ status, alert_id }: ListedAlert) => (status === 'resolved' ? undefined : String(alert_id)),
    labelOf: ({ message }: ListedAlert) => words.choose(message),
  }
  const csv = csvAddress(url)
  return html`${table({ caption: words.title, columns, rows: items, url, locale, total, next, csv, ...(mayDecide && { pick }) })}
${mayDecide && html`<div class="bulk">${decisions(url, [])}</div>`}`
}

/** Why, and the buttons. Of the alerts that are given, or of those that are ticked. */
export const decisions = (url: URL, alerts: readonly number[]): Html =>
  form(
    '/alerts/acknowledge',
    {},
    html`${alerts.map((alert) => html`<input type="hidden" name="alerts" value="${alert}">`)}
<div class="fields"><label class="wide">${words.why}<input name="why" required maxlength="500" placeholder="${words.whyHint}"></label>
<button class="main">${words.acknowledge}<span data-chosen></span></button>
<label>${words.snooze} ${words.snoozeFor}<select name="minutes">${Object.entries(words.hours).map(
      ([minutes, label]) => html`<option value="${minutes}">${label}</option>`,
    )}</select></label><button formaction="/alerts/snooze">${words.snooze}</button>
<button formaction="/alerts/resolve">${words.resolve}</button></div>`,
    url,
    alerts.length > 0 ? '' : 'decide',
  )
