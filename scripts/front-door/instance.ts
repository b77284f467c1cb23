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
  /** Runs a line as a shell does in a checkout, where what a command writes is removed in the end. */
  type(line: string, more?: NodeJS.ProcessEnv): Promise<Typed>
  /** Ctrl-C. Everything that was started ends, and the instance is removed. */
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
  const stop = async (): Promise<void> => {
    if (run.exitCode === null && run.signalCode === null) {
      const ended = once(run, 'exit')
      run.kill('SIGINT')
      await ended
    }
    for (const each of [folder, checkout]) rmSync(each, { recursive: true, force: true })
  }
  try {
    const started = await untilReady(run)
    return {
      settings: loadSettings(env),
      started,
      lastDay,
      checkout,
      type: (line, more = {}) => type(line, checkout, { ...env, ...more }),
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

async function type(line: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Typed> {
  const shell = spawn('bash', ['-c', line], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: TYPED_MS_MAX })
  const typed = { out: '', error: '' }
  shell.stdout.on('data', (text) => {
    typed.out += text
  })
  shell.stderr.on('data', (text) => {
    typed.error += text
  })
  const [code, signal] = await once(shell, 'close')
  return { ...typed, code: (code as number | null) ?? -1, ...(signal && { error: `${typed.error}ended by ${signal}` }) }
}
