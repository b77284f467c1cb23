/** The last hour of the streams: how much, how far behind, how fast. */

import { formatNumber } from '../../platform/format.ts'
import type { ProcessorLine, StreamHistory } from '../../services/streams/history.ts'
import type { View } from '../definition.ts'
import { amountAxis, chart, dayAxis, heading, line } from '../page/chart.ts'
import type { Html } from '../page/html.ts'
import { type Column, table } from '../page/table.ts'
import { texts } from '../texts.ts'

const words = texts.streams.history

const TOP = 36
const HEIGHT = 84
const GAP = 40

/** A course of all processors together: the sum, or the largest. */
type Together = (values: readonly number[]) => number

const sum: Together = (values) => values.reduce((total, value) => total + value, 0)
const largest: Together = (values) => Math.max(...values)

const parts = [
  { name: 'rate', together: sum, digits: 1 },
  { name: 'lag', together: sum, digits: 0 },
  // The slowest processor.
  { name: 'latency', together: largest, digits: 2 },
] as const satisfies { name: keyof StreamHistory; together: Together; digits: number }[]

export function historyCharts(view: View, history: StreamHistory): Html {
  const { locale } = view.visitor
  const times = [...new Set(parts.flatMap(({ name }) => instantsOf(history[name])))].sort((one, other) => one - other)
  const clock = times.map((atMs) => new Date(atMs).toISOString().slice(11, 16))
  const tops = parts.map((_, index) => TOP + index * (HEIGHT + GAP))
  const height = tops.at(-1)! + HEIGHT + 28
  return chart({
    summary: words.summary,
    wide: height,
    narrow: height,
    table: { label: texts.item.numbers, body: numbers(view, history) },
    option: (size) => ({
      title: parts.map(({ name }, index) => heading(words[name], tops[index]! - 24)),
      grid: tops.map((top) => ({ top, height: HEIGHT, left: size.isNarrow ? 52 : 64, right: 12 })),
      xAxis: parts.map((_, index) =>
        dayAxis(clock, (time) => time, size, {
          gridIndex: index,
          ...(index < parts.length - 1 && { axisLabel: { show: false } }),
        }),
      ),
      yAxis: parts.map(({ digits }, index) =>
        amountAxis((value) => formatNumber(locale, value, digits), {
          gridIndex: index,
          splitNumber: 2,
          // No mark between two whole messages.
          ...(digits === 0 && { minInterval: 1 }),
        }),
      ),
      series: parts.map(({ name, together }, index) =>
        line(course(history[name], times, together), 'var(--mark)', { xAxisIndex: index, yAxisIndex: index }),
      ),
    }),
  })
}

const instantsOf = (lines: readonly ProcessorLine[]): number[] =>
  lines.flatMap(({ points }) => points.map(([atMs]) => atMs))

/** Null where no processor has a value. */
function course(lines: readonly ProcessorLine[], times: readonly number[], together: Together): (number | null)[] {
  const byTime = Map.groupBy(
    lines.flatMap(({ points }) => points),
    ([atMs]) => atMs,
  )
  return times.map((atMs) => {
    const points = byTime.get(atMs)
    return points === undefined ? null : together(points.map(([, value]) => value))
  })
}

/** Of each processor the newest values. */
function numbers({ url, visitor: { locale } }: View, history: StreamHistory): Html {
  const processors = [...new Set(parts.flatMap(({ name }) => history[name].map(({ processor }) => processor)))].sort()
  const newest = (name: keyof StreamHistory, processor: string): number | undefined =>
    history[name].find((one) => one.processor === processor)?.points.at(-1)?.[1]
  const columns: Column<string>[] = [
    { name: 'of', heading: texts.streams.processor, phone: 'lead', cell: (processor) => processor },
    ...parts.map(
      ({ name, digits }): Column<string> => ({
        name,
        heading: words[name],
        isNumber: true,
        isNamed: true,
        cell: (processor) => {
          const value = newest(name, processor)
          return value === undefined ? '' : formatNumber(locale, value, digits)
        },
      }),
    ),
  ]
  return table({ caption: words.caption, columns, rows: processors, url, locale })
}
