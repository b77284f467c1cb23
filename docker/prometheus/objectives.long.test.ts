import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { type Objective, objectiveGroup, objectives } from './objectives.ts'
import { promtool, withPromtool } from './promtool.ts'

const folder = mkdtempSync(join(tmpdir(), 'shelfline-objectives-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A stretch of minutes, and which share of its events, or of its time, is bad. */
type Stretch = readonly [minutes: number, badShare: number]

const EVENTS_A_MINUTE = 10_000
/** The shortest window, 5 minutes, must hold two values. */
const STEP_MINUTES = 2

/** Values of a counter that grows by `share(bad)` of the events in each minute. */
function counter(course: readonly Stretch[], share: (bad: number) => number): string {
  let sum = 0
  return course
    .flatMap(([minutes, bad]) =>
      Array.from({ length: minutes }, () => {
        sum += Math.round(EVENTS_A_MINUTE * share(bad))
        return sum
      }),
    )
    .filter((_, minute) => minute % STEP_MINUTES === 0)
    .join(' ')
}

/** Values of a gauge that is 1 for that share of minutes, evenly spread. */
function gauge(course: readonly Stretch[], bad: number, good: number): string {
  return course
    .flatMap(([minutes, share]) =>
      Array.from({ length: Math.ceil(minutes / STEP_MINUTES) }, (_, step) =>
        Math.floor((step + 1) * share) > Math.floor(step * share) ? bad : good,
      ),
    )
    .join(' ')
}

type Series = { series: string; values: string }[]

const seriesOf: Record<string, (course: readonly Stretch[]) => Series> = {
  event_to_state: (course) => [
    { series: 'shelfline_stream_latency_seconds_bucket{le="5"}', values: counter(course, (bad) => 1 - bad) },
    { series: 'shelfline_stream_latency_seconds_count', values: counter(course, () => 1) },
  ],
  daily_etl: (course) => [{ series: 'shelfline_daily_etl_late', values: gauge(course, 1, 0) }],
  freshness: (course) => [{ series: 'shelfline_position_wait_seconds{processor="x"}', values: gauge(course, 600, 10) }],
  web_errors: (course) => [
    { series: 'shelfline_web_request_seconds_count{status="500"}', values: counter(course, (bad) => bad) },
    { series: 'shelfline_web_request_seconds_count{status="200"}', values: counter(course, (bad) => 1 - bad) },
  ],
  web_latency: (course) => [
    { series: 'shelfline_web_request_seconds_bucket{le="1"}', values: counter(course, (bad) => 1 - bad) },
    { series: 'shelfline_web_request_seconds_count', values: counter(course, () => 1) },
  ],
}

/** Expects the severities that fire at some minutes, by Prometheus itself; only those of `asked`. */
function firing(
  objective: Objective,
  course: readonly Stretch[],
  expected: Record<number, string[]>,
  asked = '.*',
): void {
  const { name, alert } = objective
  const rules = join(folder, `${name}-rules.yaml`)
  writeFileSync(rules, stringify({ groups: [objectiveGroup(objective)] }, { lineWidth: 0 }))
  const document = {
    rule_files: [join(import.meta.dirname, 'recordings.yaml'), rules],
    evaluation_interval: `${STEP_MINUTES}m`,
    tests: [
      {
        interval: `${STEP_MINUTES}m`,
        input_series: seriesOf[name]!(course),
        promql_expr_test: Object.entries(expected).map(([minute, severities]) => ({
          expr: `sum by (severity) (ALERTS{alertname="${alert}", alertstate="firing", severity=~"${asked}"})`,
          eval_time: `${minute}m`,
          exp_samples: severities.map((severity) => ({ labels: `{severity="${severity}"}`, value: 1 })),
        })),
      },
    ],
  }
  const file = join(folder, `${name}.yaml`)
  writeFileSync(file, stringify(document, { lineWidth: 0 }))
  const { status, stdout, stderr } = promtool('test', 'rules', file)
  expect(`${stdout}${stderr}`).toContain('SUCCESS')
  expect(status).toBe(0)
}

const HOUR = 60

test('every objective has a course of its own here, an alert and a target below all', () => {
  expect(Object.keys(seriesOf).sort()).toEqual(objectives.map(({ name }) => name).sort())
  for (const { target } of objectives) expect(target).toBeLessThan(1)
})

describe.skipIf(withPromtool.isMissing)(`objectives${withPromtool.note}`, () => {
  test.each(objectives)(
    '$name: an outage is reported within minutes, and its alert ends soon after it',
    (objective) => {
      firing(
        objective,
        [
          [7 * HOUR, 0],
          [20, 1],
          [2 * HOUR, 0],
        ],
        {
          [7 * HOUR - 1]: [],
          [7 * HOUR + 19]: ['critical'],
          [8 * HOUR + 20]: [],
        },
        'critical',
      )
    },
  )

  test.each(objectives)('$name: a short disturbance is not reported', (objective) => {
    const budget = 1 - objective.target
    // A tenth of what the budget allows within an hour at the rate that is critical.
    const minutes = Math.max(1, Math.floor(1.44 * HOUR * budget))
    const share = Math.min(1, (1.44 * HOUR * budget) / minutes)
    firing(
      objective,
      [
        [7 * HOUR, 0],
        [minutes, share],
        [HOUR, 0],
      ],
      {
        [7 * HOUR + minutes]: [],
        [7 * HOUR + minutes + 5]: [],
        [8 * HOUR]: [],
      },
    )
  })

  test.each(objectives)('$name: a slow loss of four times the budget is reported as work of the day', (objective) => {
    firing(
      objective,
      [
        [HOUR, 0],
        [30 * HOUR, 4 * (1 - objective.target)],
      ],
      { [HOUR]: [], [30 * HOUR]: ['warning'] },
    )
  })

  test.each(objectives)('$name: what the budget allows raises nothing', (objective) => {
    firing(objective, [[30 * HOUR, 0.5 * (1 - objective.target)]], { [12 * HOUR]: [], [29 * HOUR]: [] })
  })
})
