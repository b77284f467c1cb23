import { Command, CommanderError } from 'commander'
import { redact } from '../platform/redact.ts'
import { SettingsError } from '../platform/settings.ts'
import { print, UsageError } from './output.ts'

interface CommandModule {
  register(program: Command): void
}

/** One file a top-level command; only the one that is asked for is loaded, so that the command starts fast. */
const commands: Record<string, () => Promise<CommandModule>> = {
  stack: () => import('./stack.ts'),
  doctor: () => import('./doctor.ts'),
  migrate: () => import('./migrate.ts'),
  topics: () => import('./topics.ts'),
  replay: () => import('./replay.ts'),
  import: () => import('./import.ts'),
  simulate: () => import('./simulate.ts'),
  worker: () => import('./worker.ts'),
  streams: () => import('./streams.ts'),
  state: () => import('./state.ts'),
  dlq: () => import('./dlq.ts'),
  lake: () => import('./lake.ts'),
  schedules: () => import('./schedules.ts'),
  run: () => import('./run.ts'),
  backfill: () => import('./backfill.ts'),
  ledger: () => import('./ledger.ts'),
  models: () => import('./models.ts'),
  forecast: () => import('./forecast.ts'),
  status: () => import('./status.ts'),
  alerts: () => import('./alerts.ts'),
  orders: () => import('./orders.ts'),
  whatif: () => import('./whatif.ts'),
  trace: () => import('./trace.ts'),
  policy: () => import('./policy.ts'),
  backtest: () => import('./backtest.ts'),
  notify: () => import('./notify.ts'),
  access: () => import('./access.ts'),
}

const EXIT_FAILED = 1
const EXIT_WRONG_USE = 2

async function main(): Promise<void> {
  const program = new Command('shelfline')
    .description("Runs a retailer's inventory: streams, lake, daily star schema.")
    .version('0.1.0')
    .showHelpAfterError('(add --help for what it takes)')
    .exitOverride()
  const asked = process.argv[2] ?? ''
  const wanted = Object.hasOwn(commands, asked) ? [asked] : Object.keys(commands)
  for (const name of wanted) {
    const module = await commands[name]!()
    module.register(program)
  }
  if (process.argv.length === 2) {
    print(program.helpInformation())
    return
  }
  await program.parseAsync()
}

// `shelfline … | head` closes the pipe when it has seen enough: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

try {
  await main()
} catch (error) {
  process.exitCode = explain(error)
}

/** Says what went wrong in one line and returns the exit code: 2 for wrong use, 1 for everything else. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_WRONG_USE
  const { message } = error as Error
  process.stderr.write(`shelfline: ${redact(message)}\n`)
  const isOurs = error instanceof UsageError || error instanceof SettingsError
  return isOurs ? EXIT_WRONG_USE : EXIT_FAILED
}
