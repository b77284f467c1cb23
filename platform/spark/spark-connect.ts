/** A client of Spark Connect: statements in, rows as Arrow out. No package of npm's registry is one (docs/decisions/0333). */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ChannelCredentials, Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import protobuf from 'protobufjs'

const SERVICE = '/spark.connect.SparkConnectService'
const CLIENT_TYPE = 'shelfline'
const USER = 'shelfline'
const INTERRUPT_ALL = 1
/** A batch of rows is 4 MB at most, and what surrounds it. */
const RECEIVED_BYTES_MAX = 64 * 1024 * 1024
/** For requests that no plan of Spark's has to end for. */
const SHORT_REQUEST_MS = 60_000
/** The stack trace of the server follows: its own log has it. */
const ERROR_TEXT_MAX = 1_000

const messages = protobuf
  .parse(readFileSync(join(import.meta.dirname, 'connect.proto'), 'utf8'))
  .root.lookup('spark.connect') as protobuf.Namespace

export interface SparkOptions {
  /** Authorities that the server's certificate is checked against, PEM; left out: those that Node.js knows. */
  authorities?: Buffer
  /** Called every few seconds while a statement runs. */
  onProgress?: () => void
}

/** One session at the server: its temporary views, functions and settings are its own. */
export interface SparkSession {
  configure(settings: Readonly<Record<string, string>>): Promise<void>
  /** Runs one statement, also one that writes. */
  run(statement: string): Promise<void>
  /** The rows of a query as Arrow's IPC streams, one after the other, each with its schema. */
  query(query: string): AsyncGenerator<Uint8Array>
  /** Ends the statements that run; they throw. */
  interrupt(): Promise<void>
  /** Forgets the session with all that it has cached. */
  close(): Promise<void>
}

export class SparkError extends Error {
  override name = 'SparkError'
}

/** @throws SparkError naming the address, or what Spark has against a statement */
export function openSparkSession(url: string, { authorities, onProgress }: SparkOptions = {}): SparkSession {
  const { client, metadata } = connect(url, authorities)
  const session = { sessionId: randomUUID(), userContext: { userId: USER }, clientType: CLIENT_TYPE }
  const ask = (method: string, request: string, body: object) =>
    unary(
      client,
      metadata,
      { method, request, response: 'Done', body: { ...session, ...body } },
      SHORT_REQUEST_MS,
    ).catch((error: ServiceError) => {
      throw refused(url, error)
    })

  async function* execute(plan: object): AsyncGenerator<Uint8Array> {
    const call = client.makeServerStreamRequest(
      `${SERVICE}/ExecutePlan`,
      encode('ExecutePlanRequest'),
      decode<{ arrowBatch?: { data: Uint8Array } }>('ExecutePlanResponse'),
      { ...session, plan },
      metadata,
    )
    try {
      for await (const { arrowBatch } of call) {
        onProgress?.()
        if (arrowBatch) yield arrowBatch.data
      }
    } catch (error) {
      throw refused(url, error as ServiceError)
    } finally {
      call.cancel()
    }
  }

  return {
    configure: async (settings) => {
      const pairs = Object.entries(settings).map(([key, value]) => ({ key, value }))
      await ask('Config', 'ConfigRequest', { operation: { set: { pairs } } })
    },
    async run(statement) {
      for await (const _ of execute({ command: { sqlCommand: { input: { sql: { query: statement } } } } }));
    },
    query: (query) => execute({ root: { sql: { query } } }),
    interrupt: async () => {
      await ask('Interrupt', 'InterruptRequest', { interruptType: INTERRUPT_ALL })
    },
    async close() {
      try {
        await ask('ReleaseSession', 'ReleaseSessionRequest', {})
      } finally {
        client.close()
      }
    },
  }
}

/** The version of the server. @throws when it does not answer within the time */
export async function askVersion(url: string, timeoutMs: number): Promise<string> {
  const { client, metadata } = connect(url)
  const body = { sessionId: randomUUID(), userContext: { userId: USER }, clientType: CLIENT_TYPE, sparkVersion: {} }
  const call = { method: 'AnalyzePlan', request: 'AnalyzePlanRequest', response: 'AnalyzePlanResponse', body }
  try {
    const answer = await unary<{ sparkVersion: { version: string } }>(client, metadata, call, timeoutMs)
    const { sparkVersion: _, ...session } = body
    const release = { method: 'ReleaseSession', request: 'ReleaseSessionRequest', response: 'Done', body: session }
    await unary(client, metadata, release, timeoutMs)
    return answer.sparkVersion.version
  } finally {
    client.close()
  }
}

/**
 * The host, port and options of an address as Spark's clients write it: `sc://host:port/;use_ssl=true;token=…`.
 *
 * @throws SparkError naming what is no such option; the token is not shown
 */
export function readSparkUrl(url: string): { address: string; isEncrypted: boolean; token: string | undefined } {
  const { hostname, port, pathname } = new URL(url)
  const options: Record<string, string> = {}
  for (const part of pathname.replace(/^\//, '').split(';').filter(Boolean)) {
    const [name = '', ...value] = part.split('=')
    if (name !== 'use_ssl' && name !== 'token') {
      throw new SparkError(`Spark: ${name} is no option of its address; there are use_ssl=true and token=…`)
    }
    options[name] = decodeURIComponent(value.join('='))
  }
  // A token is not sent in the clear.
  const isEncrypted = options.use_ssl === 'true' || options.token !== undefined
  return { address: `${hostname}:${port || DEFAULT_PORT}`, isEncrypted, token: options.token }
}

const DEFAULT_PORT = '15002'

function connect(url: string, authorities?: Buffer): { client: Client; metadata: Metadata } {
  const { address, isEncrypted, token } = readSparkUrl(url)
  const channel: ChannelCredentials = isEncrypted
    ? credentials.createSsl(authorities ?? null)
    : credentials.createInsecure()
  const metadata = new Metadata()
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`)
  return { client: new Client(address, channel, { 'grpc.max_receive_message_length': RECEIVED_BYTES_MAX }), metadata }
}

interface Call {
  method: string
  request: string
  response: string
  body: object
}

function unary<Answer>(
  client: Client,
  metadata: Metadata,
  { method, request, response, body }: Call,
  timeoutMs: number,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      `${SERVICE}/${method}`,
      encode(request),
      decode<Answer>(response),
      body,
      metadata,
      { deadline: Date.now() + timeoutMs },
      (error, answer) => (error ? reject(error) : resolve(answer!)),
    )
  })
}

const encode = (name: string) => {
  const type = messages.lookupType(name)
  return (message: object): Buffer => Buffer.from(type.encode(type.fromObject(message)).finish())
}

const decode = <Message>(name: string) => {
  const type = messages.lookupType(name)
  return (bytes: Buffer): Message => type.decode(bytes) as unknown as Message
}

function refused(url: string, { code, details, message }: ServiceError): SparkError {
  const text = (details || message).slice(0, ERROR_TEXT_MAX)
  if (code !== status.UNAVAILABLE) return new SparkError(`Spark: ${text}`)
  const { address } = readSparkUrl(url)
  return new SparkError(
    `Spark: ${address} can't be reached (${text}); \`shelfline stack up --spark\` starts one, SHELFLINE_SPARK_URL sets the address`,
  )
}
