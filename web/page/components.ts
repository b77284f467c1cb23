/** What pages are made of. Everything that is put in is escaped. */
import { isAllowed, type Permission } from '../../services/access/permissions.ts'
import type { View } from '../definition.ts'
import { texts } from '../texts.ts'
import { type Content, type Html, html } from './html.ts'

/** The same four everywhere: in tables, grids and charts. Each has a shape of its own, for those who do not see its colour. */
export type State = 'ok' | 'watch' | 'act' | 'off'

const shapes: Record<State, Html> = {
  ok: html`<circle cx="5" cy="5" r="3.5" />`,
  watch: html`<path d="M5 1.2 9 8.6H1Z" fill="none" />`,
  act: html`<path d="M5 .8 9.2 5 5 9.2.8 5Z" />`,
  off: html`<circle cx="5" cy="5" r="3.5" fill="none" />`,
}

export const state = (kind: State, text: Content): Html =>
  html`<span class="state ${kind}"><svg viewBox="0 0 10 10" aria-hidden="true">${shapes[kind]}</svg>${text}</span>`

export const tag = (text: Content): Html => html`<span class="tag">${text}</span>`

export const section = (title: string, body: Content, aside: Content = ''): Html =>
  html`<section><header><h2>${title}</h2>${aside && html`<div class="small quiet">${aside}</div>`}</header>${body}</section>`

/** What may be wider than the page: it scrolls on its own, also by the keyboard. */
export const scrollable = (label: string, body: Content): Html =>
  html`<div class="scroll" tabindex="0" role="group" aria-label="${label}">${body}</div>`

export interface Stat {
  label: string
  value: Content
  /** What it is compared with, such as `▲ 6 % on last Sat`. */
  compared?: Content
  href?: string
  values?: readonly number[]
}

export const stats = (all: readonly Stat[]): Html =>
  html`<dl class="stats">${all.map(
    ({ label, value, compared, href, values }) =>
      html`<div class="stat"><dt>${label}</dt><dd class="value">${href === undefined ? value : html`<a href="${href}">${value}</a>`}</dd>${
        compared && html`<dd class="small">${compared}</dd>`
      }${values && html`<dd>${sparkline(values)}</dd>`}</div>`,
  )}</dl>`

/** The change against a figure that is not zero; `isGood` sets which way is good. */
export function change(now: number, before: number, isGood: 'up' | 'down', percent: (share: number) => string): Html {
  if (before === 0) return html`<span class="quiet">${texts.noComparison}</span>`
  const share = now / before - 1
  const kind = Math.abs(share) < 0.005 ? '' : share > 0 === (isGood === 'up') ? 'better' : 'worse'
  return html`<span class="${kind}">${share >= 0 ? '▲' : '▼'} ${percent(Math.abs(share))}</span>`
}

/** A line without axes, from zero; the numbers are beside it. */
export function sparkline(values: readonly number[]): Html {
  const most = Math.max(1e-9, ...values)
  const step = values.length > 1 ? 100 / (values.length - 1) : 0
  const points = values.map((value, index) => `${(index * step).toFixed(1)} ${(27 - (26 * value) / most).toFixed(1)}`)
  return html`<svg class="spark" viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden="true"><path d="M${points.join('L')}" /></svg>`
}

/** How much of something is there, 0 to 1. */
export const bar = (share: number, kind: State | '' = ''): Html =>
  html`<span class="bar ${kind}" aria-hidden="true"><svg viewBox="0 0 100 6" preserveAspectRatio="none"><rect width="${(
    100 * Math.min(1, Math.max(0, share))
  ).toFixed(1)}" height="6" /></svg></span>`

