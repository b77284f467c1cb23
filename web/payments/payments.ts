/** What was not paid, what was paid back, and what banks have taken back. */
import { type TSchema, Type } from 'typebox'
import { formatInstant, formatMoney, formatNumber } from '../../platform/format.ts'
import { type Choices, readStockChoices } from '../../services/live-state/stock.ts'
import {
  type ChargeBack,
  type Listed,
  listChargeBacks,
  listRefunds,
  listUnpaidSales,
  PAYMENT_DAYS_MAX,
  PAYMENTS_MAX,
  type Refund,
  refundReasons,
  type UnpaidSale,
} from '../../services/payments/payments.ts'
import { question, type View } from '../definition.ts'
import { storeChoices } from '../live-state/places.ts'
import { choicesShape } from '../live-state/shapes.ts'
import { chips, empty, filters, isFilteredBy, select, selectOrAll, state } from '../page/components.ts'
import { type Content, type Html, html } from '../page/html.ts'
import { type Column, table } from '../page/table.ts'
import { choice, count, decimal, instant, nullable, text } from '../shapes.ts'
import { texts } from '../texts.ts'

const words = texts.payments

const UNPAID = '/payments'
const REFUNDS = '/payments/refunds'
const CHARGE_BACKS = '/payments/charge-backs'

const views = (url: URL): Html =>
  chips(
    [
      { href: UNPAID, label: words.views.unpaid },
      { href: REFUNDS, label: words.views.refunds },
      { href: CHARGE_BACKS, label: words.views.chargeBacks },
    ].map((view) => ({ ...view, isCurrent: url.pathname === view.href })),
  )

const filter = {
  store: Type.Optional(Type.String({ maxLength: 200 })),
  days: Type.Optional(Type.Integer({ minimum: 1, maximum: PAYMENT_DAYS_MAX })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAYMENTS_MAX })),
}

const ofStore = {
  storeId: text,
  transactionId: text,
  tillId: nullable(text),
  riskScore: nullable(count),
  currency: nullable(text),
  timeZone: text,
}
const unpaidShape = Type.Object({
  ...ofStore,
  soldAt: instant,
  due: decimal,
  paid: decimal,
  missing: decimal,
  declines: count,
})
const refundShape = Type.Object({
  ...ofStore,
  originalTransactionId: nullable(text),
  cashierId: nullable(text),
  refundedAt: instant,
  amount: decimal,
  takenBack: decimal,
  paid: nullable(decimal),
  reasons: Type.Array(choice(refundReasons)),
})
const chargeBackShape = Type.Object({
  ...ofStore,
  soldAt: nullable(instant),
  reportedAt: instant,
  captured: decimal,
  chargedBack: decimal,
  won: decimal,
})
const listed = <Item extends TSchema>(item: Item) =>
  Type.Object({ items: Type.Array(item), total: count, choices: choicesShape })

type Shown<Item> = Listed<Item> & { choices: Choices }

const DAYS = [1, 7, 30, PAYMENT_DAYS_MAX]

/** The page of one of the lists: its filters, and its table or why there is none. */
function page<Item>(
  { url, visitor }: View,
  { items, total, choices }: Shown<Item>,
  query: { store?: string; days?: number },
  list: { caption: string; none: string; columns: readonly Column<Item>[]; more?: Content },
): { title: string; note: string; body: Html } {
  const isFiltered = isFilteredBy(url, ['store', 'days', 'suspicious'])
  return {
    title: words.title,
    note: texts.sees(visitor.sees),
    body: html`${views(url)}
${filters(
  url,
  html`${selectOrAll('store', words.store, storeChoices(choices), query.store)}
${select(
  'days',
  words.within,
  DAYS.map((days) => ({ value: String(days), label: words.days(days) })),
  String(query.days ?? 7),
)}${list.more}`,
  isFiltered,
)}
${
  items.length === 0
    ? empty(list.none, words.noneHint)
    : table({ caption: list.caption, columns: list.columns, rows: items, url, locale: visitor.locale, total })
}`,
  }
}

interface Placed {
  storeId: string
  transactionId: string
  tillId: string | null
  currency: string | null
  timeZone: string
}

const transaction = <Item extends Placed>(under: (item: Item) => Content = () => ''): Column<Item> => ({
  name: 'transaction',
  heading: words.transaction,
  phone: 'lead',
  sortedBy: ({ transactionId }) => transactionId,
  cell: (item) =>
    html`<b>${item.transactionId}</b><span class="under">${item.storeId}${item.tillId !== null && ` · ${item.tillId}`}${under(item)}</span>`,
})

const money = <Item extends Placed>(
  locale: string,
  name: string,
  heading: string,
  amountOf: (item: Item) => string | null,
  phone: 'aside' | 'rest' = 'rest',
): Column<Item> => ({
  name,
  heading,
  isNumber: true,
  isNamed: phone === 'rest',
  phone,
  sortedBy: (item) => Number(amountOf(item) ?? 0),
  cell: (item) => {
    const amount = amountOf(item)
    return amount === null
      ? html`<span class="quiet">${words.notKnown}</span>`
      : formatMoney(locale, amount, item.currency)
  },
})

