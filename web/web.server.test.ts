import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { WhatIfAnswer } from '../services/replenishment/whatif.ts'
import { links, questions } from './definitions.ts'
import { type ConnectStandIn, startConnect } from './sources/testing.ts'
import { chromiumPath, HOSTILE, openWebWorld, type WebWorld } from './testing.ts'

let world: WebWorld
let connect: ConnectStandIn

beforeAll(async () => {
  connect = await startConnect()
  world = await openWebWorld({ SHELFLINE_WEB_STYLEGUIDE: 'on', SHELFLINE_CONNECT_URL: connect.url })
})

afterAll(async () => {
  await world?.close()
  await connect?.close()
})

/** As a browser sends it that runs no script. */
function send(path: string, fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) {
  return fetch(world.url + path, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: world.url, 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields).toString(),
  })
}

const signIn = (name: string, password: string, headers = {}) => send('/sign-in', { name, password }, headers)

const sessions = new Map<string, string>()

/** The cookie of a session, the same for all tests that do not end it. */
async function sessionOf(person: string): Promise<string> {
  const known = sessions.get(person) ?? (await newSession(person))
  sessions.set(person, known)
  return known
}

async function newSession(person: string): Promise<string> {
  const answer = await signIn(person, world.passwords[person]!)
  expect(answer.status, await answer.text()).toBe(303)
  return answer.headers.getSetCookie()[0]!.split(';')[0]!
}

const get = (path: string, cookie = '') => fetch(world.url + path, { redirect: 'manual', headers: { cookie } })

describe('signing in', () => {
  test('leads to the requested page, and nowhere else', async () => {
    const asked = await get('/alerts?severity=critical')
    expect(asked.status).toBe(303)
    expect(asked.headers.get('location')).toBe('/sign-in?to=%2Falerts%3Fseverity%3Dcritical')
    const password = world.passwords.ann!
    for (const [to, target] of [
      ['/alerts?severity=critical', '/alerts?severity=critical'],
      ['//evil.example', '/'],
      ['https://evil.example/', '/'],
      ['/\\evil.example', '/'],
    ] as const) {
      expect((await send('/sign-in', { name: 'ann', password, to })).headers.get('location')).toBe(target)
    }
  })

  test('keeps the cookie from scripts and from other sites', async () => {
    const answer = await signIn('ann', world.passwords.ann!)
    expect(answer.headers.getSetCookie()[0]).toMatch(
      /^shelfline=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    const { rows } = await world.pool.query('select from ops.web_session where encode(token_hash, $2) = $1', [
      answer.headers.getSetCookie()[0]!.split(/[=;]/)[1],
      'escape',
    ])
    expect(rows).toEqual([])
  })

  test('is locked after five wrong passwords, also with the right one and for many at once', async () => {
    const tries = await Promise.all(Array.from({ length: 12 }, () => signIn('eve', 'wrong')))
    expect(tries.every(({ status }) => status === 403)).toBe(true)
    const texts = await Promise.all(tries.map((answer) => answer.text()))
    expect(texts.filter((text) => text.includes('The name or the password is wrong'))).toHaveLength(5)
    expect(await (await signIn('eve', world.passwords.eve!)).text()).toContain(
      'Too many failed sign-ins: try again in 1',
    )
    await world.pool.query('delete from ops.sign_in_failure')
    expect((await signIn('eve', world.passwords.eve!)).status).toBe(303)
  })

  test('ends: by signing out, everywhere, by time and when the person is disabled', async () => {
    const [one, two] = [await newSession('bob'), await newSession('bob')]
    await send('/sign-out', {}, { cookie: one })
    expect((await get('/alerts', one)).status).toBe(303)
    expect((await get('/alerts', two)).status).toBe(200)
    await send('/account/sign-out-everywhere', {}, { cookie: two })
    expect((await get('/alerts', two)).status).toBe(303)
    const three = await newSession('bob')
    await world.pool.query(`update ops.web_session set last_seen_at = now() - interval '13 hours' where person = 'bob'`)
    expect((await get('/alerts', three)).status).toBe(303)
    const four = await newSession('bob')
    await world.pool.query(`update ref.person set disabled_at = now() where person = 'bob'`)
    expect((await get('/alerts', four)).status).toBe(303)
    expect((await signIn('bob', world.passwords.bob!)).status).toBe(403)
    await world.pool.query(`update ref.person set disabled_at = null where person = 'bob'`)
    await world.pool.query('delete from ops.sign_in_failure')
  })
})

describe('requests from elsewhere', () => {
  test('are refused, whatever they claim to be', async () => {
    const cookie = await sessionOf('ann')
    const fields = { alerts: '1', why: 'forged' }
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: '' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: world.url.replace('127.0.0.1', 'evil.example') },
    ]) {
      const answer = await send('/alerts/acknowledge', fields, { cookie, ...headers })
      expect(answer.status, JSON.stringify(headers)).toBe(403)
    }
    const { rows } = await world.pool.query(`select from ops.alert_action where why = 'forged'`)
    expect(rows).toEqual([])
  })

  test('find nothing that could be framed, run or kept', async () => {
    const answer = await get('/alerts', await sessionOf('ann'))
    expect(answer.headers.get('content-security-policy')).toContain(
      "default-src 'none'; script-src 'self'; style-src 'self'",
    )
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await answer.text()).not.toMatch(/<script>|style="| on\w+="/)
  })
})

