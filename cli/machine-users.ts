/** Users of machines and the people that they are: `access map`, `unmap` and `mapped`. */
import type { Command } from 'commander'
import { loadSettings } from '../platform/settings/settings.ts'
import { listMachineUsers, mapMachineUser, unmapMachineUser } from '../services/access/actors.ts'
import { actor } from './acting.ts'
import { withPool } from './connections.ts'
import { identify } from './identity.ts'
import { print, printJson, printTable } from './output.ts'

interface Flags {
  json?: boolean
}

export function registerMachineUsers(access: Command): void {
  access
    .command('map <user> <person>')
    .description('Let the commands of a user of a machine act as a person')
    .hook('preAction', identify)
    .option('--json', 'Print as JSON')
    .addHelpText('after', '\nExample:\n  shelfline access map ann@desk admin')
    .action(async (user: string, person: string, { json }: Flags) => {
      await withPool(loadSettings(), (pool) => mapMachineUser(pool, user, person, actor()))
      if (json) return printJson({ user, person })
      print(`Commands of ${user} act as ${person}`)
    })
  access
    .command('unmap <user>')
    .description('Let the commands of a user of a machine act under the name of that user, who may not approve')
    .hook('preAction', identify)
    .option('--json', 'Print as JSON')
    .addHelpText('after', '\nExample:\n  shelfline access unmap ann@desk')
    .action(async (user: string, { json }: Flags) => {
      await withPool(loadSettings(), (pool) => unmapMachineUser(pool, user))
      if (json) return printJson({ user })
      print(`Commands of ${user} act as ${user}, who may not approve`)
    })
  access
    .command('mapped')
    .description('List the users of machines and the people that they are')
    .option('--json', 'Print as JSON')
    .addHelpText('after', '\nExample:\n  shelfline access mapped')
    .action(async ({ json }: Flags) => {
      const users = await withPool(loadSettings(), listMachineUsers)
      if (json) return printJson({ users })
      if (users.length === 0) return print('No user is mapped: `shelfline access map USER@MACHINE PERSON` maps one')
      printTable(
        ['user', 'person', 'mapped by'],
        users.map(({ machineUser, person, changedBy }) => [machineUser, person, changedBy]),
      )
    })
}