const moment = <Item extends Placed>(
  locale: string,
  name: string,
  heading: string,
  momentOf: (item: Item) => Date | null,
): Column<Item> => ({
  name,
  heading,
  isNamed: true,
  sortedBy: (item) => momentOf(item)?.getTime() ?? 0,
  cell: (item) => {
    const at = momentOf(item)
    return at === null
      ? html`<span class="quiet">${words.notKnown}</span>`
      : html`<time class="nowrap" datetime="${at.toISOString()}" title="${item.timeZone}">${formatInstant(locale, at, item.timeZone)}</time>`
  },
})

const risk = <Item extends { riskScore: number | null }>(locale: string): Column<Item> => ({
  name: 'risk',
  heading: words.risk,
  isNumber: true,
  isNamed: true,
  sortedBy: ({ riskScore }) => riskScore ?? -1,
  cell: ({ riskScore }) => riskScore !== null && formatNumber(locale, riskScore),
})

export const unpaidSales = question({
  path: UNPAID,
  permission: 'payments.see',
  summary: 'Sales by card or mobile that were not paid in full, those with the most money missing first',
  query: Type.Object(filter),
  answer: listed(unpaidShape),
  async read({ pool }, query): Promise<Shown<UnpaidSale>> {
    return { ...(await listUnpaidSales(pool, query)), choices: await readStockChoices(pool) }
  },
  page(view, answer, query) {
    const { locale } = view.visitor
    const columns: Column<UnpaidSale>[] = [
      transaction(({ declines }) => declines > 0 && ` · ${words.declines(declines)}`),
      moment(locale, 'sold', words.sold, ({ soldAt }) => soldAt),
      money(locale, 'due', words.due, ({ due }) => due),
      money(locale, 'paid', words.paid, ({ paid }) => paid),
      money(locale, 'missing', words.missing, ({ missing }) => missing, 'aside'),
      risk(locale),
    ]
    return page(view, answer, query, { caption: words.views.unpaid, none: words.noUnpaid, columns })
  },
})

export const refundList = question({
  path: REFUNDS,
  permission: 'payments.see',
  summary: 'Refunds and returns, with why they are suspicious; suspicious ones first',
  query: Type.Object({ ...filter, suspicious: Type.Optional(Type.Boolean()) }),
  answer: listed(refundShape),
  async read({ pool }, query): Promise<Shown<Refund>> {
    return { ...(await listRefunds(pool, query)), choices: await readStockChoices(pool) }
  },
  page(view, answer, query) {
    const { locale } = view.visitor
    const columns: Column<Refund>[] = [
      transaction(
        ({ originalTransactionId }) => originalTransactionId !== null && ` · ${words.of(originalTransactionId)}`,
      ),
      {
        name: 'cashier',
        heading: words.cashier,
        isNamed: true,
        sortedBy: ({ cashierId }) => cashierId ?? '',
        cell: ({ cashierId }) => cashierId ?? html`<span class="quiet">${words.notKnown}</span>`,
      },
      moment(locale, 'refunded', words.refunded, ({ refundedAt }) => refundedAt),
      money(locale, 'amount', words.amount, ({ amount }) => amount, 'aside'),
      money(locale, 'goods', words.goods, ({ takenBack }) => takenBack),
      money(locale, 'paid', words.paid, ({ paid }) => paid),
      {
        name: 'reasons',
        heading: words.suspicious,
        sortedBy: ({ reasons }) => -reasons.length,
        cell: ({ reasons }) => reasons.map((reason) => html`${state('act', words.reasons[reason])} `),
      },
      risk(locale),
    ]
    const more = selectOrAll(
      'suspicious',
      words.which,
      [{ value: 'true', label: words.onlySuspicious }],
      query.suspicious === true ? 'true' : undefined,
    )
    return page(view, answer, query, { caption: words.views.refunds, none: words.noRefund, columns, more })
  },
})

export const chargeBackList = question({
  path: CHARGE_BACKS,
  permission: 'payments.see',
  summary: 'Transactions whose banks have taken money back for their customers',
  query: Type.Object(filter),
  answer: listed(chargeBackShape),
  async read({ pool }, query): Promise<Shown<ChargeBack>> {
    return { ...(await listChargeBacks(pool, query)), choices: await readStockChoices(pool) }
  },
  page(view, answer, query) {
    const { locale } = view.visitor
    const columns: Column<ChargeBack>[] = [
      transaction(),
      moment(locale, 'sold', words.sold, ({ soldAt }) => soldAt),
      money(locale, 'captured', words.paid, ({ captured }) => captured),
      money(locale, 'chargedBack', words.chargedBack, ({ chargedBack }) => chargedBack, 'aside'),
      money(locale, 'won', words.won, ({ won }) => won),
      moment(locale, 'reported', words.reported, ({ reportedAt }) => reportedAt),
      risk(locale),
    ]
    return page(view, answer, query, { caption: words.views.chargeBacks, none: words.noChargeBack, columns })
  },
})
