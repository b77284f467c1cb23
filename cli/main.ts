import { type Command, CommanderError } from 'commander'
import { logToStandardError } from '../platform/log.ts'
import { redact } from '../platform/redact.ts'
import { SettingsError } from '../platform/settings/settings.ts'
import { ServiceError } from '../services/errors.ts'
import { exitCodeOf, messageOf } from './errors.ts'
import { print, printable, UsageError } from './output.ts'
import { programFor, refuseUnknownCommand } from './program.ts'

const EXIT_FAILED = 1
const EXIT_WRONG_USE = 2

/** The one that runs. */
let command: Command | undefined

/** Processes that run until they are stopped. */
const isProcess = process.argv[2] === 'worker' || (process.argv[2] === 'agent' && process.argv[3] !== 'status')

async function main(): Promise<void> {
  const words = process.argv.slice(2)
  // A worker's output is its log.
  if (!isProcess) logToStandardError()
  const program = await programFor(words)
  if (words.length === 0) {
    print(program.helpInformation())
    return
  }
  refuseUnknownCommand(program, words)
  program.hook('preAction', (_, running) => {
    command = running
  })
  await program.parseAsync()
}

/** What these have started must be stopped, also when their output is no longer read. */
const outlivesOutput = isProcess || process.argv[2] === 'stack'

// `shelfline … | head` closes the pipe when it has seen enough: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') {
    process.stderr.write(`shelfline: the output can't be written: ${error.message}\n`)
    process.exit(EXIT_FAILED)
  }
  if (!outlivesOutput) process.exit(0)
})
process.stderr.on('error', () => undefined)

try {
  await main()
} catch (error) {
  process.exitCode = explain(error)
}
// A worker that has stopped ends, whatever a library still holds open: a Kafka client that left its group while it was joining it
// connects once more, and would keep the process for ever.
if (isProcess) process.exit()

/** Temporal's client reports what it did; why it failed is what the server has sent. */
function withDetails({ message, cause }: Error): string {
  const details = (cause as { details?: unknown } | undefined)?.details
  return typeof details === 'string' && !message.includes(details) ? `${message}: ${details}` : message
}

/** Prints what went wrong in one line and returns the exit code: 2 for wrong use, 1 for everything else. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_WRONG_USE
  const isRefusal = error instanceof ServiceError
  const message = isRefusal ? messageOf(error, command) : withDetails(error as Error)
  process.stderr.write(`shelfline: ${printable(redact(message))}\n`)
  if (isRefusal) return exitCodeOf(error)
  const isOurs = error instanceof UsageError || error instanceof SettingsError
  return isOurs ? EXIT_WRONG_USE : EXIT_FAILED
}
