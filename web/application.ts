/** Requests in, definitions asked, pages and documents out. */
import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { compress } from 'hono/compress'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Registry } from 'prom-client'
import { Histogram } from 'prom-client'
import { actingAs } from '../platform/postgres/acting.ts'
import { type Acting, recordAction } from '../platform/postgres/audit.ts'
import { type BegunAction, beginAction, endAction } from '../services/access/actions.ts'
import { isAllowed, type Permission } from '../services/access/permissions.ts'
import { isInScope } from '../services/access/tokens.ts'
import { ForbiddenError, InvalidError, NotFoundError, ServiceError } from '../services/errors.ts'
import { devicePaths } from './access/device.ts'
import { bearerOf, localPath, Sessions } from './access/sign-in.ts'
import { formatOf, formats, formatsOf, PAGE_ROWS, rowsOf } from './api/formats.ts'
import { onceForKey } from './api/idempotency.ts'
import { openApiDocument } from './api/openapi.ts'
import { apiPage } from './api/page.ts'
import { ApiRefusal, problemOf } from './api/problem.ts'
import { RateLimit } from './api/rate-limit.ts'
import { assetPath, assets } from './assets.ts'
import type { Action, Asked, Dependencies, Notice, Page, Question, View, Visitor } from './definition.ts'
import { actions, links, liveStreams, questions } from './definitions.ts'
import { formOf, givenBy, inputOf } from './input.ts'
import { LiveValues } from './live.ts'
import { empty } from './page/components.ts'
import { html } from './page/html.ts'
import { layout, plainPage } from './page/layout.ts'
import { clientAddress, refuseCrossSite, secureHeaders } from './security.ts'
import { isList } from './shapes.ts'
import { styleguide } from './styleguide.ts'
import { texts } from './texts.ts'

const BODY_BYTES_MAX = 2 * 2 ** 20
const NOTICE_S = 60
const FOREVER = 'public, max-age=31536000, immutable'

export interface ApplicationOptions extends Dependencies {
  registry: Registry
  /** Origins that our pages come from, such as `http://127.0.0.1:18080`. */
  origins: () => readonly string[]
}

export interface Application {
  app: Hono
  close(): void
}

export function createApplication(options: ApplicationOptions): Application {
  const { logger, registry, origins } = options
  const app = new Hono()
  const sessions = new Sessions(options, origins)
  const live = new LiveValues(logger)
  const seconds = new Histogram({
    name: 'shelfline_web_request_seconds',
    help: 'Time that the web application took to answer, by route and status.',
    labelNames: ['route', 'status'],
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers: [registry],
  })

  app.use(async (context, next) => {
    const startedAt = performance.now()
    await next()
    const took = performance.now() - startedAt
    const route = (context.get('route' as never) as string | undefined) ?? 'other'
    seconds.observe({ route, status: context.res.status }, took / 1000)
    logger.debug({ method: context.req.method, route, status: context.res.status, ms: Math.round(took) }, 'answered')
  })
  // No page repeats a part of the request beside a secret, so the length of an answer reveals nothing.
  app.use(compress())
  app.use(secureHeaders(sessions.isSecure))
  app.use(refuseCrossSite(origins, Object.values(devicePaths)))
  app.use(
    bodyLimit({
      maxSize: BODY_BYTES_MAX,
      onError: () => {
        throw new ApiRefusal(413, 'too_large', texts.errors.tooLarge(BODY_BYTES_MAX))
      },
    }),
  )
  app.get('/assets/:hash/:name', (context) => {
    const { hash, name } = context.req.param()
    const asset = Object.hasOwn(assets, name) ? assets[name] : undefined
    if (asset?.hash !== hash) return context.notFound()
    return context.body(asset.body, 200, { 'content-type': asset.type, 'cache-control': FOREVER })
  })
  // Browsers ask for it where an answer names no icon, as those of the API.
  app.get('/favicon.ico', (context) => context.redirect(assetPath('icon.svg')))
  sessions.serve(app)
  const description = openApiDocument(questions, actions)
  app.get('/api/openapi.json', (context) => context.json(description))
  app.get('/api', (context) => context.html(apiPage(description)))

  const requests = new Requests(options, sessions)
  // Before the questions: else `/alerts/acknowledge` would be asked for as an alert of that name.
  const others = ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']
  for (const { path } of actions) app.on(others, `/api/v1${path}`, refuseMethod('POST'))
  for (const asked of questions) {
    if (asked.page !== undefined) app.get(asked.path, requests.page(asked))
    app.get(`/api/v1${asked.apiPath ?? asked.path}`, requests.answer(asked))
  }
  for (const asked of actions) {
    if (!asked.isQuestion) app.post(asked.path, requests.submitted(asked))
    app.post(`/api/v1${asked.path}`, requests.posted(asked))
  }
  // What is left of a path of the API is another method.
  for (const { path, apiPath = path } of questions) app.all(`/api/v1${apiPath}`, refuseMethod('GET, HEAD'))
  if (options.settings.webStyleguide === 'on') app.get(styleguide.path, requests.page(styleguide))
  for (const stream of liveStreams) {
    app.get(stream.path, async (context) => {
      const allowed = () => requests.reader(context, stream.permission)
      return live.serve(context, stream, requests.asked(context, await allowed(), true), allowed)
    })
  }
  app.notFound((context) => requests.failed(context, new NotFoundError('page', context.req.path)))
  app.onError((error, context) => requests.failed(context, error))
  return { app, close: () => live.close() }
}

