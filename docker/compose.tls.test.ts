import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadSettings } from '../platform/settings/settings.ts'
import { principals } from '../scripts/stack/security.ts'
import { certificateFolders, makeCertificates } from './make-certificates.ts'

interface Service {
  environment?: Record<string, string>
  volumes?: string[]
  profiles?: string[]
}

const read = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8')
const servicesOf = (file: string) =>
  (parse(read(file), { merge: true, maxAliasCount: -1 }) as { services: Record<string, Service> }).services
const [plain, encrypted] = [servicesOf('compose.yaml'), servicesOf('compose.tls.yaml')]

const MOUNT = /^\$\{SHELFLINE_CERTIFICATES_FOLDER:-[^}]+\}\/([^/:]+)/
const foldersOf = ({ volumes = [] }: Service): string[] => [
  ...new Set(volumes.flatMap((volume) => MOUNT.exec(volume)?.[1] ?? [])),
]

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shelfline-compose-tls-'))
  await makeCertificates(folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('every service has a certificate but those of the profiles that the file names, and those that no server of ours knows', () => {
  const without = Object.keys(plain).filter((name) => !(name in encrypted))
  const uncovered = without.filter(
    (name) => !['connect', 'registry', 'spark'].includes(plain[name]!.profiles?.[0] ?? ''),
  )
  expect(uncovered).toEqual(['prometheus', 'alertmanager'])
  expect(Object.keys(encrypted).filter((name) => !(name in plain))).toEqual([])
})

test('each has the folder of its own certificate and no other', () => {
  const folders = Object.fromEntries(Object.entries(encrypted).map(([name, service]) => [name, foldersOf(service)]))
  expect(folders).toMatchObject({
    postgres: ['postgres-server'],
    'worker-batch': ['shelfline_batch'],
    'worker-web': ['shelfline_web'],
    migrate: ['shelfline_app', 'shelfline_migrate', 'kafka'],
    grafana: ['ca.pem'],
  })
  for (const [name, own] of Object.entries(folders)) {
    expect([...certificateFolders, 'ca.pem'], name).toEqual(expect.arrayContaining(own))
    if (name !== 'migrate') expect(own, name).toHaveLength(1)
  }
})

test('a server is reached by the name of its service, and its certificate is of the authority', () => {
  const authority = new X509Certificate(readFileSync(join(folder, 'ca.pem')))
  for (const [name, host] of [
    ['postgres-server', 'postgres'],
    ['kafka', 'kafka'],
    ['minio', 'minio'],
    ['temporal', 'temporal'],
  ] as const) {
    const own = new X509Certificate(readFileSync(join(folder, name, 'certificate.pem')))
    expect(own.checkIssued(authority)).toBe(true)
    expect([own.checkHost(host), own.checkHost('other'), own.checkIP('127.0.0.1')]).toEqual([
      host,
      undefined,
      '127.0.0.1',
    ])
  }
  const client = new X509Certificate(readFileSync(join(folder, 'shelfline_batch', 'certificate.pem')))
  expect(client.subject).toBe('CN=shelfline_batch')
})

test('certificates are made again by the same authority', async () => {
  const [authority, before] = [join(folder, 'ca.pem'), join(folder, 'minio', 'certificate.pem')].map((path) =>
    readFileSync(path, 'utf8'),
  )
  await makeCertificates(folder)
  expect(readFileSync(join(folder, 'ca.pem'), 'utf8')).toBe(authority)
  expect(readFileSync(join(folder, 'minio', 'certificate.pem'), 'utf8')).not.toBe(before)
})

test.each(Object.keys(encrypted).filter((name) => name.startsWith('worker-') || name === 'migrate'))(
  'the settings of %s are valid together, and each is as itself at PostgreSQL',
  (name) => {
    const [own] = foldersOf(encrypted[name]!)
    const given = { ...plain[name]!.environment, ...encrypted[name]!.environment }
    const environment = Object.fromEntries(
      Object.entries(given)
        .filter(([key]) => !key.endsWith('_SECRETS_FILE') && !key.endsWith('_KEYS_FILE'))
        .map(([key, value]) => [
          key,
          String(value)
            .replaceAll('/run/certificates-migrate', join(folder, 'shelfline_migrate'))
            .replaceAll('/run/certificates', join(folder, own!))
            .replaceAll(/\$\{\w+:\?\}/g, 'x')
            .replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1'),
        ]),
    )
    const settings = loadSettings({ ...environment, SHELFLINE_HOME: folder })
    expect(new URL(settings.postgresUrl).username).toBe(own)
    expect(new URL(settings.postgresUrl).searchParams.get('sslmode')).toBe('verify-full')
    expect(settings).toMatchObject({ kafkaProtocol: 'ssl', temporalTls: 'on' })
    expect(settings.objectStoreEndpoint).toMatch(/^https:/)
  },
)

test('PostgreSQL asks every role of ours for a certificate, and takes no connection in clear from outside of its container', () => {
  const lines = read('tls/pg_hba.conf')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  const certified = lines.find((line) => line.endsWith('clientcert=verify-full'))!
  expect(certified.split(' ')[2]!.split(',').sort()).toEqual([...principals].sort())
  expect(lines.filter((line) => line.startsWith('host ')).map((line) => line.split(' ')[3])).toEqual(['127.0.0.1/32'])
})
