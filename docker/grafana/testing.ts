/** Every query of the dashboards and of Grafana's alert rules, filled in as Grafana would, for the tests that run them. */
import { businessAlerts } from './source/alert-rules.ts'
import { dashboards } from './source/index.ts'

export interface GrafanaQuery {
  /** `Streams / Messages behind`. */
  name: string
  language: 'promql' | 'sql'
  text: string
}

interface Target {
  refId?: string
  expr?: string
  rawSql?: string
}

interface Variable {
  name: string
  query: string | { query: string }
}

/** @returns panels, variables and annotations of every dashboard, and the alert rules */
export function grafanaQueries(): GrafanaQuery[] {
  const found: GrafanaQuery[] = []
  for (const { title, panels = [], annotations, templating } of dashboards) {
    for (const panel of panels as { title: string; targets?: Target[] }[]) {
      for (const target of panel.targets ?? []) found.push(queryOf(`${title} / ${panel.title}`, target))
    }
    for (const { name, target } of annotations!.list!)
      found.push(queryOf(`${title} / ${name}`, target as unknown as Target))
    for (const { name, query } of variablesOf(templating)) {
      // The labels of a metric are no expression: the metric is.
      if (typeof query === 'string') found.push({ name: `${title} / $${name}`, language: 'sql', text: query })
      else
        found.push({
          name: `${title} / $${name}`,
          language: 'promql',
          text: query.query.replace(/^label_values\((\w+), \w+\)$/, '$1'),
        })
    }
  }
  for (const { name, sql } of businessAlerts) found.push({ name: `alert / ${name}`, language: 'sql', text: sql })
  return found
}

const variablesOf = (templating: { list?: unknown[] }): Variable[] => (templating.list ?? []) as Variable[]

function queryOf(name: string, { expr, rawSql }: Target): GrafanaQuery {
  if (rawSql !== undefined) return { name, language: 'sql', text: rawSql }
  return { name, language: 'promql', text: expr! }
}

/** Statements of the variables, by name: `store` → the statement with every store. */
export const variableStatements = (): Map<string, string> =>
  new Map(
    dashboards
      .flatMap(({ templating }) => variablesOf(templating))
      .filter(({ query }) => typeof query === 'string')
      .map(({ name, query }) => [name, query as string]),
  )

/** As Grafana's PostgreSQL plugin fills in its macros; `values` are those of each variable. */
export function filledIn(
  sql: string,
  range: { from: Date; to: Date },
  values: ReadonlyMap<string, readonly string[]>,
): string {
  const [from, to] = [range.from, range.to].map((instant) => `'${instant.toISOString()}'`)
  return sql
    .replaceAll(
      /\$__timeGroupAlias\(([^,]+), (\w+)\)/g,
      (_, column: string, width: string) => `${group(column, width)} as "time"`,
    )
    .replaceAll(/\$__timeGroup\(([^,]+), (\w+)\)/g, (_, column: string, width: string) => group(column, width))
    .replaceAll(
      /\$__timeFilter\(((?:[^()]|\([^()]*\))+)\)/g,
      (_, column: string) => `${column} between ${from} and ${to}`,
    )
    .replaceAll(/\$(\w+)/g, (_, name: string) =>
      values
        .get(name)!
        .map((value) => `'${value.replaceAll("'", "''")}'`)
        .join(','),
    )
}

const SECONDS: Record<string, number> = { '1h': 3_600, '1d': 86_400 }

const group = (column: string, width: string): string =>
  `floor(extract(epoch from ${column}) / ${SECONDS[width]}) * ${SECONDS[width]}`

/** All values of every variable, and an interval that holds several scrapes. */
export const filledInExpression = (expression: string): string =>
  expression.replaceAll('$__rate_interval', '1m').replaceAll(/"\$\w+"/g, '".*"')
