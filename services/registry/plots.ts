/** Plots of a model card as SVG, drawn without a browser. */
import { BarChart, LineChart, ScatterChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components'
import { type EChartsCoreOption, init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import type { ModelEvidence } from '../../activities/registry/evidence.ts'

use([BarChart, GridComponent, LegendComponent, LineChart, ScatterChart, SVGRenderer, TitleComponent])

const WIDTH = 640
const HEIGHT = 380
const FEATURES_MAX = 20
/** Okabe & Ito 2008: distinguishable with any colour vision. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7']
const GREY = '#999999'

export interface Plot {
  title: string
  /** A sentence on how to read it. */
  caption: string
  svg: string
}

/**
 * What the evidence has something for, in the order in which a card shows it.
 *
 * @param isClassifier what is calibrated are probabilities, not quantiles
 */
export function plotsOf(evidence: ModelEvidence, isClassifier: boolean): Plot[] {
  const { predictions, horizons, calibration, importance } = evidence
  return [
    ...(predictions ? [plotPredictions(predictions)] : []),
    ...(horizons?.length ? [plotHorizons(horizons)] : []),
    ...(calibration?.length ? [(isClassifier ? plotProbabilities : plotQuantiles)(calibration)] : []),
    ...(importance?.length ? [plotImportance(importance)] : []),
  ]
}

function plotPredictions({ unit, groups, points }: NonNullable<ModelEvidence['predictions']>): Plot {
  const largest = points.reduce((most, [actual, predicted]) => Math.max(most, actual, predicted), 1)
  // Sales are mostly small and sometimes large: a root spreads the small ones and still shows zero.
  const root = ([actual, predicted]: readonly number[]) => [Math.sqrt(actual!), Math.sqrt(predicted!)]
  const axis = (name: string) => ({
    type: 'value',
    name,
    nameLocation: 'middle',
    nameGap: 32,
    min: 0,
    max: Math.ceil(Math.sqrt(largest)),
    axisLabel: { formatter: (value: number) => Number((value ** 2).toPrecision(3)).toLocaleString('en-GB') },
  })
  return plot('Prediction against actual', 'On the line the prediction is right; above it, it is too high.', {
    xAxis: axis(`actual, ${unit} (root scale)`),
    yAxis: axis(`predicted, ${unit}`),
    legend: { top: 0 },
    series: [
      ...groups.map((name, group) => ({
        type: 'scatter',
        name,
        symbolSize: 4,
        itemStyle: { color: COLOURS[group % COLOURS.length], opacity: 0.45 },
        data: points.filter(([, , of]) => of === group).map(root),
      })),
      diagonal(Math.sqrt(largest)),
    ],
  })
}

function plotHorizons(horizons: NonNullable<ModelEvidence['horizons']>): Plot {
  const line = (name: string, color: string, value: 'error' | 'naive') => ({
    type: 'line',
    name,
    color,
    symbolSize: 5,
    data: horizons.map((each) => [each.days, each[value]]),
  })
  return plot('Error by days ahead', 'WAPE: the sum of all errors over the sum of all sales; lower is better.', {
    xAxis: { type: 'value', name: 'days ahead', nameLocation: 'middle', nameGap: 28, min: 1, minInterval: 1 },
    yAxis: { type: 'value', name: 'WAPE' },
    legend: { top: 0 },
    series: [line('model', COLOURS[0]!, 'error'), line('seasonal naive', GREY, 'naive')],
  })
}

type Calibration = NonNullable<ModelEvidence['calibration']>

const plotQuantiles = (calibration: Calibration): Plot =>
  plotCalibration(calibration, {
    caption:
      'On the line a quantile is calibrated. Products that seldom sell are often zero, which any quantile covers: low levels lie above it.',
    predicted: 'quantile level',
    observed: 'share of actual values at or below',
  })

const plotProbabilities = (calibration: Calibration): Plot =>
  plotCalibration(calibration, {
    caption: 'On the line a probability is calibrated; above it the event was more frequent than predicted.',
    predicted: 'predicted probability',
    observed: 'observed share',
  })

function plotCalibration(
  calibration: Calibration,
  { caption, predicted, observed }: { caption: string; predicted: string; observed: string },
): Plot {
  const axis = (name: string) => ({ type: 'value', name, nameLocation: 'middle', nameGap: 32, min: 0, max: 1 })
  return plot('Calibration', caption, {
    xAxis: axis(predicted),
    yAxis: axis(observed),
    series: [
      { type: 'line', color: COLOURS[0], symbolSize: 7, data: calibration.map(({ level, share }) => [level, share]) },
      diagonal(1),
    ],
  })
}

function plotImportance(importance: NonNullable<ModelEvidence['importance']>): Plot {
  const shown = importance.slice(0, FEATURES_MAX).reverse()
  const share = (value: 'gain' | 'shap') => {
    const largest = Math.max(...importance.map((each) => each[value]), Number.MIN_VALUE)
    return shown.map((each) => each[value] / largest)
  }
  const bars = (name: string, color: string, value: 'gain' | 'shap') => ({
    type: 'bar',
    name,
    color,
    data: share(value),
  })
  const caption = `The ${shown.length} features that move predictions most, of ${importance.length}; each measure as a share of its largest.`
  return plot('Importance', caption, {
    height: 140 + 22 * shown.length,
    xAxis: { type: 'value', min: 0, max: 1 },
    yAxis: { type: 'category', data: shown.map(({ feature }) => feature), axisLabel: { fontSize: 11 } },
    legend: { top: 0 },
    series: [bars('gain of its splits', GREY, 'gain'), bars('mean |SHAP|', COLOURS[0]!, 'shap')],
  })
}

const diagonal = (to: number) => ({
  type: 'line',
  symbol: 'none',
  silent: true,
  color: '#000000',
  lineStyle: { width: 1, type: 'dashed' },
  data: [
    [0, 0],
    [to, to],
  ],
})

function plot(title: string, caption: string, { height = HEIGHT, ...option }: EChartsCoreOption): Plot {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: Number(height) })
  chart.setOption({
    animation: false,
    grid: { outerBoundsMode: 'same', outerBoundsContain: 'axisLabel', left: 30, right: 20, top: 40, bottom: 40 },
    ...option,
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return { title, caption, svg }
}