describe('who may what', () => {
  test('shows a store manager their store, and lets them act there only', async () => {
    const cookie = await sessionOf('maria')
    const { items } = (await (await get('/api/v1/alerts', cookie)).json()) as {
      items: { store_id: string; alert_id: number }[]
    }
    expect(new Set(items.map(({ store_id }) => store_id))).toEqual(new Set(['367']))
    const { rows } = await world.pool.query<{ id: number }>(
      `select alert_id as id from ops.alert where store_id = '406' limit 1`,
    )
    expect((await get(`/alerts/${rows[0]!.id}`, cookie)).status).toBe(404)
    await send('/alerts/resolve', { alerts: String(rows[0]!.id), why: 'not mine' }, { cookie })
    const after = await world.pool.query('select status from ops.alert where alert_id = $1', [rows[0]!.id])
    expect(after.rows).toEqual([{ status: 'open' }])
  })
})

test('forms work without script, under the name of the person who is signed in', async () => {
  const cookie = await sessionOf('maria')
  const { rows } = await world.pool.query<{ id: number }>(`select alert_id as id from ops.alert where dedup_key = 'd'`)
  const answer = await send(
    '/alerts/acknowledge',
    { alerts: String(rows[0]!.id), why: 'on it', by: 'ann', back: '/alerts' },
    { cookie },
  )
  expect(answer.headers.get('location')).toBe('/alerts')
  const notice = answer.headers.getSetCookie()[0]!.split(';')[0]!
  expect(await (await get('/alerts', `${cookie}; ${notice}`)).text()).toContain('1 alert acknowledged')
  const acted = await world.pool.query(`select acted_by from ops.alert_action where why = 'on it'`)
  expect(acted.rows).toEqual([{ acted_by: 'maria' }])
  const logged = await world.pool.query(
    `select person, detail ->> 'ended' as ended from ops.web_action where action = 'POST /alerts/acknowledge' order by action_id desc limit 1`,
  )
  expect(logged.rows).toEqual([{ person: 'maria', ended: 'done' }])
})

