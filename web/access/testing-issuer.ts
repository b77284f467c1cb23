/** An identity provider for tests: a real one over HTTP, whose page confirms the person at once, and which can make the mistakes that a provider must not make. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the next sign-in gets wrong. */
export type Fault = 'nonce' | 'signature' | 'expired' | 'audience' | 'issuer' | 'state' | 'denied'

export interface TestIssuer {
  url: string
  /** Claims of the person who signs in next. */
  claims: Record<string, unknown>
  fault: Fault | undefined
  close(): Promise<void>
}

const CLIENT = { id: 'shelfline', secret: 'a secret of the tests' }
export const testClient = CLIENT

export async function startTestIssuer(): Promise<TestIssuer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const other = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey
  const codes = new Map<string, { nonce: string; challenge: string }>()
  const issuer: Pick<TestIssuer, 'claims' | 'fault' | 'url'> = { url: '', claims: {}, fault: undefined }
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url!, issuer.url)
    const answer = (body: unknown, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (pathname === '/.well-known/openid-configuration') {
      return answer({
        issuer: issuer.url,
        authorization_endpoint: `${issuer.url}/authorize`,
        token_endpoint: `${issuer.url}/token`,
        jwks_uri: `${issuer.url}/keys`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      })
    }
    if (pathname === '/keys') {
      return answer({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }] })
    }
    if (pathname === '/authorize') {
      const code = randomBytes(8).toString('hex')
      codes.set(code, { nonce: searchParams.get('nonce')!, challenge: searchParams.get('code_challenge')! })
      const back = new URL(searchParams.get('redirect_uri')!)
      back.searchParams.set('state', issuer.fault === 'state' ? 'another' : searchParams.get('state')!)
      if (issuer.fault === 'denied') back.searchParams.set('error', 'access_denied')
      else back.searchParams.set('code', code)
      return response.writeHead(302, { location: back.href }).end()
    }
    const form = new URLSearchParams(Buffer.concat(await request.toArray()).toString())
    const code = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const isClient = form.get('client_id') === CLIENT.id && form.get('client_secret') === CLIENT.secret
    if (code === undefined || !isClient || !(await isVerified(code.challenge, form.get('code_verifier')))) {
      return answer({ error: 'invalid_grant' }, 400)
    }
    const { fault, url, claims } = issuer
    const now = Math.floor(Date.now() / 1_000)
    const token = signed(fault === 'signature' ? other : privateKey, {
      iss: fault === 'issuer' ? 'https://elsewhere.example' : url,
      aud: fault === 'audience' ? 'another' : CLIENT.id,
      sub: 'subject',
      iat: fault === 'expired' ? now - 7_200 : now,
      exp: fault === 'expired' ? now - 3_600 : now + 300,
      nonce: fault === 'nonce' ? 'another' : code.nonce,
      ...claims,
    })
    return answer({ access_token: 'of no use here', token_type: 'Bearer', expires_in: 300, id_token: token })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  issuer.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return Object.assign(issuer, { close })
}

async function isVerified(challenge: string, verifier: string | null): Promise<boolean> {
  const digest = await crypto.subtle.digest('SHA-256', Buffer.from(verifier ?? ''))
  return Buffer.from(digest).toString('base64url') === challenge
}

function signed(key: KeyObject, claims: object): string {
  const part = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url')
  const content = `${part({ alg: 'RS256', kid: 'one', typ: 'JWT' })}.${part(claims)}`
  return `${content}.${sign('sha256', Buffer.from(content), key).toString('base64url')}`
}
