/** A review of a week in words, for messages, files and the page. */
import { formatDay, formatMoney, formatNumber, formatPercent } from '../../platform/format.ts'
import type { ReviewedFigure, WeekReview } from './review.ts'

export const UNKNOWN = '–'

export const reviewTitle = ({ from, through }: WeekReview, locale: string): string =>
  `Week of ${formatDay(locale, from)} to ${formatDay(locale, through)} ${through.slice(0, 4)}`

/** What is missing at the end of the week; undefined: nothing. */
export const missingDays = ({ through, dataUpTo }: WeekReview, locale: string): string | undefined =>
  dataUpTo !== null && dataUpTo >= through
    ? undefined
    : dataUpTo === null
      ? 'No day of sales was built yet.'
      : `Sales are built up to ${formatDay(locale, dataUpTo)} only: later days are missing.`

/** A figure in its unit. */
export function figureText(
  value: string | null,
  { unit }: Pick<ReviewedFigure, 'unit'>,
  locale: string,
  currency: string | null,
): string {
  if (value === null) return UNKNOWN
  switch (unit) {
    case 'money':
      return formatMoney(locale, value, currency)
    case 'share':
      return formatPercent(locale, Number(value), 1)
    case 'days':
    case 'times a year':
      return formatNumber(locale, value, 1)
    default:
      return formatNumber(locale, value)
  }
}

/** Against another week: of shares the difference in points, else the growth; undefined: not known. */
export function changeText({ value, unit }: ReviewedFigure, before: string | null, locale: string): string | undefined {
  if (value === null || before === null) return undefined
  const [now, then] = [Number(value), Number(before)]
  const sign = (change: number) => (change < 0 ? '−' : '+')
  if (unit === 'share') return `${sign(now - then)}${formatNumber(locale, Math.abs(100 * (now - then)), 1)} points`
  if (then === 0) return undefined
  return `${sign(now / then - 1)}${formatPercent(locale, Math.abs(now / then - 1), 1)}`
}
