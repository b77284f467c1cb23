import { defaultLimits, type MessageLimits } from '../../contracts/limits.ts'
import { parseEvent } from '../../contracts/parse.ts'
import type { Logger } from '../../platform/log.ts'
import { inTransaction, type Pool, type PoolClient } from '../../platform/postgres/postgres.ts'
import { type CustomerDoor, customerFieldsOf, removeCustomers } from '../privacy/customer-door.ts'
import { isDataError, isExhaustion, isMessageError, retryPassing } from './database-errors.ts'
import { CONTRACT_ORIGIN, type DeadMessage, deadMessage, keepDeadLetters } from './dead-letters.ts'
import { type StreamMetrics, sampleKnownAt } from './metrics.ts'
import { addCounts, advance, type BatchCounts } from './positions.ts'
import type { Outcomes, Processor, ReadObject, Slice, StreamMessage } from './processor.ts'
import type { Signatures } from './signatures.ts'
import type { Skips } from './skips.ts'

export interface TransactionalOptions {
  pool: Pool
  logger: Logger
  metrics: StreamMetrics
  processor: Processor
  /** Gives customers their pseudonyms. */
  door: CustomerDoor
  /** The reader's clock; an event more than a day after it is refused. */
  nowMs: () => number
  /** What a message may be; left out: the defaults. */
  limits?: MessageLimits
  /** Messages that a person has skipped; left out: none. */
  skips?: Skips
  /** Which messages have no valid signature; left out: none needs one. */
  signatures?: Signatures
  /** Left out: there is no bucket. */
  readObject?: ReadObject
}

const noObject: ReadObject = async () => undefined

/** Days that one transaction touches: each may create partitions, and every partition takes locks. */
const DAYS_AT_ONCE_MAX = 32

class LostPartition extends Error {
  override name = 'LostPartition'
}

/**
 * In a transaction that looks for the messages that can't be applied, every attempt has a savepoint; others wait for its
 * locks. 64 messages take 126 attempts at most.
 */
const ISOLATED_AT_ONCE_MAX = 64

/** The slice needs more than one transaction. */
class SliceTooLarge extends Error {
  override name = 'SliceTooLarge'
}

/** Into which a slice is cut that is too large. In halves, each message would be applied in vain three times as often. */
const PARTS = 8

/**
 * Handles slices of a processor's partitions: effects, dead letters, outcome counts and the position in one
 * transaction. A slice whose messages make a statement or the processor's own code fail is applied again in parts, so
 * that only the message that can't be applied becomes a dead letter. A large such slice, and one of too many days, is
 * several transactions.
 */
export function createTransactionalHandler(options: TransactionalOptions): (slice: Slice) => Promise<'done' | 'lost'> {
  const { logger, metrics, processor, door, signatures } = options
  const handle = async (slice: CheckedSlice): Promise<'done' | 'lost'> => {
    const startedAtMs = Date.now()
    if (new Set(slice.valid.map(({ date }) => date)).size > DAYS_AT_ONCE_MAX) return handleParts(slice)
    try {
      const counts = await retryPassing(logger, () => commitSlice(options, slice))
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
      if (error instanceof SliceTooLarge) return handleParts(slice)
      if (!(error instanceof LostPartition)) throw error
      metrics.lost(processor.name)
      logger.warn({ processor: processor.name, topic: slice.topic, partition: slice.partition }, error.message)
      return 'lost'
    }
  }
  const handleParts = async (slice: CheckedSlice): Promise<'done' | 'lost'> => {
    for (const part of partsOf(slice)) if ((await handle(part)) === 'lost') return 'lost'
    return 'done'
  }
  return async (slice) => {
    const unsigned = await retryPassing(logger, async () => signatures?.unsigned(slice) ?? NONE)
    const checked = check(options, slice, unsigned)
    const events = checked.valid.map(({ event }) => event)
    if (processor.ignoresCustomers) removeCustomers(slice.topic, events)
    else await retryPassing(logger, () => door.pass(slice.topic, events))
    return handle(checked)
  }
}

function partsOf(slice: CheckedSlice): CheckedSlice[] {
  const size = Math.ceil(slice.messages.length / PARTS)
  const borders = slice.messages.filter((_, index) => index > 0 && index % size === 0).map(({ offset }) => offset)
  return [slice.position, ...borders].map((position, index) => {
    const next = borders[index] ?? slice.next
    const isWithin = ({ offset }: { offset: number }) => offset >= position && offset < next
    return {
      ...slice,
      position,
      next,
      messages: slice.messages.filter(isWithin),
      valid: slice.valid.filter(({ message }) => isWithin(message)),
      dead: slice.dead.filter(isWithin),
    }
  })
}

/** A message that keeps its contract. */
interface ValidMessage {
  message: StreamMessage
  event: object
  /** The store's day that it is about. */
  date: string
}

/** A slice's messages, checked against the contract of their topic. */
interface CheckedSlice extends Slice {
  valid: ValidMessage[]
  dead: DeadMessage[]
}

const NONE: ReadonlyMap<number, string> = new Map()

