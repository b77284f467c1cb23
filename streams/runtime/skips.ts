import type { TopicName } from '../../contracts/topics.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { type LogRange, type PartitionId, partitionKey } from './positions.ts'

export interface MessagePlace extends PartitionId {
  offset: number
}

/** `waiting`: not read yet. `skipped`: it is a dead letter. `passed`: it was read before a worker knew of the skip. */
export const skipStatuses = ['waiting', 'skipped', 'passed'] as const
export type SkipStatus = (typeof skipStatuses)[number]

export interface Skip extends MessagePlace {
  processor: string
  why: string
  requestedBy: string
  requestedAt: Date
  status: SkipStatus
  /** The dead letter that it became. */
  letterId: number | null
}

/** Why a message becomes a dead letter without being read. */
export interface SkipReason {
  reason: 'skipped'
  error: string
}

const keyOf = (processor: string, at: MessagePlace): string => `${processor} ${partitionKey(at)}@${at.offset}`

/** The messages that processors of this worker have to skip, as PostgreSQL had them at the last `refresh`. */
export class Skips {
  #waiting = new Map<string, SkipReason>()

  /** Before messages are read, and again from time to time: a skip must not depend on a message being readable. */
  async refresh(pool: Pool): Promise<void> {
    const { rows } = await pool.query<Omit<Skip, 'status' | 'letterId'>>(
      `select processor, topic, partition, skip."offset", why, requested_by as "requestedBy", requested_at as "requestedAt"
       from ops.stream_skips as skip
       left join ops.stream_offsets as stream using (processor, topic, partition)
       where stream.position is null or stream.position <= skip."offset"`,
    )
    this.#waiting = new Map(
      rows.map(({ processor, why, requestedBy, requestedAt, ...at }) => [
        keyOf(processor, at),
        { reason: 'skipped', error: `skipped by ${requestedBy} (requested at ${requestedAt.toISOString()}): ${why}` },
      ]),
    )
  }

  /** How many each processor has before it. */
  waiting(): Map<string, number> {
    const counts = new Map<string, number>()
    for (const key of this.#waiting.keys()) {
      const processor = key.slice(0, key.indexOf(' '))
      counts.set(processor, (counts.get(processor) ?? 0) + 1)
    }
    return counts
  }

  /** Of a message that is about to be read; asked for each. */
  find(processor: string, topic: TopicName, partition: number, offset: number): SkipReason | undefined {
    return this.#waiting.size === 0 ? undefined : this.#waiting.get(keyOf(processor, { topic, partition, offset }))
  }
}

/** A message that can't be skipped: why, with what Kafka has or where the processor is. */
export class SkipRefused extends Error {
  override name = 'SkipRefused'
}

/**
 * Has a message skipped: the next reader of the partition makes it a dead letter. Works whether or not a worker runs.
 *
 * @param log what Kafka has of the partition
 * @throws SkipRefused when the offset is not in the log, was read already, or is skipped already; nothing is stored then
 */
export async function requestSkip(
  pool: Pool,
  processor: string,
  at: MessagePlace,
  { why, by, log }: { why: string; by: string; log: LogRange },
): Promise<void> {
  const place = `${partitionKey(at)}@${at.offset}`
  if (at.offset < log.start || at.offset >= log.end) {
    const has = log.start === log.end ? 'no messages' : `offsets ${log.start} to ${log.end - 1}`
    throw new SkipRefused(`${place} is not in the log: Kafka has ${has} of ${partitionKey(at)}`)
  }
  const { rows } = await pool.query<{ position: number | null; requested_by: string | null; is_new: boolean }>(
    `with stream as (
       select position from ops.stream_offsets where processor = $1 and topic = $2 and partition = $3 for update
     ),
     earlier as (
       select requested_by from ops.stream_skips
       where processor = $1 and topic = $2 and partition = $3 and "offset" = $4
     ),
     inserted as (
       insert into ops.stream_skips (processor, topic, partition, "offset", why, requested_by)
       select $1, $2, $3, $4, $5, $6
       where not exists (select from stream where position > $4)
       on conflict do nothing
       returning 1
     )
     select (select position from stream), (select requested_by from earlier), exists (select from inserted) as is_new`,
    [processor, at.topic, at.partition, at.offset, why, by],
  )
  const { position, requested_by, is_new } = rows[0]!
  if (is_new) return
  if (position !== null && position > at.offset) {
    throw new SkipRefused(
      `${processor} has passed ${place} already, its position is ${position}; \`shelfline streams status\` shows positions`,
    )
  }
  throw new SkipRefused(`${place} is skipped already for ${processor}, as ${requested_by} asked`)
}

/** Skips, the newest first. */
export async function listSkips(pool: Pool, limit: number): Promise<Skip[]> {
  const { rows } = await pool.query<Skip>(
    `select
       skip.processor, skip.topic, skip.partition, skip."offset", why, requested_by as "requestedBy",
       requested_at as "requestedAt",
       case
         when letter.letter_id is not null then 'skipped'
         when stream.position > skip."offset" then 'passed'
         else 'waiting'
       end as status,
       letter.letter_id as "letterId"
     from ops.stream_skips as skip
     left join ops.stream_offsets as stream
       on (stream.processor, stream.topic, stream.partition) = (skip.processor, skip.topic, skip.partition)
     left join ops.dead_letters as letter
       on (letter.origin, letter.topic, letter.partition, letter."offset")
         = (skip.processor, skip.topic, skip.partition, skip."offset")
     order by requested_at desc, skip.processor, skip.topic, skip.partition, skip."offset"
     limit $1`,
    [limit],
  )
  return rows
}

const PLACE = /^(?<topic>[\w.]+)\/(?<partition>\d{1,6})@(?<offset>\d{1,15})$/

/** `pos_transactions/0@1234`; undefined when the text is nothing of the kind. */
export function parsePlace(text: string): MessagePlace | undefined {
  const found = PLACE.exec(text)?.groups
  if (found === undefined) return undefined
  return { topic: found.topic as TopicName, partition: Number(found.partition), offset: Number(found.offset) }
}
