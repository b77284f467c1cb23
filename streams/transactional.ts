import { parseEvent } from '../contracts/parse.ts'
import type { Logger } from '../platform/log.ts'
import { inTransaction, type Pool, type PoolClient } from '../platform/postgres.ts'
import { isDataError, retryPassing } from './database-errors.ts'
import { CONTRACT_ORIGIN, type DeadMessage, keepDeadLetters } from './dead-letters.ts'
import { type StreamMetrics, sampleKnownAt } from './metrics.ts'
import { addCounts, advance, type BatchCounts } from './positions.ts'
import type { Outcomes, Processor, ReadObject, Slice, StreamMessage } from './processor.ts'

export interface TransactionalOptions {
  pool: Pool
  logger: Logger
  metrics: StreamMetrics
  processor: Processor
  /** The reader's clock, against which events from the future are told. */
  nowMs: () => number
  /** Left out: there is no bucket. */
  readObject?: ReadObject
}

const noObject: ReadObject = async () => undefined

class LostPartition extends Error {
  override name = 'LostPartition'
}

/**
 * Handles slices of a processor's partitions: effects, dead letters, outcome counts and the position in one
 * transaction. A slice whose statement fails on its data is applied again in halves, so that only the message that the
 * database refuses becomes a dead letter.
 */
export function createTransactionalHandler(options: TransactionalOptions): (slice: Slice) => Promise<'done' | 'lost'> {
  const { logger, metrics, processor } = options
  return async (slice) => {
    const startedAtMs = Date.now()
    const { valid, dead } = validate(slice, options.nowMs())
    try {
      const counts = await retryPassing(logger, () => commitSlice(options, slice, valid, dead))
      metrics.committed(
        processor.name,
        { topic: slice.topic, knownAtMs: sampleKnownAt(slice.messages) },
        counts,
        startedAtMs,
      )
      if (counts.dead > 0) {
        const { topic, partition } = slice
        logger.warn({ processor: processor.name, topic, partition, dead: counts.dead }, 'messages became dead letters')
      }
      return 'done'
    } catch (error) {
      if (!(error instanceof LostPartition)) throw error
      metrics.lost(processor.name)
      logger.warn({ processor: processor.name, topic: slice.topic, partition: slice.partition }, error.message)
      return 'lost'
    }
  }
}

/** A message that keeps its contract, and the store's day that it is about. */
interface ValidMessage {
  message: StreamMessage
  event: object
  date: string
}

/** Holds a slice's messages against the contract of their topic. */
function validate(slice: Slice, nowMs: number): { valid: ValidMessage[]; dead: DeadMessage[] } {
  const { topic, partition } = slice
  const valid: ValidMessage[] = []
  const dead: DeadMessage[] = []
  for (const message of slice.messages) {
    const parsed = parseEvent(topic, message.value, nowMs)
    if (parsed.ok) valid.push({ message, event: parsed.event, date: parsed.event.event_at.slice(0, 10) })
    else {
      dead.push({ origin: CONTRACT_ORIGIN, topic, partition, message, reason: parsed.problem, error: parsed.error })
    }
  }
  return { valid, dead }
}

async function commitSlice(
  options: TransactionalOptions,
  slice: Slice,
  valid: readonly ValidMessage[],
  dead: readonly DeadMessage[],
): Promise<BatchCounts> {
  try {
    return await transaction(options, slice, dead, (client) => applyWhole(options, slice, client, valid))
  } catch (error) {
    if (!isDataError(error)) throw error
    return transaction(options, slice, dead, (client) => applyIsolated(options, slice, client, valid))
  }
}

interface Applied extends Outcomes {
  refused: DeadMessage[]
}

const NOTHING: Applied = { applied: 0, duplicate: 0, late: 0, refused: [] }

function transaction(
  { pool, processor }: TransactionalOptions,
  slice: Slice,
  broken: readonly DeadMessage[],
  apply: (client: PoolClient) => Promise<Applied>,
): Promise<BatchCounts> {
  return inTransaction(pool, async (client) => {
    if (!(await advance(client, processor.name, slice))) {
      throw new LostPartition('the partition went to another worker: the batch is thrown away, nothing was written')
    }
    const { refused, ...outcomes } = await apply(client)
    const dead = [...broken, ...refused]
    await keepDeadLetters(client, dead)
    const counts = { consumed: slice.messages.length, ...outcomes, dead: dead.length }
    await addCounts(client, processor.name, slice, counts)
    return counts
  })
}

async function applyWhole(
  { processor, readObject = noObject }: TransactionalOptions,
  { topic, partition }: Slice,
  client: PoolClient,
  messages: readonly ValidMessage[],
): Promise<Applied> {
  if (messages.length === 0) return NOTHING
  const values = messages.map(({ message }) => message.value!)
  const knownAtMs = messages.map(({ message }) => message.knownAtMs)
  const dates = [...new Set(messages.map(({ date }) => date))]
  const events = messages.map(({ event }) => event)
  const batch = { topic, partition, values, knownAtMs, events, dates }
  const outcomes = await processor.apply(client, batch, readObject)
  return { ...outcomes, refused: [] }
}

/** Applies what can be applied; a message that fails on its own is refused. */
async function applyIsolated(
  options: TransactionalOptions,
  slice: Slice,
  client: PoolClient,
  messages: readonly ValidMessage[],
): Promise<Applied> {
  await client.query('savepoint part')
  try {
    const applied = await applyWhole(options, slice, client, messages)
    await client.query('release savepoint part')
    return applied
  } catch (error) {
    if (!isDataError(error)) throw error
    await client.query('rollback to savepoint part')
    await client.query('release savepoint part')
    if (messages.length === 1)
      return { ...NOTHING, refused: [refusal(options, slice, messages[0]!.message, error as Error)] }
  }
  const middle = messages.length >> 1
  const first = await applyIsolated(options, slice, client, messages.slice(0, middle))
  const second = await applyIsolated(options, slice, client, messages.slice(middle))
  return {
    applied: first.applied + second.applied,
    duplicate: first.duplicate + second.duplicate,
    late: first.late + second.late,
    refused: [...first.refused, ...second.refused],
  }
}

function refusal(
  { processor }: TransactionalOptions,
  { topic, partition }: Slice,
  message: StreamMessage,
  error: Error,
): DeadMessage {
  return { origin: processor.name, topic, partition, message, reason: 'rejected_by_database', error: error.message }
}
