/** What the stream processors do, and what a person decides about them. */

import { type TopicName, topicNames } from '../../contracts/topics.ts'
import type { TopicLogs } from '../../platform/kafka/topic-logs.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { readWorkers } from '../../platform/workers.ts'
import { type AcceptedLog, type AcceptedLoss, acceptLog, acceptLoss } from '../../streams/runtime/accepted-losses.ts'
import { pausedProcessors, setPaused } from '../../streams/runtime/controls.ts'
import { numberedRange } from '../../streams/runtime/log-numbers.ts'
import { type ProcessorState, processorStates } from '../../streams/runtime/processor-states.ts'
import { processorNames, processorTopics } from '../../streams/runtime/runtime.ts'
import { listSkips, type MessagePlace, requestSkip, type Skip, SkipRefused } from '../../streams/runtime/skips.ts'
import { type MissingTopic, missingTopics, type PartitionStatus, streamStatus } from '../../streams/runtime/status.ts'
import type { Actor } from '../access/actor.ts'
import { ConflictError } from '../errors.ts'
import { requireChoice, requireCount, requireWhy } from '../values.ts'

export { waitsFor } from '../../streams/runtime/missing-topics.ts'
export { processorNames } from '../../streams/runtime/runtime.ts'
export { parsePlace } from '../../streams/runtime/skips.ts'

export interface StreamDependencies {
  pool: Pool
  topicLogs: TopicLogs
}

/** Who decides something, and why: 1 to 500 characters, which are kept. */
export interface Decision {
  by: Actor
  why: string
}

const kafkaTopic = (topic: TopicName): string => topic

export interface Streams {
  /** Every processor, also one that has read nothing yet. */
  processors: ProcessorState[]
  /** By processor, topic and partition; only what was read. */
  partitions: PartitionStatus[]
  /** Topics that Kafka does not have: their processors read the others meanwhile. */
  missingTopics: MissingTopic[]
  /** The problems that live stream workers report. */
  problems: { host: string; pid: number; problem: string }[]
}

/** What each processor does now, and its position in each partition. */
export async function readStreams({ pool, topicLogs }: StreamDependencies): Promise<Streams> {
  const partitions = await streamStatus(pool, topicLogs, kafkaTopic)
  const workers = await readWorkers(pool)
  return {
    processors: processorStates(processorNames, partitions, workers),
    partitions,
    missingTopics: await missingTopics(topicLogs, kafkaTopic, processorTopics),
    problems: workers.flatMap(({ kind, state, host, pid, problem }) =>
      kind === 'stream' && state === 'alive' && problem !== null ? [{ host, pid, problem }] : [],
    ),
  }
}

export interface TopicLag {
  processor: string
  topic: TopicName
  /** Messages that wait. */
  lag: number
}

/** Messages that wait, by processor and topic. */
export async function readLags({ pool, topicLogs }: StreamDependencies): Promise<TopicLag[]> {
  const partitions = await streamStatus(pool, topicLogs, kafkaTopic)
  return [...Map.groupBy(partitions, ({ processor, topic }) => `${processor}/${topic}`).values()].map((own) => ({
    processor: own[0]!.processor,
    topic: own[0]!.topic,
    lag: own.reduce((sum, { lag }) => sum + (lag ?? 0), 0),
  }))
}

export interface PausedProcessors {
  /** Those of the ones asked for that were not in this state before. */
  changed: string[]
  /** Every processor that is paused now. */
  paused: string[]
}

/**
 * Pauses processors in every worker, or resumes them; running ones follow within a second or two.
 *
 * @throws InvalidError naming the processors when one is unknown
 */
export async function pauseProcessors(
  pool: Pool,
  { processors, isPaused }: { processors: readonly string[] | 'all'; isPaused: boolean },
): Promise<PausedProcessors> {
  const chosen = processors === 'all' ? processorNames : [...new Set(processors)].map(requireProcessor)
  const before = await pausedProcessors(pool)
  await setPaused(pool, chosen, isPaused)
  return {
    changed: chosen.filter((name) => before.has(name) !== isPaused),
    paused: [...(await pausedProcessors(pool))].sort(),
  }
}

const requireProcessor = (name: string): string => requireChoice('processor', name, processorNames)

export interface SkipRequest extends Decision {
  processor: string
  /** With the offset that `readStreams` gives as the position. */
  message: Omit<MessagePlace, 'topic'> & { topic: string }
}

/**
 * Makes a message that a processor cannot pass a dead letter, without reading it: a running worker does so within a second or two,
 * else the next one that starts.
 *
 * @throws InvalidError when the processor, or the topic for it, is unknown, or the reason is none
 * @throws ConflictError when Kafka has no such partition, the offset is not in its log, was passed, or is to be skipped already
 */
export async function skipMessage(
  { pool, topicLogs }: StreamDependencies,
  { processor, message, by, why }: SkipRequest,
): Promise<MessagePlace> {
  requireProcessor(processor)
  requireWhy(why)
  const topic = requireChoice(`topic of ${processor}`, message.topic, processorTopics.get(processor)!) as TopicName
  const at = { topic, partition: message.partition, offset: message.offset }
  const log = await numberedRange(pool, topicLogs, kafkaTopic, at)
  if (typeof log === 'string') throw new ConflictError(log)
  await requestSkip(pool, processor, at, { why, by, log }).catch((error) => {
    throw error instanceof SkipRefused ? new ConflictError(error.message) : error
  })
  return at
}

const SKIPS_MAX = 1_000

/** What was to be skipped, the newest first. @param limit entries at most, 1 to 1,000 */
export const readSkips = (pool: Pool, limit: number): Promise<Skip[]> =>
  listSkips(pool, requireCount('limit', limit, 1, SKIPS_MAX))

/**
 * Lets processors continue after messages that Kafka has deleted, or that can't be read; the messages are counted as lost.
 *
 * @param processor only this one
 * @returns the partitions that continue; none when none has stopped for this reason
 */
export async function acceptLostMessages(
  { pool, topicLogs }: StreamDependencies,
  { by, why, processor }: Decision & { processor?: string | undefined },
): Promise<AcceptedLoss[]> {
  requireWhy(why)
  return acceptLoss(pool, topicLogs, kafkaTopic, { by, why }, processor && requireProcessor(processor))
}

/**
 * Lets processors read a topic that was deleted and created again, or that has lost its newest messages.
 *
 * @returns undefined when the topic is the one that was read before, with all its messages
 * @throws InvalidError when the topic is unknown
 */
export async function acceptNewLog(
  { pool, topicLogs }: StreamDependencies,
  { topic, by, why }: Decision & { topic: string },
): Promise<AcceptedLog | undefined> {
  requireWhy(why)
  return acceptLog(pool, topicLogs, kafkaTopic, requireChoice('topic', topic, topicNames) as TopicName, { by, why })
}
