import { stateTopicNames } from '../../contracts/topics.ts'
import type { MessageProducer } from '../../platform/kafka/kafka.ts'
import { createLogger } from '../../platform/log.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { ATTEMPTS_HEADER, LETTER_HEADER } from '../runtime/dead-letters.ts'
import { relayOutbox } from '../runtime/outbox.ts'
import { relayDeadLetters } from '../runtime/relay.ts'
import { below } from './random.ts'

type Batch = Parameters<MessageProducer['send']>[0]
type Message = Batch['messages'][number]

/** What Kafka makes of a send: refuse it, take all of it, a part of it; and whether its answer comes back. */
const sendFaults = ['refused', 'unanswered', 'part'] as const
/** How often a send meets one of them. */
const FAULT_CHANCE = 0.3

const logger = createLogger({ logLevel: 'silent' }, 'simulation')
const COMPACTED: ReadonlySet<string> = new Set(stateTopicNames)

/** What the relays have sent: the simulated ends of `ops.outbox` and `ops.dead_letters`. */
export class SentTopics {
  readonly #messages = new Map<string, Message[]>()
  readonly #pool: Pool
  readonly #random: (() => number) | undefined
  failedSends = 0

  /** @param random left out: nothing fails */
  constructor(pool: Pool, random: (() => number) | undefined) {
    this.#pool = pool
    this.#random = random
  }

  /**
   * One round of both relays, of the outbox in both of its lanes.
   *
   * @returns how many messages they report as done; undefined when a send failed, so that there may be more
   */
  async relay(): Promise<number | undefined> {
    const pool = this.#pool
    const producer = { send: (batch: Batch) => this.#send(batch) } as unknown as MessageProducer
    const kafkaTopic = (topic: string) => topic
    const failedBefore = this.failedSends
    // The pauses before the next attempts have passed.
    await pool.query('update ops.relay_problem set next_attempt_at = clock_timestamp()')
    const outbox = { pool, producer, logger, kafkaTopic }
    const done =
      (await relayOutbox({ ...outbox, lane: 'healthy' })) +
      (await relayOutbox({ ...outbox, lane: 'failing' })) +
      (await relayDeadLetters(pool, producer, logger, kafkaTopic))
    return this.failedSends > failedBefore ? undefined : done
  }

  async #send({ topic, messages }: Batch): Promise<[]> {
    const random = this.#random
    const fault =
      random !== undefined && random() < FAULT_CHANCE ? sendFaults[below(random, sendFaults.length)] : undefined
    const taken = fault === 'refused' ? 0 : fault === 'part' ? messages.length >> 1 : messages.length
    this.#messages.set(topic, [...(this.#messages.get(topic) ?? []), ...messages.slice(0, taken)])
    if (fault !== undefined) {
      this.failedSends += 1
      throw new Error(`Kafka: ${fault}`)
    }
    return []
  }

  /** Of state topics the newest record of each key, of others each payload once: what a reader makes of the topics. */
  content(volatile: readonly string[]): [topic: string, rows: string][] {
    const content: [string, string][] = []
    for (const [topic, messages] of this.#messages) {
      if (topic.endsWith('.dlq')) continue
      const shown = messages.map(({ key, value }) => {
        const payload = JSON.parse(String(value)) as Record<string, unknown>
        for (const name of volatile) delete payload[name]
        return [String(key), { key: String(key), payload }] as const
      })
      const rows = COMPACTED.has(topic) ? [...new Map(shown).values()] : shown.map(([, row]) => row)
      const texts = new Set(rows.map((row) => JSON.stringify(row)))
      content.push([topic, `[${[...texts].sort().join()}]`])
    }
    return content
  }

  /** @throws when the outbox is not empty, or a dead letter of any attempt so far is not in its topic */
  async assertComplete(): Promise<void> {
    const { rows: left } = await this.#pool.query<{ left: number }>('select count(*) as left from ops.outbox')
    if (left[0]!.left > 0) throw new Error(`${left[0]!.left} messages were left in the outbox`)
    const sent = new Set(
      [...this.#messages]
        .filter(([topic]) => topic.endsWith('.dlq'))
        .flatMap(([topic, messages]) => messages.map((message) => letterKey(topic, message))),
    )
    const { rows } = await this.#pool.query<{ letter: string }>(
      `select topic || '.dlq ' || letter_id || '/' || attempts as letter from ops.dead_letters order by letter_id`,
    )
    const missing = rows.find(({ letter }) => !sent.has(letter))
    if (missing !== undefined) throw new Error(`dead letter ${missing.letter} was not sent`)
  }
}

const letterKey = (topic: string, { headers }: Message): string =>
  `${topic} ${headers?.[LETTER_HEADER]}/${headers?.[ATTEMPTS_HEADER]}`