describe('streams', () => {
  test('are paused and resumed, and a pause can be undone', async () => {
    const cookie = await sessionOf('dan')
    const paused = await send('/streams/pause', { processors: 'sales_state', back: '/streams' }, { cookie })
    const notice = paused.headers.getSetCookie()[0]!.split(';')[0]!
    const page = await (await get('/streams', `${cookie}; ${notice}`)).text()
    expect(page).toContain('sales_state paused')
    expect(page).toContain('action="/streams/resume"')
    const { rows } = await world.pool.query(`select paused from ops.stream_controls where processor = 'sales_state'`)
    expect(rows).toEqual([{ paused: true }])
    await send('/streams/resume', { processors: 'sales_state' }, { cookie })
  })

  test('send values that change by themselves', async () => {
    const answer = await get('/streams/live', await sessionOf('dan'))
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    const reader = answer.body!.getReader()
    const { value } = await reader.read()
    await reader.cancel()
    expect(Buffer.from(value!).toString()).toMatch(/event: values\ndata: \{.*"sales_state\.applied":"1,180"/)
  })

  test('a dead letter is checked against its contract, and discarded with who and why', async () => {
    const cookie = await sessionOf('dan')
    const letters = (await (await get('/api/v1/dead-letters', cookie)).json()) as { letters: { letterId: number }[] }
    const id = String(letters.letters[0]!.letterId)
    const { payload } = (await (await get(`/api/v1/dead-letters/${id}`, cookie)).json()) as { payload: string }
    const check = async (text: string) => {
      const answer = await send(
        '/dead-letters/check',
        { letters: id, payload: text, back: `/dead-letters/${id}` },
        { cookie },
      )
      const notice = answer.headers.getSetCookie()[0]!.split(';')[0]!
      return (await get(`/dead-letters/${id}`, `${cookie}; ${notice}`)).text()
    }
    expect(await check(payload)).toContain('the payload breaks the contract of foot_traffic')
    expect(await check(payload.replace('-3', '3'))).toContain('the payload fits its contract')
    await send('/dead-letters/discard', { letters: id, why: 'a broken sensor' }, { cookie })
    const { rows } = await world.pool.query(
      'select status, settled_by, settled_why from ops.dead_letters where letter_id = $1',
      [id],
    )
    expect(rows).toEqual([{ status: 'discarded', settled_by: 'dan', settled_why: 'a broken sensor' }])
  })
})

describe('stock', () => {
  test('shows a store manager their store only, also live', async () => {
    const cookie = await sessionOf('maria')
    const { items } = (await (await get('/api/v1/stock', cookie)).json()) as {
      items: { storeId: string; productId: string }[]
    }
    expect(items.map(({ storeId, productId }) => `${storeId}/${productId}`)).toEqual([
      '367/milk',
      '367/beef',
      '367/chips',
      '367/bread',
      '367/tea',
    ])
    for (const path of ['/map/406', '/map/406/live', '/stock/406/milk']) {
      expect((await get(path, cookie)).status, path).toBe(404)
    }
    expect(await (await get('/api/v1/stock/lots?place=W1', cookie)).json()).toMatchObject({ items: [] })
  })

  test('is filtered and sorted, and a page continues after the page before', async () => {
    const cookie = await sessionOf('ann')
    const names = async (query: string) => {
      const answer = await get(`/api/v1/stock?${query}`, cookie)
      const { items, next } = (await answer.json()) as { items: { productId: string }[]; next: string | null }
      return { names: items.map(({ productId }) => productId), next }
    }
    expect((await names('store=367&sort=cover')).names).toEqual(['beef', 'milk', 'chips', 'bread', 'tea'])
    expect((await names('store=367&supplier=dairy')).names).toEqual(['milk', 'bread'])
    expect((await names('store=367&risk=0.5&sort=fill')).names).toEqual(['beef', 'milk', 'chips'])
    expect((await names('store=367&expiresInDays=3')).names).toEqual(['bread'])
    expect((await names('category=Snacks')).names).toEqual(['chips', 'chips'])
    expect((await names('product=tea')).names).toEqual(['tea', 'tea'])
    const first = await names('store=412&limit=50')
    const second = await names(`store=412&limit=50&cursor=${first.next}`)
    expect(new Set([...first.names, ...second.names]).size).toBe(74)
    expect(second.next).toBeNull()
  })

  test('an item has its days, prices, lots and events', async () => {
    const answer = await get('/api/v1/stock/367/bread', await sessionOf('maria'))
    const { now, days, prices, lots, events } = (await answer.json()) as Record<string, never> & {
      days: object[]
      events: { kind: string }[]
    }
    expect(now).toMatchObject({ name: 'Sourdough loaf', available: '12', held: '2', pickedLastHour: '8', pickedBy: 4 })
    expect(days).toHaveLength(28 + 15)
    expect(days[27]).toMatchObject({ sold: expect.any(String), stock: expect.any(String), p90: expect.any(String) })
    expect(days[42]).toMatchObject({ sold: null, model: 'demand v3' })
    expect(prices).toMatchObject([
      { reason: 'regular' },
      { reason: 'promotion', promotionId: 'P-7' },
      { reason: 'regular' },
    ])
    expect(lots).toMatchObject([{ batchId: 'B-2', onHand: '12' }])
    expect(new Set(events.map(({ kind }) => kind))).toEqual(new Set(['alert', 'markdown']))
    const tea = (await (await get('/api/v1/stock/367/tea', await sessionOf('ann'))).json()) as {
      days: { model: string | null }[]
    }
    expect(tea.days.at(-1)!.model).toBe('usual demand')
  })
})

describe('deliveries', () => {
  test('list what is late first, and a store manager sees those of their store', async () => {
    const read = async (person: string, query = '') =>
      (await (await get(`/api/v1/deliveries${query}`, await sessionOf(person))).json()) as {
        items: { id: string; state: string; outstanding: string }[]
        counts: Record<string, number>
        shortfalls: { productId: string; damaged: string }[]
      }
    const all = await read('ann')
    expect(all.items.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'PO-acme-367-20261127 late',
      'S-1 late',
      'PO-dairy-W1-20261125 short',
      'S-2 coming',
    ])
    expect(all.counts).toEqual({ late: 2, short: 1, coming: 1 })
    expect(all.shortfalls).toMatchObject([{ productId: 'bread', damaged: '6' }])
    expect((await read('ann', '?state=short')).items).toMatchObject([{ outstanding: '168' }])
    expect((await read('maria')).items.map(({ id }) => id)).toEqual(['PO-acme-367-20261127'])
    expect((await read('maria')).shortfalls).toEqual([])
  })

  test('are not received when the order is closed, no quantity is given, or more is damaged than was delivered', async () => {
    const cookie = await sessionOf('maria')
    const receive = async (order: string, line: object) => {
      const answer = await fetch(`${world.url}/api/v1/deliveries/${order}/receive`, {
        method: 'POST',
        headers: { origin: world.url, 'content-type': 'application/json', cookie },
        body: JSON.stringify({ note: 'N-1', product: ['milk'], ...line }),
      })
      return { status: answer.status, ...((await answer.json()) as { title: string; detail: string }) }
    }
    const own = 'PO-acme-367-20261127'
    expect(await receive('PO-acme-W1-20261121', { quantity: ['3'] })).toMatchObject({ status: 404 })
    expect(await receive(own, { quantity: [''] })).toMatchObject({ status: 400, detail: 'lines no quantity is given' })
    expect(await receive(own, { quantity: ['3'], damaged: ['4'] })).toMatchObject({
      status: 400,
      detail: 'damaged "4" is more than the 3 that were delivered',
    })
    expect(await receive(own, { quantity: ['three'] })).toMatchObject({ status: 400 })
    expect(await receive(own, { product: ['gold'], quantity: ['3'] })).toMatchObject({ status: 404 })
    await world.pool.query(`update ops.purchase_order set status = 'closed' where purchase_order_id = $1`, [own])
    expect(await receive(own, { quantity: ['3'] })).toMatchObject({ status: 409 })
    await world.pool.query(`update ops.purchase_order set status = 'sent' where purchase_order_id = $1`, [own])
  })
})

