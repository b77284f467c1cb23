import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { findCached, withCached } from './cache.ts'

const MODULE = pathToFileURL(join(import.meta.dirname, 'cache.ts')).href

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'shelfline-cache-'))
  vi.stubEnv('XDG_CACHE_HOME', root)
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true, force: true })
})

const unfinished = () => readdirSync(join(root, 'shelfline')).filter((name) => name.startsWith('.unfinished'))

/** Another process that builds item 1; `body` is the build's code, with `folder`, `root` and `fs` at hand. */
function buildElsewhere(body: string): { child: ChildProcess; ended: Promise<number | null> } {
  const script = `
    import fs from 'node:fs'
    const root = ${JSON.stringify(root)}
    const { withCached } = await import(${JSON.stringify(MODULE)})
    await withCached('item', '1', async (folder) => { ${body} })
  `
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, XDG_CACHE_HOME: root },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return { child, ended: new Promise((ended) => child.once('exit', ended)) }
}

test('processes that need the same item build it once', async () => {
  const body = `
    fs.appendFileSync(root + '/builds', 'x')
    fs.writeFileSync(folder + '/part', 'x')
    await new Promise((later) => setTimeout(later, 200))
    fs.writeFileSync(folder + '/rest', 'x')
  `
  const codes = await Promise.all([1, 2, 3].map(() => buildElsewhere(body).ended))
  expect(codes).toEqual([0, 0, 0])
  expect(readFileSync(join(root, 'builds'), 'utf8')).toBe('x')
  expect(readdirSync(findCached('item', '1')!)).toEqual(['part', 'rest'])
})

test('callers in one process build once, and the later ones are notified that they wait', async () => {
  let builds = 0
  const onWait = vi.fn()
  const build = async (folder: string) => {
    builds++
    await new Promise(setImmediate)
    writeFileSync(join(folder, 'file'), '')
  }
  const paths = await Promise.all([1, 2, 3].map(() => withCached('item', '1', build, onWait)))
  expect(new Set(paths).size).toBe(1)
  expect(builds).toBe(1)
  expect(onWait).toHaveBeenCalledTimes(2)
})

test('a build that fails is not there, and leaves nothing', async () => {
  const failing = withCached('item', '1', async (folder) => {
    writeFileSync(join(folder, 'part'), '')
    throw new Error('no network')
  })
  await expect(failing).rejects.toThrow('no network')
  expect(findCached('item', '1')).toBeUndefined()
  expect(unfinished()).toEqual([])
})

test('a killed build does not count, does not block the next one, and is removed by it', async () => {
  const { child, ended } = buildElsewhere(`
    fs.writeFileSync(folder + '/part', 'half')
    fs.writeFileSync(root + '/started', '')
    await new Promise((never) => setInterval(never, 60_000))
  `)
  await vi.waitFor(() => expect(existsSync(join(root, 'started'))).toBe(true), { timeout: 20_000 })
  child.kill('SIGKILL')
  await ended
  expect(findCached('item', '1')).toBeUndefined()
  expect(unfinished()).toHaveLength(1)

  const folder = await withCached('item', '1', async (temporary) => writeFileSync(join(temporary, 'whole'), ''))
  expect(readdirSync(folder)).toEqual(['whole'])
  expect(unfinished()).toEqual([])
})

test('versions are items of their own', async () => {
  const build = async (folder: string) => appendFileSync(join(folder, 'file'), '')
  expect(await withCached('item', '1', build)).not.toBe(await withCached('item', '2', build))
})
