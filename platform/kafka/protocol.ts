/**
 * What kafkajs doesn't speak of Kafka's protocol: topic ids (KIP-516). Requests and answers of
 * https://kafka.apache.org/protocol, in the flexible coding, sent over kafkajs's own connections.
 */
import type { Kafka } from 'kafkajs'

/** What this uses of kafkajs's inside; version 2.2.4 is pinned, and `kafka-protocol.server.test.ts` would see a change. */
export interface Cluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  findBroker(node: { nodeId: string | number }): Promise<Broker>
  readonly brokerPool: {
    findConnectedBroker(): Promise<Broker>
    refreshMetadata(topics: readonly string[]): Promise<void>
  }
}

export interface Broker {
  readonly versions: Readonly<Record<number, { minVersion: number; maxVersion: number }>>
  readonly connectionPool: { send(request: ProtocolRequest<unknown>): Promise<unknown> }
  fetch(request: FetchRequest): Promise<{ responses: FetchedTopic[] }>
  listOffsets(request: {
    topics: { topic: string; partitions: { partition: number; timestamp: number }[] }[]
  }): Promise<{ responses: { topic: string; partitions: { partition: number; offset: string }[] }[] }>
  disconnect(): Promise<void>
}

/** As kafkajs's consumer asks for it. */
export interface FetchRequest {
  maxWaitTime: number
  minBytes: number
  maxBytes: number
  topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[]
}

/** As kafkajs's consumer requires it. */
export interface FetchedTopic {
  topicName: string
  partitions: { partition: number; highWatermark: string; abortedTransactions: []; messages: object[] }[]
}

interface ProtocolRequest<Answer> {
  request: {
    apiKey: number
    apiVersion: number
    apiName: string
    encode: () => Promise<{ buf: Buffer; buffer: Buffer }>
  }
  response: { decode: (answer: Buffer) => Promise<Answer>; parse: (answer: Answer) => Promise<Answer> }
  requestTimeout?: number
}

type CreateCluster = (options: object) => Cluster
const CREATE_CLUSTER = 'private:Kafka:createCluster'

/** kafkajs's own way to make connections, with all that the client was configured with. */
function clusterFactory(kafka: Kafka): { symbol: symbol; create: CreateCluster } {
  const symbol = Object.getOwnPropertySymbols(kafka).find(({ description }) => description === CREATE_CLUSTER)
  if (symbol === undefined) throw new Error(`kafkajs: no ${CREATE_CLUSTER}: this is not version 2.2.4`)
  return { symbol, create: (kafka as unknown as Record<symbol, CreateCluster>)[symbol]! }
}

const METADATA_MAX_AGE_MS = 300_000

/** Connections of our own. */
export const createCluster = (kafka: Kafka): Cluster =>
  clusterFactory(kafka).create({ metadataMaxAge: METADATA_MAX_AGE_MS, allowAutoTopicCreation: false })

/** The same client, whose next connections are changed by `change` before they are used. */
export function withCluster(kafka: Kafka, change: (cluster: Cluster) => void): Kafka {
  const { symbol, create } = clusterFactory(kafka)
  const changed = Object.create(kafka) as Record<symbol, CreateCluster>
  changed[symbol] = (options) => {
    const cluster = create(options)
    change(cluster)
    return cluster
  }
  return changed as unknown as Kafka
}

export const ERROR = {
  none: 0,
  offsetOutOfRange: 1,
  corruptMessage: 2,
  unknownTopicOrPartition: 3,
  unknownTopicId: 100,
  inconsistentTopicId: 103,
} as const

export interface DescribedTopic {
  error: number
  name: string | null
  topicId: string
  partitions: { error: number; partition: number; leader: number }[]
}

