/** What people did in the web application. */
import { Type } from 'typebox'
import { listActions, type WebAction } from '../../services/access/actions.ts'
import { question, type View } from '../definition.ts'
import { addressWith, empty, filters, input, select, state, utc } from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { type Column, table } from '../page/table.ts'
import { anyObject, count, dayOrInstantAsked, instant, nullable, pageFields, pageOf, text } from '../shapes.ts'
import { texts } from '../texts.ts'
import { administrationTabs } from './tabs.ts'

const words = texts.actions
const DONE = 'done'

export const actionShape = Type.Object({
  actionId: count,
  at: instant,
  person: text,
  action: text,
  ended: text,
  token: nullable(text),
  detail: anyObject,
})

export const actionLog = question({
  path: '/administration/actions',
  apiPath: '/actions',
  permission: 'audit.see',
  summary: 'What people and programs did in the web application, the newest first, also what was refused',
  query: Type.Object({
    person: Type.Optional(Type.String({ maxLength: 63 })),
    action: Type.Optional(Type.String({ maxLength: 200 })),
    since: Type.Optional(dayOrInstantAsked),
    isRefused: Type.Optional(Type.Boolean()),
    ...pageFields,
  }),
  answer: pageOf(actionShape),
  read: ({ pool }, filter) => listActions(pool, filter),
  rows: ({ items }) => items,
  page(view, { items, next }, { person, action, since, isRefused }) {
    const { url } = view
    const isFiltered = [person, action, since, isRefused].some((value) => value !== undefined)
    return {
      title: words.title,
      note: words.note,
      body: html`${administrationTabs(view)}
${filters(
  url,
  html`${input('person', words.person, person)}${input('action', words.action, action, html`placeholder="${words.actionHint}"`)}${input('since', words.since, since, html`placeholder="${words.sinceHint}"`)}
${select(
  'isRefused',
  words.ended,
  [
    { value: '', label: words.all },
    { value: 'true', label: words.refused },
  ],
  isRefused ? 'true' : '',
)}`,
  isFiltered,
)}
${items.length === 0 ? empty(words.noneTitle, words.none) : actionTable(view, items, next, `/api/v1/actions${addressWith(url, { format: 'csv', limit: '1000' }).slice(url.pathname.length)}`)}`,
    }
  },
})

export function actionTable(
  { url, visitor }: View,
  actions: readonly WebAction[],
  next: string | null = null,
  csv = '',
): Html {
  const columns: Column<WebAction>[] = [
    {
      name: 'what',
      heading: words.what,
      phone: 'lead',
      cell: ({ action, detail }) =>
        html`<b>${action.replace(/^POST /, '')}</b><span class="under">${Object.entries(detail)
          .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
          .join(' · ')
          .slice(0, DETAIL_SHOWN)}</span>`,
    },
    {
      name: 'ended',
      heading: words.ended,
      phone: 'aside',
      cell: ({ ended }) => (ended === DONE ? state('ok', words.done) : state('watch', ended)),
    },
    {
      name: 'who',
      heading: words.who,
      cell: ({ person, token }) =>
        html`${person}${token && html` <span class="quiet">${words.token} <code>${token}</code></span>`}`,
    },
    { name: 'when', heading: words.when, cell: ({ at }) => utc(at) },
  ]
  return table({ caption: words.title, columns, rows: actions, url, locale: visitor.locale, next, ...(csv && { csv }) })
}

/** The whole of it is in the API's answer. */
const DETAIL_SHOWN = 200