test('forecasts are compared with the sales by segment, and a store has its largest differences', async () => {
  const cookie = await sessionOf('ann')
  const read = async (query: string) =>
    (await (await get(`/api/v1/forecasts?${query}`, cookie)).json()) as {
      days: object[]
      segments: { segment: string; bias: number }[]
      exceptions: { productId: string; money: string }[]
    }
  const { days, segments, exceptions } = await read('store=367')
  expect(days).toHaveLength(28)
  expect(segments.map(({ segment }) => segment)).toEqual(['Dairy', 'Meat', 'Bakery', 'Snacks'])
  expect(segments[1]!.bias).toBeLessThan(-0.1)
  expect(exceptions.map(({ productId }) => productId).sort()).toEqual(['beef', 'bread', 'chips', 'milk'])
  expect((await read('by=horizon&days=7')).segments.map(({ segment }) => segment)).toEqual(['01', '07'])
  expect((await read('category=Meat')).exceptions).toEqual([])
})

test('a forecast is overridden by those who decide about orders, shown beside it, and withdrawn', async () => {
  const post = async (person: string, path: string, body: object) => {
    const answer = await fetch(`${world.url}/api/v1${path}`, {
      method: 'POST',
      headers: { origin: world.url, 'content-type': 'application/json', cookie: await sessionOf(person) },
      body: JSON.stringify(body),
    })
    const document = (await answer.json()) as Record<string, unknown> & { overrideId?: number }
    return { ...document, status: answer.status }
  }
  const read = async <Answer>(person: string, path: string) =>
    (await (await get(`/api/v1${path}`, await sessionOf(person))).json()) as Answer
  interface Day {
    day: string
    mean: string | null
    overridden: string | null
  }
  const ahead = async () => (await read<{ days: Day[] }>('bob', '/stock/367/milk')).days.slice(-13)
  const [first] = await ahead()
  const override = { store: '367', product: 'milk', from: first!.day, to: first!.day, factor: '2', why: 'festival' }
  expect(await post('omar', '/forecasts/override', override)).toMatchObject({ status: 404 })
  expect(await post('bob', '/forecasts/override', { ...override, dryRun: true })).toMatchObject({ overrideId: null })
  expect((await ahead())[0]).toMatchObject({ overridden: null })
  const made = await post('bob', '/forecasts/override', override)
  expect(made).toMatchObject({ status: 200, days: [{ day: first!.day }] })
  const [after, next] = await ahead()
  expect(Number(after!.overridden)).toBeCloseTo(2 * Number(first!.mean), 2)
  expect(after!.mean).toBe(first!.mean)
  expect(next!.overridden).toBeNull()
  const withdraw = `/forecasts/overrides/${made.overrideId}/withdraw`
  expect(await post('omar', withdraw, { why: 'not mine' })).toMatchObject({ status: 404 })
  expect(await post('bob', withdraw, { why: 'rain' })).toMatchObject({ status: 200, isChanged: true })
  expect((await ahead())[0]).toMatchObject({ overridden: null })
  const list = await read<{ items: { by: string; state: string; withdrawnWhy: string }[]; value: { days: number } }>(
    'bob',
    '/forecasts/overrides?store=367',
  )
  expect(list.items).toMatchObject([{ by: 'bob', state: 'withdrawn', withdrawnWhy: 'rain' }])
  const measured = await read<{ value: { days: number } }>('omar', '/forecasts/overrides?state=over')
  expect(measured.value.days).toBe(5)
})