/** @throws always: the path is there, and not for this method */
const refuseMethod =
  (allowed: string) =>
  (context: Context): never => {
    throw new ApiRefusal(405, 'method', texts.errors.noMethod(context.req.method), { headers: { allow: allowed } })
  }

/** How definitions are asked: by pages, by forms and by programs. */
class Requests {
  readonly #dependencies: Dependencies
  readonly #sessions: Sessions
  readonly #rateLimit: RateLimit

  constructor(dependencies: Dependencies, sessions: Sessions) {
    this.#dependencies = dependencies
    this.#sessions = sessions
    this.#rateLimit = new RateLimit(dependencies.settings.webRequestsPerMinute)
  }

  /** @param request what the audit log has as the request of its changes */
  asked(context: Context, visitor: Visitor, isReadOnly: boolean, request?: string): Asked {
    const { pool, servers, settings } = this.#dependencies
    const acting = { ...actingIn(context, visitor), ...(request !== undefined && { request }) }
    return {
      visitor,
      pool: actingAs(pool, visitor.person, { isReadOnly, acting }),
      servers,
      settings,
      // Most do not need it, and it costs a request of its own.
      get signal() {
        return context.req.raw.signal
      },
    }
  }

  /** A person in a browser. @throws SignInNeeded, or ForbiddenError when the role does not include it */
  async visitor(context: Context, permission: Permission): Promise<Visitor> {
    const visitor = await this.#sessions.visitorOf(context)
    if (visitor === undefined) throw new SignInNeeded()
    context.set('visitor', visitor)
    if (isAllowed(visitor.role, permission)) return visitor
    throw new ForbiddenError(context.req.method === 'GET' ? texts.errors.noRole : texts.errors.noRoleAction)
  }

  /** A program with a token, or a person in a browser. @throws as `visitor`, and ApiRefusal for a token that can't be used */
  async reader(context: Context, permission: Permission): Promise<Visitor> {
    if (bearerOf(context) === undefined) return this.visitor(context, permission)
    const visitor = await this.#sessions.programOf(context)
    if (visitor?.token === undefined) {
      throw new ApiRefusal(401, 'token', texts.errors.noToken, {
        fix: texts.errors.tokenFix,
        headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
      })
    }
    if (isInScope(visitor.token.scopes, visitor.role, permission)) return visitor
    const mayPerson = isAllowed(visitor.role, permission)
    throw new ForbiddenError(mayPerson ? texts.errors.noScope(permission) : texts.errors.noRoleAction)
  }

