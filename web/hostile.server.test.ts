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
  test('without number delay no one', async () => {
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

test('what happened is shown, however long it is', async () => {
  const many = new URLSearchParams([
    ...Array.from({ length: 50 }, (_, n) => ['orders', `${n}-${'é"'.repeat(100)}`]),
    ['back', '/orders'],
  ])
  const answer = await send('/orders/approve', many.toString())
  const notice = answer.headers.getSetCookie()[0]!.split(';')[0]!
  expect(notice.length).toBeLessThan(4_000)
  const page = await fetch(`${world.url}/orders`, { headers: { cookie: `${cookie}; ${notice}` } })
  expect(await page.text()).toMatch(/class="toast failed"[^…]*é[^…]*…/)
})

test('an action that can not be recorded is not done, and one that is refused is recorded', async () => {
  const alert = await openAlert()
  const held = await world.pool.connect()
  await held.query('begin')
  await held.query('lock table ops.web_action')
  const refused = await post('/alerts/acknowledge', { alerts: [alert], why: 'no record' })
  await held.query('rollback')
  held.release()
  expect(refused.status).toBe(500)
  const state = await world.pool.query('select status from ops.alert where alert_id = $1', [alert])
  expect(state.rows).toEqual([{ status: 'open' }])

  expect((await post('/alerts/acknowledge', { alerts: [999_999], why: 'unknown' })).status).toBe(404)
  expect((await post('/alerts/acknowledge', { alerts: [alert], why: 'known' })).status).toBe(200)
  const { rows } = await world.pool.query(
    `select detail ->> 'why' as why, detail ->> 'ended' as ended from ops.web_action where detail ->> 'why' like '%known' order by action_id`,
  )
  expect(rows).toEqual([
    { why: 'unknown', ended: 'alert "999999" does not exist' },
    { why: 'known', ended: 'done' },
  ])
})

test('the grid of days is as fast after a day that is far away', async () => {
  await world.pool.query(
    `insert into ops.partition_ledger (asset, date, status, run, workflow_id, run_id, reason, started_at, lease_until, code_version)
     select asset, '0001-01-01', status, 999999, workflow_id, run_id, reason, started_at, lease_until, code_version
     from ops.partition_ledger where asset = 'fact_sales' limit 1`,
  )
  for (const path of ['/data', '/api/v1/data?to=9999-12-31', '/api/v1/data?from=0001-01-01']) {
    const startedAt = performance.now()
    expect((await get(path)).status, path).toBe(200)
    expect(performance.now() - startedAt, path).toBeLessThan(4_000)
  }
})

describe('wrong passwords', () => {
  test('are counted when a password is changed, as when one signs in', async () => {
    const own = { cookie: await sessionOf('bob') }
    const change = (current: string) => post('/account/password', { current, wanted: 'a new pass phrase' }, own)
    const tries = await Promise.all(Array.from({ length: 9 }, () => change('wrong')))
    const problems = await Promise.all(tries.map(problemOf))
    expect(problems.every(({ status }) => status === 403)).toBe(true)
    expect(problems.filter(({ detail }) => detail === 'The current password is wrong')).toHaveLength(5)
    expect((await problemOf(await change(world.passwords.bob!))).detail).toContain(
      'Too many failed sign-ins: try again in 15 min',
    )
    await world.pool.query('delete from ops.sign_in_failure')
    expect((await change(world.passwords.bob!)).status).toBe(200)
    expect((await world.pool.query('select from ops.sign_in_failure')).rowCount).toBe(0)
  })

  test('lock a name until its own tries are old enough, whatever others did from the address', async () => {
    await world.pool.query(
      `insert into ops.sign_in_failure (person, address, failed_at)
       select 'someone', '127.0.0.1', now() - interval '10 minutes' from generate_series(1, 7)`,
    )
    const signIn = () => send('/sign-in', new URLSearchParams({ name: 'eve', password: 'wrong' }).toString())
    for (let tries = 0; tries < 5; tries++) await signIn()
    expect(await (await signIn()).text()).toContain('Too many failed sign-ins: try again in 15 min')
    await world.pool.query('delete from ops.sign_in_failure')
  })
})

test.each([
  [
    '/alerts',
    [
      ['x', 'y'],
      ['1', '2', '3', '4'],
      ['99999999999999999999', '1', '2026-11-28 10:00:00+00', '1'],
      ['\u0000', 'x', 'y', 'z'],
    ],
  ],
  [
    '/orders',
    [
      ['x', 'y'],
      ['0000-01-01', 'x'],
      ['2026-11-28', '\ud800'],
    ],
  ],
  ['/transfers', [['x', 'y']]],
  ['/dead-letters', [['x'], ['-1'], ['99999999999999999999']]],
  ['/audit', [['x'], ['99999999999999999999']]],
] as const)('a cursor of another list than %s is refused', async (path, keys) => {
  for (const key of keys) {
    const cursor = Buffer.from(JSON.stringify(key)).toString('base64url')
    const answer = await get(`/api/v1${path}?cursor=${cursor}`)
    expect(await problemOf(answer), JSON.stringify(key)).toMatchObject({ status: 400, field: 'cursor' })
  }
})

test('a day that no calendar has is refused', async () => {
  expect((await get('/data/fact_sales/0000-01-01')).status).toBe(400)
})

describe('live values', () => {
  const follow = async (own: string) => {
    const answer = await fetch(`${world.url}/streams/live`, { headers: { cookie: own, accept: 'text/event-stream' } })
    expect(answer.status).toBe(200)
    return answer.body!.getReader()
  }

  /** Until the stream ends: in a test that would time out otherwise. */
  async function ended(reader: ReadableStreamDefaultReader): Promise<void> {
    for (;;) if ((await reader.read().catch(() => ({ done: true }))).done) return
  }

  test('are followed by one person six times at most: the oldest ends', async () => {
    const own = await sessionOf('dan')
    const readers: ReadableStreamDefaultReader[] = []
    for (let opened = 0; opened < 7; opened++) readers.push(await follow(own))
    await ended(readers[0]!)
    for (const reader of readers.slice(1)) {
      expect((await reader.read()).done).toBe(false)
      await reader.cancel()
    }
  })

  test('end when their reader may sign in no more', async () => {
    const reader = await follow(await sessionOf('dan'))
    await world.pool.query(`update ref.person set disabled_at = now() where person = 'dan'`)
    await ended(reader)
    await world.pool.query(`update ref.person set disabled_at = null where person = 'dan'`)
  })
})

// The last one: the process closes the connections, and fetch may be about to use them again.
test('a body that is too large is refused as such', async () => {
  const large = 'x'.repeat(2_200_000)
  expect((await post('/alerts/acknowledge', { alerts: [1], why: large })).status).toBe(413)
  expect((await send('/sign-in', `name=${large}`, { cookie: '' })).status).toBe(413)
})
