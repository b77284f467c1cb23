/** What people expect to sell in place of a forecast: made on the page of a product in a store, listed here with what it was worth. */
import { Type } from 'typebox'
import { addDays } from '../../contracts/calendar.ts'
import { formatDay, formatNumber, formatPercent } from '../../platform/format.ts'
import { isAllowed } from '../../services/access/permissions.ts'
import {
  type ForecastOverride,
  listOverrides,
  OVERRIDE_DAYS_MAX,
  type OverrideState,
  type OverrideValue,
  overrideForecast,
  overrideStates,
  readOverrideValue,
  withdrawOverride,
} from '../../services/forecasting/overrides.ts'
import { type Choices, readStockChoices } from '../../services/live-state/stock.ts'
import { action, question, type View } from '../definition.ts'
import { itemPath, storeChoices } from '../live-state/places.ts'
import {
  empty,
  filters,
  form,
  input,
  isFilteredBy,
  type Stat,
  type State,
  selectOrAll,
  state,
  stats,
} from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { type Column, csvAddress, table } from '../page/table.ts'
import { choice, count, day, dayAsked, decimal, instant, nullable, pageFields, text } from '../shapes.ts'
import { texts } from '../texts.ts'
import { forecastTabs } from './tabs.ts'

const words = texts.overrides

const kinds: Record<OverrideState, State> = { in_force: 'ok', over: 'off', expired: 'off', withdrawn: 'off' }

export const overrideShape = Type.Object({
  overrideId: count,
  store: text,
  product: text,
  productName: text,
  from: day,
  to: day,
  quantity: nullable(decimal),
  factor: nullable(decimal),
  why: text,
  expires: day,
  by: text,
  createdAt: instant,
  withdrawnBy: nullable(text),
  withdrawnAt: nullable(instant),
  withdrawnWhy: nullable(text),
  state: choice(overrideStates),
  daysMeasured: count,
  untouchedError: nullable(decimal),
  overriddenError: nullable(decimal),
})
const valueShape = Type.Object({ days: count, untouchedError: decimal, overriddenError: decimal, betterDays: count })

export const overrideList = question({
  path: '/forecasts/overrides',
  permission: 'stock.see',
  summary: words.summary,
  query: Type.Object({
    store: Type.Optional(Type.String({ maxLength: 200 })),
    product: Type.Optional(Type.String({ maxLength: 200 })),
    state: Type.Optional(Type.Enum([...overrideStates])),
    ...pageFields,
  }),
  answer: Type.Object({
    items: Type.Array(overrideShape),
    next: nullable(Type.String()),
    value: valueShape,
    stores: Type.Array(Type.Object({ id: text, name: text })),
  }),
  async read({ pool }, filter) {
    const { stores }: Choices = await readStockChoices(pool)
    return { ...(await listOverrides(pool, filter)), value: await readOverrideValue(pool, filter), stores }
  },
  rows: ({ items }) => items,
  page(view, { items, next, value, stores }, { store, product, state: wanted }) {
    const { url, visitor } = view
    const isFiltered = isFilteredBy(url, ['store', 'product', 'state'])
    return {
      title: texts.forecasts.title,
      note: words.note,
      body: html`${forecastTabs(view)}${filters(
        url,
        html`${selectOrAll('store', texts.forecasts.store, storeChoices({ stores }), store ?? '')}${input('product', words.product, product)}${selectOrAll(
          'state',
          words.state,
          overrideStates.map((one) => ({ value: one, label: words.states[one] })),
          wanted,
        )}`,
        isFiltered,
      )}
${value.days > 0 && stats(valueStats(value, visitor.locale))}
${
  items.length === 0
    ? isFiltered
      ? empty(words.noMatchTitle, texts.alerts.noMatch)
      : empty(words.noneTitle, words.none)
    : overrideTable(view, items, { next, csv: csvAddress(url) })
}`,
    }
  },
})

function valueStats({ days, untouchedError, overriddenError, betterDays }: OverrideValue, locale: string): Stat[] {
  const units = (amount: string | number) => formatNumber(locale, amount, 1)
  return [
    {
      label: words.compared,
      value: formatNumber(locale, days),
      compared: words.better(formatPercent(locale, betterDays / days)),
    },
    { label: words.untouchedOff, value: units(untouchedError), compared: words.unitsOff },
    { label: words.overriddenOff, value: units(overriddenError), compared: words.unitsOff },
    {
      label: words.value,
      value: valueAdded(Number(untouchedError) - Number(overriddenError), locale),
      compared: words.valueMeans,
    },
  ]
}

/** Units by which overrides were nearer. */
const valueAdded = (units: number, locale: string): Html =>
  state(units < 0 ? 'act' : 'ok', `${units < 0 ? '−' : '+'}${formatNumber(locale, Math.abs(units), 1)}`)

export const effectOf = (
  { quantity, factor }: Pick<ForecastOverride, 'quantity' | 'factor'>,
  locale: string,
): string =>
  quantity === null ? words.times(formatNumber(locale, factor!, 3)) : words.aDay(formatNumber(locale, quantity, 3))

interface TableParts {
  next?: string | null
  csv?: string
}

