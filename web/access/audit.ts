/** Who changed what: the audit log, and one entry of it. */
import { Type } from 'typebox'
import { type AuditEntry, listAudit, readAuditEntry } from '../../services/access/audit.ts'
import { question, type View } from '../definition.ts'
import { empty, facts, filters, input, isFilteredBy, section, utc } from '../page/components.ts'
import { type Content, type Html, html } from '../page/html.ts'
import { csvAddress, table } from '../page/table.ts'
import { anyObject, choice, count, dayOrInstantAsked, instant, nullable, pageFields, pageOf, text } from '../shapes.ts'
import { texts } from '../texts.ts'
import { administrationTabs } from './tabs.ts'

const words = texts.audit
/** The whole of a change is on the page of its entry. */
const CHANGE_CHARACTERS_SHOWN = 160

const entryShape = Type.Object({
  auditId: count,
  position: count,
  at: instant,
  login: text,
  person: nullable(text),
  proof: choice(['session', 'token', 'os_user', 'recorded', 'none']),
  via: text,
  address: nullable(text),
  request: nullable(text),
  action: text,
  object: text,
  objectId: nullable(text),
  before: nullable(anyObject),
  after: nullable(anyObject),
})

const filterNames = ['person', 'object', 'id', 'action', 'via', 'since', 'until'] as const
const short = Type.Optional(Type.String({ maxLength: 200 }))

export const auditLog = question({
  path: '/administration/audit',
  apiPath: '/audit',
  permission: 'audit.see',
  summary: 'Who changed what, when and from where, the newest first',
  query: Type.Object({
    person: short,
    object: short,
    id: short,
    action: short,
    via: short,
    since: Type.Optional(dayOrInstantAsked),
    until: Type.Optional(dayOrInstantAsked),
    ...pageFields,
  }),
  answer: pageOf(entryShape),
  read: ({ pool }, filter) => listAudit(pool, filter),
  rows: ({ items }) => items,
  page(view, { items, next }, { person, object, action, since }) {
    const { url } = view
    return {
      title: words.title,
      note: words.note,
      body: html`${administrationTabs(view)}
${filters(
  url,
  html`${input('person', words.person, person)}${input('object', words.object, object, html`placeholder="${words.objectHint}"`)}${input('action', words.action, action, html`placeholder="${words.actionHint}"`)}${input('since', words.since, since, html`placeholder="${words.sinceHint}"`)}`,
  isFilteredBy(url, filterNames),
)}
${items.length === 0 ? empty(words.noneTitle, words.none) : entryTable(view, items, next)}`,
    }
  },
})

const addressOf = ({ position }: AuditEntry): string => `/administration/audit/${position}`

const entryTable = ({ url, visitor }: View, rows: readonly AuditEntry[], next: string | null): Html =>
  table({
    caption: words.title,
    columns: [
      {
        name: 'what',
        heading: words.what,
        phone: 'lead',
        cell: (entry) =>
          html`<a href="${addressOf(entry)}"><b>${entry.action} ${entry.object}</b>${entry.objectId && html` ${entry.objectId}`}</a><span class="under">${changeOf(entry)}</span>`,
      },
      { name: 'who', heading: words.who, cell: whoOf },
      {
        name: 'from',
        heading: words.from,
        cell: ({ via, address }) => html`${via}${address && html` <span class="quiet">${address}</span>`}`,
      },
      { name: 'when', heading: words.when, phone: 'aside', cell: ({ at }) => utc(at) },
    ],
    rows,
    url,
    locale: visitor.locale,
    next,
    csv: csvAddress(url),
  })

const whoOf = ({ person, proof }: AuditEntry): Content =>
  html`${person ?? html`<span class="quiet">${words.unknown}</span>`} <span class="quiet small">${words.proofs[proof]}</span>`

function changeOf({ before, after }: AuditEntry): string {
  const changed = Object.entries(after ?? before ?? {}).map(([name, value]) => `${name} ${shown(value)}`)
  const whole = changed.join(' · ')
  return whole.length > CHANGE_CHARACTERS_SHOWN ? `${whole.slice(0, CHANGE_CHARACTERS_SHOWN).toWellFormed()}…` : whole
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

export const auditEntry = question({
  path: '/administration/audit/:position',
  apiPath: '/audit/:position',
  permission: 'audit.see',
  summary: 'One entry of the audit log, by its position in the chain',
  query: Type.Object({ position: Type.Integer({ minimum: 1 }) }),
  answer: entryShape,
  read: ({ pool }, { position }) => readAuditEntry(pool, position),
  page(_, entry) {
    const { position, at, login, via, address, request, action, object, objectId, before, after } = entry
    return {
      title: words.entry(position),
      note: html`<a href="/administration/audit">${words.title}</a> · ${utc(at)}`,
      body: html`<div class="columns"><div>${section(`${action} ${object} ${objectId ?? ''}`, changes(before, after))}</div>
<aside>${facts([
        [words.who, whoOf(entry)],
        [words.from, html`${via}${address && html` ${address}`}`],
        ...(request === null ? [] : ([[words.request, request]] as const)),
        [words.login, login],
        [words.position, String(position)],
      ])}</aside></div>`,
    }
  },
})

function changes(before: AuditEntry['before'], after: AuditEntry['after']): Html {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].sort()
  const cell = (row: AuditEntry['before'], name: string): Content =>
    row?.[name] === undefined ? html`<span class="quiet">${words.nothing}</span>` : shown(row[name])
  return html`<table class="rows"><thead><tr><th>${words.change}</th><th>${words.before}</th><th>${words.after}</th></tr></thead>
<tbody>${names.map((name) => html`<tr><th scope="row">${name}</th><td>${cell(before, name)}</td><td>${cell(after, name)}</td></tr>`)}</tbody></table>`
}
