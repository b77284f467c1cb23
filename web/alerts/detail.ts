import { Type } from 'typebox'
import { formatInstant, formatMoney, formatNumber } from '../../platform/format.ts'
import { isAllowed } from '../../services/access/permissions.ts'
import { type Alert, readAlert } from '../../services/alerts/alerts.ts'
import { question } from '../definition.ts'
import { facts, history, section, state } from '../page/components.ts'
import { type Content, html } from '../page/html.ts'
import { texts } from '../texts.ts'
import { decisions, inWords, severityStates } from './list.ts'
import { alert as alertShape } from './shapes.ts'

const words = texts.alerts

export const alertDetail = question({
  path: '/alerts/:alert',
  permission: 'alerts.see',
  summary: 'One alert with its evidence and what people decided',
  query: Type.Object({ alert: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) }),
  answer: alertShape,
  read: ({ pool }, { alert }) => readAlert(pool, alert),
  page({ visitor, url }, alert) {
    const { locale } = visitor
    const at = (instant: Date | string) => `${formatInstant(locale, instant, alert.time_zone)} (${alert.time_zone})`
    const mayDecide = isAllowed(visitor.role, 'alerts.decide') && alert.status !== 'resolved'
    return {
      title: alert.message,
      note: html`<a href="/alerts">${words.title}</a> · ${alert.meaning}`,
      body: html`<div class="columns"><div>
${section(words.evidence, evidence(alert, locale, at))}
${mayDecide && section(words.decide, decisions(url, [alert.alert_id]))}
${section(
  words.done,
  alert.actions.length === 0
    ? html`<p class="quiet">${words.nothingDone}</p>`
    : history(
        [...alert.actions].reverse().map(({ action, by, why, until, at: when }) => ({
          what: html`<b>${inWords(action)}</b> ${words.by} ${by}${until && ` ${words.until} ${at(until)}`}`,
          why,
          when: at(when),
        })),
      ),
)}</div>
<aside>${facts([
        [words.severity, state(severityStates[alert.severity], words.severities[alert.severity])],
        [words.impact, alert.impact && formatMoney(locale, alert.impact, alert.currency)],
        [words.status, html`${words.statuses[alert.status]}${alert.status_by && ` ${words.by} ${alert.status_by}`}`],
        [words.type, inWords(alert.alert_type)],
        [words.store, `${alert.store_id} ${alert.store ?? ''}`],
        [words.product, alert.product_id && `${alert.product ?? ''} (${alert.product_id})`],
        [words.recommended, alert.recommended_quantity && formatNumber(locale, alert.recommended_quantity, 3)],
        [words.members, alert.members > 1 && words.causes(alert.members)],
        [words.firstSeen, at(alert.first_seen)],
        [words.lastSeen, at(alert.last_seen)],
      ])}</aside></div>`,
    }
  },
})

function evidence({ evidence }: Alert, locale: string, at: (instant: string) => string): Content {
  const shown = (value: unknown): Content => {
    if (typeof value === 'number') return formatNumber(locale, value, 3)
    if (typeof value === 'string') return INSTANT.test(value) ? at(value) : value
    if (Array.isArray(value)) return html`${value.slice(0, LIST_MAX).map((each) => html`<div>${shown(each)}</div>`)}`
    if (typeof value !== 'object' || value === null) return String(value)
    const entries = Object.entries(value).filter(([, each]) => each !== null)
    return entries.map(([name, each], index) => html`${index > 0 && ' · '}${name.replaceAll('_', ' ')} ${shown(each)}`)
  }
  return facts(
    Object.entries(evidence)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [inWords(name), shown(value)]),
  )
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/
const LIST_MAX = 50
