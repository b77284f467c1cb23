/** The README, typed from top to bottom on an instance that its first command has made: 28 days of real sales, a model and orders. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FrontDoor, openFrontDoor } from './instance.ts'
import { documentedCommands } from './markdown.ts'
import { filledFor, isTyped } from './rules.ts'

const MINUTE_MS = 60_000
/** Guards against hanging: a busy machine is slow, not wrong. */
const START_MS_MAX = 40 * MINUTE_MS
const TRIED_MS_MAX = 60 * MINUTE_MS

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor({ words: ['--free-ports'], lastDay: '2017-01-28' })
}, START_MS_MAX)
afterAll(() => door?.stop(), 3 * MINUTE_MS)

test('each command of the README does what it documents', { timeout: TRIED_MS_MAX }, async () => {
  const readme = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8')
  const [orders, waiting, alerts] = [
    await listed('orders', ''),
    await listed('orders', '--status awaiting_approval'),
    await listed('alerts', ''),
  ]
  const order = String((waiting[0] ?? orders[0])!.purchaseOrderId)
  const place = { lastDay: door.lastDay, plan: '', order, alert: String(alerts[0]?.alert_id) }
  // 28 days may leave no alert open, and no order so large that it waits; front-door.server.test.ts makes both.
  const isLacking = (command: string) =>
    (alerts.length === 0 && command.includes('ALERT')) || (waiting.length === 0 && command.includes('orders approve'))
  for (const { command, line } of documentedCommands(readme).filter(isTyped)) {
    if (isLacking(command)) continue
    const { code, out, error } = await door.type(filledFor(command, place))
    place.plan = /backfill apply (\S+)\s*$/.exec(out)?.[1] ?? place.plan
    const at = `README.md:${line} ${command}`
    expect.soft({ at, code, error: code === 0 ? '' : error }).toEqual({ at, code: 0, error: '' })
    expect.soft(out, at).not.toBe('')
    expect.soft(out, at).not.toMatch(/\bundefined\b|\bNaN\b|\[object Object\]/)
  }
})

async function listed(list: 'orders' | 'alerts', filter: string): Promise<Record<string, unknown>[]> {
  const { out } = await door.type(`./shelfline ${list} list ${filter} --json`)
  return (JSON.parse(out) as Record<typeof list, Record<string, unknown>[]>)[list]
}