describe('what if', () => {
  test('compares today’s orders with those under a change, for people who see all stores', async () => {
    const read = async (person: string, query: string) => {
      const answer = await get(`/api/v1/whatif${query}`, await sessionOf(person))
      const document = (await answer.json()) as { compared: WhatIfAnswer | null; detail?: string }
      return { status: answer.status, ...document }
    }
    expect(await read('bob', '')).toMatchObject({ status: 200, compared: null })
    const { compared } = await read('bob', '?leadTimeDays=30&location=W1')
    // Suppliers take orders on weekdays; after their cut-off, too, for the next day.
    for (const { present, changed } of compared!.suppliers) expect(changed.value).toBeGreaterThan(present.value)
    expect(compared!.suppliers.length + compared!.closed.length).toBe(2)
    expect(await read('bob', '?leadTimeDays=9&location=nowhere')).toMatchObject({ status: 400 })
    await world.pool.query(`update ref.user_scope set scope = 'store', store_id = '367' where user_name = 'bob'`)
    expect(await read('bob', '?leadTimeDays=9')).toMatchObject({ status: 403 })
    await world.pool.query(`update ref.user_scope set scope = 'all', store_id = null where user_name = 'bob'`)
    const { rows } = await world.pool.query('select count(*)::integer as orders from ops.purchase_order')
    expect(rows).toEqual([{ orders: 5 }])
  })

  test('ends when the reader leaves, so that others are computed', async () => {
    const cookie = await sessionOf('bob')
    // Locked, no plan gets further than its first reading.
    const blocker = await world.pool.connect()
    await blocker.query('begin; lock table ref.supply_terms')
    const waiting = () =>
      world.pool
        .query<{ count: number }>(
          `select count(*)::integer from pg_locks where relation = 'ref.supply_terms'::regclass and not granted`,
        )
        .then(({ rows }) => rows[0]!.count)
    const left = new AbortController()
    const ask = (signal: AbortSignal) =>
      fetch(`${world.url}/api/v1/whatif?leadTimeDays=1`, { headers: { cookie }, signal })
    const both = [ask(left.signal), ask(left.signal)]
    await expect.poll(waiting, { timeout: 30_000 }).toBe(2)
    const third = await ask(AbortSignal.timeout(30_000))
    expect(third.status).toBe(503)
    left.abort()
    await Promise.allSettled(both)
    await blocker.query('rollback')
    blocker.release()
    await expect.poll(async () => (await ask(AbortSignal.timeout(30_000))).status, { timeout: 30_000 }).toBe(200)
  })
})

test('the review of a week has the figures of the stores that a person sees, also as files', async () => {
  const week = '/week?week=2026-11-18'
  const review = async (person: string) =>
    (await (await get(`/api/v1${week}`, await sessionOf(person))).json()) as {
      from: string
      groups: { figures: { name: string; value: string | null }[] }[]
      stores: { storeId: string; revenue: string }[]
    }
  const [all, own] = [await review('eve'), await review('maria')]
  const revenueOf = ({ groups }: typeof all) => groups[0]!.figures.find(({ name }) => name === 'revenue')!.value
  expect([all.from, all.stores.length, own.stores.map(({ storeId }) => storeId)]).toEqual(['2026-11-16', 3, ['367']])
  expect([revenueOf(all), revenueOf(own)]).toEqual(['196560', own.stores[0]!.revenue])
  const page = await (await get(week, await sessionOf('eve'))).text()
  expect(page).toContain('US$196,560')
  expect(page).toContain('href="/week?week=2026-11-09"')
  // Each link leads to a week that can be read: none to one that has not begun.
  const { weekAfter: current } = (await (await get('/api/v1/week', await sessionOf('eve'))).json()) as {
    weekAfter: string
  }
  const asked = await (await get(`/week?week=${current}`, await sessionOf('eve'))).text()
  const links = [...asked.matchAll(/class="button small" href="(\/week\?week=[^"]+)"/g)].map(([, href]) => href!)
  expect(links).toHaveLength(1)
  expect((await get(links[0]!, await sessionOf('eve'))).status).toBe(200)
  const pdf = await get(`/api/v1${week}&format=pdf`, await sessionOf('eve'))
  expect(pdf.headers.get('content-type')).toBe('application/pdf')
  expect((await pdf.text()).slice(0, 5)).toBe('%PDF-')
  const csv = await (await get(`/api/v1${week}&format=csv`, await sessionOf('eve'))).text()
  expect(csv).toContain('Sales,Revenue,money,196560')
  expect((await get('/api/v1/week?week=2026-13-01', await sessionOf('eve'))).status).toBe(400)
})

