/**
 * Signatures of messages that decide something: limits, suppliers and their terms. Who may write to such a topic can change them only with
 * the platform's key, which signs what people and checked senders have sent through it, or with the secret of a registered source.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Kafka, Message } from 'kafkajs'
import type { TopicName } from '../../contracts/topics.ts'
import type { Settings } from '../settings/settings.ts'

/** `v1,` and the base64 of an HMAC-SHA256; several with spaces between them. */
export const SIGNATURE_HEADER = 'shelfline-signature'
/** The registered source whose secret it is; left out: the platform's. */
export const SOURCE_HEADER = 'shelfline-source'

export const signedTopics: ReadonlySet<TopicName> = new Set([
  'shelf_policies',
  'warehouse_policies',
  'replenishment_policies',
  'supplier_catalog',
  'supply_terms',
])

type SigningSettings = Pick<Settings, 'secretKeys' | 'secretKeysFile'>

const VERSION = 'v1,'

/** The platform's keys, the one that signs first; none: nothing is signed. */
export const platformKeys = ({ secretKeysFile = [], secretKeys = [] }: Partial<SigningSettings>): Buffer[] =>
  [...secretKeysFile, ...secretKeys].map((key) =>
    Buffer.from(hkdfSync('sha256', Buffer.from(key, 'base64'), '', 'shelfline signed events', 32)),
  )

type Content = Pick<Message, 'key' | 'value'>

/** The topic is part of it, with the lengths: a message of one topic is none of another, whatever its key is. */
export function signatureOf(secret: Buffer, topic: TopicName, { key, value }: Content): string {
  const hmac = createHmac('sha256', secret)
  for (const part of [topic, key ?? '', value ?? '']) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part
    hmac.update(`${bytes.length}:`).update(bytes)
  }
  return VERSION + hmac.digest('base64')
}

/** Whether one of the signatures was made with one of the keys. */
export function isSignedBy(keys: readonly Buffer[], topic: TopicName, content: Content, signatures: string): boolean {
  const given = signatures.split(' ').map((signature) => Buffer.from(signature))
  return keys
    .map((key) => Buffer.from(signatureOf(key, topic, content)))
    .some((wanted) => given.some((one) => one.length === wanted.length && timingSafeEqual(one, wanted)))
}

/** A topic as the catalogue names it: tests have copies with something behind the name. */
const signedTopic = (name: string): TopicName | undefined => {
  const [base, ...rest] = name.split('.')
  return signedTopics.has(base as TopicName) && rest.at(-1) !== 'dlq' ? (base as TopicName) : undefined
}

const keysOfClients = new WeakMap<Kafka, Buffer>()

/** Producers of this client sign. */
export function signWith(kafka: Kafka, settings: Partial<SigningSettings>): void {
  const [key] = platformKeys(settings)
  if (key !== undefined) keysOfClients.set(kafka, key)
}

/** The messages as a producer of this client sends them to a topic. */
export function signed(kafka: Kafka, topicName: string, messages: Message[]): Message[] {
  const key = keysOfClients.get(kafka)
  const topic = signedTopic(topicName)
  if (key === undefined || topic === undefined) return messages
  return messages.map((message) => ({
    ...message,
    headers: { ...message.headers, [SIGNATURE_HEADER]: signatureOf(key, topic, message) },
  }))
}