export function overrideTable(
  { url, visitor: { locale, role } }: View,
  items: readonly ForecastOverride[],
  parts: TableParts = {},
): Html {
  const mayDecide = isAllowed(role, 'forecasts.decide')
  const columns: Column<ForecastOverride>[] = [
    {
      name: 'what',
      heading: words.what,
      phone: 'lead',
      cell: (one) =>
        html`<a class="title" href="${itemPath(one.store, one.product)}">${one.productName}</a><span class="under">${one.store} · ${words.number(one.overrideId)}</span>`,
    },
    {
      name: 'effect',
      heading: words.effect,
      isNumber: true,
      phone: 'aside',
      cell: (one) => html`<b>${effectOf(one, locale)}</b>`,
    },
    {
      name: 'days',
      heading: words.days,
      cell: ({ from, to }) =>
        html`<span class="nowrap">${from === to ? formatDay(locale, from) : words.range(formatDay(locale, from), formatDay(locale, to))}</span>`,
    },
    {
      name: 'why',
      heading: words.why,
      cell: ({ why, by, withdrawnBy, withdrawnWhy }) =>
        html`${why}<span class="under">${by}${withdrawnBy !== null && ` · ${words.withdrawnBy(withdrawnBy, withdrawnWhy ?? '')}`}</span>`,
    },
    {
      name: 'state',
      heading: words.state,
      cell: (one) =>
        html`${state(kinds[one.state], words.states[one.state])}${one.state === 'in_force' && one.expires !== one.to && html`<span class="under">${words.until(formatDay(locale, one.expires))}</span>`}`,
    },
    {
      name: 'value',
      heading: words.value,
      isNumber: true,
      isNamed: true,
      cell: ({ daysMeasured, untouchedError, overriddenError }) =>
        daysMeasured > 0 &&
        html`${valueAdded(Number(untouchedError) - Number(overriddenError), locale)}<span class="under">${words.measured(daysMeasured)}</span>`,
    },
    {
      name: 'act',
      heading: '',
      cell: (one) =>
        mayDecide && (one.state === 'in_force' || one.state === 'expired')
          ? form(
              withdrawPath(one.overrideId),
              { why: words.noLonger },
              html`<button class="small" aria-label="${words.withdrawOne(one.overrideId)}">${words.withdraw}</button>`,
              url,
            )
          : '',
    },
  ]
  return table({ caption: words.title, columns, rows: items, url, locale, ...parts })
}

const withdrawPath = (overrideId: number): string => `/forecasts/overrides/${overrideId}/withdraw`

const DAYS_USUAL = 7

/** For a product in a store. @param today of the store */
export const overrideForm = ({ url }: View, store: string, product: string, today: string): Html => {
  const dates = html`type="date" required min="${today}"`
  return form(
    '/forecasts/override',
    { store, product },
    html`<div class="fields">${input('from', words.from, addDays(today, 1), dates)}${input('to', words.to, addDays(today, DAYS_USUAL), dates)}
${input('factor', words.factor, '', html`type="number" min="0" max="100" step="any" placeholder="1.2"`)}${input('quantity', words.quantity, '', html`type="number" min="0" step="any"`)}
<label class="wide">${words.why}<input name="why" required maxlength="500" placeholder="${words.whyHint}"></label>${input('expires', words.expires, '', html`type="date" min="${today}"`)}
<button class="main">${words.override}</button><button name="dryRun" value="true">${words.dryRun}</button></div><p class="small quiet">${words.means}</p>`,
    url,
  )
}

const amount = Type.Optional(Type.String({ maxLength: 20 }))
const why = Type.String({ minLength: 1, maxLength: 500 })

export const overrideActions = [
  action({
    path: '/forecasts/override',
    permission: 'forecasts.decide',
    summary: `Override the forecast of a product in a store for at most ${OVERRIDE_DAYS_MAX} days, by units a day or a factor; orders are planned with it`,
    input: Type.Object({
      store: Type.String({ minLength: 1, maxLength: 200 }),
      product: Type.String({ minLength: 1, maxLength: 200 }),
      from: dayAsked,
      to: dayAsked,
      quantity: amount,
      factor: amount,
      why,
      expires: Type.Optional(dayAsked),
      dryRun: Type.Optional(Type.Boolean()),
    }),
    answer: Type.Object({
      overrideId: nullable(count),
      productName: text,
      days: Type.Array(Type.Object({ day, untouched: nullable(decimal), overridden: nullable(decimal) })),
    }),
    run: ({ pool, visitor }, { dryRun = false, ...request }) =>
      overrideForecast(pool, request, visitor.person, { isDryRun: dryRun }),
    done({ overrideId, productName, days }) {
      const sum = (name: 'untouched' | 'overridden') =>
        days.reduce((total, each) => total + Number(each[name] ?? 0), 0).toFixed(1)
      const change = words.changed(productName, days.length, sum('untouched'), sum('overridden'))
      if (overrideId === null) return { text: words.wouldBe(change) }
      return { text: change, undo: { path: withdrawPath(overrideId), fields: { why: words.takenBack } } }
    },
  }),
  action({
    path: '/forecasts/overrides/:override/withdraw',
    permission: 'forecasts.decide',
    summary: 'Withdraw an override: plans stop using it',
    input: Type.Object({ override: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), why }),
    answer: Type.Object({ override: count, isChanged: Type.Boolean() }),
    run: async ({ pool, visitor }, { override, why }) => ({
      override,
      isChanged: await withdrawOverride(pool, override, { by: visitor.person, why }),
    }),
    done: ({ override, isChanged }) => ({ text: words.withdrawn(override, isChanged) }),
  }),
]
