import { formatDay, formatMoney } from '../../platform/format.ts'
import type { WeekReview } from '../../services/reports/review.ts'
import { amountAxis, bars, chart, dayAxis } from '../page/chart.ts'
import type { Html } from '../page/html.ts'
import { texts } from '../texts.ts'

/** Revenue by the day, beside that of the week before. */
export function revenueChart({ days, currency }: WeekReview, locale: string): Html {
  const money = (value: number | string) => formatMoney(locale, value, currency)
  return chart({
    summary: texts.week.chart(
      days.map(({ day, revenue, weekBefore }) => `${formatDay(locale, day)} ${money(revenue)} (${money(weekBefore)})`),
    ),
    wide: 220,
    narrow: 200,
    option: (size) => ({
      grid: { left: size.isNarrow ? 58 : 76, right: 8, top: 12, bottom: 26 },
      xAxis: dayAxis(
        days.map(({ day }) => day),
        (day) => formatDay(locale, day),
        size,
      ),
      yAxis: amountAxis(money),
      series: [
        bars(
          days.map(({ weekBefore }) => Number(weekBefore)),
          'var(--mark-3)',
        ),
        bars(
          days.map(({ revenue }) => Number(revenue)),
          'var(--mark)',
        ),
      ],
    }),
  })
}