describe('sources of events', () => {
  test('are connectors, captured tables and systems that post, without their secrets', async () => {
    const cookie = await sessionOf('dan')
    const page = await (await get('/data/sources', cookie)).text()
    expect(page).toContain('the slot is &lt;b&gt;gone&lt;/b&gt;')
    expect(page).toContain('has no column &quot;amount&quot;')
    expect(page).toContain('tills')
    const answer = await (await get('/api/v1/data/sources', cookie)).text()
    expect(page + answer).not.toContain('not-for-pages')
    const detail = await (await get('/data/sources/connectors/erp', cookie)).text()
    expect(detail).toContain('{&quot;lsn&quot;:4711}')
    expect((await get('/data/sources/connectors/none', cookie)).status).toBe(404)
    expect((await get('/data/sources', await sessionOf('bob'))).status).toBe(403)
  })

  test('are paused, resumed, started again and read again, under the name of the person', async () => {
    const cookie = await sessionOf('dan')
    for (const what of ['pause', 'resume', 'restart']) {
      const path = `/data/sources/connectors/${what}`
      expect((await send(path, { connector: 'erp', back: '/data/sources' }, { cookie })).status).toBe(303)
    }
    expect(connect.asked).toEqual([
      'PUT /connectors/erp/pause',
      'PUT /connectors/erp/resume',
      'POST /connectors/erp/restart',
    ])
    const { rows: audited } = await world.pool.query(
      `select person, action from ops.audit where object = 'connector' order by audit_id`,
    )
    expect(audited).toEqual(['pause', 'resume', 'restart'].map((action) => ({ person: 'dan', action })))
    const state = () =>
      world.pool.query(
        `select generation, changed_by, (select count(*)::integer from ops.cdc_stream as stream where stream.map_id = map.map_id) as streams
         from ref.cdc_map as map where map_id = 'prices'`,
      )
    const [before] = (await state()).rows
    expect((await send('/data/sources/read-again', { map: 'prices' }, { cookie })).status).toBe(303)
    const [after] = (await state()).rows
    expect(after.generation).not.toBe(before.generation)
    expect(after).toMatchObject({ changed_by: 'dan', streams: 0 })
    expect(
      (await send('/data/sources/read-again', { map: 'stock' }, { cookie: await sessionOf('maria') })).status,
    ).toBe(403)
  })
})

describe('devices', () => {
  test('are listed with what is known of them, silent ones apart, and shown', async () => {
    const cookie = await sessionOf('dan')
    const page = await (await get('/data/sources/devices', cookie)).text()
    expect(page).toContain('battery &lt;7 %&gt;')
    expect(page).toContain('Never connected')
    expect(page).toContain('Silent')
    const { devices } = (await (await get('/api/v1/data/sources/devices?silent=true', cookie)).json()) as {
      devices: { deviceId: string }[]
    }
    expect(devices.map(({ deviceId }) => deviceId)).toEqual(['door-1'])
    expect(await (await get('/data/sources/devices/scale-7', cookie)).text()).toContain('shelf, M1')
    expect((await get('/data/sources/devices/none', cookie)).status).toBe(404)
    expect((await get('/data/sources/devices', await sessionOf('maria'))).status).toBe(403)
  })

  test('get a new password, shown once, and are removed, under the name of the person', async () => {
    const cookie = await sessionOf('dan')
    const hashes = async () =>
      (
        await world.pool.query(
          `select password_hash, previous_hash, changed_by from ref.device where device_id = 'gate-2'`,
        )
      ).rows
    const [before] = await hashes()
    const rotate = (keptHours: number) =>
      fetch(`${world.url}/api/v1/data/sources/devices/rotate`, {
        method: 'POST',
        headers: { cookie, origin: world.url, 'content-type': 'application/json' },
        body: JSON.stringify({ device: 'gate-2', keptHours }),
      })
    const { password } = (await (await rotate(5)).json()) as { password: string }
    const [rotated] = await hashes()
    expect(rotated).toEqual({
      password_hash: createHash('sha256').update(password).digest(),
      previous_hash: before.password_hash,
      changed_by: 'dan',
    })
    expect((await rotate(0)).status).toBe(200)
    expect((await hashes())[0].previous_hash).toBeNull()
    expect(
      (await send('/data/sources/devices/remove', { device: 'gate-2', back: '/data/sources/devices' }, { cookie }))
        .status,
    ).toBe(303)
    expect(await hashes()).toEqual([])
    const { rows } = await world.pool.query(
      `select person, action, after::text as after from ops.audit where object = 'device' and object_id = 'gate-2' and person = 'dan' order by audit_id`,
    )
    expect(rows.map(({ action }) => action)).toEqual(['add', 'change', 'change', 'remove'])
    expect(JSON.stringify(rows)).not.toContain(password)
    expect(
      (await send('/data/sources/devices/remove', { device: 'scale-7' }, { cookie: await sessionOf('maria') })).status,
    ).toBe(403)
  })
})

