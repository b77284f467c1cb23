/** The session's cookie, the form to sign in, and what people change about themselves. */
import type { Context, Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { Type } from 'typebox'
import { localeOf } from '../../platform/format.ts'
import { personRoles } from '../../services/access/people.ts'
import {
  changePassword,
  readSession,
  signIn,
  signInVouched,
  signOut,
  signOutEverywhere,
} from '../../services/access/sessions.ts'
import { listTokens, readToken, type TokenIdentity } from '../../services/access/tokens.ts'
import { ServiceError } from '../../services/errors.ts'
import { action, type Dependencies, question, type Theme, themes, type Visitor } from '../definition.ts'
import { formOf, inputOf } from '../input.ts'
import { facts, form, input, message, section } from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { plainPage } from '../page/layout.ts'
import { clientAddress } from '../security.ts'
import { choice, count, text } from '../shapes.ts'
import { texts } from '../texts.ts'
import { serveDevices } from './device.ts'
import { OpenId, openIdPaths } from './open-id.ts'
import { tokenShape, tokenTable } from './tokens.ts'

const DAYS_7_S = 7 * 86_400
const YEAR_S = 365 * 86_400

/** Behind https the browser sends it over https only, to this host only. */
const cookieName = (isSecure: boolean): string => (isSecure ? '__Host-shelfline' : 'shelfline')

/** The token that a program sends. */
export const bearerOf = (context: Context): string | undefined =>
  /^Bearer +(\S+)$/i.exec(context.req.header('authorization') ?? '')?.[1]

const signInFields = Type.Object({
  name: Type.Optional(Type.String({ maxLength: 1_000 })),
  password: Type.Optional(Type.String({ maxLength: 1_000 })),
  to: Type.Optional(Type.String()),
})
const themeFields = Type.Object({ theme: Type.Enum([...themes]), back: Type.Optional(Type.String()) })

export class Sessions {
  readonly #dependencies: Dependencies
  readonly #openId: OpenId
  readonly #originOf: (context: Context) => string
  readonly isSecure: boolean

  /** @param origins that pages are asked for by, the first is given to other servers */
  constructor(dependencies: Dependencies, origins: () => readonly string[]) {
    this.#dependencies = dependencies
    this.isSecure = dependencies.settings.webPublicUrl.startsWith('https:')
    const originOf = (context: Context): string => {
      const { origin } = new URL(context.req.url)
      return origins().includes(origin) ? origin : origins()[0]!
    }
    this.#originOf = originOf
    this.#openId = new OpenId({ ...dependencies, originOf })
  }

  /** Who asks; undefined: no one is signed in. */
  async visitorOf(context: Context): Promise<Visitor | undefined> {
    const { pool } = this.#dependencies
    const token = getCookie(context, cookieName(this.isSecure))
    if (token === undefined) return undefined
    const session = await readSession(pool, token)
    if (session === undefined) return undefined
    return { ...session, session: token, ...wishesOf(context) }
  }

  /** Who asks with a token; undefined: it can't be used, or there is none. */
  async programOf(context: Context): Promise<Visitor | undefined> {
    const bearer = bearerOf(context)
    if (bearer === undefined) return undefined
    const token: TokenIdentity | undefined = await readToken(this.#dependencies.pool, bearer)
    if (token === undefined) return undefined
    const { person, role, sees } = token
    return { person, role, sees, token, ...wishesOf(context) }
  }

  /** The pages of those who are not signed in yet. */
  serve(app: Hono): void {
    const { pool, logger } = this.#dependencies
    const page = (context: Context, to: string, problem?: string) => signInPage(context, to, this.#openId.host, problem)
    app.get('/sign-in', (context) => context.html(page(context, localPath(context.req.query('to')))))
    if (this.#openId.host !== undefined) this.#serveOpenId(app, page)
    serveDevices(app, this.#dependencies, this.#originOf)
    app.post('/sign-in', async (context) => {
      const { name = '', password = '', to } = inputOf(signInFields, await formOf(context.req))
      const target = localPath(to)
      try {
        const token = await signIn(pool, { person: name, password, address: clientAddress(context) })
        this.#setCookie(context, cookieName(this.isSecure), token, DAYS_7_S)
        return context.redirect(target, 303)
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error
        logger.warn({ person: name.slice(0, 63) }, 'a try to sign in was refused')
        return context.html(page(context, target, error.message), 403)
      }
    })
    app.post('/sign-out', async (context) => {
      const token = getCookie(context, cookieName(this.isSecure))
      if (token !== undefined) await signOut(pool, token)
      this.forget(context)
      return context.redirect('/sign-in', 303)
    })
    app.post('/account/theme', async (context) => {
      const { theme, back } = inputOf(themeFields, await formOf(context.req))
      this.#setCookie(context, 'theme', theme, YEAR_S)
      return context.redirect(localPath(back), 303)
    })
  }

  #serveOpenId(app: Hono, page: (context: Context, to: string, problem?: string) => Html): void {
    app.get(openIdPaths.start, async (context) => {
      const to = localPath(context.req.query('to'))
      try {
        return context.redirect((await this.#openId.start(context, to)).href, 303)
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error
        return context.html(page(context, to, error.message), 503)
      }
    })
    app.get(openIdPaths.done, async (context) => {
      try {
        const { to, ...vouched } = await this.#openId.done(context)
        const token = await signInVouched(this.#dependencies.pool, { ...vouched, address: clientAddress(context) })
        this.#setCookie(context, cookieName(this.isSecure), token, DAYS_7_S)
        return context.redirect(localPath(to), 303)
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error
        return context.html(page(context, '/', error.message), 403)
      }
    })
  }

  forget(context: Context): void {
    deleteCookie(context, cookieName(this.isSecure), { path: '/', secure: this.isSecure })
  }

  #setCookie(context: Context, name: string, value: string, maxAge: number): void {
    setCookie(context, name, value, { path: '/', httpOnly: true, sameSite: 'Lax', secure: this.isSecure, maxAge })
  }
}

/** What the browser asks for. */
const wishesOf = (context: Context): Pick<Visitor, 'locale' | 'theme'> => ({
  locale: localeOf(context.req.header('accept-language')),
  theme: themeOf(context),
})

const themeOf = (context: Context): Theme => {
  const theme = getCookie(context, 'theme') as Theme
  return themes.includes(theme) ? theme : 'system'
}

/** A path on this site; whatever leads elsewhere is the first page. */
export function localPath(path: string | undefined): string {
  const base = 'http://here.invalid'
  if (!path?.startsWith('/') || !URL.canParse(path, base)) return '/'
  const { origin, pathname, search } = new URL(path, base)
  // Two slashes at the beginning name another host, and `/.//` becomes two.
  return origin === base ? pathname.replace(/^\/+/, '/') + search : '/'
}

const signInPage = (context: Context, to: string, host: string | undefined, problem?: string): Html =>
  plainPage(
    texts.signIn.title,
    html`${problem && message('act', problem)}${host && html`<p><a class="button main wide" href="${openIdPaths.start}?to=${encodeURIComponent(to)}">${texts.signIn.through(host)}</a></p><p class="small quiet">${texts.signIn.orPassword}</p>`}<form method="post" action="/sign-in"><input type="hidden" name="to" value="${to}">
${input('name', texts.signIn.name, '', html`autocomplete="username" autocapitalize="none" required autofocus`)}
${input('password', texts.signIn.password, '', html`type="password" autocomplete="current-password" required`)}
<button class="${host === undefined ? 'main' : ''}">${texts.signIn.go}</button></form><p class="small quiet">${texts.signIn.help}</p>`,
    { theme: themeOf(context) },
  )

export const accountPage = question({
  path: '/account',
  permission: 'own.see',
  summary: 'Who is signed in, and what they see',
  query: Type.Object({}),
  answer: Type.Object({
    person: text,
    role: choice(personRoles),
    sees: Type.Array(text),
    tokens: Type.Array(tokenShape),
  }),
  read: async ({ pool, visitor: { person, role, sees } }) => ({
    person,
    role,
    sees: [...sees],
    tokens: await listTokens(pool, person),
  }),
  page: (view, { person, role, sees, tokens }) => ({
    title: texts.account.title,
    note: person,
    body: html`${section(
      texts.account.sees,
      facts([
        [texts.account.role, texts.roles[role]],
        [texts.account.sees, sees.join(', ') || texts.sees([])],
      ]),
    )}
${tokens.length > 0 && section(texts.tokens.title, tokenTable(view, tokens, '/account/tokens/revoke'))}
${section(
  texts.account.password,
  form(
    '/account/password',
    {},
    html`<div class="fields">${input('current', texts.account.current, '', html`type="password" autocomplete="current-password" required`)}${input(
      'wanted',
      `${texts.account.wanted} (${texts.account.wantedHint.toLowerCase()})`,
      '',
      html`type="password" autocomplete="new-password" minlength="12" required`,
    )}<button>${texts.account.password}</button></div>`,
    view.url,
  ),
)}
${section(texts.account.everywhere, form('/account/sign-out-everywhere', {}, html`<button class="danger">${texts.account.everywhere}</button>`, view.url))}`,
  }),
})

export const accountActions = [
  action({
    path: '/account/password',
    permission: 'own.decide',
    summary: 'Change your own password; all other sessions end',
    input: Type.Object({
      current: Type.String({ minLength: 1, maxLength: 256 }),
      wanted: Type.String({ minLength: 1, maxLength: 256 }),
    }),
    secrets: ['current', 'wanted'],
    answer: Type.Object({ person: text }),
    async run({ pool, visitor: { person, session = '' } }, passwords) {
      await changePassword(pool, { person, token: session, ...passwords })
      return { person }
    },
    done: () => ({ text: texts.account.changed }),
  }),
  action({
    path: '/account/sign-out-everywhere',
    permission: 'own.decide',
    summary: 'End all of your sessions',
    input: Type.Object({}),
    answer: Type.Object({ ended: count }),
    run: async ({ pool, visitor: { person } }) => ({ ended: await signOutEverywhere(pool, person) }),
    done: () => ({ text: texts.account.everywhereDone }),
  }),
]
