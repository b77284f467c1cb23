import { formatDay, formatMoney, formatNumber } from '../../platform/format.ts'
import type { Item } from '../../services/live-state/item.ts'
import { amountAxis, band, bars, type Chart, dayAxis, heading, line } from '../page/chart.ts'
import { texts } from '../texts.ts'

const words = texts.item

const numberOf = (text: string | null): number | null => (text === null ? null : Number(text))

/** Sales and forecast, stock and price, one above the other on the same days. */
export function itemChart({ now, days, prices }: Item, locale: string): Omit<Chart, 'table'> {
  const axis = days.map(({ day }) => day)
  const amount = (value: number) => formatNumber(locale, value, 1)
  const stock = days.map((day) => numberOf(day.stock))
  const firstSale = days.find(({ sold }) => sold !== null)?.day ?? now.today
  const hasStock = stock.some((value) => value !== null)
  const hasPrices = prices.length > 0
  const pricesByDay = axis.map((day) => {
    const held = prices.filter(({ validFrom }) => validFrom.toISOString().slice(0, 10) <= day).at(-1)
    return day > now.today ? null : numberOf(held?.price ?? null)
  })
  const parts = [
    {
      share: 5,
      top: days.some((day) => day.overridden !== null) ? words.soldOverridden : words.sold,
      axis: amountAxis(amount),
    },
    ...(hasStock ? [{ share: 3, top: words.stock, axis: amountAxis(amount) }] : []),
    ...(hasPrices
      ? [{ share: 2, top: words.prices, axis: amountAxis((value) => formatMoney(locale, value, now.currency)) }]
      : []),
  ]
  const priceAt = parts.length - 1
  const shares = parts.reduce((sum, { share }) => sum + share, 0)
  const at = (index: number) => ({ xAxisIndex: index, yAxisIndex: index })
  const today = {
    silent: true,
    symbol: 'none',
    label: { show: false },
    lineStyle: { color: 'var(--line-strong)', type: 'dashed' },
    data: [{ xAxis: now.today }],
  }
  const overridden = days.map((day) => numberOf(day.overridden))
  const most = Math.max(1, ...stock.map((value) => value ?? 0))
  const empty = days.map(({ outOfStockMinutes }) => ((outOfStockMinutes ?? 0) > 0 ? most : null))
  return {
    summary: words.chart(now.name, axis.filter((day) => day < now.today).length),
    wide: 150 + (65 * shares) / 2,
    narrow: 130 + (70 * shares) / 2,
    option(size) {
      const GAP = 30
      const left = size.isNarrow ? 42 : 56
      const free = size.height - GAP * parts.length - 26
      let top = 0
      const places = parts.map(({ share }) => {
        const place = { top: top + GAP - 6, height: (free * share) / shares }
        top += GAP + place.height
        return place
      })
      return {
        title: parts.map((part, index) => heading(shortened(part.top, size.isNarrow), places[index]!.top - GAP + 8)),
        grid: places.map(({ top, height }) => ({ top, height, left, right: 12 })),
        xAxis: parts.map((_, index) =>
          dayAxis(axis, (day) => formatDay(locale, day), size, {
            gridIndex: index,
            ...(index < parts.length - 1 && { axisLabel: { show: false } }),
          }),
        ),
        yAxis: parts.map((part, index) => ({
          ...part.axis,
          gridIndex: index,
          ...(hasPrices && index === priceAt && { min: undefined, scale: true, splitNumber: 2 }),
        })),
        series: [
          ...band(
            'interval',
            days.map(({ p10 }) => numberOf(p10)),
            days.map(({ p90 }) => numberOf(p90)),
            'var(--mark-3)',
            at(0),
          ),
          line(
            days.map(({ mean }) => numberOf(mean)),
            'var(--mark)',
            { ...at(0), markLine: today },
          ),
          ...(overridden.some((value) => value !== null)
            ? [
                line(overridden, 'var(--watch)', {
                  ...at(0),
                  symbol: 'diamond',
                  symbolSize: 6,
                  lineStyle: { color: 'var(--watch)', width: 2, type: 'dashed' },
                }),
              ]
            : []),
          line(
            // A day without a sale is zero, unless none is known before it.
            days.map(({ day, sold }) => (day > firstSale && day < now.today ? (numberOf(sold) ?? 0) : numberOf(sold))),
            'var(--ink)',
            {
              ...at(0),
              symbol: 'circle',
              symbolSize: size.isNarrow || axis.length > 120 ? 3 : 5,
              lineStyle: { width: 0 },
            },
          ),
          ...(hasStock
            ? [
                bars(empty, 'var(--act)', {
                  ...at(1),
                  barCategoryGap: '0%',
                  itemStyle: { color: 'var(--act)', opacity: 0.3 },
                }),
                line(stock, 'var(--ink-2)', { ...at(1), step: 'end', markLine: today }),
              ]
            : []),
          ...(hasPrices ? [line(pricesByDay, 'var(--ink)', { ...at(priceAt), step: 'end', markLine: today })] : []),
        ],
      }
    },
  }
}

/** On a phone a heading keeps its first part. */
const shortened = (text: string, isNarrow: boolean): string => (isNarrow ? text.split(/[;:]/)[0]! : text)
