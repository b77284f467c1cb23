import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { noReport, reportFor } from './progress.ts'
import { chosenRelease, type DownloadLimits, prepareProgram, releaseSettings } from './release.ts'

const PROGRAM = `#!/bin/sh\necho official\n${'#'.repeat(300_000)}\n`
/** Of a download that arrives: no test waits for them, however busy the machine is. */
const LIMITS: DownloadLimits = { silenceMs: 60_000, allMs: 60_000 }
const { temporalUrl, temporalSha256, minioUrl, minioSha256 } = releaseSettings

let folder: string
let server: Server
let address: string
let archive: Buffer
let notices: string[]

const digest = (content: string | Buffer) => createHash('sha256').update(content).digest('hex')

/** What the server does at each path. */
const answers: Record<string, (response: ServerResponse) => void> = {
  '/tool.tar.gz': (response) => response.end(archive),
  '/tool': (response) => response.end(PROGRAM),
  '/elsewhere': (response) => response.writeHead(302, { location: '/tool' }).end(),
  '/silent': () => undefined,
  '/stops': (response) => response.writeHead(200, { 'content-length': PROGRAM.length }).write(PROGRAM.slice(0, 1_000)),
  '/slow': (response) => {
    const drip = setInterval(() => response.write('#'), 50)
    response.once('close', () => clearInterval(drip))
  },
  '/cut': (response) => {
    response.writeHead(200, { 'content-length': PROGRAM.length })
    response.write(PROGRAM.slice(0, 100_000), () => response.destroy())
  },
}

beforeAll(async () => {
  const files = mkdtempSync(join(tmpdir(), 'shelfline-release-'))
  mkdirSync(join(files, 'in'))
  writeFileSync(join(files, 'in', 'tool'), PROGRAM)
  writeFileSync(join(files, 'in', 'LICENSE'), 'free')
  spawnSync('tar', ['-czf', join(files, 'tool.tar.gz'), '-C', join(files, 'in'), 'LICENSE', 'tool'])
  archive = readFileSync(join(files, 'tool.tar.gz'))
  rmSync(files, { recursive: true })
  server = createServer((request, response) => {
    const answer = answers[request.url!]
    if (answer === undefined) response.writeHead(404).end('not here')
    else answer(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shelfline-release-'))
  vi.stubEnv('XDG_CACHE_HOME', folder)
  notices = []
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

interface Wanted {
  sha256?: string
  signal?: AbortSignal
  limits?: Partial<DownloadLimits>
}

/** What is in the cache afterwards runs, and shows where it is from. */
async function prepared(
  path: string | undefined,
  { sha256 = digest(PROGRAM), signal, limits }: Wanted = {},
): Promise<string> {
  const release = path === undefined ? undefined : { url: `${address}${path}`, sha256 }
  const cached = await prepareProgram(
    {
      name: 'tool',
      version: '1',
      release,
      build: async (file) => writeFileSync(file, '#!/bin/sh\necho built\n', { mode: 0o755 }),
    },
    reportFor('tool', ({ state, note }) => state === 'notice' && notices.push(note)),
    signal,
    { ...LIMITS, ...limits },
  )
  expect(readdirSync(cached)).toEqual(['tool'])
  return spawnSync(join(cached, 'tool'), { encoding: 'utf8' }).stdout.trim()
}

describe('the official release is taken', () => {
  test('as an archive', async () => {
    expect(await prepared('/tool.tar.gz', { sha256: digest(archive) })).toBe('official')
  })

  test('as the program itself, also from where the server points', async () => {
    expect(await prepared('/elsewhere')).toBe('official')
    expect(statSync(join(folder, 'shelfline', 'tool-1', 'tool')).mode & 0o777).toBe(0o755)
  })
})

describe('the program is built, and why is reported', () => {
  const silent = { limits: { silenceMs: 300 } }
  test.each<[string, string, Wanted, string]>([
    [
      'the checksum is wrong',
      '/tool',
      { sha256: 'f'.repeat(64) },
      `its SHA-256 is ${digest(PROGRAM)}, not ${'f'.repeat(64)}`,
    ],
    ['the server has no such file', '/nowhere', {}, 'the server answers 404'],
    ['the server does not answer', '/silent', silent, 'it sent nothing for 0.3 s'],
    ['the download stops', '/stops', silent, 'it sent nothing for 0.3 s'],
    ['the download is slow', '/slow', { limits: { allMs: 1_000 } }, 'it did not arrive within 1 s'],
    ['the download is cut off', '/cut', {}, 'after 100000 bytes'],
  ])('%s', async (_, path, wanted, why) => {
    expect(await prepared(path, wanted)).toBe('built')
    expect(notices.at(-1)).toContain(`${address}${path}: `)
    expect(notices.at(-1)).toContain(why)
  })

  test('no server listens', async () => {
    const release = { url: 'http://127.0.0.1:1/tool', sha256: digest(PROGRAM) }
    const build = async (file: string) => writeFileSync(file, 'built')
    const cached = await prepareProgram({ name: 'tool', version: '1', release, build }, noReport)
    expect(readFileSync(join(cached, 'tool'), 'utf8')).toBe('built')
  })

  test('no release is known', async () => {
    expect(await prepared(undefined)).toBe('built')
    expect(notices).toEqual([])
  })
})

test('a download that a person stops is neither taken nor built', async () => {
  const stop = new AbortController()
  const stopped = prepared('/stops', { signal: stop.signal })
  setTimeout(() => stop.abort(new Error('stopped')), 50)
  await expect(stopped).rejects.toThrow('stopped')
  expect(existsSync(join(folder, 'shelfline', 'tool-1'))).toBe(false)
})

describe('settings', () => {
  const known = { url: 'https://example.org/tool', sha256: 'a'.repeat(64) }

  test('a mirror takes the place of the known release, with its checksum', () => {
    expect(chosenRelease(temporalUrl, temporalSha256, known, {})).toEqual(known)
    const environment = { [temporalUrl.environment]: 'http://mirror/tool' }
    expect(chosenRelease(temporalUrl, temporalSha256, known, environment)).toEqual({
      ...known,
      url: 'http://mirror/tool',
    })
    expect(chosenRelease(minioUrl, minioSha256, undefined, {})).toBeUndefined()
  })

  test('nothing is downloaded without a checksum', () => {
    expect(() => chosenRelease(minioUrl, minioSha256, undefined, { [minioUrl.environment]: known.url })).toThrow(
      'settings: SHELFLINE_MINIO_RELEASE_SHA256: "" is not the SHA-256 of https://example.org/tool',
    )
    expect(() => chosenRelease(temporalUrl, temporalSha256, known, { [temporalUrl.environment]: 'tool' })).toThrow(
      'settings: SHELFLINE_TEMPORAL_RELEASE_URL: "tool" is not a URL',
    )
  })
})
