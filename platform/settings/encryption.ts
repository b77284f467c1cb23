/** What settings of encrypted connections must be like: files that can be read, and nothing that only looks safe. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** `plain` sends the password itself: only ever over TLS. */
export const saslMechanisms = ['scram-sha-512', 'scram-sha-256', 'oauthbearer', 'plain'] as const

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** @throws Error when the file has no certificate, or one that can't be read */
export function certificateFile(path: string): string {
  const certificates = readText(path).match(CERTIFICATES) ?? []
  if (certificates.length === 0) throw new Error('names a file without a certificate in PEM')
  for (const [index, certificate] of certificates.entries()) {
    try {
      new X509Certificate(certificate)
    } catch {
      throw new Error(`names a file whose certificate in place ${index + 1} can't be read`)
    }
  }
  return path
}

/** The error shows nothing of the file. */
export function privateKeyFile(path: string): string {
  if (!/-----BEGIN (?:EC |RSA )?PRIVATE KEY-----/.test(readText(path))) {
    throw new Error('names a file without a private key in PEM (one with a passphrase is not read)')
  }
  return path
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Error(`names a file that can't be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

const WEAK_MODES: Readonly<Record<string, string>> = {
  require: 'encrypts without checking who answers, and Node.js and DuckDB mean different things by it',
  'verify-ca': 'takes any server with a certificate of that authority',
  prefer: 'falls back to no encryption',
  allow: 'falls back to no encryption',
  'no-verify': 'takes any certificate',
}

/** A URL of PostgreSQL whose TLS `pg` and libpq (in DuckDB) understand alike: none, or with server and authority checked. */
export function postgresAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['postgres:', 'postgresql:'].includes(url.protocol)) {
    throw new Error('is not a URL that begins with postgres:// or postgresql://')
  }
  const { searchParams } = url
  const given = (name: string) => searchParams.get(name) ?? ''
  const mode = given('sslmode') || 'disable'
  if (!['disable', 'verify-full'].includes(mode)) {
    const reason = WEAK_MODES[mode] ?? 'is not known'
    throw new Error(`has sslmode=${mode}, which ${reason}: use sslmode=verify-full&sslrootcert=FILE`)
  }
  const files = ['sslrootcert', 'sslcert', 'sslkey'].filter((name) => searchParams.has(name))
  if (mode === 'disable') {
    if (files.length > 0) throw new Error(`has ${files.join(' and ')} without sslmode=verify-full`)
    return text
  }
  // libpq looks in the user's folder, Node.js in its own list: only a file is the same for both.
  if (!searchParams.has('sslrootcert')) throw new Error('has sslmode=verify-full without sslrootcert=FILE')
  if (searchParams.has('sslcert') !== searchParams.has('sslkey')) throw new Error('has only one of sslcert and sslkey')
  for (const [name, read] of [
    ['sslrootcert', certificateFile],
    ['sslcert', certificateFile],
    ['sslkey', privateKeyFile],
  ] as const) {
    if (!searchParams.has(name)) continue
    try {
      read(given(name))
    } catch (error) {
      throw new Error(`has ${name}, which ${(error as Error).message}`)
    }
  }
  return text
}

/** Those of the settings that are looked at together. */
type Together = Readonly<
  Record<
    | 'clientCertificateFile'
    | 'clientKeyFile'
    | 'httpsCertificateFile'
    | 'httpsKeyFile'
    | 'kafkaProtocol'
    | 'kafkaMechanism'
    | 'kafkaUser'
    | 'kafkaPassword'
    | 'kafkaPasswordFile'
    | 'kafkaTokenUrl'
    | 'temporalTls'
    | 'temporalApiKey'
    | 'temporalApiKeyFile'
    | 'smtpTls'
    | 'smtpUrl'
    | 'powerBiWorkspace'
    | 'powerBiDataset'
    | 'powerBiTenant'
    | 'powerBiClientId'
    | 'powerBiClientSecret'
    | 'powerBiClientSecretFile',
    string
  >
>

/** Settings that are valid alone and not together. */
export function refusals(settings: Together): string[] {
  const { kafkaProtocol, kafkaMechanism, kafkaUser, kafkaTokenUrl } = settings
  const problems: string[] = []
  const require = (holds: boolean, problem: string) => holds || problems.push(problem)
  const both = (one: string, other: string, names: string) =>
    require((one === '') === (other === ''), `${names}: one is given without the other`)
  both(
    settings.clientCertificateFile,
    settings.clientKeyFile,
    'SHELFLINE_CLIENT_CERTIFICATE_FILE and SHELFLINE_CLIENT_KEY_FILE',
  )
  both(
    settings.httpsCertificateFile,
    settings.httpsKeyFile,
    'SHELFLINE_HTTPS_CERTIFICATE_FILE and SHELFLINE_HTTPS_KEY_FILE',
  )
  const password = settings.kafkaPassword || settings.kafkaPasswordFile
  if (kafkaProtocol === 'sasl_ssl') {
    require(kafkaUser !== '' &&
      password !== '', 'SHELFLINE_KAFKA_PROTOCOL: sasl_ssl needs SHELFLINE_KAFKA_USER and SHELFLINE_KAFKA_PASSWORD')
    require(kafkaMechanism !== 'oauthbearer' ||
      kafkaTokenUrl !== '', 'SHELFLINE_KAFKA_MECHANISM: oauthbearer needs SHELFLINE_KAFKA_TOKEN_URL')
  } else {
    require(kafkaUser === '' &&
      password ===
        '', `SHELFLINE_KAFKA_PROTOCOL: "${kafkaProtocol}" with a user or a password; they are sent with sasl_ssl only`)
  }
  require(settings.temporalTls === 'on' ||
    (settings.temporalApiKey || settings.temporalApiKeyFile) ===
      '', 'SHELFLINE_TEMPORAL_API_KEY is given with SHELFLINE_TEMPORAL_TLS=off: it would be sent in clear')
  require(settings.smtpTls === 'optional' ||
    !/[?&](ignoreTLS|requireTLS|tls\.)/i.test(
      settings.smtpUrl,
    ), 'SHELFLINE_SMTP_URL has options of TLS: leave them out, SHELFLINE_SMTP_TLS defines what is required')
  const powerBi = [
    settings.powerBiWorkspace,
    settings.powerBiDataset,
    settings.powerBiTenant,
    settings.powerBiClientId,
    settings.powerBiClientSecret || settings.powerBiClientSecretFile,
  ]
  require(powerBi.every((value) => value === '') ||
    powerBi.every(
      (value) => value !== '',
    ), 'SHELFLINE_POWER_BI_WORKSPACE, _DATASET, _TENANT, _CLIENT_ID and _CLIENT_SECRET: some are given without the others')
  return problems
}
