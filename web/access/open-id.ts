/**
 * Signing in by OpenID Connect: the authorization code flow with PKCE, state and nonce. The identity provider confirms who a person is;
 * `shelfline access user` defines whether they may sign in, and with which role.
 */
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  enableNonRepudiationChecks,
  type IDToken,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client'
import type { Logger } from '../../platform/log.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { personRoles } from '../../services/access/people.ts'
import type { Vouched } from '../../services/access/sessions.ts'
import { ForbiddenError, UnavailableError } from '../../services/errors.ts'
import { texts } from '../texts.ts'

/** The time that a person has on the identity provider's page. */
const PENDING_S = 600
const COOKIE = 'openid'
const TIMEOUT_S = 10

export const openIdPaths = { start: '/sign-in/openid', done: '/sign-in/openid/done' } as const

interface Pending {
  state: string
  nonce: string
  verifier: string
  to: string
}

export interface OpenIdOptions {
  settings: Settings
  logger: Logger
  /** Where the browser is to come back to: one of our own origins. */
  originOf(context: Context): string
}

export class OpenId {
  readonly #options: OpenIdOptions
  #configuration: Promise<Configuration> | undefined

  /** @throws when the settings name a role that does not exist, or only a part of them is given */
  constructor(options: OpenIdOptions) {
    this.#options = options
    const { oidcIssuer, oidcClientId, oidcRoles } = options.settings
    if (oidcIssuer !== '' && oidcClientId === '') {
      throw new Error('settings: SHELFLINE_OIDC_ISSUER is set and SHELFLINE_OIDC_CLIENT_ID is not')
    }
    const unknown = Object.values(oidcRoles).filter((role) => !(personRoles as readonly string[]).includes(role))
    if (unknown.length > 0) {
      throw new Error(`settings: SHELFLINE_OIDC_ROLES has "${unknown.join(', ')}": use ${personRoles.join(', ')}`)
    }
  }

  /** The host of the identity provider; undefined: people sign in with passwords only. */
  get host(): string | undefined {
    const { oidcIssuer } = this.#options.settings
    return oidcIssuer === '' ? undefined : new URL(oidcIssuer).host
  }

  /** The address of the identity provider's page, which leads back to `done`. @throws UnavailableError */
  async start(context: Context, to: string): Promise<URL> {
    const configuration = await this.#discovered()
    const pending: Pending = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier(), to }
    setCookie(context, COOKIE, Buffer.from(JSON.stringify(pending)).toString('base64url'), {
      path: openIdPaths.start,
      httpOnly: true,
      sameSite: 'Lax',
      maxAge: PENDING_S,
      secure: this.#options.originOf(context).startsWith('https:'),
    })
    return buildAuthorizationUrl(configuration, {
      redirect_uri: this.#options.originOf(context) + openIdPaths.done,
      scope: 'openid profile email',
      code_challenge: await calculatePKCECodeChallenge(pending.verifier),
      code_challenge_method: 'S256',
      state: pending.state,
      nonce: pending.nonce,
    })
  }

  /** Who came back from the identity provider. @throws ForbiddenError, UnavailableError */
  async done(context: Context): Promise<Omit<Vouched, 'address'> & { to: string }> {
    const pending = pendingIn(getCookie(context, COOKIE))
    deleteCookie(context, COOKIE, { path: openIdPaths.start })
    if (pending === undefined) throw new ForbiddenError(texts.signIn.tookTooLong)
    const configuration = await this.#discovered()
    const address = new URL(this.#options.originOf(context) + openIdPaths.done)
    address.search = new URL(context.req.url).search
    const tokens = await authorizationCodeGrant(configuration, address, {
      pkceCodeVerifier: pending.verifier,
      expectedState: pending.state,
      expectedNonce: pending.nonce,
      idTokenExpected: true,
    }).catch((error: Error & { code?: string }) => {
      this.#options.logger.warn({ code: error.code, error: error.message }, 'a sign-in by OpenID Connect was refused')
      throw new ForbiddenError(texts.signIn.notVouched(this.host!))
    })
    return { ...this.#vouched(tokens.claims()!), to: pending.to }
  }

  #vouched(claims: IDToken): Omit<Vouched, 'address'> {
    const { oidcPersonClaim, oidcRoleClaim, oidcRoles } = this.#options.settings
    const person = claims[oidcPersonClaim]
    if (typeof person !== 'string' || person === '') {
      throw new ForbiddenError(texts.signIn.noClaim(this.host!, oidcPersonClaim))
    }
    // An address that is not verified can be another person's.
    if (oidcPersonClaim === 'email' && claims.email_verified !== true) {
      throw new ForbiddenError(texts.signIn.notVerified(person))
    }
    if (oidcRoleClaim === '') return { person }
    const groups = [claims[oidcRoleClaim]].flat().filter((group) => typeof group === 'string')
    return { person, roles: groups.map((group) => oidcRoles[group] ?? group) }
  }

  /** The provider's own description, asked for when it is first needed; a failed try is made again at the next. */
  async #discovered(): Promise<Configuration> {
    const { oidcIssuer, oidcClientId, oidcClientSecret, oidcClientSecretFile } = this.#options.settings
    const issuer = new URL(oidcIssuer)
    const isLocal = ['127.0.0.1', '[::1]', 'localhost'].includes(issuer.hostname)
    // The ID token is signed by the provider: that is checked also where it came over TLS from the provider itself.
    const execute = [
      enableNonRepudiationChecks,
      ...(issuer.protocol === 'http:' && isLocal ? [allowInsecureRequests] : []),
    ]
    const secret = oidcClientSecret || oidcClientSecretFile
    this.#configuration ??= discovery(issuer, oidcClientId, secret === '' ? undefined : secret, undefined, {
      execute,
      timeout: TIMEOUT_S,
    })
    try {
      return await this.#configuration
    } catch (error) {
      this.#configuration = undefined
      throw new UnavailableError(`${issuer.host} is unavailable (${(error as Error).message})`, {
        fix: 'try again in a minute, or sign in with a password',
      })
    }
  }
}

function pendingIn(cookie: string | undefined): Pending | undefined {
  if (cookie === undefined) return undefined
  try {
    const pending = JSON.parse(Buffer.from(cookie, 'base64url').toString()) as Partial<Pending>
    const { state, nonce, verifier, to } = pending
    return [state, nonce, verifier, to].every((part) => typeof part === 'string') ? (pending as Pending) : undefined
  } catch {
    return undefined
  }
}
