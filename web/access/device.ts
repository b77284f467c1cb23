/** The pages and addresses by which a program signs in as a person: RFC 8628. */
import type { Context, Hono } from 'hono'
import { Type } from 'typebox'
import { actingAs } from '../../platform/postgres/acting.ts'
import {
  beginDeviceLogin,
  collectDeviceLogin,
  decideDeviceLogin,
  loginScopes,
  POLL_SECONDS,
  readDeviceLogin,
} from '../../services/access/device-login.ts'
import { revokeToken, TOKEN_DAYS_MAX } from '../../services/access/tokens.ts'
import { ForbiddenError } from '../../services/errors.ts'
import { type Asked, action, type Dependencies, question } from '../definition.ts'
import { formOf, inputOf } from '../input.ts'
import { facts, filters, form, input, select, utc } from '../page/components.ts'
import { html } from '../page/html.ts'
import { clientAddress } from '../security.ts'
import { flag, instant, nullable, text } from '../shapes.ts'
import { texts } from '../texts.ts'

const words = texts.device
const DAYS_USUAL = 30

/** They carry nothing that a browser adds by itself, so that another site gains nothing by sending to them. */
export const devicePaths = { begin: '/api/device/begin', token: '/api/device/token' } as const

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
const beginFields = Type.Object({ client_id: Type.String({ maxLength: 200 }) })
const tokenFields = Type.Object({
  grant_type: Type.Literal(GRANT),
  device_code: Type.String({ minLength: 1, maxLength: 200 }),
})

/** @param originOf the address that the person opens */
export function serveDevices(app: Hono, { pool }: Dependencies, originOf: (context: Context) => string): void {
  app.post(devicePaths.begin, async (context) => {
    const { client_id: client } = inputOf(beginFields, await formOf(context.req))
    const { deviceCode, userCode, expiresIn } = await beginDeviceLogin(pool, client, clientAddress(context))
    const page = `${originOf(context)}/device`
    return context.json({
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: page,
      verification_uri_complete: `${page}?code=${userCode}`,
      expires_in: expiresIn,
      interval: POLL_SECONDS,
    })
  })
  app.post(devicePaths.token, async (context) => {
    const { device_code: code } = inputOf(tokenFields, await formOf(context.req))
    const answer = await collectDeviceLogin(pool, code, (person) =>
      actingAs(pool, person, { acting: { via: 'web', proof: 'session', address: clientAddress(context) } }),
    )
    if (typeof answer === 'string') return context.json({ error: answer }, 400)
    const { token, tokenId, person, expiresAt } = answer
    const expiresIn = Math.round((expiresAt.getTime() - Date.now()) / 1_000)
    return context.json({
      access_token: token,
      token_type: 'Bearer',
      expires_in: expiresIn,
      token_id: tokenId,
      person,
    })
  })
}

export const devicePage = question({
  path: '/device',
  permission: 'own.see',
  summary: 'The program that waits with a code',
  query: Type.Object({ code: Type.Optional(Type.String({ maxLength: 40 })) }),
  answer: Type.Object({
    waiting: nullable(Type.Object({ userCode: text, client: text, address: text, createdAt: instant })),
  }),
  read: async ({ pool }, { code }) => ({ waiting: code === undefined ? null : await readDeviceLogin(pool, code) }),
  page: ({ url, visitor }, { waiting }) => ({
    title: words.title,
    note: waiting === null ? words.note : words.asks(waiting.client, visitor.person),
    body:
      waiting === null
        ? filters(url, input('code', words.code, '', html`required autocomplete="off" maxlength="40" autofocus`), false)
        : html`<section><p class="code">${waiting.userCode}</p><p>${words.compare}</p>${facts([
            [words.client, waiting.client],
            [words.address, waiting.address],
            [words.since, utc(waiting.createdAt)],
          ])}</section>
<section>${form(
            '/device/confirm',
            { code: waiting.userCode },
            html`<div class="fields">${select(
              'scope',
              words.scope,
              loginScopes.map((value) => ({ value, label: words.scopes[value] })),
              'all',
            )}${input('days', words.days, String(DAYS_USUAL), html`type="number" min="1" max="${TOKEN_DAYS_MAX}" required`)}<button class="main">${words.confirm}</button><button class="danger" formaction="/device/deny">${words.deny}</button></div>`,
            url,
          )}</section>`,
  }),
})

/** A token must not make another that may do more than itself. */
function requireBrowser({ visitor }: Asked): void {
  if (visitor.token !== undefined) throw new ForbiddenError(words.onlyPeople)
}

const decided = Type.Object({
  code: Type.String({ minLength: 1, maxLength: 40 }),
  scope: Type.Enum([...loginScopes]),
  days: Type.Integer({ minimum: 1, maximum: TOKEN_DAYS_MAX }),
})

export const deviceActions = [
  ...([true, false] as const).map((isConfirmed) =>
    action({
      path: isConfirmed ? '/device/confirm' : '/device/deny',
      permission: 'own.decide',
      summary: isConfirmed
        ? 'Let a program act as you: the one that shows the code'
        : 'Refuse the program with the code',
      input: decided,
      answer: Type.Object({ client: text }),
      async run(asked, { code, ...limits }) {
        requireBrowser(asked)
        const by = asked.visitor.person
        return { client: await decideDeviceLogin(asked.pool, code, { by, isConfirmed, ...limits }) }
      },
      done: ({ client }) => ({ text: isConfirmed ? words.confirmed(client) : words.denied(client), href: '/account' }),
    }),
  ),
  action({
    path: '/account/tokens/revoke',
    permission: 'own.decide',
    summary: 'Let one of your own tokens sign in no more',
    input: Type.Object({ token: Type.String({ minLength: 1, maxLength: 100 }) }),
    answer: Type.Object({ token: text, isChanged: flag }),
    run: async ({ pool, visitor }, { token }) => ({ token, isChanged: await revokeToken(pool, token, visitor.person) }),
    done: ({ isChanged }) => ({ text: isChanged ? texts.tokens.revoked : texts.tokens.wasRevoked }),
  }),
]
