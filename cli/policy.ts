import { type Command, Option } from 'commander'
import { loadSettings } from '../platform/settings/settings.ts'
import { withProducer } from '../services/kafka.ts'
import {
  INHERIT,
  listPolicyVersions,
  type PolicyChange,
  type PolicyKind,
  type PolicyScope,
  type PolicyValue,
  placeOf,
  policyField,
  policyKinds,
  policyValues,
  preparePolicy,
  readPolicy,
  setPolicy,
} from '../services/policies/policies.ts'
import { actor } from './acting.ts'
import { parseChoice, parseCount } from './arguments.ts'
import { withKafka, withPool } from './connections.ts'
import { identify } from './identity.ts'
import { minute, print, printJson, printTable, UsageError } from './output.ts'

interface Flags {
  store?: string
  warehouse?: string
  location?: string
  category?: string
  product?: string
  json?: boolean
}

interface SetFlags extends Flags {
  why: string
  dryRun?: boolean
}

interface HistoryFlags {
  policy?: string
  limit: string
  cursor?: string
  json?: boolean
}

export function register(program: Command): void {
  const policy = program
    .command('policy')
    .description('Show and change the rules that shelves, warehouses and orders are run by')
  scoped(
    policy
      .command('get <kind>')
      .description('Show the values that apply, and the policy of each; kind: shelf, warehouse, replenishment'),
  )
    .addHelpText('after', '\nExample:\n  shelfline policy get shelf --store 367 --product 1029743')
    .action(get)
  withValues(scoped(policy.command('set <kind>').description(`Change a policy; "${INHERIT}" removes a value`)))
    .requiredOption('--why <text>', 'Why')
    .hook('preAction', identify)
    .option('--dry-run', 'Check the change and print the values that would apply, without making it')
    .addHelpText(
      'after',
      '\nExample:\n  shelfline policy set shelf --category DAIRY --near-expiry-days 3 --why "waste in May"',
    )
    .action(set)
  policy
    .command('history [kind]')
    .description('List how policies were changed, the newest version first')
    .option('--policy <policy>', 'Only this one')
    .option('--limit <count>', 'Versions at most', '50')
    .option('--cursor <cursor>', 'Continue after an earlier page: "next" of its JSON')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline policy history shelf --policy category=DAIRY')
    .action(history)
}

const scoped = (command: Command): Command =>
  command
    .option('--store <store>', 'For this store (shelf)')
    .option('--warehouse <warehouse>', 'For this warehouse (warehouse)')
    .option('--location <location>', 'For this warehouse, or store that no warehouse refills (replenishment)')
    .option('--category <category>', 'For this category')
    .option('--product <product>', 'For this product')
    .option('--json', 'Print JSON')

/** A contract's description as a line of help. */
const meaningOf = (kind: PolicyKind, name: string): string =>
  policyField(kind, name)
    .description.replaceAll(/`"?([^`"]*)"?`/g, '$1')
    .replace(/\.$/, '')

const flagOf = (name: string): string => `--${name.replaceAll('_', '-')}`

function withValues(command: Command): Command {
  for (const kind of policyKinds) {
    for (const name of policyValues[kind]) {
      command.addOption(new Option(`${flagOf(name)} <value>`, `For ${kind}: ${meaningOf(kind, name)}`))
    }
  }
  return command
}

async function get(kindName: string, flags: Flags): Promise<void> {
  const scope = parseScope(kindName, flags)
  const values = await withPool(loadSettings(), (pool) => readPolicy(pool, scope))
  if (flags.json) return printJson({ ...scope, values })
  showValues(scope.kind, values)
}

async function set(kindName: string, flags: SetFlags, command: Command): Promise<void> {
  const { json, dryRun, why } = flags
  const scope = parseScope(kindName, flags)
  const change = { ...scope, values: parseValues(scope.kind, command), why, by: actor() }
  const values = dryRun ? await tryChange(change) : await makeChange(change)
  if (json) return printJson({ ...scope, values, ...(dryRun && { dryRun }) })
  if (dryRun) print('Nothing was changed; these values would apply:')
  showValues(scope.kind, values)
}

const tryChange = (change: PolicyChange): Promise<PolicyValue[]> =>
  withPool(loadSettings(), async (pool) => (await preparePolicy(pool, change)).values)

function makeChange(change: PolicyChange): Promise<PolicyValue[]> {
  const settings = loadSettings()
  return withPool(settings, (pool) =>
    withKafka(settings, (kafka) => withProducer(kafka, (producer) => setPolicy({ pool, producer }, change))),
  )
}

async function history(kindName: string | undefined, { limit, json, ...flags }: HistoryFlags): Promise<void> {
  const kind = kindName === undefined ? {} : { kind: parseChoice('kind', kindName, policyKinds) }
  const filter = { ...flags, ...kind, limit: parseCount('--limit', limit) }
  const { items: versions, next } = await withPool(loadSettings(), (pool) => listPolicyVersions(pool, filter))
  if (json) return printJson({ versions, next })
  if (versions.length === 0) {
    return print('No such policy was changed: the defaults apply (`shelfline policy get shelf` shows them)')
  }
  printTable(
    ['policy', 'version', 'changed (UTC)', 'by', 'why', 'values'],
    versions.map((version) => [
      `${version.kind} ${version.policy_id}`,
      version.version,
      minute(version.effective_at),
      version.changed_by,
      version.reason,
      Object.entries(version.values)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    ]),
  )
  if (next !== null) print('There are more: --limit shows them')
}

function parseScope(kindName: string, flags: Flags): PolicyScope {
  const kind = parseChoice('kind', kindName, policyKinds)
  const { category, product } = flags
  for (const other of policyKinds) {
    if (other === kind || flags[placeOf[other]] === undefined) continue
    throw new UsageError(`--${placeOf[other]} is for a ${other} policy; a ${kind} policy has --${placeOf[kind]}`)
  }
  return { kind, place: flags[placeOf[kind]], category, product }
}

/** The flags of `policy set` that are values of some kind; the service refuses those of another. */
function parseValues(kind: PolicyKind, command: Command): Record<string, string> {
  const given = new Map<string, string>()
  for (const name of new Set(policyKinds.flatMap((each): string[] => [...policyValues[each]]))) {
    const option = command.options.find(({ long }) => long === flagOf(name))!
    const value: unknown = command.getOptionValue(option.attributeName())
    if (typeof value === 'string') given.set(name, value)
  }
  if (given.size === 0) {
    throw new UsageError(`policy set ${kind}: give some of ${policyValues[kind].map(flagOf).join(', ')}`)
  }
  return Object.fromEntries(given)
}

function showValues(kind: PolicyKind, values: readonly PolicyValue[]): void {
  printTable(
    ['value', 'holds', 'from', 'meaning'],
    values.map(({ name, value, policy_id, changed_by, effective_at }) => [
      name,
      value ?? WITHOUT_VALUE[kind],
      policy_id === null ? 'default' : `${policy_id} (${changed_by}, ${minute(effective_at)})`,
      meaningOf(kind, name),
    ]),
  )
}

/** What it means that even the default has no value. */
const WITHOUT_VALUE = { shelf: 'none', warehouse: 'from the shelves', replenishment: 'no limit' } as const
