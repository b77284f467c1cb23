/** Which messages may change limits, suppliers and terms: those that the platform or a registered source has signed. */
import type { TopicName } from '../../contracts/topics.ts'
import {
  isSignedBy,
  platformKeys,
  SIGNATURE_HEADER,
  SOURCE_HEADER,
  signedTopics,
} from '../../platform/kafka/signatures.ts'
import { inTransaction, type Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import type { Vault } from '../../platform/vault.ts'
import { readableHeaders } from './dead-letters.ts'
import type { Slice, StreamMessage } from './processor.ts'

const READ_SECRETS = statement('streams/read_source_secrets.sql')
const LOCK_JUDGED = statement('streams/lock_judged_messages.sql')
const KEEP_JUDGED = statement('streams/keep_judged_messages.sql')

/** For this long a secret is used without asking; one that does not fit a signature is read again before a message is refused. */
const REMEMBERED_MS = 5_000
const REMEMBERED_MAX = 1_000

type Secrets = ReadonlyMap<string, readonly Buffer[]>

export class Signatures {
  readonly #pool: Pool
  readonly #vault: Vault
  readonly #keys: readonly Buffer[]
  /** By topic and source; of a source that is not registered none. */
  readonly #remembered = new Map<string, { secrets: readonly Buffer[]; readAt: number }>()

  /** Without keys in the settings nothing can be signed, and no signature is asked for. */
  constructor(pool: Pool, vault: Vault, settings: Pick<Settings, 'secretKeys' | 'secretKeysFile'>) {
    this.#pool = pool
    this.#vault = vault
    this.#keys = platformKeys(settings)
  }

  /**
   * Messages of a slice without a valid signature: why, by offset. What was found once of a message stays so, whichever keys there are
   * when it is read again.
   */
  async unsigned(slice: Slice): Promise<ReadonlyMap<number, string>> {
    if (!signedTopics.has(slice.topic) || slice.messages.length === 0) return new Map()
    return inTransaction(this.#pool, async (client) => {
      const place = [slice.topic, slice.partition]
      await client.query(
        'insert into ops.judged_messages (topic, partition) values ($1, $2) on conflict do nothing',
        place,
      )
      const { rows } = await client.query<{ notJudged: number[] }>(LOCK_JUDGED, [
        ...place,
        slice.messages.map(({ offset }) => offset),
      ])
      const notJudged = new Set(rows[0]!.notJudged)
      if (notJudged.size > 0) {
        const refused = await this.#judge(
          slice.topic,
          slice.messages.filter(({ offset }) => notJudged.has(offset)),
        )
        const range = [slice.position, slice.next]
        await client.query(KEEP_JUDGED, [...place, ...range, [...refused.keys()], [...refused.values()]])
      }
      const known = await client.query<{ position: number; why: string }>(
        'select position, why from ops.unsigned_message where topic = $1 and partition = $2 and position >= $3 and position < $4',
        [...place, slice.position, slice.next],
      )
      return new Map(known.rows.map(({ position, why }) => [position, why]))
    })
  }

  /** By the keys that there are now. */
  async #judge(topic: TopicName, messages: readonly StreamMessage[]): Promise<Map<number, string>> {
    const unsigned = new Map<number, string>()
    if (this.#keys.length === 0) return unsigned
    const begun = performance.now()
    const secrets = await this.#secretsFor(topic, messages, begun - REMEMBERED_MS)
    const doubtful = messages.filter((message) => this.#problemOf(topic, message, secrets) !== undefined)
    const newest = await this.#secretsFor(topic, doubtful, begun)
    for (const message of doubtful) {
      const problem = this.#problemOf(topic, message, newest)
      if (problem !== undefined) unsigned.set(message.offset, problem)
    }
    return unsigned
  }

  /** The secrets of the sources that messages name, as they were at a time or later: in one query. */
  async #secretsFor(topic: TopicName, messages: readonly StreamMessage[], readSince: number): Promise<Secrets> {
    const sourceIds = new Set(messages.flatMap(({ headers }) => readableHeaders(headers)[SOURCE_HEADER] ?? []))
    const place = (sourceId: string) => `${topic} ${sourceId}`
    const found = new Map<string, readonly Buffer[]>()
    for (const sourceId of sourceIds) {
      const known = this.#remembered.get(place(sourceId))
      if (known !== undefined && known.readAt >= readSince) found.set(sourceId, known.secrets)
    }
    const unknown = [...sourceIds].filter((sourceId) => !found.has(sourceId))
    if (unknown.length === 0) return found
    const readAt = performance.now()
    const { rows } = await this.#pool.query<{ sourceId: string; secret: string; previous: string | null }>(
      READ_SECRETS,
      [unknown, topic],
    )
    for (const sourceId of unknown) found.set(sourceId, [])
    for (const { sourceId, secret, previous } of rows) {
      const secrets = [secret, ...(previous === null ? [] : [previous])].map((sealed) =>
        Buffer.from(this.#vault.open(sealed, `source ${sourceId}`)),
      )
      found.set(sourceId, secrets)
    }
    if (this.#remembered.size + unknown.length > REMEMBERED_MAX) this.#remembered.clear()
    for (const sourceId of unknown) this.#remembered.set(place(sourceId), { secrets: found.get(sourceId)!, readAt })
    return found
  }

  #problemOf(topic: TopicName, { key, value, headers }: StreamMessage, secrets: Secrets): string | undefined {
    const { [SIGNATURE_HEADER]: signature, [SOURCE_HEADER]: sourceId } = readableHeaders(headers)
    if (signature === undefined) return `the message has no signature (header ${SIGNATURE_HEADER})`
    const content = { key, value }
    if (sourceId === undefined) {
      return isSignedBy(this.#keys, topic, content, signature) ? undefined : "the signature is not the platform's"
    }
    const own = secrets.get(sourceId)!
    if (own.length === 0) return `"${sourceId}" is not a registered source of ${topic}`
    return isSignedBy(own, topic, content, signature) ? undefined : `the signature is not that of ${sourceId}`
  }
}
