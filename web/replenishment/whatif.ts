/** What a change of service, lead time or budget would do to today's orders: the same as `shelfline whatif`. */
import { Worker } from 'node:worker_threads'
import { Type } from 'typebox'
import { formatDay, formatMoney, formatNumber, formatPercent } from '../../platform/format.ts'
import { ForbiddenError, InvalidError, UnavailableError } from '../../services/errors.ts'
import {
  fillOf,
  type PricedOrders,
  type SupplierComparison,
  totalsOf,
  type WhatIfAnswer,
  type WhatIfChange,
} from '../../services/replenishment/whatif.ts'
import { type Asked, question, type View } from '../definition.ts'
import { empty, filters, input, isFilteredBy, message, type Stat, section, stats } from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { type Column, table } from '../page/table.ts'
import { count, day, nullable, text } from '../shapes.ts'
import { texts } from '../texts.ts'
import type { ThreadAnswer, ThreadInput } from './whatif-thread.ts'

const words = texts.whatIf

/** A reader who waits longer asks for a part of it. */
const COMPUTE_MS_MAX = 30_000
/** Each takes a processor while it lasts. */
const THREADS_MAX = 2
/** Of what is asked for in the page; the slider of the budget ends there when today's orders are worth less. */
const BUDGET_SHOWN_MIN = 10_000

const amount = Type.Number()
const priced = Type.Object({
  orders: count,
  lines: count,
  units: amount,
  value: amount,
  demand: amount,
  lost: amount,
  wasted: amount,
})
const comparison = Type.Object({
  supplierId: text,
  currency: text,
  reviewed: count,
  present: priced,
  changed: priced,
})

export const whatIfPage = question({
  path: '/whatif',
  permission: 'suppliers.see',
  summary: words.summary,
  query: Type.Object({
    serviceTarget: Type.Optional(Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 })),
    leadTimeDays: Type.Optional(Type.Integer({ minimum: -30, maximum: 60 })),
    budgetPerDay: Type.Optional(Type.Number({ minimum: 0, maximum: 1e9 })),
    location: Type.Optional(Type.String({ maxLength: 200 })),
    supplier: Type.Optional(Type.String({ maxLength: 200 })),
  }),
  answer: Type.Object({
    compared: nullable(
      Type.Object({ date: day, locations: count, closed: Type.Array(text), suppliers: Type.Array(comparison) }),
    ),
  }),
  async read(asked, { location, supplier, ...change }): Promise<{ compared: WhatIfAnswer | null }> {
    await requireWholeSight(asked)
    if (Object.keys(change).length === 0) return { compared: null }
    const scope = { ...(location !== undefined && { location }), ...(supplier !== undefined && { supplier }) }
    return { compared: await inThread(asked, { ...scope, change }) }
  },
  rows: ({ compared }) =>
    (compared?.suppliers ?? []).map(({ present, changed, ...supplier }) => ({
      ...supplier,
      ...prefixed('present', present),
      ...prefixed('changed', changed),
    })),
  page(view, { compared }, query) {
    const { url, visitor } = view
    return {
      title: words.title,
      note: compared === null ? words.note : words.on(formatDay(visitor.locale, compared.date), compared.locations),
      script: 'whatif.js',
      body: html`${filters(
        url,
        html`${slider('serviceTarget', words.service, query.serviceTarget, { min: 0.8, max: 0.999, step: 0.001 })}
${slider('leadTimeDays', words.leadTime, query.leadTimeDays, { min: -5, max: 10, step: 1 })}
${slider('budgetPerDay', words.budget, query.budgetPerDay, { min: 0, max: budgetMax(compared, query), step: 10 })}
${input('location', words.location, query.location, html`maxlength="200"`)}${input('supplier', words.supplier, query.supplier, html`maxlength="200"`)}`,
        isFilteredBy(url, ['serviceTarget', 'leadTimeDays', 'budgetPerDay', 'location', 'supplier']),
      )}
<div id="result" aria-live="polite">${compared === null ? empty(words.noneTitle, words.none) : result(view, compared)}</div>`,
    }
  },
})

/** A warehouse orders for stores that a person may not see: from the rows of some stores its plan would be wrong. */
async function requireWholeSight({ pool }: Asked): Promise<void> {
  const { rows } = await pool.query<{ sees: boolean }>('select ref.sees_everything() as sees')
  if (!rows[0]!.sees) throw new ForbiddenError(words.notAll)
}

let running = 0

/**
 * Computes in a thread of its own, so that other pages do not wait for it; it ends with the request.
 *
 * @throws UnavailableError when it takes too long, or too many others are computed
 */
async function inThread(
  { settings, visitor, signal }: Asked,
  question: ThreadInput['question'] & { change: WhatIfChange },
): Promise<WhatIfAnswer> {
  if (running >= THREADS_MAX) throw new UnavailableError(words.busy, { fix: words.busyFix })
  const { postgresWebUrl: postgresUrl, timeZone } = settings
  const workerData: ThreadInput = {
    settings: { postgresUrl, postgresPoolMax: 1, timeZone },
    person: visitor.person,
    question,
  }
  running += 1
  const thread = new Worker(new URL('./whatif-thread.ts', import.meta.url), { workerData })
  const ended = Promise.withResolvers<ThreadAnswer>()
  const tooLate = setTimeout(
    () => ended.reject(new UnavailableError(words.tooLong(COMPUTE_MS_MAX / 1_000), { fix: words.tooLongFix })),
    COMPUTE_MS_MAX,
  )
  const leave = () => ended.reject(new UnavailableError(words.left))
  signal.addEventListener('abort', leave)
  thread.once('message', ended.resolve)
  thread.once('error', ended.reject)
  thread.once('exit', () => ended.reject(new Error('the thread of a what-if ended without an answer')))
  try {
    const answer = await ended.promise
    if ('refused' in answer) throw new InvalidError(answer.refused)
    if ('failed' in answer) throw new Error(answer.failed)
    return answer.answer
  } finally {
    clearTimeout(tooLate)
    signal.removeEventListener('abort', leave)
    await thread.terminate()
    running -= 1
  }
}

