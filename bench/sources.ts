/**
 * Events a second that a replay puts into Kafka (topics of its own, removed afterwards), preparation included and not.
 * Needs a running Kafka. `node bench/sources.ts`
 */
import { randomBytes } from 'node:crypto'
import { topicNames } from '../contracts/topics.ts'
import { createKafka } from '../platform/kafka/kafka.ts'
import { createLogger } from '../platform/log.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { connectKafkaSink, type EventSink } from '../sources/produce.ts'
import { replay } from '../sources/replay.ts'
import { machine, report } from './measure.ts'

const RUNS = 5
const settings = loadSettings()
const logger = createLogger({ logLevel: 'silent' }, 'bench')
const suffix = randomBytes(4).toString('hex')
const named = (name: string) => `${name}_bench_${suffix}`

console.log(machine())
const admin = createKafka(settings, 'bench', logger).admin()
await admin.connect()
const used = topicNames.map(named)
await admin.createTopics({ waitForLeaders: true, topics: used.map((topic) => ({ topic, numPartitions: 3 })) })
const sink = await connectKafkaSink(settings, logger, named)
let peakBytes = 0
try {
  for (const [label, to] of [
    ['1× 30 days', '2010-10-30'],
    ['3× 90 days', '2010-12-29'],
    ['10× 300 days', '2011-07-27'],
  ] as const) {
    const whole: number[] = []
    const sending: number[] = []
    for (let run = 0; run < RUNS; run++) {
      const { events, seconds, sendingSeconds } = await measured(to)
      whole.push(events / seconds)
      sending.push(events / sendingSeconds)
    }
    report(`sources: replay to Kafka, ${label}, with preparation`, 'events/s', whole)
    report(`sources: replay to Kafka, ${label}, from the first event on`, 'events/s', sending)
  }
  console.log(`peak memory ${Math.round(peakBytes / 2 ** 20)} MiB`)
} finally {
  await sink.close()
  await admin.deleteTopics({ topics: used })
  await admin.disconnect()
}

async function measured(to: string) {
  let firstAt: number | undefined
  const timed: EventSink = {
    ...sink,
    send(events) {
      firstAt ??= performance.now()
      peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
      return sink.send(events)
    },
  }
  const { sent, milliseconds } = await replay({
    dataset: 'online-retail',
    from: '2010-10-01',
    to,
    settings,
    logger,
    sink: timed,
  })
  const events = Object.values(sent).reduce((sum, count) => sum + count, 0)
  return { events, seconds: milliseconds / 1000, sendingSeconds: (performance.now() - firstAt!) / 1000 }
}