/** Metadata, version 12: the topics of these names, with their ids. */
export function describeTopics(broker: Broker, names: readonly string[]): Promise<DescribedTopic[]> {
  return send(broker, {
    apiKey: 3,
    apiVersion: 12,
    apiName: 'Metadata',
    write(out) {
      out.array(names, (name) => out.uuid(NO_TOPIC_ID).string(name).end())
      out.int8(0).int8(0).end() // topics are not created, rights not asked for
    },
    read(answer) {
      answer.int32()
      answer.array(() => {
        answer.int32()
        answer.string()
        answer.int32()
        answer.string()
        answer.end()
      })
      answer.string()
      answer.int32()
      return answer.array(() => {
        const topic = { error: answer.int16(), name: answer.string(), topicId: answer.uuid() }
        answer.int8()
        const partitions = answer.array(() => {
          const partition = { error: answer.int16(), partition: answer.int32(), leader: answer.int32() }
          answer.int32()
          for (let list = 0; list < 3; list += 1) answer.array(() => answer.int32())
          answer.end()
          return partition
        })
        answer.int32()
        answer.end()
        return { ...topic, partitions }
      })
    },
  })
}

export interface FetchOptions {
  maxWaitMs: number
  minBytes: number
  maxBytes: number
  topics: readonly {
    topicId: string
    partitions: readonly { partition: number; offset: bigint; maxBytes: number }[]
  }[]
}

export interface FetchedPartition {
  partition: number
  error: number
  highWatermark: bigint
  aborted: { producerId: bigint; firstOffset: number }[]
  records: Buffer
}

const READ_COMMITTED = 1
const ANSWER_WAIT_MS = 5_000

/** Fetch, version 13: of topics by their id, so that a topic that was deleted and created again is another one. */
export function fetchById(
  broker: Broker,
  { maxWaitMs, minBytes, maxBytes, topics }: FetchOptions,
): Promise<{ error: number; topics: { topicId: string; partitions: FetchedPartition[] }[] }> {
  return send(broker, {
    apiKey: 1,
    apiVersion: 13,
    apiName: 'Fetch',
    requestTimeout: maxWaitMs + ANSWER_WAIT_MS,
    write(out) {
      out.int32(-1).int32(maxWaitMs).int32(minBytes).int32(maxBytes).int8(READ_COMMITTED)
      out.int32(0).int32(-1) // no session
      out.array(topics, ({ topicId, partitions }) => {
        out.uuid(topicId).array(partitions, ({ partition, offset, maxBytes }) => {
          out.int32(partition).int32(-1).int64(offset).int32(-1).int64(-1n).int32(maxBytes).end()
        })
        out.end()
      })
      out
        .array([], () => undefined)
        .string('')
        .end()
    },
    read(answer) {
      answer.int32()
      const error = answer.int16()
      answer.int32()
      const topics = answer.array(() => {
        const topicId = answer.uuid()
        const partitions = answer.array(() => {
          const partition = { partition: answer.int32(), error: answer.int16(), highWatermark: answer.int64() }
          answer.int64()
          answer.int64()
          const aborted = answer.array(() => {
            const transaction = { producerId: answer.int64(), firstOffset: Number(answer.int64()) }
            answer.end()
            return transaction
          })
          answer.int32()
          const records = answer.bytes()
          answer.end()
          return { ...partition, aborted, records }
        })
        answer.end()
        return { topicId, partitions }
      })
      return { error, topics }
    },
  })
}

export interface ScramUser {
  name: string
  iterations: number
  salt: Buffer
  saltedPassword: Buffer
}

const SCRAM_SHA_512 = 2

/** AlterUserScramCredentials, version 0 (KIP-554): users get these passwords. @throws naming the user that was refused */
export async function setScramUsers(broker: Broker, users: readonly ScramUser[]): Promise<void> {
  const results = await send(broker, {
    apiKey: 51,
    apiVersion: 0,
    apiName: 'AlterUserScramCredentials',
    write(out) {
      out.array([], () => undefined)
      out.array(users, ({ name, iterations, salt, saltedPassword }) => {
        out.string(name).int8(SCRAM_SHA_512).int32(iterations).bytes(salt).bytes(saltedPassword).end()
      })
      out.end()
    },
    read(answer) {
      answer.int32()
      return answer.array(() => {
        const result = { user: answer.string(), error: answer.int16(), message: answer.string() }
        answer.end()
        return result
      })
    },
  })
  for (const { user, error, message } of results) {
    if (error !== ERROR.none) throw new Error(`Kafka: user ${user} was not changed: ${message ?? `error ${error}`}`)
  }
}

interface Exchange<Answer> {
  apiKey: number
  apiVersion: number
  apiName: string
  requestTimeout?: number
  write: (out: Writer) => void
  read: (answer: Reader) => Answer
}

