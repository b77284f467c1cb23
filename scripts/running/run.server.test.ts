/** `./scripts/run --secure` as a user types it, on an instance of its own: its worker is killed, and Ctrl-C ends it with its pipe. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { workerKinds } from '../../platform/worker-kinds.ts'
import { until } from '../../streams/testing/world.ts'
import { findSecrets, secretsOf } from '../secrets-left.ts'
import { Home, serverNames } from '../stack/home.ts'
import { isRunning, type ProcessRecord, waitForEnd } from '../stack/processes.ts'
import { readWorkerRecords } from './workers.ts'

const START_MS_MAX = 300_000
/** How PostgreSQL, Kafka and the object store refuse what a user may not. */
const DENIED = /permission denied|must be owner|row-level security|authoriz(?:ed|ation)|access ?denied/i
/** Temporal has a package of the name `authorization` in each. */
const STACK = /"stacktrace":"(?:[^"\\]|\\.)*"/g
const WAIT = { timeout: 120_000, interval: 250 }

const root = join(import.meta.dirname, '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'shelfline-run-'))
const home = new Home(folder)
const file = join(folder, 'tee.log')
const environment = {
  ...process.env,
  SHELFLINE_HOME: folder,
  SHELFLINE_LOG_LEVEL: 'info',
  // So that every kind of worker has something to do.
  SHELFLINE_AVRO_TOPICS: 'price_changes',
}
let group: ChildProcess

const written = () => (existsSync(file) ? readFileSync(file, 'utf8') : '')
const streamWorker = () => readWorkerRecords(home).find(({ kind }) => kind === 'stream')!

beforeAll(async () => {
  // One process group, as a terminal makes it of a pipe: Ctrl-C reaches every part of it.
  group = spawn(
    'sh',
    [
      '-c',
      '"$0" --days 1 --stores 1 --only daily --secure --free-ports 2>&1 | tee "$1"',
      join(root, 'scripts', 'run'),
      file,
    ],
    {
      detached: true,
      stdio: 'ignore',
      env: environment,
    },
  )
  const isReady = async () => written().includes('Ctrl-C stops everything')
  await until(`the end of ${file}`, START_MS_MAX, isReady)
}, START_MS_MAX)

afterAll(async () => {
  await command(join(root, 'scripts', 'run'), '--down')
  rmSync(folder, { recursive: true, force: true })
})

async function command(file: string, ...words: string[]): Promise<string> {
  const child = spawn(file, words, { env: environment, stdio: ['ignore', 'pipe', 'ignore'] })
  const [out] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return out
}

function worker(kind: string): ChildProcess {
  const ports = {
    SHELFLINE_RECEIVE_PORT: '0',
    SHELFLINE_PREDICT_PORT: '0',
    SHELFLINE_MQTT_PORT: '0',
    SHELFLINE_LOG_LEVEL: 'info',
  }
  return spawn(join(root, 'shelfline'), ['worker', kind], {
    env: { ...environment, ...ports },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function untilReady(child: ChildProcess): Promise<void> {
  for await (const line of createInterface({ input: child.stdout! })) if (line.includes('metrics are served')) return
  throw new Error('the worker ended')
}

async function asSuperuser(query: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: home.readInstance()!.postgres.adminUrl! })
  await client.connect()
  try {
    return await client.query(query)
  } finally {
    await client.end()
  }
}

interface StreamsStatus {
  processors: { state: string }[]
}
const processorStates = async () => {
  const { processors } = JSON.parse(
    await command(join(root, 'shelfline'), 'streams', 'status', '--json'),
  ) as StreamsStatus
  return [...new Set(processors.map(({ state }) => state))]
}

test('a stream worker that is killed again and again is named each time, and started again', async () => {
  for (const [kills, pause] of [
    [1, '1.0 s'],
    [2, '2.0 s'],
    [3, '4.0 s'],
  ] as const) {
    const killed = streamWorker()
    process.kill(killed.pid, 'SIGKILL')
    const log = home.path('logs', 'worker-stream.log')
    const down = `worker stream is down: it was killed by SIGKILL; it is started again in ${pause} (log: ${log})`
    await expect.poll(written, WAIT).toContain(down)
    await expect.poll(() => written().match(/worker stream is back: it was down for /g)?.length, WAIT).toBe(kills)
    expect(streamWorker().pid).not.toBe(killed.pid)
  }
  expect(written()).not.toContain('worker batch is down')
  await expect.poll(processorStates, WAIT).toEqual(['running'])
})

test('what was read and built is there, and no password of the instance is in a log, a table or a history', async () => {
  expect(written()).toMatch(/│ stream\s+│\s+1 │[\s\S]*│ sales_state\s+│\s+[1-9]/)
  expect(await findSecrets({ home, instance: home.readInstance()!, secrets: secretsOf(home) })).toEqual([])
})

test('every worker signs in as itself, also those that a run does not start, and no server denies them anything', async () => {
  const startedByRun = readWorkerRecords(home).map(({ kind }) => kind)
  const others = workerKinds.filter((kind) => !startedByRun.includes(kind)).map(worker)
  try {
    await Promise.all(others.map(untilReady))
    const { rows } = await asSuperuser(
      `select distinct usename as login from pg_stat_activity where application_name = 'shelfline' and usename ~ '^shelfline_' order by 1`,
    )
    // The run itself and the commands that it starts are `shelfline_app`.
    const logins = rows.map(({ login }) => login as string).filter((login) => login !== 'shelfline_app')
    expect(logins).toEqual(workerKinds.map((kind) => `shelfline_${kind}`).sort())
  } finally {
    for (const child of others) child.kill('SIGTERM')
    await Promise.all(others.map((child) => once(child, 'exit')))
  }
  const logs = readdirSync(home.path('logs')).map((name) => readFileSync(home.path('logs', name), 'utf8'))
  const denied = logs.flatMap((log) => log.replaceAll(STACK, '').split('\n')).filter((line) => DENIED.test(line))
  expect(denied).toEqual([])
})

test('Ctrl-C ends the run and its pipe at once, and every server and worker that was started', async () => {
  const records: ProcessRecord[] = [...serverNames.map((name) => home.readServer(name)!), ...readWorkerRecords(home)]
  expect(records.map(isRunning)).toEqual(records.map(() => true))
  const run = home.read<ProcessRecord>('foreground.json')!
  process.kill(-group.pid!, 'SIGINT')
  expect(await waitForEnd(run, 90_000)).toBe(true)
  expect(records.map(isRunning)).toEqual(records.map(() => false))
  expect(home.read('foreground.json')).toBeUndefined()
})
