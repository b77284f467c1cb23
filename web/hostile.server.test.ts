/** Requests that were made to harm, sent to the real process. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWebWorld, type WebWorld } from './testing.ts'

let world: WebWorld
let cookie: string

beforeAll(async () => {
  world = await openWebWorld()
  cookie = await sessionOf('ann')
})

afterAll(() => world?.close())

const FORM = 'application/x-www-form-urlencoded'

const send = (path: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(world.url + path, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: world.url, 'content-type': FORM, cookie, ...headers },
    body,
  })

const post = (path: string, input: unknown, headers: Readonly<Record<string, string>> = {}) =>
  send(`/api/v1${path}`, typeof input === 'string' ? input : JSON.stringify(input), {
    'content-type': 'application/json',
    ...headers,
  })

const get = (path: string) => fetch(world.url + path, { redirect: 'manual', headers: { cookie } })

async function sessionOf(name: string): Promise<string> {
  const answer = await send('/sign-in', new URLSearchParams({ name, password: world.passwords[name]! }).toString(), {
    cookie: '',
  })
  expect(answer.status, await answer.text()).toBe(303)
  return answer.headers.getSetCookie()[0]!.split(';')[0]!
}

async function problemOf(answer: Response) {
  return { status: answer.status, ...((await answer.json()) as { field?: string; detail?: string }) }
}

const openAlert = async () =>
  (
    await world.pool.query<{ id: number }>(
      `select alert_id as id from ops.alert where status = 'open' order by 1 limit 1`,
    )
  ).rows[0]!.id

describe('fields', () => {
  test('without number hold nobody up', async () => {
    const startedAt = performance.now()
    const many = 'a&'.repeat(500_000)
    expect((await send('/alerts/acknowledge', many)).status).toBe(400)
    expect((await send('/sign-in', many, { cookie: '' })).status).toBe(400)
    expect((await get(`/alerts?${'a&'.repeat(7_000)}`)).status).toBe(400)
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    const list = Array.from({ length: 200_000 }, () => 1)
    expect(await problemOf(await post('/alerts/acknowledge', { alerts: list, why: 'x' }))).toMatchObject({
      status: 400,
      field: 'alerts',
    })
  })

  test('that no server can store are refused with their name', async () => {
    for (const text of ['\u0000', 'a\ud800b', '\udc00']) {
      const acknowledged = await post('/alerts/acknowledge', { alerts: [await openAlert()], why: text })
      expect(await problemOf(acknowledged)).toMatchObject({ status: 400, field: 'why' })
    }
    expect(await problemOf(await get('/api/v1/orders?supplier=%00'))).toMatchObject({ status: 400, field: 'supplier' })
    expect((await get('/orders/%00')).status).toBe(400)
    expect((await send('/sign-in', 'name=a%00&password=x', { cookie: '' })).status).toBe(400)
  })

  test.each(['1.5', '1e2', '0x10', ' 1', 'one'])('of a whole number are not %j', async (limit) => {
    const answer = await get(`/api/v1/alerts?limit=${encodeURIComponent(limit)}`)
    expect(await problemOf(answer)).toMatchObject({ status: 400, field: 'limit' })
  })
})

test.each(['/.//evil.example/x', '/x/..//evil.example', '/%2e//evil.example', '/./\\evil.example', '//evil.example'])(
  'no redirect leads from %s to another site',
  async (to) => {
    const signedIn = await send(
      '/sign-in',
      new URLSearchParams({ name: 'ann', password: world.passwords.ann!, to }).toString(),
    )
    const acted = await send('/streams/resume', new URLSearchParams({ processors: 'sales_state', back: to }).toString())
    const themed = await send('/account/theme', new URLSearchParams({ theme: 'dark', back: to }).toString())
    for (const answer of [signedIn, acted, themed]) {
      expect(answer.status).toBe(303)
      expect(new URL(answer.headers.get('location')!, world.url).origin).toBe(world.url)
    }
  },
)