/** Commands in a text are between backquotes. */
const withCommands = (text: string): Html =>
  html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`

export const empty = (title: string, text: Content, actions: Content = ''): Html =>
  html`<div class="empty"><h2>${title}</h2><p>${typeof text === 'string' ? withCommands(text) : text}</p>${actions && html`<p>${actions}</p>`}</div>`

export const message = (kind: State, text: Content): Html => html`<div class="message ${kind}">${text}</div>`

export const facts = (all: readonly (readonly [string, Content])[]): Html =>
  html`<dl class="facts">${all
    .filter(([, value]) => value !== null && value !== undefined && value !== '' && value !== false)
    .map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`

export interface Step {
  what: Content
  when: Content
  why?: Content
}

export const history = (steps: readonly Step[]): Html =>
  html`<ol class="history">${steps.map(
    ({ what, when, why }) =>
      html`<li><div>${what}</div>${why && html`<div class="quiet">${why}</div>`}<div class="small">${when}</div></li>`,
  )}</ol>`

/** A form that acts: it works without script, and comes back to its page. */
export function form(path: string, fields: Readonly<Record<string, string>>, body: Content, back: URL, id = ''): Html {
  const hidden = { ...fields, back: back.pathname + back.search }
  return html`<form method="post" action="${path}" ${id && html`id="${id}"`}>${Object.entries(hidden).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )}${body}</form>`
}

export interface Choice {
  value: string
  label: string
}

export const select = (name: string, label: string, choices: readonly Choice[], chosen: string | undefined): Html =>
  html`<label>${label}<select name="${name}">${choices.map(
    (choice) =>
      html`<option value="${choice.value}" ${choice.value === (chosen ?? '') ? html`selected` : ''}>${choice.label}</option>`,
  )}</select></label>`

/** A filter: all, or one. */
export const selectOrAll = (name: string, label: string, choices: readonly Choice[], chosen?: string): Html =>
  select(name, label, [{ value: '', label: texts.all }, ...choices], chosen)

export const input = (name: string, label: string, value: string | undefined, attributes: Content = ''): Html =>
  html`<label>${label}<input name="${name}" value="${value ?? ''}" ${attributes}></label>`

export const textArea = (name: string, label: string, value: string, attributes: Content = ''): Html =>
  html`<label class="wide">${label}<textarea name="${name}" rows="3" ${attributes}>${value}</textarea></label>`

/** An instant where no store gives a zone: in UTC, with the zone named. */
export const utc = (instant: Date): Html =>
  html`<time class="nowrap" datetime="${instant.toISOString()}">${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC</time>`

/** A list that was typed: separated by commas or spaces. */
export const typedList = (values: readonly string[] = []): string[] =>
  values.flatMap((value) => value.split(/[\s,]+/)).filter((value) => value !== '')

/** Filters are in the address: the form asks by GET. */
export const filters = (view: URL, fields: Content, isFiltered: boolean): Html =>
  html`<form class="filters fields" method="get" action="${view.pathname}">${fields}<button>${texts.filter.show}</button>${
    isFiltered && html`<a class="button" href="${view.pathname}">${texts.filter.clear}</a>`
  }</form>`

/** Whether the address has a value for one of these filters. */
export const isFilteredBy = (view: URL, names: readonly string[]): boolean =>
  names.some((name) => (view.searchParams.get(name) ?? '') !== '')

/** The address with other values; null takes one away. The list starts at its first page. */
export function addressWith(view: URL, values: Readonly<Record<string, string | null>>): string {
  const address = new URL(view)
  address.searchParams.delete('cursor')
  for (const [name, value] of Object.entries(values)) {
    if (value === null) address.searchParams.delete(name)
    else address.searchParams.set(name, value)
  }
  return address.pathname + address.search
}

export interface Tab {
  href: string
  label: string
  permission: Permission
}

/** Pages that belong together, those that the visitor may open. */
export const tabs = (label: string, all: readonly Tab[], { visitor, url }: View): Html =>
  html`<nav class="tabs" aria-label="${label}">${all
    .filter(({ permission }) => isAllowed(visitor.role, permission))
    .map(
      ({ href, label }) => html`<a href="${href}" ${url.pathname === href && html`aria-current="page"`}>${label}</a>`,
    )}</nav>`

export const chips = (all: readonly { label: Content; href: string; isCurrent: boolean }[]): Html =>
  html`<nav class="chips" aria-label="${texts.filter.label}">${all.map(
    ({ label, href, isCurrent }) => html`<a href="${href}" ${isCurrent && html`aria-current="true"`}>${label}</a>`,
  )}</nav>`
