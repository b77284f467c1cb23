import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Command, CommanderError } from 'commander'
import { describe, expect, test } from 'vitest'
import { createOverview, createProgram, programFor, refuseUnknownCommand, wantedCommands } from './program.ts'
import { type Outcome, shelfline } from './testing.ts'

/** As `main.ts` does it, without a process each. */
async function answer(words: readonly string[]): Promise<Outcome> {
  const outcome = { code: 0, out: '', error: '' }
  const capture = (command: Command): void => {
    command.configureOutput({
      writeOut: (text) => {
        outcome.out += text
      },
      writeErr: (text) => {
        outcome.error += text
      },
    })
    command.commands.forEach(capture)
  }
  const program = await programFor(words)
  capture(program)
  try {
    refuseUnknownCommand(program, words)
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    outcome.code = error.exitCode
  }
  return outcome
}

describe('the command line', () => {
  test.each([
    ['nonsense', '--help'],
    ['help', 'nonsense'],
    ['lake', 'nonsense', '--help'],
    ['streams', 'nonsense'],
    ['streams', 'nonsense', '-h'],
    ['lake', 'help', 'nonsense'],
    ['orders', 'transfers', 'nonsense', '--help'],
    ['lake'],
  ])('refuses %s %s %s %s', async (...words) => {
    const { code, out, error } = await answer(words)
    expect([code, out]).toEqual([1, ''])
    expect(error).toMatch(words.includes('nonsense') ? /unknown command 'nonsense': \w+ has [\w, -]+/ : /Usage:/)
  })

  test.each([['lake', '--help'], ['help', 'lake'], ['streams', '--help'], ['--version']])(
    'answers %s %s',
    async (...words) => {
      const { code, out } = await answer(words)
      expect([code, out]).toEqual([0, expect.stringMatching(/Usage: shelfline|^0\.\d+\.\d+\n$/)])
    },
  )

  test('the help of the program shows every command as it is, and loads none', async () => {
    const whole = await createProgram(wantedCommands([]))
    expect(createOverview().helpInformation()).toBe(whole.helpInformation())
  })

  test('is a process: wrong use exits with 2 and prints nothing but the error', async () => {
    const { code, out, error } = await shelfline(['nonsense'], process.env)
    expect([code, out]).toEqual([2, ''])
    expect(error).toMatch(/unknown command 'nonsense'/)
  })

  test.each([
    [
      'a table in a file',
      ['lake', 'scan', 'cleansed/sales', '--out', '/nonexistent/x.csv'],
      /--out writes no table: add --format csv/,
    ],
    [
      'a folder as a payload',
      ['dlq', 'replay', '1', '--payload-file', '/tmp'],
      /--payload-file \/tmp can't be read \(EISDIR\)/,
    ],
  ])('refuses %s before it asks a server', async (_what, words, message) => {
    const { code, out, error } = await shelfline(words, process.env)
    expect([code, out]).toEqual([2, ''])
    expect(error).toMatch(message)
  })

  test.each([
    ['PostgreSQL', ['alerts', 'list'], 'SHELFLINE_POSTGRES_URL'],
    ['Kafka', ['topics', 'list'], 'SHELFLINE_KAFKA_BROKERS'],
    ['Temporal', ['schedules', 'list'], 'SHELFLINE_TEMPORAL_ADDRESS'],
    ['Object store', ['lake', 'list'], 'SHELFLINE_OBJECT_STORE_ENDPOINT'],
  ])('asks no %s at the default address when the instance is stopped', async (server, words, variable) => {
    const home = mkdtempSync(join(tmpdir(), 'shelfline-stopped-'))
    const { code, out, error } = await shelfline(words, {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      SHELFLINE_HOME: home,
    })
    rmSync(home, { recursive: true })
    expect([code, out]).toEqual([1, ''])
    expect(error).toBe(
      `shelfline: ${server} has no address: no instance runs in ${home}. \`shelfline stack up\` starts it; ${variable} sets an address\n`,
    )
  })

  test('without a home folder names the variable that it needs', async () => {
    const { code, error } = await shelfline(['--version'], { PATH: process.env.PATH })
    expect(code).toBe(1)
    expect(error).toMatch(/^shelfline: HOME is not set: set it, or XDG_CACHE_HOME/)
  })

  test('a worker that has failed ends, whatever still waits in its process', async () => {
    const env = { ...process.env, NODE_OPTIONS: '--import=data:text/javascript,setInterval(()=>{},1e9)' }
    const { code, error } = await shelfline(['worker', 'stream', '--processors', 'nonsense'], env)
    expect(code).toBe(2)
    expect(error).toMatch(/nonsense/)
  })

  test.skipIf(!existsSync('/dev/full'))('ends when its output has no room', async () => {
    const words = ['-c', `exec '${join(import.meta.dirname, '..', 'shelfline')}' --help >/dev/full`]
    const ended = promisify(execFile)('sh', words, { timeout: 60_000 })
    await expect(ended).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/the output can't be written: .*ENOSPC/),
    })
  })

  test.each([[], ['--help']])('is a process: %s', async (...words) => {
    const { code, out } = await shelfline(words, process.env)
    expect([code, out]).toEqual([0, expect.stringMatching(/Usage: shelfline/)])
  })
})
