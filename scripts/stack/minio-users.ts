/** The users of a secure MinIO and their policies, set through its admin API as the root user, whose key no process has. */
import { createCipheriv, pbkdf2Sync, randomBytes } from 'node:crypto'
import type { Client } from 'minio'
import { objectStoreRights, policyOf } from './object-store-rights.ts'
import type { ObjectStoreUser } from './security.ts'

export interface Administered {
  client: Client
  /** The root user's, which also seals what is sent. */
  secretKey: string
  bucket: string
  region: string
  /** Where users have the rights that they have in the lake. */
  lakes: readonly string[]
}

/** Gives the users their keys and policies. May run again at any time. */
export async function furnishUsers(
  { client, secretKey, bucket, region, lakes }: Administered,
  keys: Readonly<Record<ObjectStoreUser, string>>,
): Promise<void> {
  const put = (path: string, parameters: Record<string, string>, body: Buffer | string = '') =>
    client.makeRequestAsyncOmit(
      {
        method: 'PUT',
        bucketName: 'minio',
        objectName: `admin/v3/${path}`,
        query: new URLSearchParams(parameters).toString(),
      },
      body,
      [200],
      region,
    )
  for (const user of Object.keys(objectStoreRights) as ObjectStoreUser[]) {
    const account = JSON.stringify({ secretKey: keys[user], status: 'enabled' })
    await put('add-canned-policy', { name: user }, JSON.stringify(policyOf(user, bucket, lakes)))
    await put('add-user', { accessKey: user }, sealed(secretKey, account))
    await put('set-user-or-group-policy', { policyName: user, userOrGroup: user, isGroup: 'false' })
  }
}

const SALT_BYTES = 32
const NONCE_BYTES = 8
const KEY_BYTES = 32
const ITERATIONS = 8_192
/** PBKDF2 and AES-256-GCM, of the three that MinIO reads. */
const ALGORITHM = 2
/** The first byte of what authenticates the last piece of a stream. */
const LAST = 0x80

/**
 * MinIO takes secrets under the key of who sends them: salt, algorithm, nonce, and a stream of pieces (16 kB at most; this is one), each with its
 * number in its nonce, after a piece 0 without content whose tag authenticates all others.
 */
function sealed(secretKey: string, content: string): Buffer {
  const [salt, nonce] = [randomBytes(SALT_BYTES), randomBytes(NONCE_BYTES)]
  const key = pbkdf2Sync(secretKey, salt, ITERATIONS, KEY_BYTES, 'sha256')
  const seal = (piece: number, associated: Buffer, text: string) => {
    const number = Buffer.alloc(4)
    number.writeUInt32LE(piece)
    const cipher = createCipheriv('aes-256-gcm', key, Buffer.concat([nonce, number])).setAAD(associated)
    return Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  }
  const associated = Buffer.concat([Buffer.from([LAST]), seal(0, Buffer.alloc(0), '')])
  return Buffer.concat([salt, Buffer.from([ALGORITHM]), nonce, seal(1, associated, content)])
}
