import http from 'node:http'
import https from 'node:https'
import { connect } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { type BucketItem, Client, S3Error } from 'minio'
import pRetry from 'p-retry'
import { trustedAuthorities } from '../http/trusted-authorities.ts'
import type { Settings } from '../settings/settings.ts'

export interface StoredObject {
  key: string
  bytes: number
  modifiedAt: Date
  /** The same for the same content written the same way. */
  etag: string
}

/** Plain S3: what the lake needs of MinIO or S3, and no more. Keys are relative to the bucket. */
export interface ObjectStore {
  readonly bucket: string
  /** The object's content, or undefined when there is none. */
  get(key: string): Promise<Buffer | undefined>
  /** Some bytes of it, as many as there are from a place on; undefined when there is no object. */
  getPart(key: string, from: number, bytes: number): Promise<Buffer | undefined>
  /** With `ifAbsent`, of two racing writers one gets `'exists'` and has changed nothing. */
  put(key: string, body: string | Uint8Array, options?: { ifAbsent?: boolean }): Promise<'written' | 'exists'>
  /** In key order; `startAfter` is exclusive. */
  list(prefix: string, options?: { startAfter?: string }): AsyncIterable<StoredObject>
  delete(keys: readonly string[]): Promise<void>
  close(): void
}

const LIST_KEYS_MAX = 1_000
const DELETE_KEYS_MAX = 1_000
const RETRIES_MAX = 3
const RETRY_WAIT_MS_MIN = 100
/** A connection that carries nothing for this long is broken. */
const IDLE_MS_MAX = 30_000
const CONNECTIONS_MAX = 50
/** A server on this network answers a new connection sooner. */
const CONNECT_MS_MAX = 2_000

export type ObjectStoreSettings = Pick<
  Settings,
  | 'objectStoreEndpoint'
  | 'objectStoreRegion'
  | 'objectStoreBucket'
  | 'objectStoreAccessKey'
  | 'objectStoreSecretKey'
  | 'caFile'
>

export function createObjectStore(settings: ObjectStoreSettings): ObjectStore {
  const bucket = settings.objectStoreBucket
  const { client, close } = createS3Client(settings)
  const read = (open: () => ReturnType<typeof client.getObject>) =>
    retryTransient(async () => {
      try {
        return await buffer(await open())
      } catch (error) {
        if (hasCode(error, 'NoSuchKey', 'NotFound')) return undefined
        throw error
      }
    })
  return {
    bucket,
    get: (key) => read(() => client.getObject(bucket, key)),
    getPart: (key, from, bytes) => read(() => client.getPartialObject(bucket, key, from, bytes)),
    put: (key, body, { ifAbsent = false } = {}) =>
      retryTransient(async () => {
        const content = Buffer.from(body as Uint8Array)
        try {
          await client.putObject(bucket, key, content, content.length, ifAbsent ? { 'If-None-Match': '*' } : {})
          return 'written'
        } catch (error) {
          // Another writer was first, or is writing it at this moment, in which case S3 asks to look again.
          if (ifAbsent && hasCode(error, 'PreconditionFailed', 'ConditionalRequestConflict')) return 'exists'
          throw error
        }
      }),
    async *list(prefix, { startAfter = '' } = {}) {
      let token = ''
      do {
        const query = () => client.listObjectsV2Query(bucket, prefix, token, '', LIST_KEYS_MAX, startAfter)
        const page = await retryTransient(query)
        for (const { name, size, lastModified, etag } of page.objects as Required<BucketItem>[]) {
          yield { key: name, bytes: size, modifiedAt: new Date(lastModified), etag }
        }
        token = page.isTruncated ? page.nextContinuationToken : ''
      } while (token !== '')
    },
    async delete(keys) {
      for (let from = 0; from < keys.length; from += DELETE_KEYS_MAX) {
        const some = keys.slice(from, from + DELETE_KEYS_MAX)
        // What the declared type wraps in `Error` comes unwrapped.
        const failures = (await retryTransient(() => client.removeObjects(bucket, some))) as DeleteFailure[]
        const [failed] = failures
        if (failed) throw new Error(`object store: ${failed.Key} could not be deleted: ${failed.Message}`)
      }
    },
    close,
  }
}

interface DeleteFailure {
  Key: string
  Message: string
}

/** Whether a server listens where the object store should be; asks nothing of it. */
export function isListening({ objectStoreEndpoint }: Pick<Settings, 'objectStoreEndpoint'>): Promise<boolean> {
  const { hostname, port, protocol } = new URL(objectStoreEndpoint)
  const socket = connect({ host: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) })
  socket.setTimeout(CONNECT_MS_MAX)
  return new Promise((answer) => {
    const end = (isThere: boolean) => () => {
      socket.destroy()
      answer(isThere)
    }
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false))
  })
}

/**
 * A client for plain S3 with connections of its own. It does not retry: who calls it knows what may be sent twice.
 *
 * @param idleMsMax a connection on which nothing moves for this many milliseconds is closed
 */
export function createS3Client(
  settings: ObjectStoreSettings,
  idleMsMax = IDLE_MS_MAX,
): { client: Client; close: () => void } {
  const endpoint = new URL(settings.objectStoreEndpoint)
  const scheme = endpoint.protocol === 'https:' ? https : http
  const trusted = scheme === https ? trustedAuthorities(settings) : {}
  const agent = new scheme.Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX, ...trusted })
  const request: typeof http.request = (...given: unknown[]) => {
    const sent = (scheme.request as (...given: unknown[]) => http.ClientRequest)(...given)
    return sent.setTimeout(idleMsMax, () => {
      sent.destroy(new Error(`object store: ${endpoint.host} did not answer within ${idleMsMax / 1_000} s (timeout)`))
    })
  }
  const client = new Client({
    endPoint: endpoint.hostname,
    port: Number(endpoint.port) || (scheme === https ? 443 : 80),
    useSSL: scheme === https,
    accessKey: settings.objectStoreAccessKey,
    secretKey: settings.objectStoreSecretKey,
    region: settings.objectStoreRegion,
    pathStyle: true,
    transport: { request },
    transportAgent: agent,
    retryOptions: { disableRetry: true },
  })
  return { client, close: () => agent.destroy() }
}

/** Whether the store refused with one of these error codes of S3. */
export const hasCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof S3Error && codes.includes(error.code ?? '')

const retryTransient = <Result>(work: () => Promise<Result>): Promise<Result> =>
  pRetry(work, {
    retries: RETRIES_MAX,
    minTimeout: RETRY_WAIT_MS_MIN,
    randomize: true,
    shouldRetry: ({ error }) => isTransient(error),
  })

/** A broken connection, or an answer such as 503; what the store refuses is not transient. */
const isTransient = (error: Error & { code?: string }): boolean =>
  !(error instanceof S3Error) && (error.code?.startsWith('E') || /retryable|timeout|aborted/i.test(error.message))
