import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { BatchCounts } from './positions.ts'
import type { StreamMessage } from './processor.ts'

export interface StreamMetrics {
  registry: Registry
  /** Counts a batch that was committed just now; `startedAtMs` is when work on it began. */
  committed(processor: string, batch: CommittedBatch, counts: BatchCounts, startedAtMs: number): void
  /** A batch was discarded: the partition had gone to another worker. */
  lost(processor: string): void
  /** Reports whether a chore of the worker fails now. */
  chore(name: string): (isFailing: boolean) => void
}

export interface CommittedBatch {
  topic: string
  /** When some of the messages reached Kafka: see `sampleKnownAt`. */
  knownAtMs: readonly number[]
}

/** A partition that this process has, at the moment of the question. */
export interface PartitionLag {
  processor: string
  topic: string
  partition: number
  lag: number
  isStopped: boolean
}

const LATENCY_SAMPLES_MAX = 100
const outcomes = ['applied', 'duplicate', 'late', 'dead'] as const

/**
 * @param partitions what this process reads now; asked at each scrape, so that partitions that left are left out
 * @param skips by processor: messages that it has still to skip
 */
export function createStreamMetrics(
  partitions: () => Promise<PartitionLag[]>,
  skips: () => ReadonlyMap<string, number> = () => new Map(),
): StreamMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const messages = new Counter({
    name: 'shelfline_stream_messages_total',
    help: 'Messages by their outcome.',
    labelNames: ['processor', 'topic', 'outcome'],
    registers,
  })
  const lostBatches = new Counter({
    name: 'shelfline_stream_lost_batches_total',
    help: 'Batches discarded because another worker had the partition.',
    labelNames: ['processor'],
    registers,
  })
  // Both gauges of one scrape come from one look.
  let looking: Promise<PartitionLag[]> | undefined
  const look = () => {
    looking ??= partitions().finally(() => {
      looking = undefined
    })
    return looking
  }
  new Gauge({
    name: 'shelfline_stream_stopped_partitions',
    help: 'Partitions that are stopped until a person decides.',
    labelNames: ['processor'],
    registers,
    async collect() {
      const current = await look()
      this.reset()
      for (const { processor, isStopped } of current) this.inc({ processor }, isStopped ? 1 : 0)
    },
  })
  new Gauge({
    name: 'shelfline_stream_lag_messages',
    help: 'Offsets between the position and the end of the partition.',
    labelNames: ['processor', 'topic', 'partition'],
    registers,
    async collect() {
      const current = await look()
      this.reset()
      for (const { processor, topic, partition, lag } of current) {
        this.set({ processor, topic, partition: String(partition) }, lag)
      }
    },
  })
  new Gauge({
    name: 'shelfline_stream_skips_waiting',
    help: 'Messages that a person has a processor skip and that it has not reached.',
    labelNames: ['processor'],
    registers,
    collect() {
      this.reset()
      for (const [processor, count] of skips()) this.set({ processor }, count)
    },
  })
  const failingChores = new Gauge({
    name: 'shelfline_stream_chore_failing',
    help: '1 while a background task of the worker fails and is retried every second: controls are pauses, skips and decisions.',
    labelNames: ['chore'],
    registers,
  })
  const batchSeconds = new Histogram({
    name: 'shelfline_stream_batch_seconds',
    help: 'Seconds from a batch in memory to its commit.',
    labelNames: ['processor'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  })
  const latencySeconds = new Histogram({
    name: 'shelfline_stream_latency_seconds',
    help: 'Seconds from a message in Kafka to the commit of its effects; at most 100 messages per batch are measured.',
    labelNames: ['processor'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600],
    registers,
  })
  return {
    registry,
    committed(processor, { topic, knownAtMs }, counts, startedAtMs) {
      for (const outcome of outcomes) {
        if (counts[outcome] > 0) messages.inc({ processor, topic, outcome }, counts[outcome])
      }
      const nowMs = Date.now()
      batchSeconds.observe({ processor }, Math.max(0, nowMs - startedAtMs) / 1000)
      for (const knownAt of knownAtMs) latencySeconds.observe({ processor }, Math.max(0, nowMs - knownAt) / 1000)
    },
    lost: (processor) => lostBatches.inc({ processor }),
    chore(name) {
      failingChores.set({ chore: name }, 0)
      return (isFailing) => failingChores.set({ chore: name }, isFailing ? 1 : 0)
    },
  }
}

/** When messages reached Kafka, of at most 100 of them, evenly spread: enough for a histogram, at no cost. */
export function sampleKnownAt(messages: readonly StreamMessage[]): number[] {
  const step = Math.max(1, Math.ceil(messages.length / LATENCY_SAMPLES_MAX))
  const samples: number[] = []
  for (let index = 0; index < messages.length; index += step) samples.push(messages[index]!.knownAtMs)
  return samples
}
