import { expect, test } from 'vitest'
import { type Notice, teamsMessage } from './message.ts'

const noticeOf = (message: string, store: string): Notice => ({
  kind: 'immediate',
  content: {
    total: 1,
    alerts: [
      {
        alert_id: 1,
        alert_type: 'stock_out',
        severity: 'critical',
        store_id: 's1',
        store,
        message,
        impact: null,
        currency: null,
        since: '2026-11-30T12:00:00Z',
        time_zone: 'UTC',
      },
    ],
  },
})

/** The texts of a card, which Teams reads as Markdown. */
function textsOf(notice: Notice): string[] {
  const { attachments } = teamsMessage(notice) as { attachments: [{ content: { body: { text: string }[] } }] }
  return attachments[0].content.body.map(({ text }) => text)
}

test('a name in a Teams card is no link, no emphasis, no code and no list', () => {
  const [, heading, line] = textsOf(noticeOf('[Sign in](https://evil.example) **now** `x` <b>', '- # Store 1'))
  expect(heading).toBe('\\- # Store 1')
  expect(line).toContain('critical: \\[Sign in\\](https://evil.example) \\*\\*now\\*\\* \\`x\\` \\<b> (since')
  expect(textsOf(noticeOf('1. tea', 's'))[2]).toContain('critical: 1. tea')
})
