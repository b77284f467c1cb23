import { describe, expect, test } from 'vitest'
import { documentedCommands } from './markdown.ts'
import { typedFor } from './rules.ts'

const PAGE = `
Type \`./shelfline status\`, then \`shelfline lake list\`; \`orders plan\` and \`select 1\` are none.

| to | type |
|---|---|
| stop | \`./scripts/run\` <!-- not run: it has been --> or \`./scripts/run --down\` |

\`\`\`
./shelfline alerts ack 12 --why "on #2"   # somebody is
export A=1
shelfline backtest orders --from 2017-01-01 \\
  --policy current
\`\`\`

<!-- not run: no such server -->
\`\`\`
./shelfline worker stream
\`\`\`
`

describe('the commands of a page', () => {
  test('are its code that begins with one, in their order, with what keeps them from being run', () => {
    expect(documentedCommands(PAGE)).toEqual([
      { command: './shelfline status', line: 2 },
      { command: 'shelfline lake list', line: 2 },
      { command: './scripts/run', line: 6, notRun: 'it has been' },
      { command: './scripts/run --down', line: 6 },
      { command: './shelfline alerts ack 12 --why "on #2"', line: 9 },
      { command: 'shelfline backtest orders --from 2017-01-01 --policy current', line: 11 },
      { command: './shelfline worker stream', line: 17, notRun: 'no such server' },
    ])
  })

  test('get values for their placeholders', () => {
    const place = { lastDay: '2017-01-03', plan: '20240501-093042-3f9a', order: 'PO-a-W1-20170103', alert: '7' }
    expect(typedFor('./shelfline backfill apply PLAN --wait', place)).toBe(
      './shelfline backfill apply 20240501-093042-3f9a --wait',
    )
    expect(typedFor('shelfline ledger --from 2017-01-01 --to 2017-01-28', place)).toBe(
      './shelfline ledger --from 2017-01-01 --to 2017-01-03',
    )
  })
})
