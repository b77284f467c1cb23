/** A certificate authority of one's own: for an instance, and for tests of what must not be taken. */
import 'reflect-metadata'
import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'

/** P-256: what every client of the last ten years takes. */
const KEYS = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY_MS = 86_400_000
const AUTHORITY_DAYS = 3_650
/** The longest that clients such as Apple's take a server's certificate for. */
const CERTIFICATE_DAYS = 397
/** Machines whose clocks differ see the certificate as valid from the start. */
const EARLIER_MS = 300_000

/** Certificate and private key in PEM. */
export interface Pair {
  certificate: string
  key: string
}

export interface Wanted {
  commonName: string
  /** Names and addresses that a server is reached by; left out: a certificate for clients alone. */
  hosts?: readonly string[]
  /** Until when it is valid; left out: 397 days from now. */
  until?: Date
}

export interface Authority extends Pair {
  issue(wanted: Wanted): Promise<Pair>
}

export async function createAuthority(commonName: string): Promise<Authority> {
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerialNumber(),
    name: nameOf(commonName),
    notBefore: new Date(Date.now() - EARLIER_MS),
    notAfter: new Date(Date.now() + AUTHORITY_DAYS * DAY_MS),
    signingAlgorithm: KEYS,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return openAuthority({ certificate: certificate.toString('pem'), key: await keyAsPem(keys.privateKey) })
}

/** An authority that was created before. */
export function openAuthority(authority: Pair): Authority {
  return { ...authority, issue: (wanted) => issue(authority, wanted) }
}

async function issue(authority: Pair, { commonName, hosts, until }: Wanted): Promise<Pair> {
  const issuer = new x509.X509Certificate(authority.certificate)
  const [signingKey, keys] = await Promise.all([readKey(authority.key), newKeys()])
  const notAfter = until ?? new Date(Date.now() + CERTIFICATE_DAYS * DAY_MS)
  const usages = [x509.ExtendedKeyUsage.clientAuth, ...(hosts === undefined ? [] : [x509.ExtendedKeyUsage.serverAuth])]
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerialNumber(),
    subject: nameOf(commonName),
    issuer: issuer.subject,
    notBefore: new Date(Math.min(Date.now(), notAfter.getTime()) - EARLIER_MS),
    notAfter,
    signingAlgorithm: KEYS,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(usages),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...(hosts === undefined ? [] : [new x509.SubjectAlternativeNameExtension(hosts.map(alternativeName))]),
    ],
  })
  return { certificate: certificate.toString('pem'), key: await keyAsPem(keys.privateKey) }
}

const nameOf = (commonName: string) => [{ CN: [commonName] }]
const alternativeName = (host: string): { type: 'ip' | 'dns'; value: string } => ({
  type: isIP(host) === 0 ? 'dns' : 'ip',
  value: host,
})

/** Positive: the first bit of an integer is its sign. */
function newSerialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0]! & 0x7f) | 0x40
  return bytes.toString('hex')
}

const newKeys = () => crypto.subtle.generateKey(KEYS, true, ['sign', 'verify'])

const readKey = (pem: string) =>
  crypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(pem), KEYS, false, ['sign'])

const keyAsPem = async (key: CryptoKey): Promise<string> =>
  `${x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`
