/** The form that fits into a test run: kills of stream workers, on a database, topics and a lake folder of a running instance. */
import { seeded } from '../../models/statistics/random.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { createTestDatabase } from '../../platform/testing.ts'
import { createTestTopics } from '../../streams/testing/kafka.ts'
import { Fleet } from './fleet.ts'
import { Watch } from './progress.ts'
import { killLane } from './scenarios.ts'
import { type Outcome, type Say, Session } from './session.ts'
import { Workload } from './workload.ts'

const EVENTS = 20_000
const RATE_PER_SECOND = 1_500
const HISTORY_DAYS = 1
const HISTORY_EVENTS = 2_000
const KILLS = 3
const PAUSE_MS_MAX = 500
const HEALTHY_MS_MAX = 300_000
/** Days are few and small: the lake may commit as often as it can. */
const FLUSH_MS = 500

/** @param settings of a running instance, which is left as it was */
export async function runShortest(settings: Settings, seed: number, say: Say): Promise<Outcome> {
  await using resources = new AsyncDisposableStack()
  const database = resources.adopt(await createTestDatabase(settings), (open) => open.drop())
  const topics = resources.adopt(await createTestTopics(settings), (open) => open.close())
  const site = { settings: { ...database.settings, rawSinkFlushMs: FLUSH_MS }, topicSuffix: topics.suffix }
  const watch = resources.adopt(await Watch.open(site), (open) => open.close())
  const workload = resources.adopt(await Workload.open(site, HISTORY_DAYS, HISTORY_EVENTS), (open) => open.close())
  const fleet = resources.adopt(await Fleet.open(site), (open) => open.close())
  const session = new Session(site, fleet, watch, workload, say)
  await workload.sendMasterData()
  await workload.sendHistory()
  for (const name of ['stream-1', 'stream-2']) await fleet.start('stream', name)
  await fleet.untilHealthy('stream', HEALTHY_MS_MAX)
  const struck = new AbortController()
  const sending = workload.sendLive(EVENTS, RATE_PER_SECOND, struck.signal)
  try {
    await session.runLane(seeded(seed), killLane(session, 'stream', KILLS, PAUSE_MS_MAX), new AbortController().signal)
  } finally {
    struck.abort()
    await sending
  }
  await session.settle(false)
  await fleet.close()
  await session.check()
  await session.compareWithUndisturbed(false)
  return session.outcome()
}
