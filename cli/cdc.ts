import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { loadSettings } from '../platform/settings/settings.ts'
import {
  addCdcMap,
  type CdcDefinition,
  listCdcMaps,
  removeCdcMap,
  restartCdcMap,
  setCdcMap,
  showCdcMap,
} from '../services/sources/cdc-maps.ts'
import { actor } from './acting.ts'
import { withPool } from './connections.ts'
import { identify } from './identity.ts'
import { minute, print, printJson, printTable, UsageError } from './output.ts'

interface Flags {
  map: string
  json?: boolean
}

export function register(program: Command): void {
  const cdc = program.command('cdc').description('Events from changes in other databases, as Debezium reads them')
  cdc
    .command('add <name>')
    .description('Make events of the changes of a table')
    .requiredOption('--map <file>', 'YAML file: the table, the topic, and which column is which field (docs/cdc.md)')
    .hook('preAction', identify)
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline cdc add stock --map data/examples/cdc/stock.yaml')
    .action(add)
  cdc
    .command('set <name>')
    .description('Change a map; it counts from the next message on')
    .requiredOption('--map <file>', 'YAML file of the same table and topic')
    .hook('preAction', identify)
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline cdc set stock --map data/examples/cdc/stock.yaml')
    .action(set)
  cdc
    .command('list')
    .description('List maps, how far they are, and why one has stopped; exits with 1 if one has')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline cdc list')
    .action(list)
  cdc
    .command('show <name>')
    .description('Show a map and how far it is')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline cdc show stock')
    .action(show)
  cdc
    .command('restart <name>')
    .description('Read the topic of the changes from its start; rows that are known make events only where they differ')
    .hook('preAction', identify)
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline cdc restart stock')
    .action(restart)
  cdc
    .command('remove <name>')
    .description('Make no more events of a table; those that were made stay')
    .hook('preAction', identify)
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline cdc remove stock')
    .action(remove)
}

function readMap(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`${path} can't be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

async function add(name: string, { map, json }: Flags): Promise<void> {
  const content = readMap(map)
  const added = await withPool(loadSettings(), (pool) => addCdcMap(pool, name, content, actor()))
  if (json) return printJson(added)
  print(`${name}: changes of ${added.from} become ${added.topic}, as soon as a worker runs (\`shelfline worker cdc\`)`)
}

async function set(name: string, { map, json }: Flags): Promise<void> {
  const content = readMap(map)
  const changed = await withPool(loadSettings(), (pool) => setCdcMap(pool, name, content, actor()))
  if (json) return printJson(changed)
  print(`${name} is changed: within seconds it counts`)
}

async function list({ json }: { json?: boolean }): Promise<void> {
  const maps = await withPool(loadSettings(), listCdcMaps)
  if (maps.some(({ problem }) => problem !== null)) process.exitCode = 1
  if (json) return printJson({ maps })
  if (maps.length === 0) return print('There is no map yet; `shelfline cdc add --help` shows how to add one')
  printTable(
    ['map', 'changes of', 'topic', 'messages', 'events', 'rejected', 'newest change (UTC)', 'state'],
    maps.map((map) => [
      map.mapId,
      map.from,
      map.topic,
      map.messages,
      map.events,
      map.rejected,
      minute(map.changedAt),
      stateOf(map),
    ]),
  )
  for (const { mapId, problem } of maps) if (problem !== null) print(`${mapId}: ${problem}`)
}

function stateOf({ problem, position }: CdcDefinition): string {
  if (problem !== null) return 'stopped'
  return position === null ? 'waits for its topic' : 'reads'
}

async function show(name: string, { json }: { json?: boolean }): Promise<void> {
  const found = await withPool(loadSettings(), (pool) => showCdcMap(pool, name))
  if (json) return printJson(found)
  printTable(
    ['what', 'value'],
    [
      ['changes of', found.from],
      ['topic', found.topic],
      ['state', stateOf(found)],
      ['problem', found.problem],
      ['next offset', found.position],
      ['messages read', found.messages],
      ['events made', found.events],
      ['rejected', found.rejected],
      ['newest change', found.changedAt === null ? '' : `${minute(found.changedAt)} UTC`],
      ['changed', `${minute(found.updatedAt)} UTC by ${found.changedBy}`],
    ],
  )
  print(`\n${found.map.trimEnd()}`)
}

async function restart(name: string, { json }: { json?: boolean }): Promise<void> {
  const restarted = await withPool(loadSettings(), (pool) => restartCdcMap(pool, name, actor()))
  if (json) return printJson(restarted)
  print(`${name} reads ${restarted.from} from its start: within seconds`)
}

async function remove(name: string, { json }: { json?: boolean }): Promise<void> {
  await withPool(loadSettings(), (pool) => removeCdcMap(pool, name))
  if (json) return printJson({ removed: name })
  print(`${name} is removed: no more events are made of its table`)
}