/** @param unsigned by offset: why the signature is not valid */
function check(
  { processor, nowMs, limits = defaultLimits, skips }: TransactionalOptions,
  slice: Slice,
  unsigned: ReadonlyMap<number, string>,
): CheckedSlice {
  const { topic, partition } = slice
  const now = nowMs()
  const checked: CheckedSlice = { ...slice, valid: [], dead: [] }
  for (const message of slice.messages) {
    const skip = skips?.find(processor.name, topic, partition, message.offset)
    if (skip !== undefined) {
      checked.dead.push(
        deadMessage({ origin: processor.name, topic, partition }, message, skip, limits.deadLetterBytesMax),
      )
      continue
    }
    const notSigned = unsigned.get(message.offset)
    if (notSigned !== undefined) {
      const why = { reason: 'unsigned', error: notSigned } as const
      checked.dead.push(
        deadMessage({ origin: CONTRACT_ORIGIN, topic, partition }, message, why, limits.deadLetterBytesMax),
      )
      continue
    }
    const parsed = parseEvent(topic, message.value, now, limits)
    if (parsed.ok) {
      checked.valid.push({ message, event: parsed.event, date: parsed.event.event_at.slice(0, 10) })
    } else {
      const why = { reason: parsed.problem, error: parsed.error }
      checked.dead.push(
        deadMessage({ origin: CONTRACT_ORIGIN, topic, partition }, message, why, limits.deadLetterBytesMax),
      )
    }
  }
  return checked
}

async function commitSlice(options: TransactionalOptions, slice: CheckedSlice): Promise<BatchCounts> {
  const { valid } = slice
  try {
    return await transaction(options, slice, (client) => applyWhole(options, slice, client, valid))
  } catch (error) {
    if (isExhaustion(error) && slice.messages.length > 1) throw new SliceTooLarge((error as Error).message)
    if (!isMessageError(error)) throw error
    if (valid.length > ISOLATED_AT_ONCE_MAX) throw new SliceTooLarge((error as Error).message)
    return transaction(options, slice, (client) => applyIsolated(options, slice, client, valid, true))
  }
}

interface Applied extends Outcomes {
  refused: DeadMessage[]
}

const NOTHING: Applied = { applied: 0, duplicate: 0, late: 0, refused: [] }

function transaction(
  { pool, processor }: TransactionalOptions,
  slice: CheckedSlice,
  apply: (client: PoolClient) => Promise<Applied>,
): Promise<BatchCounts> {
  return inTransaction(pool, async (client) => {
    if (!(await advance(client, processor.name, slice))) {
      throw new LostPartition('another worker has the partition: the batch was discarded, nothing was written')
    }
    const { refused, ...outcomes } = await apply(client)
    const dead = [...slice.dead, ...refused]
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
  const hasCustomers = customerFieldsOf(topic).length > 0
  const knownAtMs = messages.map(({ message }) => message.knownAtMs)
  const dates = [...new Set(messages.map(({ date }) => date))]
  const events = messages.map(({ event }) => event)
  const batch = {
    topic,
    partition,
    knownAtMs,
    events,
    dates,
    get values() {
      // What was sent is not what counts where customers have pseudonyms or identifiers their normal form.
      const isChanged = (event: { original_ids?: unknown }) => hasCustomers || event.original_ids != null
      return messages.map(({ message, event }) =>
        isChanged(event) ? Buffer.from(JSON.stringify(event)) : message.value!,
      )
    },
  }
  const outcomes = await processor.apply(client, batch, readObject)
  return { ...outcomes, refused: [] }
}

/**
 * Applies what can be applied; a message that fails on its own is refused.
 *
 * @param hasFailed the messages were tried together: only parts of them are retried
 */
async function applyIsolated(
  options: TransactionalOptions,
  slice: Slice,
  client: PoolClient,
  messages: readonly ValidMessage[],
  hasFailed: boolean,
): Promise<Applied> {
  if (messages.length < 2 || !hasFailed) {
    await client.query('savepoint part')
    try {
      const applied = await applyWhole(options, slice, client, messages)
      await client.query('release savepoint part')
      return applied
    } catch (error) {
      if (!isMessageError(error)) throw error
      // The savepoint is left: the next one of this name hides it.
      await client.query('rollback to savepoint part')
      if (messages.length === 1)
        return { ...NOTHING, refused: [refusal(options, slice, messages[0]!.message, error as Error)] }
    }
  }
  const middle = messages.length >> 1
  const first = await applyIsolated(options, slice, client, messages.slice(0, middle), false)
  // What failed is in the second half when it is not in the first.
  const isInSecond = first.refused.length === 0
  const second = await applyIsolated(options, slice, client, messages.slice(middle), isInSecond)
  return {
    applied: first.applied + second.applied,
    duplicate: first.duplicate + second.duplicate,
    late: first.late + second.late,
    refused: [...first.refused, ...second.refused],
  }
}

function refusal(
  { processor, limits = defaultLimits }: TransactionalOptions,
  { topic, partition }: Slice,
  message: StreamMessage,
  error: Error,
): DeadMessage {
  const reason = isDataError(error) ? 'rejected_by_database' : 'processing_failed'
  const why = { reason, error: error.message } as const
  return deadMessage({ origin: processor.name, topic, partition }, message, why, limits.deadLetterBytesMax)
}
