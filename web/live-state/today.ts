import { Type } from 'typebox'
import { addDays, countDays } from '../../contracts/calendar.ts'
import { formatDay, formatInstant, formatMoney, formatNumber, formatPercent } from '../../platform/format.ts'
import { isAllowed } from '../../services/access/permissions.ts'
import { type ListedAlert, listAlerts } from '../../services/alerts/alerts.ts'
import { type AccuracyDay, readNewestDay } from '../../services/forecasting/accuracy.ts'
import { type DoneByItself, readDoneByItself, readSoldDays, type SoldDay } from '../../services/live-state/day.ts'
import { readApprovals, type WaitingOrder } from '../../services/purchase-orders/approvals.ts'
import { type Delivery, listDeliveries } from '../../services/purchase-orders/deliveries.ts'
import { businessDay } from '../../services/replenishment/scope.ts'
import { type ListedTransfer, listTransfersToDecide } from '../../services/replenishment/transfers.ts'
import { inWords, severityStates } from '../alerts/list.ts'
import { question, type View } from '../definition.ts'
import { change, empty, message, type Stat, section, state, stats } from '../page/components.ts'
import { type Content, type Html, html } from '../page/html.ts'
import { type Column, table } from '../page/table.ts'
import { deliveryPath } from '../purchase-orders/deliveries.ts'
import { orderPath } from '../purchase-orders/list.ts'
import { texts } from '../texts.ts'
import { todayShape } from './shapes.ts'

const words = texts.today
const ALERTS_MAX = 8
const OTHERS_MAX = 5
/** A day is built on the morning after: from the second day on it is missing. */
const STALE_DAYS = 2

interface Today {
  alerts: ListedAlert[]
  alertsTotal: number
  /** Orders that the visitor may approve. */
  orders: WaitingOrder[]
  /** That the visitor may decide about. */
  transfers: ListedTransfer[]
  late: Delivery[]
  lateTotal: number
  days: SoldDay[]
  /** The newest day that was compared with its forecast. */
  compared: AccuracyDay | null
  /** Of the business, YYYY-MM-DD. */
  day: string
  done: DoneByItself
}

export const today = question({
  path: '/',
  apiPath: '/today',
  permission: 'own.see',
  summary:
    'What requires a decision of the signed-in person, by amount of money; the figures of the newest day; what was done automatically',
  query: Type.Object({}),
  answer: todayShape,
  async read({ pool, visitor, settings }): Promise<Today> {
    const mayDecide = isAllowed(visitor.role, 'orders.decide')
    const maySee = isAllowed(visitor.role, 'orders.see')
    const [alerts, approvals, transfers, late, days, compared, day, done] = await Promise.all([
      listAlerts(pool, { statuses: ['open'], limit: ALERTS_MAX }),
      mayDecide ? readApprovals(pool) : undefined,
      mayDecide ? listTransfersToDecide(pool, visitor.person, OTHERS_MAX) : [],
      maySee ? listDeliveries(pool, { state: 'late', limit: OTHERS_MAX }) : undefined,
      readSoldDays(pool),
      readNewestDay(pool),
      businessDay(pool, settings.timeZone),
      readDoneByItself(pool),
    ])
    return {
      alerts: alerts.items,
      alertsTotal: alerts.total,
      orders: approvals?.waiting.filter(({ whoMay }) => whoMay.includes(visitor.person)) ?? [],
      transfers,
      late: late?.items ?? [],
      lateTotal: late?.total ?? 0,
      days,
      compared: compared ?? null,
      day,
      done,
    }
  },
  page(view, answer) {
    const { visitor } = view
    const newest = answer.days
      .map(({ day }) => day)
      .sort()
      .at(-1)
    return {
      title: words.title,
      note: html`${texts.sees(visitor.sees)}${newest && ` · ${words.builtTo(formatDay(visitor.locale, newest))}`}`,
      body: html`${newest !== undefined && countDays(newest, answer.day) > STALE_DAYS && stale(view, newest)}
${section(words.needs, needs(view, answer), moreNeeds(answer, visitor.locale))}
${newest && section(words.sales, stats([...soldStats(answer.days, newest, visitor.locale), ...forecastStats(answer.compared, visitor.locale)]))}
${section(words.byItself, stats(doneStats(answer.done, visitor.locale)))}`,
    }
  },
})

