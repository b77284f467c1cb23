/**
 * Makes the authority and the certificates of `compose.tls.yaml` in a folder: one folder for each service or login, with `certificate.pem`,
 * `key.pem` and the authority as `ca.pem`. The authority is kept; its certificates are made again, so that running it once a year renews them.
 *
 *     node docker/make-certificates.ts .shelfline-certificates
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createAuthority, openAuthority, type Pair } from '../scripts/stack/authority.ts'
import { principals, TEMPORAL_UI_CLIENT } from '../scripts/stack/security.ts'

/** Servers are reached by the names of their services, and by programs on this machine through the published port. */
const servers: Readonly<Record<string, string>> = {
  'postgres-server': 'postgres',
  kafka: 'kafka',
  minio: 'minio',
  temporal: 'temporal',
}
export const certificateFolders: readonly string[] = [...Object.keys(servers), ...principals, TEMPORAL_UI_CLIENT]

/** What Kafka's own commands read. */
const kafkaClient = `security.protocol=SSL
ssl.keystore.type=PEM
ssl.keystore.location=/run/certificates/keystore.pem
ssl.truststore.type=PEM
ssl.truststore.location=/run/certificates/ca.pem
`

export async function makeCertificates(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = (...names: string[]) => join(folder, ...names)
  const write = (path: string, content: string) => writeFileSync(path, content, { mode: 0o600 })
  if (!existsSync(file('ca.key'))) {
    const made: Pair = await createAuthority('Shelfline Compose')
    write(file('ca.key'), made.key)
    write(file('ca.pem'), made.certificate)
    // Grafana's user is another one.
    chmodSync(file('ca.pem'), 0o644)
  }
  const certificate = readFileSync(file('ca.pem'), 'utf8')
  const authority = openAuthority({ certificate, key: readFileSync(file('ca.key'), 'utf8') })
  for (const name of certificateFolders) {
    const service = servers[name]
    const hosts = service === undefined ? undefined : [service, 'localhost', '127.0.0.1']
    const own = await authority.issue({ commonName: name, ...(hosts && { hosts }) })
    mkdirSync(file(name), { recursive: true, mode: 0o700 })
    write(file(name, 'ca.pem'), certificate)
    write(file(name, 'certificate.pem'), own.certificate)
    write(file(name, 'key.pem'), own.key)
    if (name !== 'kafka') continue
    write(file(name, 'keystore.pem'), own.key + own.certificate)
    write(file(name, 'client.properties'), kafkaClient)
  }
}

if (import.meta.main) {
  const folder = process.argv[2]
  if (folder === undefined) throw new Error('make-certificates: name the folder, such as .shelfline-certificates')
  await makeCertificates(resolve(folder))
  process.stdout.write(
    `${resolve(folder)}: ${certificateFolders.length} certificates, valid for 397 days; keep ca.key elsewhere\n`,
  )
}
