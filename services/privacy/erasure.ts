/** Erasing a customer: their key is destroyed, what is kept of them is written again without them, and a search shows that they are gone. */
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { lookupCustomer, namesOfCustomer, type Subject } from '../../activities/privacy/customer.ts'
import type { LakeAccess } from '../../activities/privacy/lake-changes.ts'
import { whileAlone } from '../../activities/privacy/lock.ts'
import { rewriteCustomer } from '../../activities/privacy/rewriting.ts'
import { openSubject, sealSubject } from '../../activities/privacy/sealed-subjects.ts'
import { type SearchPlaces, type SearchResult, searchCustomer } from '../../activities/privacy/search.ts'
import type { RowsByTable } from '../../activities/privacy/tables.ts'
import { DAY_MS } from '../../contracts/calendar.ts'
import type { TopicName } from '../../contracts/topics.ts'
import { DEAD_LETTER_RETENTION_MS } from '../../platform/kafka/topics.ts'
import { inTransaction, type Pool, type PoolClient } from '../../platform/postgres/postgres.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import type { Vault } from '../../platform/vault.ts'
import { topicsWithCustomers } from '../../streams/privacy/customer-door.ts'
import { type CustomerKey, readKeys } from '../../streams/privacy/customer-keys.ts'
import { KEY_BYTES } from '../../streams/privacy/pseudonyms.ts'
import { streamStatus } from '../../streams/runtime/status.ts'
import { ConflictError, InvalidError, NotFoundError } from '../errors.ts'
import type { Decision } from '../streams/streams.ts'
import { type ChangeTopicDependencies, deleteChanges, type SearchedChanges, searchChanges } from './change-topics.ts'
import { readMappedFields } from './mapped-fields.ts'
import { requireWhyWithout } from './reasons.ts'

export interface ErasureDependencies extends LakeAccess, SearchPlaces, ChangeTopicDependencies {
  pool: Pool
  vault: Vault
  /** How long Kafka keeps events. */
  settings: Pick<Settings, 'kafkaEventRetentionHours'>
  /** Kafka's name of a topic; left out: its own. */
  kafkaTopic?: (topic: TopicName) => string
}

/** What became of an erasure. It does not name the customer. */
export interface Erasure {
  erasureId: number
  askedAt: Date
  askedBy: string
  why: string
  /** Null: something is still to come; `finishErasure` continues. */
  finishedAt: Date | null
  /** Until then Kafka may have messages of the customer, which name no one: who reads them gives each day another name. */
  kafkaUntil: Date
  /** Rows that were changed, by table. */
  found: RowsByTable | null
  /** What was searched afterwards. */
  proof: Proof | null
}

export interface Proof extends SearchResult {
  /** Kafka's topics of captured changes; left out: by a version that did not search them. */
  changeTopics?: SearchedChanges[]
}

export interface ErasureOptions {
  /** How long it waits for streams. */
  waitMs?: number
  /** Whether captured changes that have the customer are deleted in Kafka, with all that came before them in their topic. */
  deletesChanges?: boolean | undefined
}

export interface ErasureProgress extends Erasure {
  /** Why it is not finished, a sentence each. */
  waitsFor: string[]
}

/** Twice the retention: a segment of Kafka's is deleted when the newest message in it is old enough, and may be filled as long again. */
const kafkaKeepsMs = ({ kafkaEventRetentionHours }: Pick<Settings, 'kafkaEventRetentionHours'>): number =>
  2 * Math.max(DEAD_LETTER_RETENTION_MS, kafkaEventRetentionHours * HOUR_MS) + DAY_MS
const HOUR_MS = DAY_MS / 24
/** What is read and not stored yet, in the raw sink, is stored within this. */
const WAIT_MS = 60_000
const POLL_MS = 500

const COLUMNS = `erasure_id as "erasureId", asked_at as "askedAt", asked_by as "askedBy", why, finished_at as "finishedAt",
  kafka_until as "kafkaUntil", found, proof`

/**
 * Erases a customer. When it returns finished, a search over the database and the bucket has found nothing.
 *
 * @param customerId as tills and shops send it
 * @throws InvalidError when the reason is none, or names the customer; ConflictError when an erasure of theirs is not finished
 */
