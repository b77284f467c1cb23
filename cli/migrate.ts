import type { Command } from 'commander'
import { migrate } from '../platform/postgres/migrate.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { withSchemaOwner } from './connections.ts'
import { print, printJson } from './output.ts'

export function register(program: Command): void {
  program
    .command('migrate')
    .description('Migrate the database to the newest schema')
    .option('--json', 'Print what was applied as JSON')
    .addHelpText('after', '\nExample:\n  shelfline migrate')
    .action(async ({ json }: { json?: boolean }) => {
      const applied = await withSchemaOwner(loadSettings(), migrate)
      if (json) return printJson({ applied })
      if (applied.length === 0) return print('the schema is up to date')
      for (const { version, name } of applied) print(`applied ${String(version).padStart(3, '0')} ${name}`)
    })
}
