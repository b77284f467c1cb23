/** Who is notified of what. */

import { Type } from 'typebox'
import { createMailer } from '../../platform/http/mail.ts'
import { createVault } from '../../platform/vault.ts'
import { severities } from '../../services/alerts/alerts.ts'
import {
  channels,
  listRoutes,
  notificationKinds,
  type Route,
  removeRoute,
  setRoute,
  testRoute,
} from '../../services/notifications/routes.ts'
import { administrationTabs } from '../access/tabs.ts'
import { action, question } from '../definition.ts'
import { empty, form, input, section, select, typedList } from '../page/components.ts'
import { html } from '../page/html.ts'
import { type Column, table } from '../page/table.ts'
import { choice, count, nullable, text } from '../shapes.ts'
import { texts } from '../texts.ts'

const words = texts.routes

const routeShape = Type.Object({
  route: text,
  channel: choice(channels),
  address: text,
  role: text,
  stores: nullable(Type.Array(text)),
  kinds: Type.Array(choice(notificationKinds)),
  minimumSeverity: choice(severities),
  immediateFrom: choice(severities),
  quietFrom: nullable(text),
  quietUntil: nullable(text),
  digestAt: text,
  timeZone: text,
  changedBy: text,
})

export const routeList = question({
  path: '/administration/routes',
  apiPath: '/routes',
  permission: 'routes.see',
  summary: 'Routes of notifications: who is notified of what, by which channel, and when',
  query: Type.Object({}),
  answer: Type.Object({ routes: Type.Array(routeShape) }),
  read: async ({ pool, settings }) => ({ routes: await listRoutes({ pool, vault: createVault(settings) }) }),
  rows: ({ routes }) => routes,
  page(view, { routes }) {
    const { url, visitor } = view
    const columns: Column<Route>[] = [
      {
        name: 'route',
        heading: words.route,
        phone: 'lead',
        sortedBy: ({ route }) => route,
        cell: ({ route, channel, address }) =>
          html`<b>${route}</b><span class="under">${words.channels[channel]} · ${address}</span>`,
      },
      { name: 'role', heading: words.role, isNamed: true, cell: ({ role }) => role },
      {
        name: 'stores',
        heading: words.stores,
        isNamed: true,
        cell: ({ stores }) => stores?.join(', ') ?? words.allStores,
      },
      {
        name: 'kinds',
        heading: words.kinds,
        isNamed: true,
        cell: ({ kinds }) => kinds.map((kind) => words.kindNames[kind]).join(', '),
      },
      {
        name: 'severity',
        heading: words.minimum,
        isNamed: true,
        cell: ({ minimumSeverity, immediateFrom }) =>
          html`${texts.alerts.severities[minimumSeverity]}<span class="under">${words.immediate} ${texts.alerts.severities[immediateFrom].toLowerCase()}</span>`,
      },
      {
        name: 'quiet',
        heading: words.quiet,
        isNamed: true,
        cell: ({ quietFrom, quietUntil, digestAt, timeZone }) =>
          html`${quietFrom && `${quietFrom} – ${quietUntil}`}<span class="under">${words.digestAt} ${digestAt} (${timeZone})</span>`,
      },
      {
        name: 'act',
        heading: '',
        cell: ({ route }) =>
          html`<div class="actions">${form('/routes/test', { route }, html`<button class="small" aria-label="${words.testOne(route)}">${words.test}</button>`, url)}${form('/routes/remove', { route }, html`<button class="small danger" aria-label="${words.removeOne(route)}">${words.remove}</button>`, url)}</div>`,
      },
    ]
    const named = (values: readonly string[], names: Readonly<Record<string, string>>) =>
      values.map((value) => ({ value, label: names[value]! }))
    return {
      title: words.title,
      note: words.note,
      body: html`${administrationTabs(view)}
${routes.length === 0 ? empty(words.noneTitle, words.none) : table({ caption: words.title, columns, rows: routes, url, locale: visitor.locale })}
${section(
  words.set,
  html`<p class="small quiet">${words.setHint}</p>${form(
    '/routes/set',
    {},
    html`<div class="fields">${input('route', words.route, '', html`required maxlength="100"`)}${select('channel', words.channel, named(channels, words.channels), 'email')}
${input('address', words.address, '', html`required placeholder="${words.addressHint}"`)}${input('secret', words.secret, '', html`placeholder="whsec_…" autocomplete="off"`)}
${input('role', words.role, '', html`required`)}${input('stores', words.stores, '', html`placeholder="${words.allStores}"`)}
<fieldset><legend>${words.kinds}</legend>${notificationKinds.map((kind) => html`<label class="tick"><input type="checkbox" name="kinds" value="${kind}" ${(kind === 'alert' || kind === 'approval') && html`checked`}> ${words.kindNames[kind]}</label>`)}</fieldset>
${select('minimumSeverity', words.minimum, named(severities, texts.alerts.severities), 'warning')}${select('immediateFrom', words.immediate, named(severities, texts.alerts.severities), 'critical')}
${input('quietFrom', words.quietFrom, '', html`type="time"`)}${input('quietUntil', words.quietUntil, '', html`type="time"`)}
${input('digestAt', words.digestAt, '07:00', html`type="time" required`)}${input('timeZone', words.timeZone, 'UTC', html`required`)}
<button class="main">${words.save}</button></div>`,
    url,
  )}`,
)}`,
    }
  },
})