  async #caller(context: Context, route: string, permission: Permission): Promise<Visitor> {
    context.set('route', `/api/v1${route}`)
    const visitor = await this.reader(context, permission)
    await this.#rateLimit.count(visitor)
    return visitor
  }

  page = (question: Question) => async (context: Context) => {
    context.set('route', question.path)
    const visitor = await this.visitor(context, question.permission)
    const url = new URL(context.req.url)
    const query = inputOf(question.query, { ...givenBy(url.searchParams), ...context.req.param() })
    await this.#recordLook(context, question, visitor)
    const answer = await question.read(this.asked(context, visitor, !question.rehearses), query)
    return this.#shown(context, { visitor, url }, question.page!({ visitor, url }, answer, query))
  }

  answer = (question: Question) => async (context: Context) => {
    const visitor = await this.#caller(context, question.path, question.permission)
    const url = new URL(context.req.url)
    const given = givenBy(url.searchParams)
    const known = formatsOf(question)
    const format = formatOf(known, given.format, context.req.header('accept'))
    if (given.format !== undefined && format === undefined) {
      const fix = known.length > 0 ? `use one of ${known.join(', ')}` : 'leave it out: the answer is no table'
      throw new InvalidError('is unknown', { field: 'format', value: given.format, fix })
    }
    const query = inputOf(question.query, { ...given, ...context.req.param() })
    await this.#recordLook(context, question, visitor)
    const asked = this.asked(context, visitor, !question.rehearses)
    // A file has the whole list, unless a page of it is asked for.
    const isWhole = format !== undefined && isList(question) && given.limit === undefined && given.cursor === undefined
    const readPage = (page: object) => question.read(asked, { ...query, ...page })
    const answer = await readPage(isWhole ? { limit: PAGE_ROWS } : {})
    const { next } = (answer ?? {}) as { next?: string | null }
    if (typeof next === 'string' && !isWhole) {
      url.searchParams.set('cursor', next)
      context.header('link', `<${url.pathname}${url.search}>; rel="next"`)
    }
    if (format === undefined) return context.json(answer as object)
    const { mediaType, extension } = formats[format]
    const name = question.path.replaceAll(/[^a-z]+/g, '-').replace(/^-|-$/g, '')
    const file =
      format === 'pdf'
        ? await question.pdf!(answer, visitor)
        : await formats[format].write(rowsOf(question.rows!, answer, isWhole ? readPage : undefined))
    return context.body(file, 200, {
      'content-type': mediaType,
      'content-disposition': `attachment; filename="${name}.${extension}"`,
    })
  }

  /** A form: back to its page, with what happened. */
  submitted = (action: Action) => async (context: Context) => {
    context.set('route', action.path)
    const visitor = await this.visitor(context, action.permission)
    const form = await formOf(context.req)
    let to = localPath(typeof form.back === 'string' ? form.back : undefined)
    try {
      const input = inputOf(action.input, { ...form, ...context.req.param() })
      const output = await this.#run(context, action, visitor, input)
      const { href, ...notice } = action.done!(output, input)
      to = href ?? to
      note(context, notice)
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      note(context, { kind: 'failed', text: error.message })
    }
    return context.redirect(to, 303)
  }

  posted = (action: Action) => async (context: Context) => {
    const visitor = await this.#caller(context, action.path, action.permission)
    const body = await context.req.text()
    const { pool } = this.#dependencies
    const answer = await onceForKey(context, { pool, visitor, body, secrets: action.secrets }, async () => {
      const input = inputOf(action.input, context.req.param(), objectIn(body))
      return ((await this.#run(context, action, visitor, input)) ?? {}) as object
    })
    const type = answer.status === 200 ? 'application/json' : 'application/problem+json'
    if (answer.isReplayed) context.header('idempotency-replayed', 'true')
    return context.body(answer.body, answer.status as 200, { 'content-type': type })
  }

  /** What is done, and what is refused, is in the audit log: it is written first, so that nothing is done without. */
  async #run(context: Context, action: Action, visitor: Visitor, input: Record<string, unknown>): Promise<unknown> {
    if (action.isQuestion) return action.run(this.asked(context, visitor, true), input)
    const { pool } = this.asked(context, visitor, false)
    const actionId = await beginAction(pool, recordOf(visitor, action, input))
    let ended = 'failed'
    try {
      const output = await action.run(this.asked(context, visitor, false, `action ${actionId}`), input)
      ended = 'done'
      return output
    } catch (error) {
      if (error instanceof ServiceError) ended = error.message
      throw error
    } finally {
      await endAction(pool, actionId, ended)
    }
  }

  /** Who looks at data of people is in the audit log. */
  async #recordLook(context: Context, { personal }: Question, visitor: Visitor): Promise<void> {
    if (personal === undefined) return
    const id = Object.values(context.req.param()).join('/')
    await recordAction(this.asked(context, visitor, false).pool, { action: 'read', object: personal, id })
  }

  #shown(context: Context, view: View, page: Page, status: 200 | 400 | 403 | 404 | 409 | 500 | 503 = 200) {
    return context.html(layout(view, links, page, takeNote(context)), status)
  }

  failed = (context: Context, error: unknown): Response | Promise<Response> => {
    const url = new URL(context.req.url)
    const isApi = url.pathname.startsWith('/api/') || context.req.header('accept') === 'text/event-stream'
    if (error instanceof SignInNeeded) {
      if (isApi) return this.failed(context, new ApiRefusal(401, 'sign_in', texts.errors.needsSignIn, signInNeeded))
      const to = context.req.method === 'GET' ? url.pathname + url.search : '/'
      return context.redirect(`/sign-in?to=${encodeURIComponent(to)}`, 303)
    }
    const errorId = randomUUID()
    const problem = problemOf(error, errorId)
    if (problem.status === 500) {
      this.#dependencies.logger.error(
        { errorId, path: url.pathname, error: String((error as Error).stack) },
        'a request failed',
      )
    }
    const headers = error instanceof ApiRefusal ? error.headers : {}
    if (isApi) return context.json(problem, problem.status, { ...headers, 'content-type': 'application/problem+json' })
    const code = error instanceof ServiceError ? error.code : error instanceof ApiRefusal ? 'invalid' : 'fault'
    const text = code === 'fault' ? texts.errors.faultText(errorId) : (problem.detail ?? problem.title)
    const home = html`<a href="/">${texts.errors.home}</a>`
    const title = texts.errors[code]
    const visitor = context.get('visitor') as Visitor | undefined
    if (visitor === undefined) return context.html(plainPage(title, html`<p>${text}</p><p>${home}</p>`), problem.status)
    return this.#shown(context, { visitor, url }, { title, body: empty(title, text, home) }, problem.status as 400)
  }
}