describe('payments', () => {
  test('show what is missing, what is suspicious and what banks took back, of the stores that a person sees', async () => {
    const cookie = await sessionOf('ann')
    const page = await (await get('/payments', cookie)).text()
    expect(page).toContain('unpaid-1')
    expect(page).toContain('declined 2 times')
    const refunds = await (await get('/payments/refunds', cookie)).text()
    expect(refunds).toContain('false-&lt;1&gt;')
    expect(refunds).toContain('of paid-1')
    expect(refunds).toContain('No goods')
    const suspicious = (await (await get('/api/v1/payments/refunds?suspicious=true', cookie)).json()) as {
      items: { transactionId: string; cashierId: string; reasons: string[] }[]
    }
    expect(suspicious.items).toMatchObject([
      { transactionId: 'false-<1>', cashierId: '4', reasons: ['no_goods', 'high_risk'] },
    ])
    expect(await (await get('/payments/charge-backs', cookie)).text()).toContain('paid-1')
    const stores = async (person: string) => {
      const answer = await get('/api/v1/payments', await sessionOf(person))
      const { items } = (await answer.json()) as { items: { storeId: string }[] }
      return [...new Set(items.map(({ storeId }) => storeId))]
    }
    expect(await stores('ann')).toEqual(['367', '406'])
    expect(await stores('maria')).toEqual(['367'])
    expect((await get('/payments', await sessionOf('bob'))).status).toBe(403)
  })
})

describe('the API', () => {
  test('answers errors as problem documents', async () => {
    const cookie = await sessionOf('ann')
    const answer = await get('/api/v1/alerts?severity=purple', cookie)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await answer.json()).toMatchObject({ type: 'urn:shelfline:problem:invalid', status: 400, field: 'severity' })
    expect(await (await get('/api/v1/alerts/999999', cookie)).json()).toMatchObject({
      status: 404,
      title: 'alert "999999" does not exist',
    })
  })

  test('gives rows as CSV, in which no text is a formula', async () => {
    const text = await (await get('/api/v1/alerts?format=csv', await sessionOf('ann'))).text()
    expect(text.split('\r\n')[0]).toContain('alert_id,alert_type,store_id')
    expect(text).not.toMatch(/(^|,)"?[=+@]/m)
  })

  test('describes itself', async () => {
    const document = (await (await get('/api/openapi.json')).json()) as {
      openapi: string
      paths: Record<string, object>
    }
    expect(document.openapi).toBe('3.1.0')
    expect(Object.keys(document.paths['/alerts/acknowledge']!)).toEqual(['post'])
  })
})

