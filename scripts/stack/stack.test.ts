import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { StackError } from './errors.ts'
import { Home } from './home.ts'
import { freePorts, portNames, stackSettings } from './ports.ts'
import { down, reset, status, up } from './stack.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shelfline-stack-'))
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

test('an instance that never was is stopped, and asking makes nothing', async () => {
  const home = join(folder, 'none')
  expect((await status({ home })).map(({ state }) => state)).toEqual(Array(4).fill('stopped'))
  expect(await down({ home })).toEqual([])
  await reset({ home })
  expect(existsSync(home)).toBe(false)
})

test('a server whose process is gone has died, and the last meaningful line of its log shows why', async () => {
  const home = new Home(folder)
  home.create()
  home.writePrivate('ports.json', await freePorts())
  const { pid } = spawnSync('true')
  home.writeServer('kafka', { pid: pid!, identity: 'gone', startedAt: new Date().toISOString(), command: 'java' })
  writeFileSync(home.logFile('kafka'), 'starting\nFATAL disk is full\nbye\n')
  const kafka = (await status({ home: folder })).find(({ name }) => name === 'kafka')
  expect(kafka).toMatchObject({ state: 'died', pid, problem: 'FATAL disk is full', log: home.logFile('kafka') })
  expect(await down({ home: folder })).toEqual([])
  expect(home.readServer('kafka')).toBeUndefined()
})

test('a port that is taken is named with its server and its setting, and nothing is started', async () => {
  const ports = await freePorts()
  for (const name of portNames) vi.stubEnv(stackSettings[name].environment, String(ports[name]))
  const taken = createServer()
  await new Promise<void>((ready) => taken.listen(ports.objectStore, '127.0.0.1', ready))
  try {
    const failing = up({ home: folder })
    await expect(failing).rejects.toThrow(StackError)
    await expect(failing).rejects.toThrow(
      `MinIO: port ${ports.objectStore} is used by another program; stop it, or set another port with SHELFLINE_OBJECT_STORE_PORT`,
    )
  } finally {
    taken.close()
  }
  expect((await status({ home: folder })).map(({ state }) => state)).toEqual(Array(4).fill('stopped'))
})

test('a server whose address the settings give is external; its password is not shown', async () => {
  vi.stubEnv('SHELFLINE_POSTGRES_URL', 'postgres://user:secret@db.example:5432/shop')
  const [postgres] = await status({ home: folder })
  expect(postgres).toEqual({
    name: 'postgres',
    title: 'PostgreSQL',
    state: 'external',
    address: 'db.example:5432/shop',
  })
})

test('passwords are made once, and only the owner reads them', () => {
  const home = new Home(folder)
  home.create()
  const secrets = home.secrets()
  expect(home.secrets()).toEqual(secrets)
  expect(new Set(Object.values(secrets)).size).toBe(Object.keys(secrets).length)
  expect(statSync(home.path('secrets.json')).mode & 0o777).toBe(0o600)
})
