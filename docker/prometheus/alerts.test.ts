import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { promtool, withPromtool } from './promtool.ts'

const read = (file: string) => parse(readFileSync(join(import.meta.dirname, file), 'utf8'))

test('each alert is seen firing', () => {
  const { groups } = read('alerts.yaml') as { groups: { rules: { alert: string }[] }[] }
  const { tests } = read('alerts.test.yaml') as {
    tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[]
  }
  const fired = tests
    .flatMap(({ alert_rule_test }) => alert_rule_test)
    .filter(({ exp_alerts }) => exp_alerts.length > 0)
    .map(({ alertname }) => alertname)
  expect([...new Set(fired)].sort()).toEqual(groups.flatMap(({ rules }) => rules.map(({ alert }) => alert)).sort())
})

describe.skipIf(withPromtool.isMissing)(`Prometheus${withPromtool.note}`, () => {
  test.each([
    ['reads its configuration and all rules', ['check', 'config', 'prometheus.yaml']],
    ['raises each alert when it should, and not otherwise', ['test', 'rules', 'alerts.test.yaml']],
  ])('%s', (_, words) => {
    const { status, stdout, stderr } = promtool(...words)
    expect(`${stdout}${stderr}`).toContain('SUCCESS')
    expect(status).toBe(0)
  })
})
