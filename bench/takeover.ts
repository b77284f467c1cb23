/**
 * How long partitions are left alone when workers come and go, against a running instance (`shelfline stack up`):
 *
 *   node bench/takeover.ts [--rate 500] [--runs 3]
 *
 * Two workers with every processor share the partitions while events come at a steady rate. Printed: from the start of a
 * second worker until every processor has shared its partitions; then, from the moment in which one of the two is killed
 * (SIGKILL), until the other has applied everything that Kafka had at that moment, and until it has caught up.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type pg from 'pg'
import type { TopicName } from '../contracts/topics.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { RAW_SINK } from '../streams/raw/raw-sink.ts'
import { consumerGroup, productProcessors } from '../streams/runtime/runtime.ts'
import { createTestTopics, type TestTopics } from '../streams/testing/kafka.ts'
import { sendSteadily } from './live-state/events.ts'
import { withWorkers } from './live-state/workers.ts'
import { machine, report, seconds } from './measure.ts'

const LOOK_EVERY_MS = 50
const SEND_SECONDS_MAX = 600
/** Two workers that have shared the partitions work side by side for this long before one is killed. */
const TOGETHER_MS = 5_000
/** This few messages behind Kafka's newest count as caught up: events keep arriving. */
const CAUGHT_UP_SECONDS = 1

const { values: flags } = parseArgs({
  options: { rate: { type: 'string', default: '500' }, runs: { type: 'string', default: '3' } },
})
const rate = Number(flags.rate)
const settings = loadSettings()
const topicNames = [...new Set(productProcessors.flatMap(({ topics }) => topics))]

interface Times {
  shared: number
  applied: number
  caughtUp: number
}

async function measure(): Promise<Times> {
  const topics = await createTestTopics(settings)
  const stopping = new AbortController()
  try {
    return await withWorkers(settings, topics, async ({ client, start }) => {
      const sending = sendSteadily(topics, rate, SEND_SECONDS_MAX, stopping.signal)
      const first = start()
      await membersOf(topics, 1)
      await reached(client, await endsOf(topics))
      const shared = await seconds(() => {
        start()
        return membersOf(topics, 2)
      })
      await pause(TOGETHER_MS)
      first.kill('SIGKILL')
      const ends = await endsOf(topics)
      const applied = await seconds(() => reached(client, ends))
      const caughtUp = applied + (await seconds(() => catchUp(client, topics)))
      stopping.abort()
      await sending
      return { shared, applied, caughtUp }
    })
  } finally {
    stopping.abort()
    await topics.close()
  }
}

/** Until each group has this many members, and each of them its partitions. A group without a share for all has one. */
async function membersOf({ admin, suffix }: TestTopics, count: number): Promise<void> {
  const groups = [RAW_SINK, ...productProcessors.map(({ name }) => name)].map((name) => consumerGroup(name, suffix))
  for (;;) {
    const described = await admin.describeGroups(groups)
    if (described.groups.every(({ state, members }) => state === 'Stable' && members.length === count)) return
    await pause(LOOK_EVERY_MS)
  }
}

type Ends = Map<string, number>

async function endsOf({ admin, suffix }: TestTopics): Promise<Ends> {
  const ends: Ends = new Map()
  for (const topic of topicNames) {
    for (const { partition, high } of await admin.fetchTopicOffsets(`${topic}${suffix}`)) {
      ends.set(`${topic}/${partition}`, Number(high))
    }
  }
  return ends
}

/** By how many messages the processors of live state together are behind these ends. */
async function lagBehind(client: pg.Client, ends: Ends): Promise<number> {
  const { rows } = await client.query<{ topic: TopicName; partition: number; position: string }>(
    'select topic, partition, position from ops.stream_offsets where processor = any($1)',
    [productProcessors.map(({ name }) => name)],
  )
  return rows.reduce(
    (lag, { topic, partition, position }) => lag + Math.max(0, ends.get(`${topic}/${partition}`)! - Number(position)),
    0,
  )
}

async function reached(client: pg.Client, ends: Ends): Promise<void> {
  while ((await lagBehind(client, ends)) > 0) await pause(LOOK_EVERY_MS)
}

async function catchUp(client: pg.Client, topics: TestTopics): Promise<void> {
  while ((await lagBehind(client, await endsOf(topics))) > rate * CAUGHT_UP_SECONDS) await pause(LOOK_EVERY_MS)
}

console.log(machine())
const runs: Times[] = []
for (let run = 0; run < Number(flags.runs); run += 1) runs.push(await measure())
const print = (what: string, time: (times: Times) => number) => report(`takeover: ${what}`, 's', runs.map(time))
print('a second worker is started until it has its partitions', ({ shared }) => shared)
print('one of two is killed until all of that moment is applied', ({ applied }) => applied)
print('one of two is killed until the other has caught up', ({ caughtUp }) => caughtUp)
