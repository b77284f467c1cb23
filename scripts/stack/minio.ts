import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadSettings } from '../../platform/settings/settings.ts'
import { findCached } from './cache.ts'
import { StackError } from './errors.ts'
import { externalAddress } from './external.ts'
import { buildGoProgram } from './go-build.ts'
import type { Home, Instance } from './home.ts'
import { chosenRelease, type Program, prepareProgram, releaseSettings } from './release.ts'
import { type ObjectStoreUser, objectStoreKeys, type Security } from './security.ts'
import type { Server, ServerContext } from './server.ts'

export const MINIO_VERSION = '20260212201848'
const PACKAGE = 'github.com/minio/minio'
const BUCKET = 'shelfline'
const REGION = 'us-east-1'
const PROBE_KEY = 'probes/conditional-put'
const REQUEST_TIMEOUT_MS = 3_000

export const minio: Server = {
  name: 'objectStore',
  title: 'MinIO',
  ports: ['objectStore', 'objectStoreConsole'],
  stopSignal: 'SIGTERM',
  stopWaitMs: 10_000,

  async prepare(report, signal) {
    // Its releases have been withdrawn from where they were: a user who has kept one can name it.
    const release = chosenRelease(releaseSettings.minioUrl, releaseSettings.minioSha256)
    await prepareProgram({ name: 'minio', version: MINIO_VERSION, release, build }, report, signal)
  },

  async launch({ home, ports, secrets, security }) {
    const dataFolder = home.dataFolder('minio')
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
    if (security !== undefined) placeCertificates(home, security)
    return {
      command: join(findCached('minio', MINIO_VERSION)!, 'minio'),
      arguments: [
        'server',
        '--address',
        `127.0.0.1:${ports.objectStore}`,
        '--console-address',
        `127.0.0.1:${ports.objectStoreConsole}`,
        '--certs-dir',
        certificatesFolder(home),
        dataFolder,
      ],
      environment: {
        MINIO_ROOT_USER: secrets.objectStoreAccessKey,
        MINIO_ROOT_PASSWORD: secrets.objectStoreSecretKey,
        MINIO_REGION: REGION,
        MINIO_UPDATE: 'off',
        MINIO_SCANNER_SPEED: 'slowest',
        // Figures of the server, no object: Prometheus reads them without a key (docs/decisions/0260).
        MINIO_PROMETHEUS_AUTH_TYPE: 'public',
      },
    }
  },

  async furnish(context) {
    const { secrets, security, isDisposable } = context
    const root = rootAddress(context)
    await furnishObjectStore(root, security?.caFile)
    if (security === undefined) return
    const { LAKE, TEST_LAKES } = await import('./object-store-rights.ts')
    const lakes = isDisposable ? [LAKE, TEST_LAKES] : [LAKE]
    await furnishObjectStoreUsers(root, security.caFile, { keys: objectStoreKeys(secrets), lakes })
  },

  async probe(context) {
    await withClient(objectStoreAddress(context), context.security?.caFile, (client) => client.bucketExists(BUCKET))
  },
}

const build: Program['build'] = (file, report, signal) => buildGoProgram('minio', PACKAGE, file, '', report, signal)

const certificatesFolder = (home: Home): string => home.path('minio-certificates')

/** MinIO speaks https when it finds these two files. */
function placeCertificates(home: Home, security: Security): void {
  const folder = certificatesFolder(home)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const { certificate, key } = security.server('minio')
  copyFileSync(certificate, join(folder, 'public.crt'))
  copyFileSync(key, join(folder, 'private.key'))
}

/** As commands reach it. */
export const objectStoreAddress = (context: ServerContext): Instance['objectStore'] => ({
  ...rootAddress(context),
  ...(context.security && objectStoreAccess(context, 'shelfline_app')),
})

/** That of the settings where they give one, else this instance's own. */
export function usedObjectStore(context: ServerContext): Instance['objectStore'] {
  if (externalAddress('objectStore') === undefined) return objectStoreAddress(context)
  const settings = loadSettings({ ...process.env, SHELFLINE_HOME: context.home.folder })
  return {
    endpoint: settings.objectStoreEndpoint,
    accessKey: settings.objectStoreAccessKey,
    secretKey: settings.objectStoreSecretKey,
    bucket: settings.objectStoreBucket,
    region: settings.objectStoreRegion,
  }
}

/** What a user signs in with; empty for one that has nothing to do there. */
export function objectStoreAccess({ secrets }: ServerContext, user: string): { accessKey: string; secretKey: string } {
  const secretKey = (objectStoreKeys(secrets) as Partial<Record<string, string>>)[user]
  return secretKey === undefined ? { accessKey: '', secretKey: '' } : { accessKey: user, secretKey }
}

function rootAddress({ ports, secrets, security }: ServerContext): Instance['objectStore'] {
  const scheme = security === undefined ? 'http' : 'https'
  return {
    endpoint: `${scheme}://127.0.0.1:${ports.objectStore}`,
    consoleUrl: `${scheme}://127.0.0.1:${ports.objectStoreConsole}`,
    accessKey: secrets.objectStoreAccessKey,
    secretKey: secrets.objectStoreSecretKey,
    bucket: BUCKET,
    region: REGION,
  }
}

/**
 * Makes the bucket, and makes sure that of two puts of one new object the second is refused: the lake's commits rest
 * on it.
 */
export async function furnishObjectStore(address: Instance['objectStore'], caFile?: string): Promise<void> {
  const { hasCode } = await import('../../platform/object-store/object-store.ts')
  const refusedWith =
    (...codes: string[]) =>
    (error: unknown) => {
      if (hasCode(error, ...codes)) return 'refused'
      throw error
    }
  await withClient(address, caFile, async (client) => {
    await client.makeBucket(address.bucket).catch(refusedWith('BucketAlreadyOwnedByYou', 'BucketAlreadyExists'))
    const put = () => client.putObject(address.bucket, PROBE_KEY, Buffer.from('probe'), 5, { 'If-None-Match': '*' })
    await put().catch(refusedWith('PreconditionFailed'))
    if ((await put().catch(refusedWith('PreconditionFailed'))) !== 'refused') {
      throw new StackError(
        `${address.endpoint} overwrites an object in spite of "If-None-Match: *"; the lake would lose commits on it`,
      )
    }
  })
}

/** Makes the users of processes, with their rights. May run again at any time; only on MinIO. */
export async function furnishObjectStoreUsers(
  address: Instance['objectStore'],
  caFile: string,
  { keys, lakes }: { keys: Readonly<Record<ObjectStoreUser, string>>; lakes: readonly string[] },
): Promise<void> {
  const { furnishUsers } = await import('./minio-users.ts')
  await withClient(address, caFile, (client) => furnishUsers({ ...address, client, lakes }, keys))
}

async function withClient<Result>(
  { endpoint, region, bucket, accessKey, secretKey }: Instance['objectStore'],
  caFile: string | undefined,
  work: (client: import('minio').Client) => Promise<Result>,
): Promise<Result> {
  const { createS3Client } = await import('../../platform/object-store/object-store.ts')
  const settings = {
    objectStoreEndpoint: endpoint,
    objectStoreRegion: region,
    objectStoreBucket: bucket,
    objectStoreAccessKey: accessKey,
    objectStoreSecretKey: secretKey,
    caFile: caFile ?? '',
  }
  const { client, close } = createS3Client(settings, REQUEST_TIMEOUT_MS)
  try {
    return await work(client)
  } finally {
    close()
  }
}
