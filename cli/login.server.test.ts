/** Signing in on the command line, as a person does it: the command as a process, the code confirmed in the web application. */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { named } from '../services/access/testing.ts'
import { createToken } from '../services/access/tokens.ts'
import { openWebWorld, sessionOf, type WebWorld } from '../web/testing.ts'

const SHELFLINE = join(import.meta.dirname, '..', 'shelfline')
let world: WebWorld
let config: string
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  world = await openWebWorld()
  config = mkdtempSync(join(tmpdir(), 'shelfline-config-'))
  environment = { ...process.env, SHELFLINE_POSTGRES_URL: world.settings.postgresUrl, XDG_CONFIG_HOME: config }
})

afterAll(async () => {
  rmSync(config, { recursive: true, force: true })
  await world?.close()
})

async function shelfline(...words: string[]): Promise<{ code: number; out: string; problem: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(SHELFLINE, words, { env: environment })
    return { code: 0, out: stdout, problem: stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, out: stdout, problem: stderr }
  }
}

const file = () => join(config, 'shelfline', 'login.json')

async function post(person: string, path: string, body: object) {
  const answer = await fetch(`${world.url}/api/v1${path}`, {
    method: 'POST',
    headers: { origin: world.url, 'content-type': 'application/json', cookie: await sessionOf(world, person) },
    body: JSON.stringify(body),
  })
  return { status: answer.status, ...((await answer.json()) as Record<string, unknown>) }
}

/** Starts the command, and lets a person decide about the code that it shows. */
async function login(person: string, decision: 'confirm' | 'deny', scope = 'all') {
  const command = spawn(SHELFLINE, ['login', '--address', world.url], { env: environment })
  let shown = ''
  for (const stream of [command.stdout, command.stderr])
    stream.on('data', (chunk: Buffer) => (shown += chunk.toString()))
  const ended = once(command, 'exit') as Promise<[number]>
  const code = () => /code=([A-Z]{4}-[A-Z]{4})/.exec(shown)?.[1]
  await expect.poll(code).toBeDefined()
  const page = await fetch(`${world.url}/device?code=${code()}`, {
    headers: { cookie: await sessionOf(world, person) },
  })
  expect(await page.text()).toContain(code())
  expect(await post(person, `/device/${decision}`, { code: code(), scope, days: 30 })).toMatchObject({ status: 200 })
  const [exit] = await ended
  return { exit, shown, code: code()! }
}

test('a confirmed code signs in: commands act under the person’s name until they sign out', async () => {
  expect(await shelfline('logout')).toMatchObject({ code: 0, out: 'No one is signed in\n' })
  const { exit, shown, code } = await login('maria', 'confirm')
  expect(shown).toContain('Signed in as maria until ')
  expect(exit).toBe(0)
  expect(statSync(file()).mode & 0o777).toBe(0o600)
  expect(await post('maria', '/device/confirm', { code, scope: 'all', days: 1 })).toMatchObject({ status: 404 })
  expect(JSON.parse((await shelfline('whoami', '--json')).out)).toMatchObject({ person: 'maria', address: world.url })
  const alert = String(
    (await world.pool.query(`select alert_id from ops.alert where dedup_key = 'a'`)).rows[0].alert_id,
  )
  expect(await shelfline('alerts', 'ack', alert, '--why', 'from the terminal')).toMatchObject({ code: 0 })
  const acted = await world.pool.query(`select acted_by from ops.alert_action where why = 'from the terminal'`)
  expect(acted.rows).toEqual([{ acted_by: 'maria' }])

  const { token, tokenId } = JSON.parse(readFileSync(file(), 'utf8')) as { token: string; tokenId: string }
  expect(await shelfline('logout')).toMatchObject({ code: 0, out: 'maria is signed out\n' })
  expect(readdirSync(join(config, 'shelfline'))).toEqual([])
  const answer = await fetch(`${world.url}/api/v1/account`, { headers: { authorization: `Bearer ${token}` } })
  expect(answer.status).toBe(401)
  const kept = await world.pool.query('select person, revoked_by from ops.api_token where token_id = $1', [tokenId])
  expect(kept.rows).toEqual([{ person: 'maria', revoked_by: 'maria' }])
})

test('a login that was revoked, or may only read, does not act: the command reports it', async () => {
  await login('omar', 'confirm', 'read')
  const readOnly = await shelfline('alerts', 'ack', '1', '--why', 'x')
  expect(readOnly.code).toBe(2)
  expect(readOnly.problem).toContain('the login of omar may only read')
  await world.pool.query(`update ops.api_token set revoked_at = now(), revoked_by = 'test' where person = 'omar'`)
  const revoked = await shelfline('whoami')
  expect(revoked.code).toBe(2)
  expect(revoked.problem).toContain('the login of omar has ended')
  expect((await shelfline('logout')).out).toContain('could not be revoked')
})

test('a code that is refused signs no one in', async () => {
  const { exit, shown } = await login('maria', 'deny')
  expect(exit).toBe(1)
  expect(shown).toContain('the code was refused')
})

test('a program that asks too often is slowed down, one that is late has no token, and a token confirms no code', async () => {
  const form = async (path: string, fields: Record<string, string>) => {
    const answer = await fetch(world.url + path, { method: 'POST', body: new URLSearchParams(fields) })
    const document = (await answer.json()) as Record<string, unknown> & { user_code?: string; device_code?: string }
    return { ...document, status: answer.status }
  }
  const begun = await form('/api/device/begin', { client_id: '<b>till</b>' })
  expect(begun).toMatchObject({ status: 200, interval: 5, user_code: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}$/) })
  const grant = {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: String(begun.device_code),
  }
  expect(await form('/api/device/token', grant)).toEqual({ status: 400, error: 'authorization_pending' })
  expect(await form('/api/device/token', grant)).toEqual({ status: 400, error: 'slow_down' })
  const { token } = await createToken(
    world.pool,
    { person: 'maria', name: 'x', scopes: ['own.decide'], days: 1 },
    named('test'),
  )
  const byToken = await fetch(`${world.url}/api/v1/device/confirm`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ code: begun.user_code, scope: 'all', days: 366 }),
  })
  expect(byToken.status).toBe(403)
  await world.pool.query(`update ops.device_login set expires_at = now()`)
  expect(await form('/api/device/token', grant)).toEqual({ status: 400, error: 'expired_token' })
  expect(await post('maria', '/device/confirm', { code: begun.user_code, scope: 'all', days: 1 })).toMatchObject({
    status: 404,
  })
  expect(await form('/api/device/token', { ...grant, device_code: 'guessed' })).toEqual({
    status: 400,
    error: 'invalid_grant',
  })
  for (let waiting = 0; waiting < 20; waiting += 1) await form('/api/device/begin', { client_id: 'many' })
  expect(await form('/api/device/begin', { client_id: 'one more' })).toMatchObject({ status: 503 })
})
