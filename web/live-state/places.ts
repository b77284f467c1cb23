/** The pages about what is where, and the row of links between them. */

import { formatDay, formatNumber } from '../../platform/format.ts'
import type { Choices } from '../../services/live-state/stock.ts'
import { type Choice, chips, type State, state } from '../page/components.ts'
import { type Content, type Html, html } from '../page/html.ts'
import { texts } from '../texts.ts'

const words = texts.stock

const views = [
  { href: '/stock', label: words.views.shelves },
  { href: '/stock/warehouses', label: words.views.warehouses },
  { href: '/stock/lots', label: words.views.lots },
]

export const placeViews = (url: URL): Html =>
  chips(views.map(({ href, label }) => ({ href, label, isCurrent: url.pathname === href })))

/** Stores to choose from. */
export const storeChoices = ({ stores }: Pick<Choices, 'stores'>): Choice[] =>
  stores.map(({ id, name }) => ({ value: id, label: `${name} (${id})` }))

export const itemPath = (store: string, product: string): string =>
  `/stock/${encodeURIComponent(store)}/${encodeURIComponent(product)}`
export const mapPath = (store: string, product?: string): string =>
  `/map/${encodeURIComponent(store)}${product === undefined ? '' : `?product=${encodeURIComponent(product)}`}`

export const riskState = (probability: number): State =>
  probability > 0.8 ? 'act' : probability > 0.4 ? 'watch' : 'ok'

const NEAR_DAYS = 2

export const expiryState = (days: number): State => (days < 0 ? 'act' : days <= NEAR_DAYS ? 'watch' : 'off')

export const expiry = (locale: string, day: string | null, days: number | null): Content =>
  day !== null &&
  days !== null &&
  html`<time class="nowrap" datetime="${day}">${state(expiryState(days), formatDay(locale, day))}</time>`

export const cover = (locale: string, days: number | null): string =>
  days === null ? '' : words.days(formatNumber(locale, days, 1))