function recordOf({ person, token }: Visitor, { path, secrets = [] }: Action, input: object): BegunAction {
  const known = Object.fromEntries(Object.entries(input).filter(([name]) => !secrets.includes(name)))
  return { person, action: `POST ${path}`, detail: { ...known, ...(token && { token: token.tokenId }) } }
}

const actingIn = (context: Context, { person, token }: Visitor): Acting => ({
  via: context.req.path.startsWith('/api/') ? 'api' : 'web',
  person,
  proof: token === undefined ? 'session' : 'token',
  address: clientAddress(context),
})

class SignInNeeded extends Error {}

const signInNeeded = { fix: texts.errors.tokenFix, headers: { 'www-authenticate': 'Bearer' } }

/** @throws InvalidError when the body is not an object; none at all is an empty one */
function objectIn(body: string): Readonly<Record<string, unknown>> {
  if (body === '') return {}
  try {
    const parsed: unknown = JSON.parse(body)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>
  } catch {
    // The error below, as for every other body that is no object.
  }
  throw new InvalidError(texts.errors.notJson)
}

/** A browser drops a cookie of more than 4 kB without a word. */
const NOTICE_CHARACTERS_MAX = 700

const note = (context: Context, { text, ...notice }: Notice): void => {
  const shown = text.length > NOTICE_CHARACTERS_MAX ? `${text.slice(0, NOTICE_CHARACTERS_MAX).toWellFormed()}…` : text
  setCookie(context, 'notice', Buffer.from(JSON.stringify({ ...notice, text: shown })).toString('base64url'), {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    maxAge: NOTICE_S,
  })
}

function takeNote(context: Context): Notice | undefined {
  const kept = getCookie(context, 'notice')
  if (kept === undefined) return undefined
  deleteCookie(context, 'notice', { path: '/' })
  try {
    const notice = JSON.parse(Buffer.from(kept, 'base64url').toString()) as Notice
    return typeof notice.text === 'string' ? notice : undefined
  } catch {
    return undefined
  }
}
