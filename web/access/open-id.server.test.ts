import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openWebWorld, type WebWorld } from '../testing.ts'
import { type Fault, startTestIssuer, type TestIssuer, testClient } from './testing-issuer.ts'

let issuer: TestIssuer
let world: WebWorld
let folder: string

beforeAll(async () => {
  issuer = await startTestIssuer()
  folder = await mkdtemp(join(tmpdir(), 'shelfline-openid-'))
  const secretFile = join(folder, 'secret')
  writeFileSync(secretFile, `${testClient.secret}\n`)
  world = await openWebWorld({
    SHELFLINE_OIDC_ISSUER: issuer.url,
    SHELFLINE_OIDC_CLIENT_ID: testClient.id,
    SHELFLINE_OIDC_CLIENT_SECRET_FILE: secretFile,
    SHELFLINE_OIDC_ROLE_CLAIM: 'groups',
    SHELFLINE_OIDC_ROLES: 'purchasing=buyer',
  })
})

afterAll(async () => {
  await world?.close()
  await issuer?.close()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(() => {
  issuer.fault = undefined
  issuer.claims = { preferred_username: 'Bob', groups: ['staff', 'purchasing'] }
})

const get = (url: string, cookie = '') => fetch(url, { redirect: 'manual', headers: { cookie } })
const cookieOf = (answer: Response): string => answer.headers.getSetCookie()[0]!.split(';')[0]!

/** As a browser does it: to the provider, and back. */
async function signIn({ to = '/alerts', isForgotten = false } = {}): Promise<Response> {
  const started = await get(`${world.url}/sign-in/openid?to=${encodeURIComponent(to)}`)
  expect(started.status).toBe(303)
  const back = await get(started.headers.get('location')!)
  return get(back.headers.get('location')!, isForgotten ? '' : cookieOf(started))
}

describe('signing in by OpenID Connect', () => {
  test('leads to the page that was asked for, as the person that is known here, beside passwords', async () => {
    const page = await (await get(`${world.url}/sign-in`)).text()
    expect(page).toContain(`Sign in with ${new URL(issuer.url).host}`)
    expect(page).toContain('type="password"')
    const answer = await signIn({ to: '/orders?status=sent' })
    expect(answer.status, await answer.clone().text()).toBe(303)
    expect(answer.headers.get('location')).toBe('/orders?status=sent')
    const session = answer.headers.getSetCookie().find((cookie) => cookie.startsWith('shelfline='))!
    expect(session).toMatch(/HttpOnly; SameSite=Lax/)
    const account = (await (await get(`${world.url}/api/v1/account`, session.split(';')[0]!)).json()) as object
    expect(account).toMatchObject({ person: 'bob', role: 'buyer' })
  })

  test('goes nowhere else', async () => {
    expect((await signIn({ to: '//evil.example' })).headers.get('location')).toBe('/')
  })

  test.each(['nonce', 'signature', 'expired', 'audience', 'issuer', 'state', 'denied'] satisfies Fault[])(
    'is refused when the provider answers with a wrong %s',
    async (fault) => {
      issuer.fault = fault
      const answer = await signIn()
      expect(answer.status).toBe(403)
      expect(await answer.text()).toContain('did not confirm who you are')
      expect(answer.headers.getSetCookie().join()).not.toContain('shelfline=')
    },
  )

  test('is refused in a browser that did not start it, and when the answer comes twice', async () => {
    expect(await (await signIn({ isForgotten: true })).text()).toContain('started in another browser')
    const started = await get(`${world.url}/sign-in/openid`)
    const back = (await get(started.headers.get('location')!)).headers.get('location')!
    expect((await get(back, cookieOf(started))).status).toBe(303)
    expect((await get(back, cookieOf(started))).status).toBe(403)
  })

  test('is refused for a person who was not added, who is disabled, or who has no group for their role', async () => {
    issuer.claims = { preferred_username: 'mallory', groups: ['purchasing'] }
    expect(await (await signIn()).text()).toContain('mallory may not sign in')
    issuer.claims = { preferred_username: 'ann', groups: ['purchasing'] }
    expect(await (await signIn()).text()).toContain('ann has no group that gives the role administrator')
    issuer.claims = { groups: ['purchasing'] }
    expect(await (await signIn()).text()).toContain('did not send your name')
    issuer.claims = { preferred_username: 'bob', groups: ['purchasing'] }
    await world.pool.query(`update ref.person set disabled_at = now() where person = 'bob'`)
    expect((await signIn()).status).toBe(403)
    await world.pool.query(`update ref.person set disabled_at = null where person = 'bob'`)
  })

  test('ends everywhere like every other session', async () => {
    const session = (answer: Response) =>
      answer.headers
        .getSetCookie()
        .find((cookie) => cookie.startsWith('shelfline='))!
        .split(';')[0]!
    const [one, two] = [session(await signIn()), session(await signIn())]
    await fetch(`${world.url}/account/sign-out-everywhere`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: one, origin: world.url, 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect((await get(`${world.url}/alerts`, two)).status).toBe(303)
  })

  test('the secret is in no log', () => {
    expect(world.log()).not.toContain(testClient.secret)
  })
})
