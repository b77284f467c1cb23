/**
 * What we promise (service level objectives), and the rules that are made from it: how fast the error budget of 30 days is spent, over
 * several windows, and the alerts on it. Windows and rates are those of Google's SRE Workbook, chapter 5, "Alerting on SLOs".
 */
import { stringify } from 'yaml'

export interface Objective {
  name: string
  alert: string
  /** What is good, as a sentence. */
  promise: string
  /** Share of events, or of time, that must be good. */
  target: number
  /** Share of bad ones within a window, such as `5m`. */
  badShare: (window: string) => string
}

const badTime = (series: string) => (window: string) => `avg_over_time(${series}[${window}])`

export const objectives: readonly Objective[] = [
  {
    name: 'event_to_state',
    alert: 'ObjectiveEventToState',
    promise: '99 % of messages are in the live state within 5 s of their arrival in Kafka',
    target: 0.99,
    badShare: (window) =>
      `1 - sum(rate(shelfline_stream_latency_seconds_bucket{le="5"}[${window}])) / sum(rate(shelfline_stream_latency_seconds_count[${window}]))`,
  },
  {
    name: 'daily_etl',
    alert: 'ObjectiveDailyEtl',
    promise: "yesterday's sales are built by 09:30; 99 % of the time",
    target: 0.99,
    badShare: badTime('shelfline:daily_etl_is_late'),
  },
  {
    name: 'freshness',
    alert: 'ObjectiveFreshness',
    promise: 'no processor is stuck for more than 5 minutes while messages wait; 99.5 % of the time',
    target: 0.995,
    badShare: badTime('shelfline:state_is_behind'),
  },
  {
    name: 'web_errors',
    alert: 'ObjectiveWebErrors',
    promise: '99.9 % of requests to the web application are answered without an error of ours',
    target: 0.999,
    badShare: (window) =>
      `(sum(rate(shelfline_web_request_seconds_count{status=~"5.."}[${window}])) or vector(0)) / sum(rate(shelfline_web_request_seconds_count[${window}]))`,
  },
  {
    name: 'web_latency',
    alert: 'ObjectiveWebLatency',
    promise: '99 % of requests to the web application are answered within 1 s',
    target: 0.99,
    badShare: (window) =>
      `1 - sum(rate(shelfline_web_request_seconds_bucket{le="1"}[${window}])) / sum(rate(shelfline_web_request_seconds_count[${window}]))`,
  },
]

interface Burn {
  /** How many times faster than the budget allows. */
  rate: number
  long: string
  /** Ends the alert soon after the trouble. */
  short: string
}

/** Of the budget of 30 days: 2 % in an hour and 5 % in six hours are critical, 10 % in one day or in three are work of the day. */
export const burns: Readonly<Record<'critical' | 'warning', readonly Burn[]>> = {
  critical: [
    { rate: 14.4, long: '1h', short: '5m' },
    { rate: 6, long: '6h', short: '30m' },
  ],
  warning: [
    { rate: 3, long: '1d', short: '2h' },
    { rate: 1, long: '3d', short: '6h' },
  ],
}

const windows = [...new Set(Object.values(burns).flatMap((each) => each.flatMap(({ long, short }) => [short, long])))]
const BUDGET_WINDOW = '30d'

const recorded = ({ name }: Objective, window: string): string => `objective:bad_share:${window}{objective="${name}"}`

/** Rounded to what it is: 14.4 × 0.001 is no 0.014400000000000001. */
const decimal = (value: number): number => Number(value.toPrecision(6))

function alertRule(objective: Objective, severity: keyof typeof burns): object {
  const budget = 1 - objective.target
  const spends = ({ rate, long, short }: Burn) => {
    const limit = decimal(rate * budget)
    return `(${recorded(objective, long)} > ${limit} and ${recorded(objective, short)} > ${limit})`
  }
  return {
    alert: objective.alert,
    expr: burns[severity].map(spends).join(' or '),
    for: severity === 'critical' ? '2m' : '15m',
    labels: { severity },
    annotations: {
      summary: `Not kept: ${objective.promise}`,
      description: `{{ $value | humanizePercentage }} are bad; ${percent(budget)} may be over 30 days.`,
      runbook_url: `{{ $externalURL }}/user/${objective.alert}.md`,
    },
  }
}

const percent = (share: number): string => `${decimal(share * 100)} %`

/** What is recorded of an objective, and its two alerts. */
export const objectiveGroup = (objective: Objective): object => ({
  name: `objective_${objective.name}`,
  interval: '30s',
  rules: [
    ...windows.map((window) => ({
      record: `objective:bad_share:${window}`,
      expr: objective.badShare(window),
      labels: { objective: objective.name },
    })),
    ...(['critical', 'warning'] as const).map((severity) => alertRule(objective, severity)),
  ],
})

/** A month is read less often: it moves slowly. */
const budgetGroup = {
  name: 'objective_budgets',
  interval: '1m',
  rules: objectives.map((objective) => ({
    record: 'objective:budget_left',
    expr: `1 - (${objective.badShare(BUDGET_WINDOW)}) / ${decimal(1 - objective.target)}`,
    labels: { objective: objective.name },
  })),
}

/** `slo.yaml`, for Prometheus. */
export const objectiveRules = (): string =>
  `# Made by \`npm run docs\` from docker/prometheus/objectives.ts.\n${stringify(
    { groups: [...objectives.map(objectiveGroup), budgetGroup] },
    { lineWidth: 0 },
  )}`