/** What reports show is older than it should be. */
const stale = ({ visitor }: View, newest: string): Html =>
  message(
    'watch',
    html`${words.stale(formatDay(visitor.locale, newest))}${isAllowed(visitor.role, 'data.see') && html` <a href="/data">${texts.nav.data}</a>`}`,
  )

const moreNeeds = ({ alertsTotal, lateTotal }: Today, locale: string): Content =>
  html`${alertsTotal > ALERTS_MAX && html`<a href="/alerts?status=open">${words.allAlerts(formatNumber(locale, alertsTotal))}</a>`}${
    lateTotal > OTHERS_MAX &&
    html` · <a href="/deliveries?state=late">${words.allLate(formatNumber(locale, lateTotal))}</a>`
  }`

interface Need {
  what: Html
  money: { value: string; currency: string | null } | null
  since: Html | ''
  action: Html
}

function needs({ url, visitor }: View, { alerts, orders, transfers, late }: Today): Html {
  const { locale } = visitor
  const all: Need[] = [
    ...orders.map(
      ({ purchaseOrderId, totalValue, currency, supplierId, locationId, expiresAt }): Need => ({
        what: html`<a class="title" href="${orderPath(purchaseOrderId)}">${words.order(purchaseOrderId)}</a><span class="under">${state('watch', texts.orders.fromTo(supplierId, locationId))}</span>`,
        money: { value: totalValue, currency },
        since: expiresAt === null ? '' : html`${words.until} ${formatInstant(locale, expiresAt, 'UTC')} UTC`,
        action: html`<a class="button small" href="${orderPath(purchaseOrderId)}" aria-label="${words.review} ${purchaseOrderId}">${words.review}</a>`,
      }),
    ),
    ...transfers.map(
      ({ transferId, productName, from, to, gain, currency, expiresAt }): Need => ({
        what: html`<a class="title" href="/transfers/${encodeURIComponent(transferId)}">${words.transfer(productName)}</a><span class="under">${state('watch', texts.transfers.fromTo(from, to))}</span>`,
        money: { value: gain, currency },
        since: html`${words.until} ${formatInstant(locale, expiresAt, 'UTC')} UTC`,
        action: html`<a class="button small" href="/transfers/${encodeURIComponent(transferId)}" aria-label="${words.review} ${transferId}">${words.review}</a>`,
      }),
    ),
    ...late.map((delivery): Need => {
      const { kind, id, placeId, source, product, expectedOn, inDays, value, currency } = delivery
      const name = kind === 'order' ? (source ?? id) : (product ?? id)
      const href = kind === 'order' ? deliveryPath(id) : '/deliveries?state=late'
      return {
        what: html`<a class="title" href="${href}">${words.late(name)}</a><span class="under">${state('act', `${texts.deliveries.lateBy(inDays!)} · ${texts.deliveries.to(placeId)}`)}</span>`,
        money: value === null ? null : { value, currency },
        since:
          expectedOn === null
            ? ''
            : html`<time class="nowrap" datetime="${expectedOn}">${formatDay(locale, expectedOn)}</time>`,
        action: html`<a class="button small" href="${href}" aria-label="${words.look}: ${name}">${words.look}</a>`,
      }
    }),
    ...alerts.map(
      ({ alert_id, message, alert_type, severity, store_id, impact, currency, first_seen, time_zone }): Need => ({
        what: html`<a class="title" href="/alerts/${alert_id}">${message}</a><span class="under">${state(severityStates[severity], `${inWords(alert_type)} · ${texts.alerts.store.toLowerCase()} ${store_id}`)}</span>`,
        money: impact === null ? null : { value: impact, currency },
        since: html`<time class="nowrap" datetime="${first_seen.toISOString()}" title="${time_zone}">${formatInstant(locale, first_seen, time_zone)}</time>`,
        action: html`<a class="button small" href="/alerts/${alert_id}" aria-label="${words.decide}: ${message}">${words.decide}</a>`,
      }),
    ),
  ].sort((left, right) => Number(right.money?.value ?? 0) - Number(left.money?.value ?? 0))
  if (all.length === 0) return empty(words.nothingTitle, words.nothing)
  const columns: Column<Need>[] = [
    { name: 'what', heading: words.what, phone: 'lead', cell: ({ what }) => what },
    {
      name: 'money',
      heading: words.money,
      isNumber: true,
      phone: 'aside',
      cell: ({ money }) => money && formatMoney(locale, money.value, money.currency),
    },
    { name: 'since', heading: words.since, cell: ({ since }) => since },
    { name: 'act', heading: '', phone: 'none', cell: ({ action }) => action },
  ]
  return table({ caption: words.needs, columns, rows: all, url, locale })
}

