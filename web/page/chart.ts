/** Charts as SVG, drawn on the server: one for wide windows, one for phones. Their colours are the tokens of the style. */
import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent, MarkLineComponent, TitleComponent } from 'echarts/components'
import { type EChartsCoreOption, init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { type Content, type Html, html, raw } from './html.ts'

use([BarChart, GridComponent, LineChart, MarkLineComponent, SVGRenderer, TitleComponent])

export interface Size {
  width: number
  height: number
  isNarrow: boolean
}

export interface Chart {
  /** What it shows, as a sentence: for those who don't see it. */
  summary: string
  /** Its heights in pixels. */
  wide: number
  narrow: number
  option(size: Size): EChartsCoreOption
  /** The same numbers as a table, and what opens it. */
  table?: { label: string; body: Content }
}

const WIDE = 1080
const NARROW = 358

/** A chart with its table behind it. Texts in it must be our own: they are not escaped a second time. */
export const chart = ({ summary, wide, narrow, option, table }: Chart): Html =>
  html`<figure class="chart">${drawn(summary, { width: WIDE, height: wide, isNarrow: false }, option)}${drawn(summary, { width: NARROW, height: narrow, isNarrow: true }, option)}</figure>${
    table && html`<details class="disclose"><summary>${table.label}</summary>${table.body}</details>`
  }`

function drawn(summary: string, size: Size, option: Chart['option']): Html {
  const { width, height, isNarrow } = size
  const svg = svgOf(size, option(size))
  const inner = svg.slice(svg.indexOf('>') + 1, svg.lastIndexOf('</svg>'))
  return html`<svg class="${isNarrow ? 'narrow' : 'wide'}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${summary}">${raw(withoutStyles(inner))}</svg>`
}

function svgOf({ width, height }: Size, option: EChartsCoreOption): string {
  const canvas = init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    canvas.setOption({ animation: false, backgroundColor: 'transparent', ...option })
    return canvas.renderToSVGString()
  } finally {
    canvas.dispose()
  }
}

/** The policy of the pages allows no styles in them: what a font is, is an attribute. */
const withoutStyles = (svg: string): string =>
  svg.replaceAll(/<style[\s\S]*?<\/style>/g, '').replaceAll(/ style="([^"]*)"/g, (_, styles: string) => {
    const size = /font-size:([\d.]+)px/.exec(styles)?.[1]
    const weight = /font-weight:(\w+)/.exec(styles)?.[1]
    return `${size ? ` font-size="${size}"` : ''}${weight ? ` font-weight="${weight}"` : ''}`
  })

const INK = 'var(--ink-2)'

/** An axis of days, YYYY-MM-DD. */
export const dayAxis = (
  days: readonly string[],
  label: (day: string) => string,
  { isNarrow }: Size,
  at: object = {},
) => ({
  type: 'category',
  data: days,
  axisTick: { show: false },
  axisLine: { lineStyle: { color: 'var(--line-strong)' } },
  axisLabel: { color: INK, formatter: label, interval: Math.max(0, Math.ceil(days.length / (isNarrow ? 4 : 10)) - 1) },
  ...at,
})

/** An axis of amounts, from zero. */
export const amountAxis = (label: (value: number) => string, at: object = {}) => ({
  type: 'value',
  min: 0,
  splitNumber: 3,
  axisLabel: { color: INK, formatter: label },
  splitLine: { lineStyle: { color: 'var(--line)' } },
  ...at,
})

/** What a part of the chart shows, above it. */
export const heading = (text: string, top: number) => ({
  text,
  top,
  left: 0,
  padding: 0,
  textStyle: { color: INK, fontSize: 12, fontWeight: 'normal' },
})

type Values = readonly (number | null)[]

/** The area between two lines. */
export const band = (name: string, low: Values, high: Values, color: string, at: object = {}) => {
  const line = { type: 'line', silent: true, symbol: 'none', stack: name, lineStyle: { opacity: 0 }, ...at }
  return [
    { ...line, data: low },
    {
      ...line,
      data: high.map((value, index) => (value === null || low[index] === null ? null : value - low[index]!)),
      areaStyle: { color, opacity: 1 },
    },
  ]
}

export const line = (data: Values, color: string, at: object = {}) => ({
  type: 'line',
  silent: true,
  symbol: 'none',
  data,
  lineStyle: { color, width: 2 },
  itemStyle: { color },
  ...at,
})

export const bars = (data: Values, color: string, at: object = {}) => ({
  type: 'bar',
  silent: true,
  data,
  itemStyle: { color },
  barCategoryGap: '25%',
  ...at,
})
