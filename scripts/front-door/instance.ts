/** An instance of a test's own, started as a new user would: by `./scripts/run`. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSettings, type Settings } from '../../platform/settings/settings.ts'

const root = join(import.meta.dirname, '..', '..')
const READY = 'Ctrl-C stops everything that was started here.'

export interface FrontDoor {
  settings: Settings
  /** What `./scripts/run` has printed. */
  started: string
  /** The last day that was replayed. */
  lastDay: string
  /** Where commands are typed. */
  checkout: string
  /** Runs a line as a shell does in a checkout, where what a command writes is removed in the end. A worker stays, and is an answer once it runs. */
  type(line: string, more?: NodeJS.ProcessEnv): Promise<Typed>
  /** Ctrl-C. Everything that was started ends, and the instance is removed. @throws when a worker that was typed does not end with 0 */
  stop(): Promise<void>
}

export interface Typed {
  code: number
  out: string
  error: string
}

export interface RunOptions {
  /** What follows `./scripts/run`. */
  words: readonly string[]
  /** The last day that it replays. */
  lastDay: string
  /** Of the instance and of what is typed. */
  environment?: NodeJS.ProcessEnv
}

/** @throws when it does not start, with what it has printed */
export async function openFrontDoor({ words, lastDay, environment = {} }: RunOptions): Promise<FrontDoor> {
  const folder = mkdtempSync(join(tmpdir(), 'shelfline-front-door-'))
  const checkout = mkdtempSync(join(tmpdir(), 'shelfline-checkout-'))
  for (const name of ['shelfline', 'data']) symlinkSync(join(root, name), join(checkout, name))
  const env: NodeJS.ProcessEnv = {
    ...withoutSettings(process.env),
    ...environment,
    SHELFLINE_HOME: folder,
    PATH: `${checkout}:${process.env.PATH}`,
    NO_COLOR: '1',
  }
  const run = spawn(join(root, 'scripts', 'run'), words, { cwd: checkout, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const workers = new Map<string, ChildProcess>()
  const stop = async (): Promise<void> => {
    const ends = await Promise.all(
      [...workers].map(async ([line, worker]) => ({ line, code: await interrupt(worker) })),
    )
    await interrupt(run)
    for (const each of [folder, checkout]) rmSync(each, { recursive: true, force: true })
    const failed = ends.filter(({ code }) => code !== 0)
    if (failed.length > 0) throw new Error(`these did not end with 0 at Ctrl-C: ${JSON.stringify(failed)}`)
  }
  try {
    const started = await untilReady(run)
    return {
      settings: loadSettings(env),
      started,
      lastDay,
      checkout,
      type(line, more = {}) {
        const place = { cwd: checkout, env: { ...env, ...more } }
        return STAYING.test(line) ? start(line, place, workers) : type(line, place)
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Settings of the instance that the tests themselves run on must not reach this one. */
const withoutSettings = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('SHELFLINE_')))

async function untilReady(run: ChildProcess): Promise<string> {
  let out = ''
  let error = ''
  run.stderr!.on('data', (text) => {
    error += text
  })
  await new Promise<void>((ready, failed) => {
    run.stdout!.on('data', (text) => {
      out += text
      if (out.includes(READY)) ready()
    })
    run.once('error', failed)
    run.once('exit', (code) => failed(new Error(`./scripts/run ended with ${code}:\n${out}\n${error}`)))
  })
  return out
}

/** A guard against hanging: a week of five simulated stores takes minutes on an idle machine. */
const TYPED_MS_MAX = 2_400_000

/** Commands that run until they are stopped. */
const STAYING = /^(\.\/)?shelfline worker\b(?!.*--help)/
/** What a worker writes into its log when it does its work. */
const WORKING = 'healthz and metrics are served'

interface Place {
  cwd: string
  env: NodeJS.ProcessEnv
}

async function type(line: string, place: Place): Promise<Typed> {
  const { shell, typed } = shellFor(line, { ...place, timeout: TYPED_MS_MAX })
  const [code, signal] = await once(shell, 'close')
  return { ...typed, code: (code as number | null) ?? -1, ...(signal && { error: `${typed.error}ended by ${signal}` }) }
}

/** Starts a worker that stays until the end, however often it is typed. */
async function start(line: string, place: Place, workers: Map<string, ChildProcess>): Promise<Typed> {
  if (workers.has(line)) return { code: 0, out: WORKING, error: '' }
  const { shell, typed } = shellFor(`exec ${line}`, place)
  const code = await new Promise<number>((begun) => {
    shell.stdout.on('data', () => typed.out.includes(WORKING) && begun(0))
    shell.once('close', (ended) => begun(ended ?? -1))
  })
  if (code === 0) workers.set(line, shell)
  return { ...typed, code }
}

function shellFor(line: string, options: Place & { timeout?: number }) {
  const shell = spawn('bash', ['-c', line], { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const typed = { out: '', error: '' }
  shell.stdout.on('data', (text) => {
    typed.out += text
  })
  shell.stderr.on('data', (text) => {
    typed.error += text
  })
  return { shell, typed }
}

/** Ctrl-C, unless it has ended. Returns its exit code. */
async function interrupt(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit')
    child.kill('SIGINT')
    await ended
  }
  return child.exitCode
}