/** Each currency by itself, against the same day of the week before. */
function soldStats(days: readonly SoldDay[], newest: string, locale: string): Stat[] {
  const weekBefore = addDays(newest, -7)
  return [...Map.groupBy(days, ({ currency }) => currency)].flatMap(([currency, own]) => {
    const on = (wanted: string) => own.find(({ day }) => day === wanted)
    const [now, before] = [on(newest), on(weekBefore)]
    const compared = (of: (day: SoldDay) => number) =>
      html`${change(now ? of(now) : 0, before ? of(before) : 0, 'up', (share) => formatPercent(locale, share))} ${words.against(formatDay(locale, weekBefore))}`
    return [
      {
        label: words.net(formatDay(locale, newest)),
        value: formatMoney(locale, now?.netAmount ?? 0, currency),
        compared: compared(({ netAmount }) => Number(netAmount)),
        values: own.map(({ netAmount }) => Number(netAmount)),
      },
      {
        label: words.transactions,
        value: formatNumber(locale, now?.transactions ?? 0),
        compared: compared(({ transactions }) => transactions),
        values: own.map(({ transactions }) => transactions),
      },
      ...targetStats(now, locale),
    ]
  })
}

/** What the stores that have a target reached of it. */
function targetStats(day: SoldDay | undefined, locale: string): Stat[] {
  if (day?.targetAmount == null || Number(day.targetAmount) === 0) return []
  return [
    {
      label: words.ofTarget(formatDay(locale, day.day)),
      value: formatPercent(locale, Number(day.targetedNetAmount) / Number(day.targetAmount)),
      compared: html`${words.target(formatMoney(locale, day.targetAmount, day.currency))}`,
    },
  ]
}

function forecastStats(compared: AccuracyDay | null, locale: string): Stat[] {
  if (compared === null) return []
  const { day, actual, forecast } = compared
  return [
    {
      label: words.unitsOn(formatDay(locale, day)),
      value: formatNumber(locale, actual),
      compared: html`${change(actual, forecast, 'up', (share) => formatPercent(locale, share))} ${words.onForecast(formatNumber(locale, forecast))}`,
      href: '/forecasts',
    },
  ]
}

const doneStats = ({ restocks, markdowns, removals, ordersSent }: DoneByItself, locale: string): Stat[] => [
  { label: words.restocks, value: formatNumber(locale, restocks), href: '/deliveries/restocks' },
  { label: words.markdowns, value: formatNumber(locale, markdowns), href: '/stock/lots' },
  { label: words.removals, value: formatNumber(locale, removals) },
  { label: words.ordersSent, value: formatNumber(locale, ordersSent), href: '/orders?status=sent' },
]