/** @throws when the broker is older than the request, and what kafkajs's connections raise */
async function send<Answer>(broker: Broker, exchange: Exchange<Answer>): Promise<Answer> {
  const { apiKey, apiVersion, apiName, requestTimeout, write, read } = exchange
  const known = broker.versions[apiKey]?.maxVersion ?? -1
  if (known < apiVersion) {
    throw new Error(
      `Kafka: the broker supports ${apiName} up to version ${known}, not ${apiVersion}; use Kafka 3.1 or newer`,
    )
  }
  const encode = async () => {
    const out = new Writer()
    out.end() // of the header
    write(out)
    return { buf: out.buffer, buffer: out.buffer }
  }
  const decode = async (bytes: Buffer) => {
    const answer = new Reader(bytes)
    answer.end() // of the header
    return read(answer)
  }
  try {
    return (await broker.connectionPool.send({
      request: { apiKey, apiVersion, apiName, encode },
      response: { decode, parse: async (answer) => answer },
      ...(requestTimeout !== undefined && { requestTimeout }),
    })) as Answer
  } catch (error) {
    if ((error as Error).name === 'KafkaJSConnectionClosedError') await broker.disconnect()
    throw error
  }
}

const NO_TOPIC_ID = '00000000-0000-0000-0000-000000000000'

/** Writes in the flexible coding: lengths are one more than they are, and a structure ends with its tagged fields: none. */
class Writer {
  #parts: Buffer[] = []

  get buffer(): Buffer {
    return Buffer.concat(this.#parts)
  }

  #add(bytes: number, fill: (buffer: Buffer) => void): this {
    const buffer = Buffer.alloc(bytes)
    fill(buffer)
    this.#parts.push(buffer)
    return this
  }

  int8(value: number): this {
    return this.#add(1, (buffer) => buffer.writeInt8(value))
  }

  int32(value: number): this {
    return this.#add(4, (buffer) => buffer.writeInt32BE(value))
  }

  int64(value: bigint): this {
    return this.#add(8, (buffer) => buffer.writeBigInt64BE(value))
  }

  uuid(value: string): this {
    this.#parts.push(Buffer.from(value.replaceAll('-', ''), 'hex'))
    return this
  }

  string(value: string): this {
    this.#length(Buffer.byteLength(value) + 1)
    this.#parts.push(Buffer.from(value))
    return this
  }

  bytes(value: Buffer): this {
    this.#length(value.length + 1)
    this.#parts.push(value)
    return this
  }

  array<Value>(values: readonly Value[], write: (value: Value) => void): this {
    this.#length(values.length + 1)
    for (const value of values) write(value)
    return this
  }

  end(): this {
    return this.int8(0)
  }

  #length(value: number): void {
    const bytes: number[] = []
    for (let left = value; ; left >>>= 7) {
      if (left < 128) {
        this.#parts.push(Buffer.from([...bytes, left]))
        return
      }
      bytes.push((left & 127) | 128)
    }
  }
}

/** Reads what `Writer` writes. */
class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  #take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new Error('Kafka: an answer ends too early')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  int8 = (): number => this.#take(1).readInt8()
  int16 = (): number => this.#take(2).readInt16BE()
  int32 = (): number => this.#take(4).readInt32BE()
  int64 = (): bigint => this.#take(8).readBigInt64BE()

  uuid(): string {
    const hex = this.#take(16).toString('hex')
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  }

  string(): string | null {
    const length = this.#length()
    return length === 0 ? null : this.#take(length - 1).toString('utf8')
  }

  bytes(): Buffer {
    return this.#take(Math.max(0, this.#length() - 1))
  }

  array<Value>(read: () => Value): Value[] {
    const length = this.#length() - 1
    const values: Value[] = []
    for (let index = 0; index < length; index += 1) values.push(read())
    return values
  }

  /** Tagged fields hold more than is needed here. */
  end(): void {
    for (let left = this.#length(); left > 0; left -= 1) {
      this.#length()
      this.#take(this.#length())
    }
  }

  #length(): number {
    let value = 0
    for (let factor = 1, byte = 128; byte >= 128; factor *= 128) {
      byte = this.#take(1)[0]!
      value += (byte & 127) * factor
    }
    return value
  }
}
