/** Who may what, over every route that there is: made from the definitions, so that a new one can't be left out. */

import type { TSchema } from 'typebox'
import { Check, Errors } from 'typebox/value'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isAllowed, type Permission, permissionNames } from '../services/access/permissions.ts'
import { named } from '../services/access/testing.ts'
import { createToken, type TokenScope } from '../services/access/tokens.ts'
import type { Action, Question } from './definition.ts'
import { actions, liveStreams, questions } from './definitions.ts'
import { exampleValues, filledWith, openWebWorld, people, sessionOf, type WebWorld } from './testing.ts'

let world: WebWorld
const cookies = new Map<string, string>()

beforeAll(async () => {
  world = await openWebWorld({ SHELFLINE_WEB_REQUESTS_PER_MINUTE: '100000' })
  for (const [person] of people) cookies.set(person, await sessionOf(world, person))
})

afterAll(() => world?.close())

interface Route {
  /** As the definition has it. */
  name: string
  path: string
  method: 'GET' | 'POST'
  kind: 'page' | 'form' | 'api' | 'live'
  permission: Permission
}

const filled = (path: string): string => path.replaceAll(/:\w+/g, '1')

const routes: readonly Route[] = [
  ...questions.flatMap(({ path, apiPath = path, permission, page }: Question): Route[] => [
    ...(page === undefined
      ? []
      : [{ name: path, path: filled(path), method: 'GET', kind: 'page', permission } as const]),
    { name: `API ${apiPath}`, path: `/api/v1${filled(apiPath)}`, method: 'GET', kind: 'api', permission },
  ]),
  ...actions.flatMap(({ path, permission, isQuestion }: Action): Route[] => [
    ...(isQuestion
      ? []
      : [{ name: `form ${path}`, path: filled(path), method: 'POST', kind: 'form', permission } as const]),
    { name: `API ${path}`, path: `/api/v1${filled(path)}`, method: 'POST', kind: 'api', permission },
  ]),
  ...liveStreams.map(
    ({ path, permission }): Route => ({ name: path, path: filled(path), method: 'GET', kind: 'live', permission }),
  ),
]

/** Actions are asked with an empty body, which they refuse after the role was checked. */
const EMPTY: Record<Route['kind'], { body?: string; type?: string }> = {
  page: {},
  live: {},
  form: { body: '', type: 'application/x-www-form-urlencoded' },
  api: { body: '{}', type: 'application/json' },
}

/** These need nothing, and would be carried out. */
const unasked = new Set(['/account/sign-out-everywhere'])

async function ask({ path, method, kind }: Route, headers: Readonly<Record<string, string>>): Promise<number> {
  const ended = new AbortController()
  const { body, type } = EMPTY[kind]
  const answer = await fetch(world.url + path, {
    method,
    redirect: 'manual',
    signal: ended.signal,
    headers: {
      ...(kind === 'live' && { accept: 'text/event-stream' }),
      ...(type && { 'content-type': type }),
      ...headers,
    },
    ...(method === 'POST' && { body: body! }),
  })
  ended.abort()
  return answer.status
}

const withCookie = (person: string) => ({ cookie: cookies.get(person)!, origin: world.url })

describe('every route', () => {
  test.each(people)('is open to %s, %s, as far as the role goes', async (person, role) => {
    for (const route of routes) {
      if (unasked.has(route.path.replace('/api/v1', ''))) continue
      const status = await ask(route, withCookie(person))
      expect(status === 403, `${route.method} ${route.name} answered ${status}`).toBe(
        !isAllowed(role, route.permission),
      )
      expect(status, `${route.method} ${route.name}`).not.toBe(500)
    }
  })

  test('is closed without a session, and with one that has expired', async () => {
    await world.pool.query(
      `insert into ops.web_session (token_hash, person, expires_at) values (sha256('expired'), 'ann', now() - interval '1 second')`,
    )
    for (const headers of [{ origin: world.url }, { origin: world.url, cookie: 'shelfline=expired' }]) {
      for (const route of routes) {
        const isPerson = route.kind === 'page' || route.kind === 'form'
        expect(await ask(route, headers), route.name).toBe(isPerson ? 303 : 401)
      }
    }
  })

  test('of the API is closed to a token that has every scope but its own, whatever the person may', async () => {
    for (const permission of permissionNames) {
      const others = permissionNames.filter((name) => name !== permission)
      const scopes: TokenScope[] = permission.endsWith('.see') ? others : ['read', ...others]
      const { token } = await createToken(
        world.pool,
        { person: 'ann', name: permission, scopes, days: 1 },
        named('test'),
      )
      const headers = { authorization: `Bearer ${token}` }
      for (const route of routes.filter((route) => route.kind === 'api' && route.permission === permission)) {
        if (unasked.has(route.path.replace('/api/v1', ''))) continue
        expect(await ask(route, headers), `without ${permission}: ${route.method} ${route.name}`).toBe(403)
      }
    }
  })
})

/** What this world has none of. */
const withoutExample = new Set(['/data/lake/:table', '/data/sources/connectors/:connector'])

test('every answer has the shape that the API describes', async () => {
  const examples = await exampleValues(world.pool)
  for (const { path, apiPath = path, query, answer } of questions) {
    if (withoutExample.has(apiPath)) continue
    const address = filledWith(apiPath, examples) + (Object.hasOwn(query.properties, 'line') ? '?line=1' : '')
    const response = await fetch(`${world.url}/api/v1${address}`, { headers: withCookie('ann') })
    const document: unknown = await response.json()
    expect(response.status, `${address}: ${JSON.stringify(document)}`).toBe(200)
    expect(problemsOf(answer, document), address).toEqual([])
  }
})

const problemsOf = (schema: TSchema, document: unknown): string[] =>
  Check(schema, document)
    ? []
    : Errors(schema, document)
        .slice(0, 3)
        .map(({ instancePath, message }) => `${instancePath} ${message}`)
