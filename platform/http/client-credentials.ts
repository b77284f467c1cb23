/** Tokens of a program of its own, by client credentials (RFC 6749, 4.4). */
import https from 'node:https'
import { buffer } from 'node:stream/consumers'
import {
  allowInsecureRequests,
  ClientSecretBasic,
  Configuration,
  clientCredentialsGrant,
  customFetch,
} from 'openid-client'
import { type EgressRules, send } from './egress.ts'
import { trustedAuthorities } from './trusted-authorities.ts'

const TIMEOUT_S = 10
/** Of a provider whose answer has none. */
const LIFETIME_S = 300

export interface TokenRequest {
  /** What the token is for, as errors name it. */
  server: string
  url: string
  scope: string
  clientId: string
  secret: string
  /** Of the authorities that the provider's certificate is checked against; empty: those that Node.js knows. */
  caFile: string
  /** Where the request may go, when a person has given the address; left out: anywhere. */
  egress?: EgressRules
}

/** @throws Error naming the address, when it gives no token */
export async function requestToken({ server, url, scope, clientId, secret, caFile, egress }: TokenRequest): Promise<{
  value: string
  endsAtMs: number
}> {
  const provider = { issuer: new URL(url).origin, token_endpoint: url }
  const configuration = new Configuration(provider, clientId, secret, ClientSecretBasic(secret))
  configuration.timeout = TIMEOUT_S
  configuration[customFetch] = egress === undefined ? trusting({ caFile }) : within(egress)
  // The rules decide it.
  if (egress !== undefined) allowInsecureRequests(configuration)
  const askedAtMs = Date.now()
  try {
    const answer = await clientCredentialsGrant(configuration, scope === '' ? {} : { scope })
    return { value: answer.access_token, endsAtMs: askedAtMs + (answer.expires_in ?? LIFETIME_S) * 1_000 }
  } catch (error) {
    const { message, cause } = error as Error
    const reason = cause instanceof Error ? `${message}: ${cause.message}` : message
    throw new Error(`${server}: ${new URL(url).host} gives no token to ${clientId} (${reason})`, { cause: error })
  }
}

type Fetch = NonNullable<Configuration[typeof customFetch]>

/** Node.js's `fetch` takes no authorities of one request. */
const trusting =
  (authorities: { caFile: string }): Fetch =>
  async (url, { method, headers, body, signal }) => {
    const sent = https.request(url, {
      method,
      headers: { ...headers, ...(body != null && { 'content-length': Buffer.byteLength(String(body)) }) },
      ...(signal && { signal }),
      ...trustedAuthorities(authorities),
    })
    const answered = new Promise<import('node:http').IncomingMessage>((answer, failed) => {
      sent.once('response', answer).once('error', failed)
    })
    sent.end(body == null ? undefined : String(body))
    const answer = await answered
    return new Response(await buffer(answer), {
      status: answer.statusCode!,
      headers: { 'content-type': answer.headers['content-type'] ?? '' },
    })
  }

const within =
  (rules: EgressRules): Fetch =>
  async (url, { headers, body, signal }) => {
    const request = { url, method: 'POST' as const, headers, body: body == null ? '' : String(body) }
    const answer = await send({ ...request, signal: signal ?? AbortSignal.timeout(TIMEOUT_S * 1_000) }, rules)
    return new Response(await buffer(answer), {
      status: answer.statusCode!,
      headers: { 'content-type': answer.headers['content-type'] ?? '' },
    })
  }
