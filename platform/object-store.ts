import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import type { Settings } from './settings.ts'

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
  /** With `ifAbsent`, of two racing writers one gets `'exists'` and has changed nothing. */
  put(key: string, body: string | Uint8Array, options?: { ifAbsent?: boolean }): Promise<'written' | 'exists'>
  /** In key order; `startAfter` is exclusive. */
  list(prefix: string, options?: { startAfter?: string }): AsyncIterable<StoredObject>
  delete(keys: readonly string[]): Promise<void>
  close(): void
}

const DELETE_KEYS_MAX = 1_000

export type ObjectStoreSettings = Pick<
  Settings,
  'objectStoreEndpoint' | 'objectStoreRegion' | 'objectStoreBucket' | 'objectStoreAccessKey' | 'objectStoreSecretKey'
>

export function createObjectStore(settings: ObjectStoreSettings): ObjectStore {
  const bucket = settings.objectStoreBucket
  const client = new S3Client({
    endpoint: settings.objectStoreEndpoint,
    region: settings.objectStoreRegion,
    forcePathStyle: true,
    credentials: { accessKeyId: settings.objectStoreAccessKey, secretAccessKey: settings.objectStoreSecretKey },
    maxAttempts: 4,
  })
  return {
    bucket,
    async get(key) {
      try {
        const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
        return Buffer.from(await answer.Body!.transformToByteArray())
      } catch (error) {
        if (isStatus(error, 404)) return undefined
        throw error
      }
    },
    async put(key, body, { ifAbsent = false } = {}) {
      try {
        await client.send(
          new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...(ifAbsent && { IfNoneMatch: '*' }) }),
        )
        return 'written'
      } catch (error) {
        // 412: somebody was first. 409: somebody is writing it at this moment, and S3 asks to look again.
        if (ifAbsent && (isStatus(error, 412) || isStatus(error, 409))) return 'exists'
        throw error
      }
    },
    async *list(prefix, { startAfter } = {}) {
      let token: string | undefined
      do {
        const page = await client.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: prefix,
            ...(startAfter && { StartAfter: startAfter }),
            ...(token && { ContinuationToken: token }),
          }),
        )
        for (const { Key, Size, LastModified, ETag } of page.Contents ?? []) {
          yield { key: Key!, bytes: Size ?? 0, modifiedAt: LastModified!, etag: ETag ?? '' }
        }
        token = page.NextContinuationToken
      } while (token !== undefined)
    },
    async delete(keys) {
      for (let from = 0; from < keys.length; from += DELETE_KEYS_MAX) {
        const Objects = keys.slice(from, from + DELETE_KEYS_MAX).map((Key) => ({ Key }))
        const { Errors } = await client.send(
          new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
        )
        if (Errors?.length)
          throw new Error(`object store: ${Errors[0]!.Key} could not be deleted: ${Errors[0]!.Message}`)
      }
    },
    close: () => client.destroy(),
  }
}

const isStatus = (error: unknown, status: number) =>
  error instanceof S3ServiceException && error.$metadata.httpStatusCode === status
