import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { examine } from './doctor.ts'
import { prepareAll } from './prepare.ts'
import { noProgress } from './progress.ts'

let emptyFolder: string

/** A machine with no tool on its PATH and nothing in its cache. */
beforeEach(() => {
  emptyFolder = mkdtempSync(join(tmpdir(), 'shelfline-doctor-'))
  vi.stubEnv('PATH', emptyFolder)
  vi.stubEnv('JAVA_HOME', '')
  vi.stubEnv('XDG_CACHE_HOME', emptyFolder)
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(emptyFolder, { recursive: true })
})

async function statesByName(options = {}): Promise<Record<string, string>> {
  return Object.fromEntries((await examine(options)).map(({ name, state }) => [name, state]))
}

test('a bare machine lacks what set-up can not get, and nothing else', async () => {
  expect(await statesByName()).toEqual({
    'Node.js': 'ready',
    'Python with pip': 'missing',
    'Go 1.26 or newer': 'will be fetched',
    'Java 17 or newer': 'will be fetched',
    Maven: 'missing',
    PostgreSQL: 'ready',
    MinIO: 'will be fetched',
    Kafka: 'will be fetched',
    Temporal: 'will be fetched',
    'DuckDB extensions': 'will be fetched',
    'Complete Journey data': 'will be fetched',
    'Temporal test server': 'will be fetched',
    XGBoost: 'will be fetched',
    'Docker (for --docker)': 'not needed',
  })
})

test('a server that is elsewhere needs no tool here', async () => {
  vi.stubEnv('SHELFLINE_KAFKA_BROKERS', 'kafka.example:9092')
  expect(await statesByName()).toMatchObject({
    Kafka: 'not needed',
    Maven: 'not needed',
    'Java 17 or newer': 'not needed',
  })
})

test('Docker Compose needs Docker, and no Go, Java or Maven', async () => {
  expect(await statesByName({ docker: true })).toMatchObject({
    'Docker (for --docker)': 'missing',
    'Go 1.26 or newer': 'not needed',
    Maven: 'not needed',
  })
})

test('every missing finding has how to get it, and set-up stops at them before it begins', async () => {
  const missing = (await examine()).filter(({ state }) => state === 'missing')
  for (const { fix } of missing) expect(fix).toMatch(/install/)
  await expect(prepareAll({ onProgress: noProgress })).rejects.toThrow(
    /Python with pip is missing: install .*\nMaven is missing: install /,
  )
})
