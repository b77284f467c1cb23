/** The content of a notification, and how each channel shows it. Pure. */
import type { WeekReview } from '../reports/review.ts'
import { changeText, figureText, missingDays, reviewTitle } from '../reports/review-texts.ts'

/** Routes have no language of their own. */
const LOCALE = 'en-GB'

export interface NotifiedAlert {
  alert_id: number
  alert_type: string
  severity: 'info' | 'warning' | 'critical'
  store_id: string
  store: string
  message: string
  /** Money; null: not known. */
  impact: string | null
  currency: string | null
  since: string
  time_zone: string
}

export interface NotifiedApproval {
  purchase_order_id: string
  supplier: string
  location: string
  value: string
  currency: string
  lines: number
  expires_at: string | null
}

export interface StoreSummary {
  store_id: string
  store: string
  currency: string | null
  revenue: string | null
  revenue_week_before: string | null
  transactions: number | null
  entries: number | null
  /** Hour of the day and the revenue in it, in order. */
  revenue_by_hour: [hour: number, revenue: number][] | null
  empty_shelves: number
  shelves: number
  expiring_units: string | null
  alerts: { open: number; critical: number }
  dearest: { message: string; impact: string | null; severity: string }[] | null
  orders_expected: number
}

/** As `sql/notifications/compose*.sql` make it. */
export type Notice =
  | { kind: 'immediate' | 'digest'; content: { alerts: NotifiedAlert[]; total: number } }
  | { kind: 'approval'; content: { approvals: NotifiedApproval[]; total: number } }
  | { kind: 'summary'; content: { day: string; stores: StoreSummary[] } }
  | { kind: 'review'; content: WeekReview }
  | { kind: 'test'; content: { by: string } }

/** One line for the head of a mail or card. */
export function subjectOf({ kind, content }: Notice): string {
  switch (kind) {
    case 'immediate':
    case 'digest': {
      const [first] = content.alerts
      if (content.total === 1 && first) return `${first.severity}: ${first.message} (${first.store})`
      const worst = content.alerts.filter(({ severity }) => severity === 'critical').length
      const where = new Set(content.alerts.map(({ store }) => store))
      const place = where.size === 1 ? first?.store : `${where.size} stores`
      return `${content.total} alerts in ${place}${worst > 0 ? `, ${worst} critical` : ''}`
    }
    case 'approval': {
      const [first] = content.approvals
      return content.total === 1 && first
        ? `Approve ${first.purchase_order_id}: ${first.supplier}, ${money(first.value, first.currency)}`
        : `${content.total} purchase orders wait for approval`
    }
    case 'summary':
      return `${content.stores.map(({ store }) => store).join(', ')}: ${content.day}`
    case 'review':
      return reviewTitle(content, LOCALE)
    case 'test':
      return 'Test notification from Shelfline'
  }
}

/** A heading, lines under it, and where a reader can act. */
interface Section {
  heading: string
  lines: string[]
  /** Hour of the day and a share of the greatest hour, 0 to 1. */
  bars?: { label: string; share: number }[]
}

/** What every channel shows, in order. */
export function sectionsOf({ kind, content }: Notice): Section[] {
  switch (kind) {
    case 'immediate':
    case 'digest':
      return [...alertSections(content.alerts), ...rest(content.total - content.alerts.length, 'shelfline alerts list')]
    case 'approval':
      return [
        ...content.approvals.map(approvalSection),
        ...rest(content.total - content.approvals.length, 'shelfline orders approvals'),
      ]
    case 'summary':
      return content.stores.map(summarySection)
    case 'review':
      return reviewSections(content)
    case 'test':
      return [{ heading: 'It works', lines: [`${content.by} requested this message.`] }]
  }
}

/** By store, in the order of their first alert: the worst come first. */
function alertSections(alerts: readonly NotifiedAlert[]): Section[] {
  const byStore = Map.groupBy(alerts, ({ store }) => store)
  return [...byStore].map(([heading, own]) => ({
    heading,
    lines: own.map(
      ({ severity, message, impact, currency, since, time_zone, alert_id }) =>
        `${severity}: ${message}${costs(impact, currency)} (since ${clock(since, time_zone)}, alert ${alert_id})`,
    ),
  }))
}