const prefixed = (prefix: string, orders: PricedOrders) =>
  Object.fromEntries(Object.entries(orders).map(([name, value]) => [`${prefix}_${name}`, value]))

const budgetMax = (compared: WhatIfAnswer | null, { budgetPerDay = 0 }: { budgetPerDay?: number }): number => {
  const worth = compared?.suppliers.reduce((sum, { present }) => sum + present.value, 0) ?? 0
  return Math.max(BUDGET_SHOWN_MIN, 10 ** Math.ceil(Math.log10(Math.max(1, 1.2 * worth, budgetPerDay))))
}

/** A number that may be left empty; where script runs it has a slider below it. */
const slider = (
  name: string,
  label: string,
  value: number | undefined,
  { min, max, step }: { min: number; max: number; step: number },
): Html =>
  html`<div class="slider" data-slider data-min="${min}" data-max="${max}" data-step="${step}">${input(
    name,
    label,
    value?.toString(),
    html`type="number" step="any" placeholder="${words.asItIs}"`,
  )}</div>`

function result(view: View, compared: WhatIfAnswer): Html {
  const { closed, suppliers, date } = compared
  const shown = suppliers.filter(({ present, changed }) => present.demand > 0 || changed.lines > 0 || present.lines > 0)
  return html`${closed.length > 0 && message('off', words.closed(formatDay(view.visitor.locale, date), closed.join(', ')))}
${shown.length === 0 ? empty(words.nothingTitle, words.nothing) : html`${totalsOf(shown).map((total) => stats(changeStats(total, view.visitor.locale)))}${section(words.suppliers, supplierTable(view, shown))}`}`
}

function changeStats({ currency, present, changed }: Omit<SupplierComparison, 'supplierId'>, locale: string): Stat[] {
  const money = (value: number) => formatMoney(locale, value, currency)
  const units = (value: number) => formatNumber(locale, value, 1)
  const [fill, newFill] = [fillOf(present), fillOf(changed)]
  const points = fill === null || newFill === null ? null : 100 * (newFill - fill)
  return [
    {
      label: words.cost,
      value: money(changed.value),
      compared: words.against(signed(changed.value - present.value, money), money(present.value)),
    },
    {
      label: words.fill,
      value: newFill === null ? '–' : formatPercent(locale, newFill, 2),
      compared:
        points === null
          ? undefined
          : words.against(
              words.points(signed(points, (value) => formatNumber(locale, value, 2))),
              formatPercent(locale, fill!, 2),
            ),
    },
    {
      label: words.waste,
      value: units(changed.wasted),
      compared: words.against(signed(changed.wasted - present.wasted, units), units(present.wasted)),
    },
    {
      label: words.lost,
      value: units(changed.lost),
      compared: words.against(signed(changed.lost - present.lost, units), units(present.lost)),
    },
  ]
}

const signed = (value: number, format: (value: number) => string): string =>
  `${value < 0 ? '−' : '+'}${format(Math.abs(value))}`

function supplierTable({ url, visitor: { locale } }: View, suppliers: readonly SupplierComparison[]): Html {
  const change = (present: string, changed: string): Html =>
    html`${changed}${present !== changed && html`<span class="under">${words.today(present)}</span>`}`
  const percent = (orders: PricedOrders) => {
    const fill = fillOf(orders)
    return fill === null ? '–' : formatPercent(locale, fill, 2)
  }
  const columns: Column<SupplierComparison>[] = [
    {
      name: 'supplier',
      heading: words.supplier,
      phone: 'lead',
      sortedBy: ({ supplierId }) => supplierId,
      cell: ({ supplierId }) =>
        html`<a class="title" href="/suppliers/${encodeURIComponent(supplierId)}">${supplierId}</a>`,
    },
    {
      name: 'value',
      heading: words.cost,
      isNumber: true,
      phone: 'aside',
      sortedBy: ({ changed }) => changed.value,
      cell: ({ currency, present, changed }) =>
        change(formatMoney(locale, present.value, currency), formatMoney(locale, changed.value, currency)),
    },
    {
      name: 'lines',
      heading: words.lines,
      isNumber: true,
      isNamed: true,
      cell: ({ present, changed }) => change(formatNumber(locale, present.lines), formatNumber(locale, changed.lines)),
    },
    {
      name: 'fill',
      heading: words.fill,
      isNumber: true,
      isNamed: true,
      cell: ({ present, changed }) => change(percent(present), percent(changed)),
    },
    {
      name: 'waste',
      heading: words.waste,
      isNumber: true,
      isNamed: true,
      cell: ({ present, changed }) =>
        change(formatNumber(locale, present.wasted, 1), formatNumber(locale, changed.wasted, 1)),
    },
  ]
  return table({
    caption: words.suppliers,
    columns,
    rows: suppliers,
    url,
    locale,
    csv: `/api/v1/whatif${url.search}&format=csv`,
  })
}
