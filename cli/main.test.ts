import { type Command, CommanderError } from 'commander'
import { describe, expect, test } from 'vitest'
import { createProgram, refuseUnknownCommand, wantedCommands } from './program.ts'
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
  const program = await createProgram(wantedCommands(words))
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

  test('is a process: wrong use exits with 2 and prints nothing but the error', async () => {
    const { code, out, error } = await shelfline(['nonsense'], process.env)
    expect([code, out]).toEqual([2, ''])
    expect(error).toMatch(/unknown command 'nonsense'/)
  })

  test.each([[], ['--help']])('is a process: %s', async (...words) => {
    const { code, out } = await shelfline(words, process.env)
    expect([code, out]).toEqual([0, expect.stringMatching(/Usage: shelfline/)])
  })
})