const approvalSection = (order: NotifiedApproval): Section => ({
  heading: order.purchase_order_id,
  lines: [
    `${order.supplier} for ${order.location}: ${order.lines} lines, ${money(order.value, order.currency)}`,
    ...(order.expires_at === null ? [] : [`It expires at ${order.expires_at.slice(0, 16).replace('T', ' ')} UTC.`]),
    `shelfline orders show ${order.purchase_order_id}`,
  ],
})

function summarySection(summary: StoreSummary): Section {
  const { revenue, revenue_week_before: before, currency, transactions, entries, alerts } = summary
  const bars = barsOf(summary.revenue_by_hour ?? [])
  const change = revenue !== null && Number(before) > 0 ? Number(revenue) / Number(before) - 1 : undefined
  const against = change === undefined ? '' : ` (${signedPercent(change)} on the week before)`
  const lines = [
    revenue === null ? 'No sales.' : `Sales: ${money(revenue, currency)}${against}.`,
    ...(transactions === null ? [] : [`${count(transactions)} receipts${visits(transactions, entries)}.`]),
    `${count(summary.empty_shelves)} of ${count(summary.shelves)} shelves are empty.`,
    ...(summary.expiring_units === null
      ? []
      : [`${count(Number(summary.expiring_units))} units expire today or earlier.`]),
    ...(summary.orders_expected === 0 ? [] : [`${count(summary.orders_expected)} deliveries are expected today.`]),
    alerts.open === 0
      ? 'No open alerts.'
      : `Open alerts: ${count(alerts.open)}, ${count(alerts.critical)} of them critical.`,
    ...(summary.dearest ?? []).map(
      ({ severity, message, impact }) => `${severity}: ${message}${costs(impact, currency)}`,
    ),
    ...(bars.length === 0 ? [] : ['Sales by hour:']),
  ]
  return { heading: summary.store, lines, bars }
}

function reviewSections(review: WeekReview): Section[] {
  const missing = missingDays(review, LOCALE)
  const greatest = Math.max(1, ...review.days.map(({ revenue }) => Number(revenue)))
  return [
    ...(missing === undefined ? [] : [{ heading: 'Not whole', lines: [missing] }]),
    ...review.groups.map(({ title, figures }, index) => ({
      heading: title,
      lines: figures
        .filter(({ value }) => value !== null)
        .map((figure) => {
          const change = changeText(figure, figure.weekBefore, LOCALE)
          const against = change === undefined ? '' : ` (${change} on the week before)`
          return `${figure.title}: ${figureText(figure.value, figure, LOCALE, review.currency)}${against}`
        }),
      ...(index === 0 && {
        bars: review.days.map(({ day, revenue }) => ({ label: day, share: Math.max(0, Number(revenue)) / greatest })),
      }),
    })),
  ].filter(({ lines }) => lines.length > 0)
}

const visits = (transactions: number, entries: number | null): string =>
  entries === null || entries <= 0
    ? ''
    : `, ${count(entries)} visitors (${Math.round((100 * transactions) / entries)} % bought)`

function barsOf(byHour: readonly (readonly [number, number])[]): { label: string; share: number }[] {
  const greatest = Math.max(0, ...byHour.map(([, revenue]) => revenue))
  if (greatest === 0) return []
  return byHour.map(([hour, revenue]) => ({
    label: `${String(hour).padStart(2, '0')}:00`,
    share: Math.max(0, revenue) / greatest,
  }))
}

const rest = (left: number, command: string): Section[] =>
  left > 0 ? [{ heading: `and ${count(left)} more`, lines: [command] }] : []

const BAR_CELLS = 24
const bar = (share: number): string => '█'.repeat(Math.round(share * BAR_CELLS))

/** For a mail's plain part and a chat. */
export function plainText(notice: Notice): string {
  return sectionsOf(notice)
    .map(({ heading, lines, bars = [] }) =>
      [
        heading,
        ...lines.map((line) => `  ${line}`),
        ...bars.map(({ label, share }) => `  ${label} ${bar(share)}`),
      ].join('\n'),
    )
    .join('\n\n')
}

