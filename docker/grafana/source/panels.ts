/** The parts that dashboards are made of: queries of the two sources, and panels in one style. */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries'

export const PROMETHEUS = { type: 'prometheus', uid: 'prometheus' }
export const POSTGRES = { type: 'grafana-postgresql-datasource', uid: 'postgres' }
const TAG = 'shelfline'

/** What a panel asks: expressions of Prometheus with the names of their lines, or one statement of PostgreSQL. */
export type Asked = readonly (readonly [expression: string, legend: string])[] | string

interface PanelOptions {
  description: string
  /** In Grafana's names: `s`, `bytes`, `ops`, `percentunit`. */
  unit?: string
  /** Of 24. */
  width?: number
  /** Values of a line are added up on top of each other. */
  stacked?: boolean
  /** Lines are points of their own, not a course. */
  bars?: boolean
  /** From this value on it is red; with `lowIsBad`, below it. */
  bad?: number
  lowIsBad?: boolean
}

interface SqlQuery extends Dataquery {
  refId: string
  datasource: typeof POSTGRES
  editorMode: 'code'
  format: 'table' | 'time_series'
  rawQuery: true
  rawSql: string
}

const sql = (rawSql: string, format: SqlQuery['format']): Builder<SqlQuery> => ({
  build: () => ({
    refId: 'A',
    datasource: POSTGRES,
    editorMode: 'code',
    format,
    rawQuery: true,
    rawSql,
    _implementsDataqueryVariant: () => undefined,
  }),
})

function queries(asked: Asked, format: SqlQuery['format'], isInstant: boolean): Builder<Dataquery>[] {
  if (typeof asked === 'string') return [sql(asked.trim(), format)]
  return asked.map(([expression, legend], index) => {
    const query = new DataqueryBuilder()
      .refId(String.fromCharCode('A'.charCodeAt(0) + index))
      .datasource(PROMETHEUS)
      .expr(expression)
      .legendFormat(legend)
    return isInstant ? query.instant() : query.range()
  })
}

const sourceOf = (asked: Asked) => (typeof asked === 'string' ? POSTGRES : PROMETHEUS)

function thresholds({ bad, lowIsBad = false }: PanelOptions): ThresholdsConfigBuilder {
  const [low, high] = lowIsBad ? ['red', 'green'] : ['green', 'red']
  const steps: Threshold[] = [{ value: null, color: bad === undefined ? 'text' : low }]
  if (bad !== undefined) steps.push({ value: bad, color: high })
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps)
}

/** One number. A statement gives it in its first row. */
export function number(title: string, asked: Asked, options: PanelOptions): Builder<Panel> {
  return new Stat()
    .title(title)
    .description(options.description)
    .datasource(sourceOf(asked))
    .targets(queries(asked, 'table', true))
    .span(options.width ?? 4)
    .height(4)
    .unit(options.unit ?? 'short')
    .noValue('–')
    .colorMode(options.bad === undefined ? BigValueColorMode.None : BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
    .thresholds(thresholds(options))
}

/** Values over time. A statement has the columns `time`, `metric` where there are several lines, and `value`. */
export function lines(title: string, asked: Asked, options: PanelOptions): Builder<Panel> {
  const isStacked = options.stacked === true
  return new TimeSeries()
    .title(title)
    .description(options.description)
    .datasource(sourceOf(asked))
    .targets(queries(asked, 'time_series', false))
    .span(options.width ?? 8)
    .height(8)
    .unit(options.unit ?? 'short')
    .min(0)
    .drawStyle(options.bars === true ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .showPoints(VisibilityMode.Auto)
    .fillOpacity(isStacked || options.bars === true ? 40 : 8)
    .stacking(new StackingConfigBuilder().mode(isStacked ? StackingMode.Normal : StackingMode.None))
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs([]),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
}

/** Rows of a statement. */
export function rows(
  title: string,
  asked: string,
  options: Pick<PanelOptions, 'description' | 'width'>,
): Builder<Panel> {
  return new Table()
    .title(title)
    .description(options.description)
    .datasource(POSTGRES)
    .targets(queries(asked, 'table', true))
    .span(options.width ?? 12)
    .height(8)
}

export interface Section {
  title: string
  panels: readonly Builder<Panel>[]
}

export interface DashboardOptions {
  uid: string
  title: string
  description: string
  /** The range that it opens with, such as `now-6h`. */
  from: string
  sections: readonly Section[]
  variables?: readonly Builder<ReturnType<QueryVariableBuilder['build']>>[]
}

/** A choice of several values, all of them at first; they come from a statement, or from the labels of a metric. */
export function variable(name: string, label: string, asked: string): QueryVariableBuilder {
  const isMetric = asked.startsWith('label_values(')
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(isMetric ? PROMETHEUS : POSTGRES)
    .query(isMetric ? { qryType: 1, query: asked, refId: name } : asked)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .hide(VariableHide.DontHide)
    .multi(true)
    .includeAll(true)
    .current({ text: 'All', value: '$__all', selected: true } as never)
}

/** Lines across every panel: a worker that started with another version, and backfills. */
const annotations = {
  'New versions': `
    select min(started_at) as time, 'version ' || version || ' on ' || count(*) || ' workers' as text, 'deployment' as tags
    from ops.workers
    group by version
    having $__timeFilter(min(started_at))`,
  Backfills: `
    select applied_at as time, coalesce(finished_at, now()) as timeend,
      'backfill ' || plan || ', ' || from_date || ' to ' || to_date || ': ' || status as text, 'backfill' as tags
    from ops.backfill_plans
    where $__timeFilter(applied_at)`,
}

const annotationColors = ['blue', 'purple']

/** The document of a dashboard; panels are numbered, so that links to them stay. */
export function dashboard(options: DashboardOptions): Dashboard {
  const board = new DashboardBuilder(options.title)
    .uid(options.uid)
    .description(options.description)
    .tags([TAG])
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: options.from, to: 'now' })
    .timezone('browser')
    .refresh('30s')
    .link(
      new DashboardLinkBuilder('Shelfline')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .keepTime(true)
        .includeVars(true),
    )
  for (const [index, [name, text]] of Object.entries(annotations).entries()) {
    board.annotation(
      new AnnotationQueryBuilder()
        .name(name)
        .datasource(POSTGRES)
        .enable(true)
        .iconColor(annotationColors[index]!)
        .target(sql(text.trim(), 'table')),
    )
  }
  for (const each of options.variables ?? []) board.withVariable(each)
  for (const { title, panels } of options.sections) {
    board.withRow(new RowBuilder(title))
    for (const panel of panels) board.withPanel(panel)
  }
  const { annotations: marks, links = [], panels = [], ...rest } = board.build()
  return {
    ...rest,
    // Left to itself the kit hides both in a menu.
    annotations: { list: marks.list!.map(({ placement: _, ...mark }) => mark) },
    links: links.map(({ placement: _, ...link }) => link),
    panels: panels.map((panel, index) => ({ ...panel, id: index + 1 })),
  }
}
