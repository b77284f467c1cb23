/** Who sent a request: signatures over the body, as the platforms that send webhooks make them. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/**
 * - `standard-webhooks`: https://www.standardwebhooks.com, HMAC-SHA256 over id, time stamp and body.
 * - `shopify`: `X-Shopify-Hmac-SHA256`, over the body, base64.
 * - `stripe`: `Stripe-Signature: t=…,v1=…`, over time stamp and body, hexadecimal.
 * - `square`: `X-Square-HmacSha256-Signature`, over the notification URL and the body, base64.
 * - `hmac`: HMAC-SHA256 over the body in a header that is configured, hexadecimal or base64, with or without a prefix.
 */
export const signatureSchemes = ['standard-webhooks', 'shopify', 'stripe', 'square', 'hmac'] as const
export type SignatureScheme = (typeof signatureSchemes)[number]

export interface SignatureOptions {
  scheme: SignatureScheme
  /** The header of `hmac`, in lower case. */
  header: string | null
  /** The notification URL that `square` signs. */
  url: string | null
  /** A time stamp that is further away than this is refused; the schemes without one can't be checked. */
  toleranceSeconds: number
}

/** What a request claims: the bytes that were signed, and the signatures, one of which has to be right. */
interface Claim {
  signed: readonly (string | Uint8Array)[]
  signatures: readonly Buffer[]
  /** Seconds since the epoch; undefined: the scheme has no time stamp. */
  atSeconds?: number
}

type Claimed = Claim | { problem: string }

export type Verified = { ok: true } | { ok: false; problem: string }

const CANDIDATES_MAX = 8

/**
 * Checks a signature in constant time, with each of the secrets: two are valid while one is replaced by the other.
 *
 * @param headers lower-case names
 * @param nowMs the reader's clock, milliseconds since the epoch
 */
export function verifySignature(
  options: SignatureOptions,
  secrets: readonly string[],
  headers: IncomingHttpHeaders,
  body: Uint8Array,
  nowMs: number,
): Verified {
  const claim = claimReaders[options.scheme](headers, body, options)
  if ('problem' in claim) return { ok: false, problem: claim.problem }
  const { atSeconds } = claim
  if (atSeconds !== undefined) {
    const apart = Math.abs(nowMs / 1000 - atSeconds)
    if (!(apart <= options.toleranceSeconds)) {
      return {
        ok: false,
        problem: `its time stamp is ${Math.round(apart)} s away from this clock; at most ${options.toleranceSeconds} s are allowed`,
      }
    }
  }
  let isRight = false
  for (const secret of secrets) {
    const hmac = createHmac('sha256', keyOf(options.scheme, secret))
    for (const part of claim.signed) hmac.update(part)
    const expected = hmac.digest()
    for (const signature of claim.signatures.slice(0, CANDIDATES_MAX)) {
      if (signature.length === expected.length && timingSafeEqual(signature, expected)) isRight = true
    }
  }
  return isRight ? { ok: true } : { ok: false, problem: 'its signature does not match' }
}

const SECRET_PREFIX = 'whsec_'

/** Secrets of Standard Webhooks are base64; the others are used as they are written. */
const keyOf = (scheme: SignatureScheme, secret: string): Buffer =>
  scheme === 'standard-webhooks'
    ? Buffer.from(secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : secret, 'base64')
    : Buffer.from(secret)

type ClaimReader = (headers: IncomingHttpHeaders, body: Uint8Array, options: SignatureOptions) => Claimed

const claimReaders: Record<SignatureScheme, ClaimReader> = {
  'standard-webhooks': (headers, body) => {
    const [id, at, signatures] = [
      textOf(headers, 'webhook-id'),
      textOf(headers, 'webhook-timestamp'),
      textOf(headers, 'webhook-signature'),
    ]
    if (!id || !at || !signatures) {
      return { problem: 'webhook-id, webhook-timestamp and webhook-signature must not be missing' }
    }
    return {
      signed: [`${id}.${at}.`, body],
      signatures: signatures
        .split(' ')
        .filter((signature) => signature.startsWith('v1,'))
        .map((signature) => Buffer.from(signature.slice(3), 'base64')),
      atSeconds: secondsOf(at),
    }
  },
  shopify: (headers, body) => overBody(headers, body, 'x-shopify-hmac-sha256'),
  stripe: (headers, body) => {
    const header = textOf(headers, 'stripe-signature')
    const pairs = (header ?? '').split(',').map((pair) => pair.trim().split('='))
    const at = pairs.find(([name]) => name === 't')?.[1]
    if (!at) return { problem: 'stripe-signature must not be missing, and contain t=… and v1=…' }
    return {
      signed: [`${at}.`, body],
      signatures: pairs.filter(([name]) => name === 'v1').map(([, signature]) => Buffer.from(signature ?? '', 'hex')),
      atSeconds: secondsOf(at),
    }
  },
  square: (headers, body, { url }) => {
    const claim = overBody(headers, body, 'x-square-hmacsha256-signature')
    return 'problem' in claim ? claim : { ...claim, signed: [url ?? '', ...claim.signed] }
  },
  hmac: (headers, body, { header }) => overBody(headers, body, header ?? ''),
}

const HEX_SHA256 = /^[0-9a-f]{64}$/i

/** One signature over the body alone, in hexadecimal or base64, perhaps behind a prefix such as `sha256=`. */
function overBody(headers: IncomingHttpHeaders, body: Uint8Array, name: string): Claimed {
  const text = textOf(headers, name)
  if (!text) return { problem: `${name} must not be missing` }
  const value = text.replace(/^(sha256|v1)=/, '')
  return { signed: [body], signatures: [Buffer.from(value, HEX_SHA256.test(value) ? 'hex' : 'base64')] }
}

const textOf = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** NaN when it is no number of seconds: no time is near to that. */
const secondsOf = (text: string): number => (/^\d{1,12}$/.test(text) ? Number(text) : Number.NaN)

/** The headers of a request that is signed as the scheme defines it. */
export function signatureHeaders(
  { scheme, header, url }: Omit<SignatureOptions, 'toleranceSeconds'>,
  secret: string,
  { id, body, nowMs }: { id: string; body: Uint8Array; nowMs: number },
): Record<string, string> {
  const seconds = String(Math.floor(nowMs / 1000))
  const digest = (encoding: 'base64' | 'hex', ...parts: (string | Uint8Array)[]) => {
    const hmac = createHmac('sha256', keyOf(scheme, secret))
    for (const part of parts) hmac.update(part)
    return hmac.digest(encoding)
  }
  switch (scheme) {
    case 'standard-webhooks':
      return {
        'webhook-id': id,
        'webhook-timestamp': seconds,
        'webhook-signature': `v1,${digest('base64', `${id}.${seconds}.`, body)}`,
      }
    case 'shopify':
      return { 'x-shopify-hmac-sha256': digest('base64', body) }
    case 'stripe':
      return { 'stripe-signature': `t=${seconds},v1=${digest('hex', `${seconds}.`, body)}` }
    case 'square':
      return { 'x-square-hmacsha256-signature': digest('base64', url ?? '', body) }
    case 'hmac':
      return { [header ?? '']: digest('hex', body) }
  }
}