describe.skipIf(chromiumPath === undefined)(
  `in a browser${chromiumPath ? '' : ' (skipped: this machine has no Chromium)'}`,
  () => {
    let browser: Browser
    const problems: string[] = []

    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] })
    })
    afterAll(async () => {
      await browser?.close()
    })

    async function open(person: string, options: Parameters<Browser['newContext']>[0]): Promise<BrowserContext> {
      const context = await browser.newContext({ locale: 'en-GB', ...options })
      const [name, value] = (await sessionOf(person)).split('=')
      await context.addCookies([{ name: name!, value: value!, url: world.url }])
      context.on(
        'console',
        (message) => message.type() === 'error' && problems.push(`${message.location().url}: ${message.text()}`),
      )
      context.on('weberror', (error) => problems.push(String(error.error())))
      return context
    }

    test.each([1440, 390])(
      'no page has a violation of WCAG 2.2 AA, an error or a bar to scroll sideways, light or dark: %i px',
      async (width) => {
        const context = await open('ann', { viewport: { width, height: 900 } })
        const page = await context.newPage()
        await page.goto(`${world.url}/alerts`)
        const details = await firstDetails(page)
        const pages = questions.flatMap(({ path, page }) => (page && !path.includes(':') ? [path] : []))
        const others = ['/styleguide', '/api', ...deep, '/nowhere']
        for (const path of [...new Set([...pages, ...details, ...others])]) {
          await page.goto(world.url + path)
          // The policy of the pages forbids what is not theirs: the check is put in from outside.
          await page.evaluate(AXE)
          for (const colorScheme of ['light', 'dark'] as const) {
            await page.emulateMedia({ colorScheme })
            // An animation that has begun keeps the colours of its beginning.
            await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)))
            expect(await violations(page), `${path}, ${colorScheme}`).toEqual([])
          }
          const overflow = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          )
          expect(overflow, `${path} is wider than the window`).toBeLessThanOrEqual(0)
        }
        await context.close()
        expect(problems.filter((problem) => !problem.includes('/nowhere'))).toEqual([])
      },
    )

    test('what comes from events is shown as text', async () => {
      const context = await open('ann', {})
      const page = await context.newPage()
      await page.goto(`${world.url}/alerts`)
      expect(await page.locator('main').textContent()).toContain(HOSTILE)
      expect(await page.title()).toBe('Alerts · Shelfline')
      await context.close()
    })

    test('the store map is walked by keys, opens a shelf beside it, and changes by itself', async () => {
      const context = await open('maria', { viewport: { width: 1280, height: 860 } })
      const page = await context.newPage()
      await page.goto(`${world.url}/map/367`)
      const shelf = (product: string) => page.locator(`a[data-product=${product}]`)
      await shelf('bread').focus()
      await page.keyboard.press('ArrowRight')
      expect(await page.evaluate(() => (document.activeElement as SVGAElement).dataset.product)).toBe('milk')
      await page.keyboard.press('Enter')
      await page.locator('#drawer h2', { hasText: 'Whole milk 1 l' }).waitFor()
      expect(new URL(page.url()).search).toBe('?product=milk')
      await page.reload()
      expect(await page.locator('#drawer h2').textContent()).toBe('Whole milk 1 l')
      await page.keyboard.press('Escape')
      await page.waitForURL('**/map/367')
      await page.locator('#find').fill('crisps')
      expect(await page.locator('a.found').getAttribute('data-product')).toBe('chips')

      await page.locator('[data-live-state][data-state=live]').waitFor()
      expect(await shelf('tea').getAttribute('class')).toBe('ok')
      await world.pool.query(
        `update state.shelf set picked = picked + 20, last_weight = 0.5, last_weight_at = now() where store_id = '367' and product_id = 'tea'`,
      )
      await page.locator('a[data-product=tea].watch.weighed').waitFor({ timeout: 10_000 })
      expect(await shelf('tea').locator('title').textContent()).toBe('Breakfast tea 80 bags: 1 of 24')
      await context.close()
    })

    test('alerts are chosen, acknowledged and filtered, and a reload keeps the filter', async () => {
      const context = await open('ann', { viewport: { width: 390, height: 844 } })
      const page = await context.newPage()
      await page.goto(`${world.url}/alerts?severity=critical`)
      await page.locator('tbody input[type=checkbox]').first().check()
      await page.locator('tbody input[type=checkbox]').nth(1).check()
      await page.locator('[name=why]').fill('called the supplier')
      await page.getByRole('button', { name: 'Acknowledge 2' }).click()
      await page.getByText('2 alerts acknowledged').waitFor()
      expect(new URL(page.url()).search).toBe('?severity=critical')
      expect(await page.getByText('Acknowledged by ann').count()).toBe(2)
      await page.reload()
      expect(await page.locator('[aria-current=true]').textContent()).toBe('Critical')
      await page.keyboard.press('Control+k')
      await page.locator('#palette input').fill('harb')
      await page.getByRole('option', { name: /406 Harbour/ }).click()
      await page.waitForURL('**/alerts?store=406')
      await context.close()
    })
  },
)

/** The first detail that each list leads to. */
async function firstDetails(page: Page): Promise<string[]> {
  const found: string[] = []
  for (const { href } of links) {
    await page.goto(world.url + href)
    const detail = await page.evaluate(() => document.querySelector('main a.title')?.getAttribute('href') ?? null)
    if (detail !== null) found.push(detail)
  }
  return found
}

/** What no list leads to first. */
const deep = [
  '/policies?kind=shelf&near_expiry_days=3',
  '/administration/people/maria',
  '/models/demand/1',
  '/data/backfills/20261128-080000-abcd',
  '/data/lineage?asset=fact_sales',
  '/data/fact_sales/2026-11-20',
]

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

function violations(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const axe = (
      globalThis as unknown as {
        axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
      }
    ).axe
    const { violations } = await axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
      resultTypes: ['violations'],
    })
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html.slice(0, 200)}`)
  })
}