/** For a mail: no pictures, no style sheet, nothing to fetch. */
export function html(notice: Notice): string {
  const sections = sectionsOf(notice).map(
    ({ heading, lines, bars = [] }) =>
      `<h2 style="font-size:16px;margin:20px 0 6px">${escapeHtml(heading)}</h2>` +
      lines.map((line) => `<p style="margin:3px 0">${escapeHtml(line)}</p>`).join('') +
      (bars.length === 0
        ? ''
        : `<table style="border-spacing:0 2px;margin-top:8px">${bars.map(barRow).join('')}</table>`),
  )
  return `<div style="font-family:system-ui,sans-serif;font-size:14px;line-height:1.45;color:#1f2933;max-width:640px">
<h1 style="font-size:19px;margin:0">${escapeHtml(subjectOf(notice))}</h1>${sections.join('')}</div>`
}

const barRow = ({ label, share }: { label: string; share: number }): string =>
  `<tr><td style="font-size:12px;color:#61707f;padding-right:8px">${label}</td>` +
  `<td><div style="background:#2f6f9f;height:10px;width:${Math.round(share * 360)}px"></div></td></tr>`

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escapeHtml = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character]!)

/** Slack's limits on a message. */
const SLACK_BLOCKS_MAX = 50
const SLACK_TEXT_MAX = 3_000

/** The body that a Slack incoming webhook takes. */
export function slackMessage(notice: Notice): object {
  const subject = subjectOf(notice)
  const sections = sectionsOf(notice).map(({ heading, lines, bars = [] }) => ({
    type: 'section',
    text: {
      type: 'mrkdwn',
      text: clip(
        [
          `*${slackText(heading)}*`,
          ...lines.map(slackText),
          ...bars.map(({ label, share }) => `\`${label}\` ${bar(share)}`),
        ].join('\n'),
        SLACK_TEXT_MAX,
      ),
    },
  }))
  const header = { type: 'header', text: { type: 'plain_text', text: clip(subject, 150) } }
  return { text: subject, blocks: [header, ...sections].slice(0, SLACK_BLOCKS_MAX) }
}

const slackText = (text: string): string => text.replaceAll(/[&<>]/g, (character) => ENTITIES[character]!)

/** The body that a Teams workflow webhook takes: an adaptive card. */
export function teamsMessage(notice: Notice): object {
  const text = (value: string, style: object = {}) => ({
    type: 'TextBlock',
    text: teamsText(value),
    wrap: true,
    ...style,
  })
  const body = [
    text(subjectOf(notice), { size: 'Large', weight: 'Bolder' }),
    ...sectionsOf(notice).flatMap(({ heading, lines, bars = [] }) => [
      text(heading, { weight: 'Bolder', spacing: 'Medium' }),
      ...lines.map((line) => text(line, { spacing: 'Small' })),
      ...bars.map(({ label, share }) => text(`${label} ${bar(share)}`, { spacing: 'None', fontType: 'Monospace' })),
    ]),
  ]
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body,
  }
  return { type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }] }
}

/** What Markdown reads as links, emphasis, code, headings or lists. Names of products and suppliers come from others. */
const MARKDOWN = /[\\`*_[\]<]|^(?=[-+#>]|\d+[.)])/gm
const teamsText = (text: string): string => text.replaceAll(MARKDOWN, '\\$&')

const clip = (text: string, charactersMax: number): string =>
  text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1)}…`

const money = (amount: string, currency: string | null): string =>
  `${Number(amount).toLocaleString(LOCALE, { minimumFractionDigits: 2, maximumFractionDigits: 2 })} ${currency ?? ''}`.trim()

/** What an alert costs while no one acts, as `shelfline alerts list` has it. */
const costs = (impact: string | null, currency: string | null): string =>
  impact === null ? '' : `, costs ${money(impact, currency)}`

const count = (value: number): string => value.toLocaleString(LOCALE)

const signedPercent = (share: number): string => `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)} %`

const clock = (instant: string, timeZone: string): string =>
  new Date(instant).toLocaleString('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })
