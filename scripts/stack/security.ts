/**
 * What makes an instance secure: an authority of its own, a certificate for each of its servers and for each login of PostgreSQL, which are the
 * users of Kafka too. Whether it is secure is decided when it is made: servers do not change over with their data.
 */
import { X509Certificate } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { roleOf } from '../../platform/postgres/rights/process-rights.ts'
import { type WorkerKind, workerKinds } from '../../platform/worker-kinds.ts'
import { StackUsageError } from './errors.ts'
import type { Home, Secrets } from './home.ts'

/** Programs that have a login, a user or a certificate of their own: set-up, commands, and each kind of worker. */
export const principals = ['shelfline_migrate', 'shelfline_app', ...workerKinds.map(roleOf)] as const
export type Principal = (typeof principals)[number]

/** Who has a user in Kafka. */
export type KafkaUser = Exclude<Principal, 'shelfline_migrate'>

export const kafkaPasswords = ({ kafkaApp, processes }: Secrets): Readonly<Record<KafkaUser, string>> =>
  ({
    shelfline_app: kafkaApp,
    ...Object.fromEntries(workerKinds.map((kind) => [roleOf(kind), processes[kind].kafka])),
  }) as Record<KafkaUser, string>

/** Processes that reach the object store; commands have a user, too, and one of them its own. */
const storingProcesses = ['stream', 'batch', 'web', 'predict', 'files'] as const satisfies readonly WorkerKind[]
export type ObjectStoreUser =
  | ReturnType<typeof roleOf<(typeof storingProcesses)[number]>>
  | 'shelfline_app'
  | 'shelfline_vacuum'

export const objectStoreKeys = ({
  objectStoreApp,
  objectStoreVacuum,
  processes,
}: Secrets): Readonly<Record<ObjectStoreUser, string>> =>
  ({
    shelfline_app: objectStoreApp,
    shelfline_vacuum: objectStoreVacuum,
    ...Object.fromEntries(storingProcesses.map((kind) => [roleOf(kind), processes[kind].objectStore])),
  }) as Record<ObjectStoreUser, string>

/** The superuser of PostgreSQL and of Kafka: used to set the servers up, by no process of Shelfline. */
export const SUPERUSERS = { postgres: 'postgres', kafka: 'kafka' } as const

/** That of Kafka is also what its brokers know each other by: it has the name of the superuser. */
const certifiedServers = ['postgres-server', SUPERUSERS.kafka, 'minio', 'temporal', 'https'] as const
export type CertifiedServer = (typeof certifiedServers)[number]

/** Temporal's Web UI, which has no other server. */
export const TEMPORAL_UI_CLIENT = 'temporal_ui'

const certifiedClients = [...principals, SUPERUSERS.postgres, TEMPORAL_UI_CLIENT] as const
export type CertifiedClient = (typeof certifiedClients)[number] | (typeof SUPERUSERS)['kafka']

export interface CertificateFiles {
  certificate: string
  key: string
}

export interface Security {
  caFile: string
  server(name: CertifiedServer): CertificateFiles
  client(name: CertifiedClient): CertificateFiles
}

const folderOf = (home: Home): string => home.path('tls')
const AUTHORITY = 'ca'
/** One that ends sooner is replaced when the servers are started. */
const REMAINING_MS_MIN = 30 * 86_400_000

/** The files of a secure instance; undefined: it is not one. */
export function securityOf(home: Home): Security | undefined {
  const folder = folderOf(home)
  const caFile = join(folder, `${AUTHORITY}.pem`)
  if (!existsSync(caFile)) return undefined
  const pair = (name: string) => filesOf(folder, name)
  return { caFile, server: pair, client: pair }
}

const filesOf = (folder: string, name: string): CertificateFiles => ({
  certificate: join(folder, `${name}.pem`),
  key: join(folder, `${name}.key`),
})

/**
 * Makes what is missing of a secure instance, and what ends within a month again.
 *
 * @param isAsked whether a new instance is to be secure; one that is stays so
 * @throws StackUsageError when it is asked of an instance that has data and is not secure
 */
export async function prepareSecurity(home: Home, isAsked: boolean): Promise<Security | undefined> {
  const folder = folderOf(home)
  const isSecure = securityOf(home) !== undefined
  if (!isSecure && !isAsked) return undefined
  if (!isSecure && readdirSync(home.path('data')).length > 0) {
    throw new StackUsageError(
      `${home.folder} has data of servers without encryption, which are not changed over: ` +
        'delete it with `shelfline stack reset`, or take another folder by SHELFLINE_HOME',
    )
  }
  // PostgreSQL, another user, reads its files here.
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o711)
  const { createAuthority, openAuthority } = await import('./authority.ts')
  const own = filesOf(folder, AUTHORITY)
  if (!isSecure) write(own, await createAuthority(`Shelfline ${hostname()}`))
  const authority = openAuthority(read(own))
  const hosts = ['localhost', '127.0.0.1', '::1', hostname()]
  for (const name of certifiedServers) await renew(name, { commonName: name, hosts })
  for (const name of certifiedClients) await renew(name, { commonName: name })
  return securityOf(home)

  async function renew(name: string, wanted: { commonName: string; hosts?: readonly string[] }): Promise<void> {
    const files = filesOf(folder, name)
    if (!isCurrent(files)) write(files, await authority.issue(wanted))
  }
}

function isCurrent({ certificate, key }: CertificateFiles): boolean {
  if (!existsSync(certificate) || !existsSync(key)) return false
  const { validTo } = new X509Certificate(readFileSync(certificate))
  return Date.parse(validTo) - Date.now() > REMAINING_MS_MIN
}

const read = ({ certificate, key }: CertificateFiles) => ({
  certificate: readFileSync(certificate, 'utf8'),
  key: readFileSync(key, 'utf8'),
})

/** The certificate last: whether a pair is there is asked by it. */
function write(files: CertificateFiles, pair: { certificate: string; key: string }): void {
  writeFileSync(files.key, pair.key, { mode: 0o600 })
  writeFileSync(files.certificate, pair.certificate, { mode: 0o644 })
}
