import { formatNumber } from '../../platform/format.ts'
import type { ItemDay } from '../../services/live-state/item.ts'
import { type Html, html } from '../page/html.ts'

const WIDTH = 300
const HEIGHT = 92
const TOP = 16
const BOTTOM = 18

/** Some days of a forecast, each a stroke from the 10th to the 90th percentile with its mean, on an axis of units from zero. */
export function dayRange(days: readonly ItemDay[], summary: string, locale: string): Html | '' {
  const known = days.filter(({ mean }) => mean !== null)
  if (known.length === 0) return ''
  const most = Math.max(1e-9, ...known.map(({ mean, p90 }) => Math.max(Number(mean), Number(p90 ?? 0))))
  const y = (units: number) => (TOP + (HEIGHT - TOP - BOTTOM) * (1 - units / most)).toFixed(1)
  const step = WIDTH / known.length
  return html`<svg class="days" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${summary}" font-size="11" fill="var(--ink-2)" text-anchor="middle">${known.map(
    ({ day, mean, p10, p90 }, index) => {
      const x = (step * (index + 0.5)).toFixed(1)
      return html`${p10 !== null && p90 !== null && html`<line x1="${x}" x2="${x}" y1="${y(Number(p10))}" y2="${y(Number(p90))}" stroke="var(--mark-2)" stroke-width="9" />`}<circle cx="${x}" cy="${y(Number(mean))}" r="3.5" fill="var(--mark)" /><text x="${x}" y="11">${formatNumber(locale, mean!, 1)}</text><text x="${x}" y="${HEIGHT - 4}">${weekday(locale, day)}</text>`
    },
  )}<line x1="0" x2="${WIDTH}" y1="${y(0)}" y2="${y(0)}" stroke="var(--line-strong)" /></svg>`
}

const weekday = (locale: string, day: string): string =>
  new Date(`${day}T12:00:00Z`).toLocaleDateString(locale, { weekday: 'short', timeZone: 'UTC' })