export async function eraseCustomer(
  dependencies: ErasureDependencies,
  customerId: string,
  { by, why }: Decision,
  options: ErasureOptions = {},
): Promise<ErasureProgress> {
  if (customerId.trim() === '')
    throw new InvalidError('must be the id of a customer', { field: 'customer', value: customerId })
  requireWhyWithout(customerId, why)
  return whileAlone(dependencies.pool, async () => {
    const erasureId = await beginErasure(dependencies, customerId, { by, why })
    return continueErasure(dependencies, erasureId, options)
  })
}

async function beginErasure(
  { pool, vault, settings }: ErasureDependencies,
  customerId: string,
  { by, why }: Decision,
): Promise<number> {
  const lookup = await lookupCustomer(pool, vault, customerId)
  return inTransaction(pool, async (client) => {
    const names = await namesOfCustomer(client, customerId, await destroyKey(client, lookup))
    const open = await client.query<{ id: number }>(
      'select erasure_id as id from ops.customer_erasure where lookup = $1 and finished_at is null',
      [lookup],
    )
    if (open.rows[0] !== undefined) {
      throw new ConflictError(`erasure ${open.rows[0].id} of this customer is not finished`, {
        fix: `\`shelfline privacy finish ${open.rows[0].id}\` continues it`,
      })
    }
    const { rows } = await client.query<{ id: number }>(
      `insert into ops.customer_erasure (asked_by, why, lookup, sealed_subject, log_ends, kafka_until)
       values ($1, $2, $3, $4, '{}', now() + make_interval(secs => $5)) returning erasure_id as id`,
      [by, why, lookup, sealSubject(vault, names), kafkaKeepsMs(settings) / 1000],
    )
    return rows[0]!.id
  })
}

/**
 * Each batch that is read from now on has the new key: it gives a name for one day. Who was erased before keeps that key.
 *
 * @returns the customer's key until now, as it was when its row was locked: a worker may have made it a moment ago
 */
async function destroyKey(client: PoolClient, lookup: Buffer): Promise<CustomerKey | undefined> {
  const { rows } = await client.query<{ key: Buffer | null; isErased: boolean }>(
    `insert into ref.customer_key as own (lookup, key, erased_at) values ($1, $2, now())
     on conflict (lookup) do update set
       key = case when own.erased_at is null then excluded.key else own.key end,
       made_at = case when own.erased_at is null then now() else own.made_at end,
       erased_at = coalesce(own.erased_at, now())
     returning old.key, old.erased_at is not null as "isErased"`,
    [lookup, randomBytes(KEY_BYTES)],
  )
  const { key, isErased } = rows[0]!
  return key === null ? undefined : { key, isErased }
}

/** Where the topics end now that the key is gone: whatever was read with it came before. */
async function readEnds(
  { pool, topicLogs, kafkaTopic = (topic) => topic }: ErasureDependencies,
  erasureId: number,
): Promise<Record<string, number>> {
  const ends = Object.fromEntries(
    (await streamStatus(pool, topicLogs, kafkaTopic))
      .filter(({ topic }) => topicsWithCustomers.includes(topic))
      .map(({ topic, partition, logEnd }) => [`${topic}/${partition}`, logEnd ?? 0]),
  )
  await pool.query('update ops.customer_erasure set log_ends = $2 where erasure_id = $1', [
    erasureId,
    JSON.stringify(ends),
  ])
  return ends
}

interface OpenErasure extends Erasure {
  lookup: Buffer
  sealed: string | null
  ends: Record<string, number>
}

/**
 * Continues an erasure: changes what has come meanwhile, and searches again.
 *
 * @throws NotFoundError when there is none of this number
 */
export const finishErasure = (
  dependencies: ErasureDependencies,
  erasureId: number,
  options: ErasureOptions = {},
): Promise<ErasureProgress> => whileAlone(dependencies.pool, () => continueErasure(dependencies, erasureId, options))

