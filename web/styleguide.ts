/** For development: every component once, so that a change of one can be looked at, and tested, in one place. */
import { Type } from 'typebox'
import { formatMoney, formatNumber, formatPercent } from '../platform/format.ts'
import { question } from './definition.ts'
import {
  bar,
  change,
  chips,
  empty,
  facts,
  filters,
  form,
  history,
  input,
  message,
  section,
  select,
  sparkline,
  state,
  stats,
  tabs,
  tag,
  textArea,
  utc,
} from './page/components.ts'
import { html } from './page/html.ts'
import { type Column, table } from './page/table.ts'
import { positionChart } from './purchase-orders/position-chart.ts'
import { texts } from './texts.ts'

const words = texts.styleguide

interface Sample {
  name: string
  quantity: number
  value: string
}

const rows: readonly Sample[] = [
  { name: 'Whole milk 1 l', quantity: 360, value: '223.20' },
  { name: 'Sourdough loaf', quantity: 48, value: '91.20' },
]

export const styleguide = question({
  path: '/styleguide',
  permission: 'own.see',
  summary: 'Every component of the pages',
  query: Type.Object({ sort: Type.Optional(Type.String({ maxLength: 20 })) }),
  answer: Type.Object({}),
  read: async () => ({}),
  page(view) {
    const { url, visitor } = view
    const { locale } = visitor
    const percent = (share: number) => formatPercent(locale, share)
    const columns: Column<Sample>[] = [
      {
        name: 'name',
        heading: texts.orders.product,
        phone: 'lead',
        sortedBy: ({ name }) => name,
        cell: ({ name }) => html`<a class="title" href="#">${name}</a>`,
      },
      {
        name: 'quantity',
        heading: texts.orders.quantity,
        isNumber: true,
        isNamed: true,
        sortedBy: ({ quantity }) => quantity,
        cell: ({ quantity }) => formatNumber(locale, quantity),
      },
      {
        name: 'value',
        heading: texts.orders.value,
        isNumber: true,
        phone: 'aside',
        cell: ({ value }) => formatMoney(locale, value, 'GBP'),
        total: (all) =>
          formatMoney(
            locale,
            all.reduce((sum, { value }) => sum + Number(value), 0),
            'GBP',
          ),
      },
    ]
    const links = [
      { href: url.pathname, label: words.one, permission: 'own.see' },
      { href: '/account', label: words.other, permission: 'own.see' },
    ] as const
    const choices = [
      { value: 'one', label: words.one },
      { value: 'other', label: words.other },
    ]
    return {
      title: words.title,
      note: words.note,
      actions: html`<a class="button" href="#">${words.other}</a><a class="button main" href="#">${words.one}</a>`,
      body: html`${tabs(words.tabs, links, view)}
${section(
  words.states,
  html`<p>${state('ok', 'ok')} ${state('watch', 'watch')} ${state('act', 'act')} ${state('off', 'off')} ${tag('synthetic')}</p>
${message('watch', words.sentence)}${message('act', words.sentence)}`,
)}
${section(
  words.figures,
  html`${stats([
    {
      label: words.one,
      value: formatMoney(locale, 8214, 'GBP'),
      compared: change(106, 100, 'up', percent),
      values: [3, 5, 4, 8, 9, 7],
    },
    { label: words.other, value: percent(0.981), compared: change(98, 100, 'up', percent), href: '#' },
  ])}<p>${bar(0.6)} ${bar(0.2, 'act')}</p>${sparkline([1, 4, 2, 8])}`,
)}
${section(words.table, table({ caption: words.table, columns, rows, url, locale, total: 12, next: 'next', csv: '#?format=csv', pick: { form: 'sample', name: 'rows', valueOf: ({ name }) => name, labelOf: ({ name }) => name } }))}
${section(
  words.chart,
  positionChart(
    [
      { name: 'on_hand', value: 132 },
      { name: 'on_order', value: 60 },
      { name: 'mean_demand', value: 410 },
      { name: 'demand_standard_deviation', value: 64 },
    ],
    360,
    (value) => formatNumber(locale, value),
  ),
)}
${section(
  words.lists,
  html`<div class="columns"><div>${history([
    { what: words.one, why: words.sentence, when: utc(new Date('2026-11-28T08:00:00Z')) },
    { what: words.other, when: utc(new Date('2026-11-27T08:00:00Z')) },
  ])}
<ul class="entries"><li><span>${words.one}</span><button class="small">${words.other}</button></li></ul></div><aside>${facts(
    [
      [words.one, words.sentence],
      [words.other, '12'],
    ],
  )}</aside></div>`,
)}
${section(
  words.forms,
  html`${chips([
    { label: words.one, href: '#', isCurrent: true },
    { label: words.other, href: '#', isCurrent: false },
  ])}
${filters(url, html`${input('q', words.one, '')}${select('choice', words.other, choices, 'other')}`, true)}
${form(
  '/account/theme',
  {},
  html`<div class="fields">${input('day', texts.data.day, '2026-11-28', html`type="date"`)}<label class="tick"><input type="checkbox" name="tick"> ${words.one}</label><fieldset><legend>${words.other}</legend><label class="tick"><input type="checkbox" name="more"> ${words.one}</label></fieldset>${textArea('why', texts.alerts.why, words.sentence)}
<button class="main">${words.one}</button><button>${words.other}</button><button class="danger">${texts.orders.deny}</button><button class="plain">${texts.filter.clear}</button><button disabled>${words.other}</button></div>`,
  url,
  'sample',
)}`,
)}
${section(words.rest, html`${empty(texts.alerts.noneTitle, texts.alerts.none, html`<a class="button" href="#">${words.one}</a>`)}<details class="disclose"><summary>${words.one}</summary><pre>${words.sentence}</pre></details>`)}`,
    }
  },
})
