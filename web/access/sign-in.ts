/** The session's cookie, the form to sign in, and what people change about themselves. */
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context, Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { Type } from 'typebox'
import { actingAs } from '../../platform/postgres/acting.ts'
import { changePassword, readSession, signIn, signOut, signOutEverywhere } from '../../services/access/sessions.ts'
import { ServiceError } from '../../services/errors.ts'
import { action, type Dependencies, question, type Theme, themes, type Visitor } from '../definition.ts'
import { facts, form, input, message, section } from '../page/components.ts'
import { localeOf } from '../page/format.ts'
import { html } from '../page/html.ts'
import { plainPage } from '../page/layout.ts'
import { texts } from '../texts.ts'

const DAYS_7_S = 7 * 86_400
const YEAR_S = 365 * 86_400

/** Behind https the browser sends it over https only, to this host only. */
const cookieName = (isSecure: boolean): string => (isSecure ? '__Host-shelfline' : 'shelfline')

export class Sessions {
  readonly #dependencies: Dependencies
  readonly isSecure: boolean

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies
    this.isSecure = dependencies.settings.webPublicUrl.startsWith('https:')
  }

  /** Who asks; undefined: no one is signed in. */
  async visitorOf(context: Context): Promise<Visitor | undefined> {
    const { pool } = this.#dependencies
    const token = getCookie(context, cookieName(this.isSecure))
    if (token === undefined) return undefined
    const session = await readSession(pool, token)
    if (session === undefined) return undefined
    const sees = await actingAs(pool, session.person, { isReadOnly: true }).query<{
      scope: string
      what: string | null
    }>('select scope, coalesce(store_id, region) as what from ref.user_scope order by scope, 2 limit 100')
    return {
      ...session,
      token,
      sees: sees.rows.map(({ scope, what }) => (what === null ? scope : `${scope} ${what}`)),
      locale: localeOf(context.req.header('accept-language')),
      theme: themeOf(context),
    }
  }

  /** The pages of those who are not signed in yet. */
  serve(app: Hono): void {
    const { pool, logger } = this.#dependencies
    app.get('/sign-in', (context) => context.html(signInPage(context, localPath(context.req.query('to')))))
    app.post('/sign-in', async (context) => {
      const { name, password, to } = await context.req.parseBody()
      const target = localPath(String(to ?? ''))
      try {
        const address = getConnInfo(context).remote.address ?? 'unknown'
        const token = await signIn(pool, { person: String(name ?? ''), password: String(password ?? ''), address })
        this.#setCookie(context, cookieName(this.isSecure), token, DAYS_7_S)
        return context.redirect(target, 303)
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error
        logger.warn({ person: String(name).slice(0, 63) }, 'a try to sign in was refused')
        return context.html(signInPage(context, target, error.message), 403)
      }
    })
    app.post('/sign-out', async (context) => {
      const token = getCookie(context, cookieName(this.isSecure))
      if (token !== undefined) await signOut(pool, token)
      this.forget(context)
      return context.redirect('/sign-in', 303)
    })
    app.post('/account/theme', async (context) => {
      const { theme, back } = await context.req.parseBody()
      if (themes.includes(theme as Theme)) this.#setCookie(context, 'theme', String(theme), YEAR_S)
      return context.redirect(localPath(String(back ?? '')), 303)
    })
  }

  forget(context: Context): void {
    deleteCookie(context, cookieName(this.isSecure), { path: '/', secure: this.isSecure })
  }

  #setCookie(context: Context, name: string, value: string, maxAge: number): void {
    setCookie(context, name, value, { path: '/', httpOnly: true, sameSite: 'Lax', secure: this.isSecure, maxAge })
  }
}

const themeOf = (context: Context): Theme => {
  const theme = getCookie(context, 'theme') as Theme
  return themes.includes(theme) ? theme : 'system'
}

/** A path on this site; whatever leads elsewhere is the first page. */
export function localPath(path: string | undefined): string {
  if (path === undefined || !path.startsWith('/')) return '/'
  const base = 'http://here.invalid'
  if (!URL.canParse(path, base)) return '/'
  const url = new URL(path, base)
  return url.origin === base ? url.pathname + url.search : '/'
}

const signInPage = (context: Context, to: string, problem?: string) =>
  plainPage(
    texts.signIn.title,
    html`${problem && message('act', problem)}<form method="post" action="/sign-in"><input type="hidden" name="to" value="${to}">
${input('name', texts.signIn.name, '', html`autocomplete="username" autocapitalize="none" required autofocus`)}
${input('password', texts.signIn.password, '', html`type="password" autocomplete="current-password" required`)}
<button class="main">${texts.signIn.go}</button></form><p class="small quiet">${texts.signIn.help}</p>`,
    themeOf(context),
  )

export const accountPage = question({
  path: '/account',
  permission: 'own.see',
  summary: 'Who is signed in, and what they see',
  query: Type.Object({}),
  read: async ({ visitor: { person, role, sees } }) => ({ person, role, sees }),
  page: ({ url }, { person, role, sees }) => ({
    title: texts.account.title,
    note: person,
    body: html`${section(
      texts.account.sees,
      facts([
        [texts.account.role, texts.roles[role]],
        [texts.account.sees, sees.join(', ') || texts.sees([])],
      ]),
    )}
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
    url,
  ),
)}
${section(texts.account.everywhere, form('/account/sign-out-everywhere', {}, html`<button class="danger">${texts.account.everywhere}</button>`, url))}`,
  }),
})

export const accountActions = [
  action({
    path: '/account/password',
    permission: 'own.decide',
    summary: 'Change your own password; all other sessions end',
    input: Type.Object({ current: Type.String(), wanted: Type.String() }),
    run: ({ pool, visitor: { person, token } }, passwords) => changePassword(pool, { person, token, ...passwords }),
    done: () => ({ text: texts.account.changed }),
  }),
  action({
    path: '/account/sign-out-everywhere',
    permission: 'own.decide',
    summary: 'End all of your sessions',
    input: Type.Object({}),
    run: ({ pool, visitor: { person } }) => signOutEverywhere(pool, person),
    done: () => ({ text: texts.account.everywhereDone }),
  }),
]