async function continueErasure(
  dependencies: ErasureDependencies,
  erasureId: number,
  { waitMs = WAIT_MS, deletesChanges = false }: ErasureOptions,
): Promise<ErasureProgress> {
  const { pool, vault } = dependencies
  const { rows } = await pool.query<OpenErasure>(
    `select ${COLUMNS}, lookup, sealed_subject as sealed, log_ends as ends from ops.customer_erasure where erasure_id = $1`,
    [erasureId],
  )
  const erasure = rows[0]
  if (erasure === undefined) throw new NotFoundError('erasure', String(erasureId))
  if (erasure.sealed === null) return { ...withoutKeys(erasure), waitsFor: [] }
  const subject = { ...openSubject(vault, erasure.sealed), mapped: await readMappedFields(pool) }
  const lookup = erasure.lookup.toString('hex')
  const { key } = (await readKeys(pool, [lookup])).keys.get(lookup)!
  const { askedBy: by, why } = erasure
  const ends = Object.keys(erasure.ends).length > 0 ? erasure.ends : await readEnds(dependencies, erasureId)
  const behind = await waitForStreams(pool, ends, waitMs)
  const changed = await rewriteCustomer(dependencies, subject, key, { by, why, isSettled: behind.length === 0 })
  const { changes, deleted } = await settleChanges(dependencies, subject, deletesChanges)
  const found = added(added(erasure.found ?? {}, changed), deleted)
  const proof: Proof = {
    ...(await searchCustomer(dependencies, subject)),
    changeTopics: changes.map(({ ends: _ends, unread: _unread, ...searched }) => searched),
  }
  const waitsFor = [
    ...behind,
    ...changes.flatMap(({ unread }) => unread),
    ...Object.entries(proof.found).map(([place, rows]) => `${place} has the customer (${rows})`),
  ]
  const finished = waitsFor.length === 0
  const updated = await pool.query<Erasure>(
    `update ops.customer_erasure set found = $2, proof = $3,
       finished_at = case when $4 then clock_timestamp() end, sealed_subject = case when not $4 then sealed_subject end
     where erasure_id = $1 returning ${COLUMNS}`,
    [erasureId, JSON.stringify(found), JSON.stringify(proof), finished],
  )
  return { ...updated.rows[0]!, waitsFor }
}

/** Looks through the topics of captured changes, and deletes what is found when that is asked for. */
async function settleChanges(dependencies: ErasureDependencies, subject: Subject, deletesChanges: boolean) {
  const changes = await searchChanges(dependencies, subject)
  if (!deletesChanges) return { changes, deleted: {} }
  const deleted = await deleteChanges(dependencies, changes)
  return { changes: await searchChanges(dependencies, subject), deleted }
}

const withoutKeys = ({ lookup: _lookup, sealed: _sealed, ends: _ends, ...erasure }: OpenErasure): Erasure => erasure

function added(left: RowsByTable, right: RowsByTable): RowsByTable {
  const sum = { ...left }
  for (const [table, rows] of Object.entries(right)) sum[table] = (sum[table] ?? 0) + rows
  return sum
}

/** Until every processor has stored what it had read when the key was destroyed. Returns those that have not. */
async function waitForStreams(pool: Pool, ends: Readonly<Record<string, number>>, waitMs: number): Promise<string[]> {
  const until = performance.now() + waitMs
  for (;;) {
    const { rows } = await pool.query<{ processor: string; place: string; position: number }>(
      `select processor, topic || '/' || partition as place, position from ops.stream_offsets where topic = any($1) order by 1, 2`,
      [topicsWithCustomers],
    )
    const behind = rows.filter(({ place, position }) => position < (ends[place] ?? 0))
    if (behind.length === 0) return []
    if (performance.now() > until) {
      return behind.map(
        ({ processor, place, position }) => `${processor} has read ${place} up to ${position} of ${ends[place]}`,
      )
    }
    await pause(POLL_MS)
  }
}

/** All erasures, the newest first. */
export async function listErasures(pool: Pool, limit: number): Promise<Erasure[]> {
  const { rows } = await pool.query<Erasure>(
    `select ${COLUMNS} from ops.customer_erasure order by erasure_id desc limit $1`,
    [limit],
  )
  return rows
}
