/** Requests in, definitions asked, pages and documents out. */
import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Registry } from 'prom-client'
import { Histogram } from 'prom-client'
import { actingAs } from '../platform/postgres/acting.ts'
import { isAllowed, type Permission } from '../services/access/permissions.ts'
import { ForbiddenError, NotFoundError, ServiceError } from '../services/errors.ts'
import { localPath, Sessions } from './access/sign-in.ts'
import { openApiDocument } from './api/openapi.ts'
import { problemOf } from './api/problem.ts'
import { assets } from './assets.ts'
import type { Action, Asked, Dependencies, Notice, Page, Question, View, Visitor } from './definition.ts'
import { actions, links, liveStreams, questions } from './definitions.ts'
import { givenBy, inputOf } from './input.ts'
import { LiveValues } from './live.ts'
import { empty } from './page/components.ts'
import { html } from './page/html.ts'
import { layout, plainPage } from './page/layout.ts'
import { csvOf } from './page/table.ts'
import { refuseCrossSite, secureHeaders } from './security.ts'
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
  const sessions = new Sessions(options)
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
  app.use(secureHeaders(sessions.isSecure))
  app.use(refuseCrossSite(origins))
  app.use(bodyLimit({ maxSize: BODY_BYTES_MAX }))
  app.get('/assets/:hash/:name', (context) => {
    const { hash, name } = context.req.param()
    const asset = Object.hasOwn(assets, name) ? assets[name] : undefined
    if (asset?.hash !== hash) return context.notFound()
    return context.body(asset.body, 200, { 'content-type': asset.type, 'cache-control': FOREVER })
  })
  sessions.serve(app)
  app.get('/api/openapi.json', (context) => context.json(openApiDocument(questions, actions)))

  const requests = new Requests(options, sessions)
  for (const asked of questions) {
    if (asked.page !== undefined) app.get(asked.path, requests.page(asked))
    app.get(`/api/v1${asked.apiPath ?? asked.path}`, requests.answer(asked))
  }
  for (const asked of actions) {
    app.post(asked.path, requests.submitted(asked))
    app.post(`/api/v1${asked.path}`, requests.posted(asked))
  }
  for (const stream of liveStreams) {
    app.get(stream.path, async (context) => {
      const visitor = await requests.visitor(context, stream.permission)
      return live.serve(context, stream, requests.asked(visitor, true))
    })
  }
  app.notFound((context) => requests.failed(context, new NotFoundError('page', context.req.path)))
  app.onError((error, context) => requests.failed(context, error))
  return { app, close: () => live.close() }
}

/** How definitions are asked: by pages, by forms and by programs. */
class Requests {
  readonly #dependencies: Dependencies
  readonly #sessions: Sessions

  constructor(dependencies: Dependencies, sessions: Sessions) {
    this.#dependencies = dependencies
    this.#sessions = sessions
  }

  asked(visitor: Visitor, isReadOnly: boolean): Asked {
    const { pool, servers, settings } = this.#dependencies
    return { visitor, pool: actingAs(pool, visitor.person, { isReadOnly }), servers, settings }
  }

  /** @throws SignInNeeded, or ForbiddenError when the role does not include it */
  async visitor(context: Context, permission: Permission): Promise<Visitor> {
    const visitor = await this.#sessions.visitorOf(context)
    if (visitor === undefined) throw new SignInNeeded()
    context.set('visitor', visitor)
    if (isAllowed(visitor.role, permission)) return visitor
    throw new ForbiddenError(context.req.method === 'GET' ? texts.errors.noRole : texts.errors.noRoleAction)
  }

  page = (question: Question) => async (context: Context) => {
    context.set('route', question.path)
    const visitor = await this.visitor(context, question.permission)
    const url = new URL(context.req.url)
    const query = inputOf(question.query, { ...givenBy(url.searchParams), ...context.req.param() })
    const answer = await question.read(this.asked(visitor, true), query)
    return this.#shown(context, { visitor, url }, question.page!({ visitor, url }, answer, query))
  }

