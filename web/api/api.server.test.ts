import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { named } from '../../services/access/testing.ts'
import { createToken, type NewToken, revokeToken } from '../../services/access/tokens.ts'
import { openWebWorld, type WebWorld } from '../testing.ts'

let world: WebWorld
const PER_MINUTE = 200

beforeAll(async () => {
  world = await openWebWorld({ SHELFLINE_WEB_REQUESTS_PER_MINUTE: String(PER_MINUTE) })
})

afterAll(() => world?.close())

async function tokenOf(person: string, scopes: NewToken['scopes'], name = 'test'): Promise<string> {
  return (await createToken(world.pool, { person, name, scopes, days: 1 }, named('test'))).token
}

const get = (path: string, token: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${world.url}/api/v1${path}`, { headers: { authorization: `Bearer ${token}`, ...headers } })

const post = (path: string, token: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${world.url}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

const alertOf = async (key: string): Promise<number> =>
  (await world.pool.query<{ id: number }>('select alert_id as id from ops.alert where dedup_key = $1', [key])).rows[0]!
    .id

describe('tokens', () => {
  test('see what their person sees, and are kept as a hash', async () => {
    const token = await tokenOf('maria', ['read'])
    const { items } = (await (await get('/alerts', token)).json()) as { items: { store_id: string }[] }
    expect(new Set(items.map(({ store_id }) => store_id))).toEqual(new Set(['367']))
    const { rows } = await world.pool.query<{ row: string }>('select api_token::text as row from ops.api_token')
    expect(rows.some(({ row }) => row.includes(token))).toBe(false)
    await expect
      .poll(async () => (await world.pool.query('select from ops.api_token where last_used_at is not null')).rowCount)
      .toBe(1)
  })

  test('do no more than their scopes and their person may', async () => {
    const alerts = [await alertOf('a')]
    const reading = await post('/alerts/acknowledge', await tokenOf('maria', ['read']), { alerts, why: 'x' })
    expect(reading.status).toBe(403)
    expect(await reading.json()).toMatchObject({ detail: 'The token does not include alerts.decide.' })
    expect((await get('/streams', await tokenOf('maria', ['all']))).status).toBe(403)
    expect((await get('/orders', await tokenOf('maria', ['alerts.see']))).status).toBe(403)
    const elsewhere = await post('/alerts/acknowledge', await tokenOf('maria', ['all']), {
      alerts: [await alertOf('b')],
      why: 'x',
    })
    expect(elsewhere.status).toBe(404)
    const own = await post('/alerts/acknowledge', await tokenOf('maria', ['alerts.decide'], 'bot'), {
      alerts,
      why: 'y',
    })
    expect(own.status, await own.clone().text()).toBe(200)
    const { rows } = await world.pool.query<{ person: string; named: boolean }>(
      `select web_action.person, name = 'bot' as named from ops.web_action join ops.api_token on token_id = detail ->> 'token'
       where detail ->> 'why' = 'y'`,
    )
    expect(rows).toEqual([{ person: 'maria', named: true }])
  })

  test('end: by time, when revoked, and with their person', async () => {
    const token = await tokenOf('bob', ['read'])
    expect((await get('/alerts', token)).status).toBe(200)
    const isRefused = async () => {
      const answer = await get('/alerts', token)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
      return answer.status === 401
    }
    await world.pool.query(`update ref.person set disabled_at = now() where person = 'bob'`)
    expect(await isRefused()).toBe(true)
    await world.pool.query(`update ref.person set disabled_at = null where person = 'bob'`)
    expect((await get('/alerts', token)).status).toBe(200)
    await world.pool.query(`update ops.api_token set expires_at = now() where person = 'bob'`)
    expect(await isRefused()).toBe(true)
    const { tokenId, token: second } = await createToken(
      world.pool,
      { person: 'bob', name: 'second', scopes: ['read'], days: 1 },
      named('test'),
    )
    expect(await revokeToken(world.pool, tokenId, named('test'))).toBe(true)
    expect((await get('/alerts', second)).status).toBe(401)
    expect((await get('/alerts', 'shelfline_forged')).status).toBe(401)
  })

  test('open no page', async () => {
    const token = await tokenOf('ann', ['all'])
    const page = await fetch(`${world.url}/alerts`, {
      redirect: 'manual',
      headers: { authorization: `Bearer ${token}` },
    })
    expect(page.status).toBe(303)
    const form = await fetch(`${world.url}/alerts/acknowledge`, {
      method: 'POST',
      redirect: 'manual',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'alerts=1&why=x',
    })
    expect(form.headers.get('location')).toContain('/sign-in')
  })
})

describe('an idempotency key', () => {
  const count = async (why: string) =>
    (await world.pool.query('select from ops.alert_action where why = $1', [why])).rowCount

  test('gives the same answer again, and nothing is done twice', async () => {
    const token = await tokenOf('ann', ['all'])
    const body = { alerts: [await alertOf('c')], why: 'once' }
    const key = { 'idempotency-key': 'one' }
    const [first, again] = [
      await post('/alerts/acknowledge', token, body, key),
      await post('/alerts/acknowledge', token, body, key),
    ]
    expect([first.status, again.status]).toEqual([200, 200])
    expect(await again.text()).toBe(await first.text())
    expect([first, again].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true'])
    expect(await count('once')).toBe(1)
    const other = await post('/alerts/acknowledge', token, { ...body, why: 'twice' }, key)
    expect(other.status).toBe(422)
    expect(await other.json()).toMatchObject({ type: 'urn:shelfline:problem:key_reused' })
    const elsewhere = await post('/alerts/resolve', token, body, key)
    expect(elsewhere.status).toBe(422)
  })

  test('is a person’s own, and many at once are done once', async () => {
    const body = { alerts: [await alertOf('d')], why: 'at once' }
    const key = { 'idempotency-key': 'one' }
    const token = await tokenOf('omar', ['all'])
    // Of another person: their own request, which finds no such alert of theirs.
    expect((await post('/alerts/acknowledge', token, body, key)).status).toBe(404)
    const tokens = await tokenOf('ann', ['all'])
    const many = await Promise.all(
      Array.from({ length: 8 }, () => post('/alerts/acknowledge', tokens, body, { 'idempotency-key': 'two' })),
    )
    expect(many.every(({ status }) => [200, 409].includes(status))).toBe(true)
    expect(await count('at once')).toBe(1)
  })

  test('keeps a refusal by the state of things, and not that of an impossible value', async () => {
    const token = await tokenOf('ann', ['all'])
    const gone = { alerts: [999_999], why: 'x' }
    const ask = () => post('/alerts/resolve', token, gone, { 'idempotency-key': 'three' })
    const [first, again] = [await ask(), await ask()]
    expect([first.status, again.status]).toEqual([404, 404])
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    const impossible = { alerts: [], why: 'x' }
    expect((await post('/alerts/resolve', token, impossible, { 'idempotency-key': 'four' })).status).toBe(400)
    expect((await post('/alerts/resolve', token, gone, { 'idempotency-key': 'four' })).status).toBe(404)
  })
})

describe('lists', () => {
  test('are followed by their links, each entry once', async () => {
    const token = await tokenOf('ann', ['read'])
    const seen: number[] = []
    for (let path: string | undefined = '/alerts?limit=2'; path !== undefined; ) {
      const answer: Response = await get(path, token)
      const { items } = (await answer.json()) as { items: { alert_id: number }[] }
      seen.push(...items.map(({ alert_id }) => alert_id))
      path = /^<\/api\/v1([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1]
    }
    const { rowCount } = await world.pool.query(`select from ops.alert where status in ('open', 'acknowledged')`)
    expect(seen).toHaveLength(rowCount!)
    expect(new Set(seen).size).toBe(seen.length)
    expect((await get('/alerts?cursor=nonsense', token)).status).toBe(400)
  })

  test('come whole as a file, and page by page when a page is asked for', async () => {
    const token = await tokenOf('ann', ['read'])
    const linesOf = async (query: string) => {
      const answer = await get(`/stock?store=412&format=csv${query}`, token)
      return { lines: (await answer.text()).trim().split('\r\n').length, link: answer.headers.get('link') }
    }
    expect(await linesOf('')).toEqual({ lines: 1 + 74, link: null })
    const page = await linesOf('&limit=10')
    expect(page).toEqual({ lines: 1 + 10, link: expect.stringContaining('limit=10&cursor=') })
    expect((await get('/stock?format=csv&risk=2', token)).status).toBe(400)
  })

  test('come as files that other programs read', async () => {
    const token = await tokenOf('ann', ['read'])
    const arrow = await get('/alerts', token, { accept: 'application/vnd.apache.arrow.stream' })
    const table = tableFromIPC(new Uint8Array(await arrow.arrayBuffer()))
    const { items } = (await (await get('/alerts', token)).json()) as {
      items: { alert_id: number; first_seen: string }[]
    }
    expect(table.numRows).toBe(items.length)
    expect(table.getChild('alert_id')!.get(0)).toBe(items[0]!.alert_id)
    expect(new Date(Number(table.getChild('first_seen')!.get(0))).toISOString()).toBe(items[0]!.first_seen)
    const sheet = await get('/alerts?format=xlsx', token)
    expect(sheet.headers.get('content-disposition')).toBe('attachment; filename="alerts.xlsx"')
    expect(
      Buffer.from(await sheet.arrayBuffer())
        .subarray(0, 2)
        .toString(),
    ).toBe('PK')
    expect((await get('/alerts?format=pdf', token)).status).toBe(400)
    expect((await get('/account?format=csv', token)).status).toBe(400)
    const paper = await get('/orders/PO-dairy-W1-20261128?format=pdf', token)
    expect(paper.headers.get('content-type')).toBe('application/pdf')
    expect(
      Buffer.from(await paper.arrayBuffer())
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-')
  })
})

test('another method than those of an address is refused as such', async () => {
  const authorization = `Bearer ${await tokenOf('ann', ['read'])}`
  for (const [path, method] of [
    ['/account', 'DELETE'],
    ['/alerts/acknowledge', 'PUT'],
    ['/alerts/acknowledge', 'GET'],
    ['/models/demand/rollback', 'GET'],
  ] as const) {
    const answer = await fetch(`${world.url}/api/v1${path}`, { method, headers: { authorization } })
    expect(answer.status, path).toBe(405)
    expect(answer.headers.get('allow'), path).toBe(path === '/account' ? 'GET, HEAD' : 'POST')
  }
  // fetch never sends it.
  for (const [path, allow] of [
    ['/account', 'GET, HEAD'],
    ['/alerts/acknowledge', 'POST'],
  ]) {
    const asked = request(`${world.url}/api/v1${path}`, { method: 'TRACE', headers: { authorization } }).end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    answer.resume()
    expect(answer, path).toMatchObject({ statusCode: 405, headers: { allow } })
  }
})

test('what is no JSON object is refused', async () => {
  const token = await tokenOf('ann', ['all'])
  for (const body of ['{', '[]', '"text"', 'null']) {
    expect((await post('/alerts/acknowledge', token, body)).status, body).toBe(400)
  }
})

test('the API is described for people and for programs', async () => {
  const page = await (await fetch(`${world.url}/api`)).text()
  expect(page).toContain('/alerts/acknowledge')
  const { paths } = (await (await fetch(`${world.url}/api/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { responses: Record<string, object> }>>
  }
  expect(Object.keys(paths['/alerts/acknowledge']!.post!.responses)).toContain('422')
})

test('a token that asks too often waits, and no other one does', async () => {
  const token = await tokenOf('eve', ['read'])
  const statuses: number[] = []
  let last: Response | undefined
  for (let sent = 0; sent < PER_MINUTE + 20; sent += 20) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => get('/account', token)))
    statuses.push(...answers.map(({ status }) => status))
    last = answers.find(({ status }) => status === 429)
  }
  expect(statuses.filter((status) => status === 200)).toHaveLength(PER_MINUTE)
  expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await last?.json()).toMatchObject({ type: 'urn:shelfline:problem:rate_limited', status: 429 })
  expect((await get('/account', await tokenOf('eve', ['read']))).status).toBe(200)
})
