import { type Command, Option } from 'commander'
import { loadSettings } from '../platform/settings/settings.ts'
import {
  addPerson,
  listPeople,
  type PersonRole,
  personRoles,
  resetPassword,
  setDisabled,
  setRole,
} from '../services/access/people.ts'
import { actor } from './acting.ts'
import { parseChoice } from './arguments.ts'
import { withPool } from './connections.ts'
import { identify } from './identity.ts'
import { print, printJson, printTable } from './output.ts'

interface AddFlags {
  role: PersonRole
  store?: string[]
  region?: string[]
  json?: boolean
}

interface Flags {
  json?: boolean
}

/** People of the web application: `access user …`. */
export function registerPeople(access: Command): void {
  const user = access.command('user').description('People who may sign in to the web application')
  user
    .command('add <name>')
    .hook('preAction', identify)
    .description('Add a person, and print their password once')
    .addOption(new Option('--role <role>', 'What they may do').choices(personRoles).makeOptionMandatory())
    .option('--store <store...>', 'Stores that they see')
    .option('--region <region...>', 'Regions whose stores they see; without a store or a region they see everything')
    .option('--json', 'Print as JSON')
    .addHelpText('after', '\nExample:\n  shelfline access user add maria --role store_manager --store 367')
    .action(add)
  user
    .command('list')
    .description('List the people, with what they see and the number of their sessions')
    .option('--json', 'Print as JSON')
    .addHelpText('after', '\nExample:\n  shelfline access user list')
    .action(list)
  user
    .command('password <name>')
    .hook('preAction', identify)
    .description('Give a person a new password, print it once, and sign them out everywhere')
    .option('--json', 'Print as JSON')
    .addHelpText('after', '\nExample:\n  shelfline access user password maria')
    .action(renew)
  user
    .command('role <name> <role>')
    .hook('preAction', identify)
    .description(`Give a person another role: ${personRoles.join(', ')}`)
    .option('--json', 'Print as JSON')
    .addHelpText('after', '\nExample:\n  shelfline access user role maria regional_manager')
    .action(change)
  for (const [verb, isDisabled, description] of [
    ['disable', true, 'Disable a person: sign them out everywhere and reject new sign-ins'],
    ['enable', false, 'Enable a disabled person, who may then sign in again'],
  ] as const) {
    user
      .command(`${verb} <name>`)
      .hook('preAction', identify)
      .description(description)
      .option('--json', 'Print as JSON')
      .addHelpText('after', `\nExample:\n  shelfline access user ${verb} maria`)
      .action(async (name: string, { json }: Flags) => {
        await withPool(loadSettings(), (pool) => setDisabled(pool, name, isDisabled))
        if (json) return printJson({ person: name, isDisabled })
        print(`${name} ${isDisabled ? 'is signed out and can no longer sign in' : 'may sign in again'}`)
      })
  }
}

async function add(person: string, { role, store = [], region = [], json }: AddFlags): Promise<void> {
  const scopes = [
    ...store.map((id) => ({ scope: 'store' as const, store: id, region: null })),
    ...region.map((name) => ({ scope: 'region' as const, store: null, region: name })),
  ]
  const by = actor()
  const added = await withPool(loadSettings(), (pool) => addPerson(pool, { person, role, scopes }, by))
  if (json) return printJson(added)
  print(`${person} may sign in as ${role.replaceAll('_', ' ')} with the password ${added.password}`)
  print('The password is not kept: it is shown only once.')
}

async function list({ json }: Flags): Promise<void> {
  const people = await withPool(loadSettings(), listPeople)
  if (json) return printJson({ people })
  if (people.length === 0)
    return print('No one may sign in yet: `shelfline access user add NAME --role ROLE` adds a person.')
  printTable(
    ['name', 'role', 'sees', 'sessions', 'added by', 'state'],
    people.map(({ person, role, sees, sessions, createdBy, disabledAt }) => [
      person,
      role,
      sees.join(', ') || 'nothing',
      sessions,
      createdBy,
      disabledAt === null ? 'enabled' : 'disabled',
    ]),
  )
}

async function change(person: string, text: string, { json }: Flags): Promise<void> {
  const role = parseChoice('role', text, personRoles)
  await withPool(loadSettings(), (pool) => setRole(pool, person, role))
  if (json) return printJson({ person, role })
  print(`${person} is ${role.replaceAll('_', ' ')} now`)
}

async function renew(person: string, { json }: Flags): Promise<void> {
  const password = await withPool(loadSettings(), (pool) => resetPassword(pool, person))
  if (json) return printJson({ person, password })
  print(`The new password of ${person} is ${password}; all of their sessions have ended`)
}