  answer = (question: Question) => async (context: Context) => {
    context.set('route', `/api/v1${question.path}`)
    const visitor = await this.visitor(context, question.permission)
    const given = givenBy(new URL(context.req.url).searchParams)
    const query = inputOf(question.query, { ...given, ...context.req.param() })
    const answer = await question.read(this.asked(visitor, true), query)
    if (given.format !== 'csv' || question.rows === undefined) return context.json(answer as object)
    const name = question.path.replaceAll(/[^a-z]+/g, '-').replace(/^-|-$/g, '')
    return context.body(csvOf(question.rows(answer)), 200, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${name}.csv"`,
    })
  }

  /** A form: back to its page, with what happened. */
  submitted = (action: Action) => async (context: Context) => {
    context.set('route', action.path)
    const visitor = await this.visitor(context, action.permission)
    const form = givenBy([...(await context.req.formData())].filter(([, value]) => typeof value === 'string'))
    const back = localPath(typeof form.back === 'string' ? form.back : undefined)
    try {
      const { output, input } = await this.#run(action, visitor, { ...form, ...context.req.param() })
      note(context, action.done(output, input))
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      note(context, { kind: 'failed', text: error.message })
    }
    return context.redirect(back, 303)
  }

  posted = (action: Action) => async (context: Context) => {
    context.set('route', `/api/v1${action.path}`)
    const visitor = await this.visitor(context, action.permission)
    const body: unknown = await context.req.json().catch(() => undefined)
    const given = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
    const { output } = await this.#run(action, visitor, { ...given, ...context.req.param() })
    return context.json((output ?? {}) as object)
  }

  /** What was done, and what was refused, is in the audit log. */
  async #run(action: Action, visitor: Visitor, given: Readonly<Record<string, unknown>>) {
    const input = inputOf(action.input, given)
    const asked = this.asked(visitor, false)
    try {
      const output = await action.run(asked, input)
      await this.#record(asked, action, input, 'done')
      return { output, input }
    } catch (error) {
      await this.#record(asked, action, input, error instanceof ServiceError ? error.message : 'failed')
      throw error
    }
  }

  async #record({ pool, visitor }: Asked, { path }: Action, input: object, ended: string): Promise<void> {
    const isSecret = path === '/account/password'
    await pool.query('insert into ops.web_action (person, action, detail) values ($1, $2, $3)', [
      visitor.person,
      `POST ${path}`,
      JSON.stringify({ ...(isSecret ? {} : input), ended }),
    ])
  }

  #shown(context: Context, view: View, page: Page, status: 200 | 400 | 403 | 404 | 409 | 500 | 503 = 200) {
    return context.html(layout(view, links, page, takeNote(context)), status)
  }

  failed = (context: Context, error: unknown) => {
    const url = new URL(context.req.url)
    const isApi = url.pathname.startsWith('/api/') || context.req.header('accept') === 'text/event-stream'
    if (error instanceof SignInNeeded) {
      if (isApi) return context.json({ type: 'urn:shelfline:problem:sign_in', title: 'Sign in', status: 401 }, 401)
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
    if (isApi) return context.json(problem, problem.status, { 'content-type': 'application/problem+json' })
    const code = error instanceof ServiceError ? error.code : 'fault'
    const text = code === 'fault' ? texts.errors.faultText(errorId) : (problem.detail ?? '')
    const home = html`<a href="/">${texts.errors.home}</a>`
    const title = texts.errors[code]
    const visitor = context.get('visitor') as Visitor | undefined
    if (visitor === undefined) return context.html(plainPage(title, html`<p>${text}</p><p>${home}</p>`), problem.status)
    return this.#shown(context, { visitor, url }, { title, body: empty(title, text, home) }, problem.status as 400)
  }
}

class SignInNeeded extends Error {}

const note = (context: Context, notice: Notice): void =>
  setCookie(context, 'notice', Buffer.from(JSON.stringify(notice)).toString('base64url'), {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    maxAge: NOTICE_S,
  })

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
