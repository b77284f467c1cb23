import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { loadSettings } from '../platform/settings/settings.ts'
import {
  applyConnector,
  type Connector,
  type ConnectorDependencies,
  type ConnectorDetails,
  connectorOffsets,
  listConnectors,
  pauseConnector,
  readConnector,
  removeConnector,
  restartConnector,
  resumeConnector,
  showConnector,
} from '../services/sources/connectors.ts'
import { withPool } from './connections.ts'
import { identify } from './identity.ts'
import { print, printJson, printTable, UsageError } from './output.ts'

interface Flags {
  json?: boolean
}

export function register(program: Command): void {
  const connectors = program
    .command('connectors')
    .description('Connectors of Kafka Connect, which read other databases into Kafka')
  connectors
    .command('list')
    .description('List connectors and their tasks; exits with 1 if one has failed')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline connectors list')
    .action(list)
  connectors
    .command('show <name>')
    .description('Show a connector, its configuration without secrets, and what should be otherwise')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline connectors show erp')
    .action(show)
  connectors
    .command('apply <file>')
    .description('Create a connector, or change it to what a file has (YAML: name, config)')
    .option('--check', 'Only check the file; nothing is changed, and Kafka Connect is not needed')
    .hook('preAction', identify)
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline connectors apply data/examples/connectors/erp-postgres.yaml --check')
    .action(apply)
  withChange(connectors.command('pause <name>'), 'Pause a connector; it continues where it was', 'pause erp').action(
    (name: string, flags: Flags) => change(name, flags, pauseConnector, 'is paused'),
  )
  withChange(connectors.command('resume <name>'), 'Resume a paused connector', 'resume erp').action(
    (name: string, flags: Flags) => change(name, flags, resumeConnector, 'is resumed'),
  )
  withChange(connectors.command('restart <name>'), 'Start a connector and its tasks again', 'restart erp --failed')
    .option('--failed', 'Only what has failed')
    .action((name: string, { failed = false, ...flags }: Flags & { failed?: boolean }) => {
      const restart = (dependencies: ConnectorDependencies) =>
        restartConnector(dependencies, name, { onlyFailed: failed })
      return change(name, flags, restart, 'is started again')
    })
  connectors
    .command('offsets <name>')
    .description('Show how far a connector has read')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline connectors offsets erp')
    .action(offsets)
  withChange(
    connectors.command('remove <name>'),
    'Remove a connector; its topics stay, and so does a slot in its database',
    'remove erp',
  ).action(remove)
}

const withChange = (command: Command, description: string, example: string): Command =>
  command
    .description(description)
    .hook('preAction', identify)
    .option('--json', 'Print JSON')
    .addHelpText('after', `\nExample:\n  shelfline connectors ${example}`)

async function list({ json }: Flags): Promise<void> {
  const all = await listConnectors(loadSettings())
  if (all.some(({ state }) => state === 'failed')) process.exitCode = 1
  if (json) return printJson({ connectors: all })
  if (all.length === 0)
    return print('There is no connector yet; `shelfline connectors apply --help` shows how to add one')
  printTable(
    ['connector', 'type', 'class', 'state', 'tasks', 'problem'],
    all.map((connector) => [
      connector.name,
      connector.type,
      connector.class.split('.').at(-1),
      connector.state,
      tasksOf(connector),
      connector.problem,
    ]),
  )
}

const tasksOf = ({ tasks }: Connector): string => tasks.map(({ id, state }) => `${id} ${state}`).join(', ')

async function show(name: string, { json }: Flags): Promise<void> {
  const found = await showConnector(loadSettings(), name)
  if (json) return printJson(found)
  printDetails(found)
}

async function apply(file: string, { check = false, json }: Flags & { check?: boolean }): Promise<void> {
  const definition = readConnector(readText(file))
  if (check) {
    if (json) return printJson({ name: definition.name, config: definition.config })
    return print(`${definition.name}: the file is right`)
  }
  const settings = loadSettings()
  const applied = await withPool(settings, (pool) => applyConnector({ pool, settings }, definition))
  if (json) return printJson(applied)
  print(`${definition.name} is applied`)
  printDetails(applied)
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file} can't be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

async function change(
  name: string,
  { json }: Flags,
  work: (dependencies: ConnectorDependencies, name: string) => Promise<ConnectorDetails>,
  done: string,
): Promise<void> {
  const settings = loadSettings()
  const changed = await withPool(settings, (pool) => work({ pool, settings }, name))
  if (json) return printJson(changed)
  print(`${name} ${done}`)
}

async function offsets(name: string, { json }: Flags): Promise<void> {
  const found = await connectorOffsets(loadSettings(), name)
  if (json) return printJson({ offsets: found })
  if (found.length === 0) return print(`${name} has read nothing yet`)
  printTable(
    ['of', 'offset'],
    found.map(({ partition, offset }) => [JSON.stringify(partition), JSON.stringify(offset)]),
  )
}

async function remove(name: string, { json }: Flags): Promise<void> {
  const settings = loadSettings()
  await withPool(settings, (pool) => removeConnector({ pool, settings }, name))
  if (json) return printJson({ removed: name })
  print(`${name} is removed; a replication slot of its database is to be dropped there`)
}

function printDetails({ config, findings, ...connector }: ConnectorDetails): void {
  printTable(
    ['what', 'value'],
    [
      ['state', connector.state],
      ['tasks', tasksOf(connector)],
      ['problem', connector.problem],
      ...Object.entries(config).sort(),
    ],
  )
  for (const finding of findings) print(`to change: ${finding}`)
}
