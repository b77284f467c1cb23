import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, Help } from 'commander'

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
  sources: () => import('./sources.ts'),
  agent: () => import('./agent.ts'),
  cdc: () => import('./cdc.ts'),
  devices: () => import('./devices.ts'),
  feeds: () => import('./feeds.ts'),
  schemas: () => import('./schemas.ts'),
  connectors: () => import('./connectors.ts'),
  streams: () => import('./streams/streams.ts'),
  state: () => import('./streams/state.ts'),
  dlq: () => import('./streams/dlq.ts'),
  outbox: () => import('./streams/outbox.ts'),
  lake: () => import('./lake/lake.ts'),
  schedules: () => import('./schedules.ts'),
  run: () => import('./run.ts'),
  backfill: () => import('./backfill/backfill.ts'),
  ledger: () => import('./ledger/ledger.ts'),
  models: () => import('./models/models.ts'),
  forecast: () => import('./forecast.ts'),
  forecasts: () => import('./forecasts.ts'),
  status: () => import('./status.ts'),
  alerts: () => import('./alerts.ts'),
  payments: () => import('./payments.ts'),
  orders: () => import('./orders/orders.ts'),
  whatif: () => import('./orders/whatif.ts'),
  trace: () => import('./orders/trace.ts'),
  policy: () => import('./policy.ts'),
  prices: () => import('./prices.ts'),
  backtest: () => import('./backtest.ts'),
  notify: () => import('./notify.ts'),
  access: () => import('./access.ts'),
  audit: () => import('./audit.ts'),
  privacy: () => import('./privacy.ts'),
  quality: () => import('./quality.ts'),
  'power-bi': () => import('./power-bi.ts'),
  login: () => import('./login.ts'),
  logout: () => import('./login.ts'),
  whoami: () => import('./login.ts'),
}

/** The program for what was typed, with as few commands loaded as it takes. */
export const programFor = async (words: readonly string[]): Promise<Command> =>
  words.every((word) => OF_THE_PROGRAM.includes(word)) ? createOverview() : createProgram(wantedCommands(words))

/** Words that ask for its own help or version. */
const OF_THE_PROGRAM = ['help', '-h', '--help', '-V', '--version']

/** A top-level command as the program's help shows it. */
interface Listed {
  term: string
  description: string
}

/** To load every command takes seconds: what its help shows of them is in a file that is made from the code. */
export function createOverview(): Command {
  const program = emptyProgram()
  const listed: Listed[] = JSON.parse(readFileSync(join(import.meta.dirname, 'overview.json'), 'utf8'))
  const terms = new Map<string, string>()
  for (const { term, description } of listed) {
    const name = term.split(' ')[0]!
    program.command(name).description(description)
    terms.set(name, term)
  }
  const help = new Help()
  return program.configureHelp({
    subcommandTerm: (command) => terms.get(command.name()) ?? help.subcommandTerm(command),
  })
}

/** What `createOverview` reads. */
export const overviewOf = (program: Command): Listed[] =>
  program.commands.map((command) => ({
    term: program.createHelp().subcommandTerm(command),
    description: command.description(),
  }))

/** The program with the given top-level commands. */
export async function createProgram(names: readonly string[]): Promise<Command> {
  const program = emptyProgram()
  const modules = await Promise.all(names.map((name) => commands[name]!()))
  // One module may have several commands.
  for (const module of new Set(modules)) module.register(program)
  return program
}

function emptyProgram(): Command {
  return (
    new Command('shelfline')
      .description("Runs a retailer's inventory: streams, lake, daily star schema.")
      .version('0.1.0', '-V, --version', 'Print the version')
      .helpOption('-h, --help', 'Print the help')
      .helpCommand('help [command]', "Print a command's help")
      .showHelpAfterError('(add --help for what it takes)')
      // So that a group with options of its own, as `ledger`, leaves those behind a command's name to the command.
      .enablePositionalOptions()
      .exitOverride()
  )
}

/** The top-level commands that have to be loaded for what was typed: one, none when it is unknown, else all. */
export function wantedCommands(words: readonly string[]): string[] {
  const asked = words.find((word) => word !== 'help')
  if (asked === undefined || asked.startsWith('-')) return Object.keys(commands)
  return Object.hasOwn(commands, asked) ? [asked] : []
}

/**
 * Commander prints the group's help for `lake nonsense --help` and exits with 0, and takes `streams nonsense` for an argument of
 * the group's default command.
 *
 * @throws CommanderError on a word where only the name of a command is possible
 */
export function refuseUnknownCommand(program: Command, words: readonly string[]): void {
  let group: Command = program
  for (const word of words) {
    const names = group === program ? Object.keys(commands) : group.commands.map((command) => command.name())
    // No group has an option that takes a value, so the words before the first option are names of commands.
    if (names.length === 0 || word.startsWith('-')) return
    if (word === 'help') continue
    const found = group.commands.find((command) => command.name() === word)
    if (found === undefined) {
      const known = names.join(', ')
      group.error(`error: unknown command '${word}': ${group.name()} has ${known}`, { code: UNKNOWN_COMMAND })
    }
    group = found
  }
}

const UNKNOWN_COMMAND = 'commander.unknownCommand'
