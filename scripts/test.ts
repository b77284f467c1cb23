/**
 * Every check and test, on servers of its own: free ports, a folder that is removed at the end, beside any running
 * instance. Prints `N passed, N failed` last; exits with 1 when something failed.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join, relative } from 'node:path'
import { findSecrets, secretsOf } from './secrets-left.ts'
import { Home } from './stack/home.ts'
import { prepareAll } from './stack/prepare.ts'
import type { OnProgress } from './stack/progress.ts'
import { createProgressDisplay } from './stack/progress-display.ts'
import { down, up } from './stack/stack.ts'

const root = join(import.meta.dirname, '..')
const binaries = join(root, 'node_modules', '.bin')

/** kafkajs sets a timer in the past when it is late; Node.js would warn of it in every process. */
const NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --disable-warning=TimeoutNegativeWarning`.trim()

/** This many files are named with the time that they took. */
const SLOWEST = 10

/** `--secure`: on servers with encrypted connections and users. Everything else is vitest's. */
const isSecure = process.argv.includes('--secure')
const vitestArguments = process.argv.slice(2).filter((word) => word !== '--secure')

interface Outcome {
  passed: number
  failed: number
}

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort(new Error(signal)))

const home = mkdtempSync(join(tmpdir(), 'shelfline-test-'))
let outcome: Outcome
try {
  outcome = sum(await checks(), await tests(), await secrets())
} finally {
  await down({ home })
  rmSync(home, { recursive: true, force: true })
}
console.log(`${outcome.passed} passed, ${outcome.failed} failed`)
process.exitCode = outcome.failed > 0 || outcome.passed === 0 ? 1 : 0

/** What needs no server: types, format, lint and the walls between rooms. */
async function checks(): Promise<Outcome> {
  const results: Outcome[] = []
  for (const [title, command] of [
    ['types', ['tsc', '--noEmit']],
    ['format, lint and walls', ['biome', 'ci', '--colors=off', '.']],
    ['sql', [process.execPath, join(root, 'scripts/lint-sql.ts')]],
  ] as const) {
    console.log(`\n── ${title}`)
    const code = await run(command)
    results.push(code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 })
  }
  return sum(...results)
}

async function tests(): Promise<Outcome> {
  console.log('\n── servers')
  await withProgress(async (onProgress) => {
    const prepared = await prepareAll({ onProgress, forTests: true })
    for (const { item, problem } of prepared) if (problem) console.log(`${item} is not available: ${problem}`)
    await up({ home, ports: 'free', isDisposable: true, secure: isSecure, onProgress, signal: stopping.signal })
  })
  console.log('\n── tests')
  const results = join(home, 'results.json')
  const code = await run(
    ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`, ...vitestArguments],
    { SHELFLINE_HOME: home, SHELFLINE_LOG_LEVEL: 'warn', NODE_OPTIONS },
  )
  return readResults(results, code)
}

/** After all tests: no password of the instance is in a log, a table, a history or a test's error. */
async function secrets(): Promise<Outcome> {
  console.log('\n── secrets')
  const folder = new Home(home)
  const found = await findSecrets({
    home: folder,
    instance: folder.readInstance()!,
    secrets: secretsOf(folder),
  }).catch((error: Error) => [`the search failed: ${error.message}`])
  for (const line of found) console.log(line)
  return found.length === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

async function withProgress(work: (onProgress: OnProgress) => Promise<void>): Promise<void> {
  const display = createProgressDisplay()
  try {
    await work(display.onProgress)
  } finally {
    display.stop()
  }
}

function readResults(file: string, code: number): Outcome {
  try {
    const { numPassedTests, numFailedTests, success, testResults } = JSON.parse(readFileSync(file, 'utf8'))
    printSlowest(testResults)
    // A file that can't even be loaded has no tests to count, yet it failed.
    return { passed: numPassedTests, failed: Math.max(numFailedTests, success && code === 0 ? 0 : 1) }
  } catch {
    return { passed: 0, failed: 1 }
  }
}

interface FileResult {
  name: string
  /** Milliseconds since the epoch, as the end. */
  startTime: number
  endTime: number
}

function printSlowest(files: readonly FileResult[]): void {
  console.log('\n── slowest files')
  const timed = files.map(({ name, startTime, endTime }) => ({ name, milliseconds: endTime - startTime }))
  for (const { name, milliseconds } of timed.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, SLOWEST))
    console.log(`${Math.round(milliseconds / 1_000)} s  ${relative(root, name)}`)
}

function run(command: readonly string[], environment: Record<string, string> = {}): Promise<number> {
  const [name, ...rest] = command
  stopping.signal.throwIfAborted()
  const child = spawn(isAbsolute(name!) ? name! : join(binaries, name!), rest, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment, PATH: `${binaries}:${process.env.PATH}` },
  })
  const stop = () => child.kill('SIGTERM')
  stopping.signal.addEventListener('abort', stop, { once: true })
  return new Promise((ended, failed) => {
    child.once('error', failed)
    child.once('exit', (code) => {
      stopping.signal.removeEventListener('abort', stop)
      ended(code ?? 1)
    })
  })
}

function sum(...outcomes: Outcome[]): Outcome {
  return outcomes.reduce((left, right) => ({ passed: left.passed + right.passed, failed: left.failed + right.failed }))
}