const named = { route: Type.String({ minLength: 1, maxLength: 100 }) }
const timeOfDay = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' })

export const routeActions = [
  action({
    path: '/routes/set',
    permission: 'routes.decide',
    summary: 'Create a route of notifications, or replace the one of the same name',
    input: Type.Object({
      ...named,
      channel: Type.Enum([...channels]),
      address: Type.String({ minLength: 1, maxLength: 2_000 }),
      secret: Type.Optional(Type.String({ maxLength: 500 })),
      role: Type.String({ minLength: 1, maxLength: 100 }),
      stores: Type.Optional(Type.Array(Type.String({ maxLength: 2_000 }), { maxItems: 1_000 })),
      kinds: Type.Array(Type.Enum([...notificationKinds]), { minItems: 1, maxItems: notificationKinds.length }),
      minimumSeverity: Type.Enum([...severities]),
      immediateFrom: Type.Enum([...severities]),
      quietFrom: Type.Optional(timeOfDay),
      quietUntil: Type.Optional(timeOfDay),
      digestAt: timeOfDay,
      timeZone: Type.String({ minLength: 1, maxLength: 100 }),
    }),
    answer: routeShape,
    // A URL lets everyone who has it post.
    secrets: ['secret', 'address'],
    run: ({ pool, settings, visitor }, { stores, ...wanted }) => {
      const named = typedList(stores)
      return setRoute(
        { pool, vault: createVault(settings) },
        { ...wanted, ...(named.length > 0 && { stores: named }) },
        visitor.person,
      )
    },
    done: ({ route }) => ({ text: words.saved(route) }),
  }),
  action({
    path: '/routes/remove',
    permission: 'routes.decide',
    summary: 'Remove a route and its messages',
    input: Type.Object(named),
    answer: Type.Object({ route: text, messages: count }),
    run: async ({ pool }, { route }) => ({ route, ...(await removeRoute(pool, route)) }),
    done: ({ route, messages }) => ({ text: words.removed(route, messages) }),
  }),
  action({
    path: '/routes/test',
    permission: 'routes.decide',
    summary: 'Send a test message by a route now',
    input: Type.Object(named),
    answer: Type.Object({ route: text, notificationId: text, status: choice(['sent']) }),
    run: ({ pool, settings, visitor }, { route }) =>
      testRoute(
        { pool, mailer: createMailer(settings), egress: settings, vault: createVault(settings) },
        route,
        visitor.person,
      ),
    done: ({ route }) => ({ text: words.tested(route) }),
  }),
]
