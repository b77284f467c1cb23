import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'

const promtool = (...words: string[]) => spawnSync('promtool', words, { cwd: import.meta.dirname, encoding: 'utf8' })
const isMissing = promtool('--version').error !== undefined
const why = "left out: there is no promtool here; Debian's package prometheus has it"

describe.skipIf(isMissing)(isMissing ? `alerts (${why})` : 'alerts', () => {
  test.each([
    ['are rules that Prometheus reads', ['check', 'rules', 'alerts.yaml']],
    ['fire when they should, and not otherwise', ['test', 'rules', 'alerts.test.yaml']],
  ])('%s', (_, words) => {
    const { status, stdout, stderr } = promtool(...words)
    expect(`${stdout}${stderr}`).toContain('SUCCESS')
    expect(status).toBe(0)
  })
})
