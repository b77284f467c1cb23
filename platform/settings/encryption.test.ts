import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadSettings } from './settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'shelfline-encryption-'))
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const certificate = file(
  'ca.pem',
  `-----BEGIN CERTIFICATE-----
MIIBaDCCAQ2gAwIBAgIQchwFRAN1RBxpslEr94FpoTAKBggqhkjOPQQDAjASMRAw
DgYDVQQDEwdUZXN0IENBMB4XDTI2MTEzMDE5MTEzMFoXDTM2MTEyNzE5MTYzMFow
EjEQMA4GA1UEAxMHVGVzdCBDQTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJEb
mgDR/XSIrVnuNivzw+vU858cQiRzaIFNYtwxPklooKqrPsL9wicsWOCDmV27jhJy
fTtIfhTk4VC7pcBnq2ujRTBDMBIGA1UdEwEB/wQIMAYBAf8CAQAwDgYDVR0PAQH/
BAQDAgEGMB0GA1UdDgQWBBRD1J2Vszwt7LwjG7SIZZr1OIZbxzAKBggqhkjOPQQD
AgNJADBGAiEAhlt56lpBXr2c1UUjX9wDwW06enu2ApKNYELTXKZtTlsCIQDyUnyH
fMQb8T4VQpQY4udEGyZhRu4jkd5VKobu8DzEMw==
-----END CERTIFICATE-----
`,
)
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const key = file('own.key', privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)
const broken = file('broken.pem', '-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n')

const read = (environment: Record<string, string>) => loadSettings({ SHELFLINE_HOME: folder, ...environment })

describe('the URL of PostgreSQL', () => {
  const url = (parameters: string) =>
    read({ SHELFLINE_POSTGRES_URL: `postgres://a:secret@h/d${parameters}` }).postgresUrl

  test('is taken without TLS, and with server and authority checked', () => {
    expect(url('')).toBe('postgres://a:secret@h/d')
    expect(url('?sslmode=disable')).toContain('disable')
    expect(url(`?sslmode=verify-full&sslrootcert=${certificate}`)).toContain('verify-full')
    expect(url(`?sslmode=verify-full&sslrootcert=${certificate}&sslcert=${certificate}&sslkey=${key}`)).toContain(
      'sslkey',
    )
  })

  test.each([
    [
      '?sslmode=require',
      /sslmode=require, which encrypts without checking who answers, and Node.js and DuckDB mean different/,
    ],
    ['?sslmode=verify-ca', /verify-ca, which takes any server/],
    ['?sslmode=prefer', /falls back to no encryption/],
    ['?sslmode=no-verify', /takes any certificate/],
    ['?sslmode=strict', /sslmode=strict, which is not known/],
    ['?sslmode=verify-full', /without sslrootcert=FILE/],
    [`?sslrootcert=${certificate}`, /sslrootcert without sslmode=verify-full/],
    ['?sslmode=verify-full&sslrootcert=/nowhere.pem', /sslrootcert, which names a file that can't be read \(ENOENT\)/],
    [`?sslmode=verify-full&sslrootcert=${key}`, /sslrootcert, which names a file without a certificate/],
    [`?sslmode=verify-full&sslrootcert=${certificate}&sslcert=${certificate}`, /only one of sslcert and sslkey/],
  ])('%s is refused with the reason, and without its password', (parameters, reason) => {
    expect(() => url(parameters)).toThrow(reason)
    expect(() => url(parameters)).not.toThrow(/secret@/)
  })
})

test.each([
  [{ SHELFLINE_CA_FILE: broken }, /CA_FILE: .* certificate in place 1 can't be read/],
  [{ SHELFLINE_CLIENT_KEY_FILE: key }, /CLIENT_KEY_FILE: one is given without the other/],
  [{ SHELFLINE_HTTPS_CERTIFICATE_FILE: certificate }, /HTTPS_KEY_FILE: one is given without the other/],
  [
    { SHELFLINE_HTTPS_CERTIFICATE_FILE: certificate, SHELFLINE_HTTPS_KEY_FILE: certificate },
    /without a private key in PEM/,
  ],
  [{ SHELFLINE_KAFKA_PROTOCOL: 'sasl_plaintext' }, /is not one of plaintext, ssl, sasl_ssl/],
  [{ SHELFLINE_KAFKA_USER: 'a', SHELFLINE_KAFKA_PASSWORD: 'b' }, /"plaintext" with a user or a password/],
  [
    { SHELFLINE_KAFKA_PROTOCOL: 'sasl_ssl', SHELFLINE_KAFKA_USER: 'a' },
    /needs SHELFLINE_KAFKA_USER and SHELFLINE_KAFKA_PASSWORD/,
  ],
  [
    {
      SHELFLINE_KAFKA_PROTOCOL: 'sasl_ssl',
      SHELFLINE_KAFKA_USER: 'a',
      SHELFLINE_KAFKA_PASSWORD: 'b',
      SHELFLINE_KAFKA_MECHANISM: 'oauthbearer',
    },
    /oauthbearer needs SHELFLINE_KAFKA_TOKEN_URL/,
  ],
  [{ SHELFLINE_KAFKA_TOKEN_URL: 'http://issuer/token' }, /begins with https:/],
  [{ SHELFLINE_TEMPORAL_API_KEY: 'secret-key' }, /TEMPORAL_TLS=off: it would be sent in clear/],
  [{ SHELFLINE_TEMPORAL_PAYLOAD_KEYS: 'c2hvcnQ=' }, /no key of 32 bytes/],
  [{ SHELFLINE_SMTP_URL: 'smtps://m:p@h?tls.rejectUnauthorized=false' }, /SMTP_URL has options of TLS/],
  [
    {
      SHELFLINE_POWER_BI_DATASET: '0f8fad5b-d9cb-469f-a165-70867728950e',
      SHELFLINE_POWER_BI_CLIENT_SECRET: 'secret-key',
    },
    /SHELFLINE_POWER_BI_WORKSPACE, .*: some are given without the others/,
  ],
] as [Record<string, string>, RegExp][])('%j is refused', (environment, reason) => {
  expect(() => read(environment)).toThrow(reason)
  expect(() => read(environment)).not.toThrow(/secret-key/)
})
