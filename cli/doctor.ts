import type { Command } from 'commander'
import { examine, type Finding } from '../scripts/stack/doctor.ts'
import { print, printJson, printTable } from './output.ts'
import { prepareEverything, withDisplay } from './stack.ts'

export function register(program: Command): void {
  program
    .command('doctor')
    .description(
      'What this machine has, what is missing and how to get it; exit code 1 when something needed is missing.',
    )
    .option('--prepare', 'download and build what can be, then look')
    .option('--docker', 'Docker Compose will run the servers')
    .option('--json', 'one JSON document on standard output')
    .addHelpText('after', '\nExample:\n  shelfline doctor --prepare')
    .action(runDoctor)
}

async function runDoctor(options: { prepare?: boolean; docker?: boolean; json?: boolean }): Promise<void> {
  if (options.prepare) await withDisplay((display) => prepareEverything(display, options.docker))
  const findings = await examine({ docker: options.docker ?? false })
  if (options.json) printJson(findings)
  else printFindings(findings)
  if (findings.some(({ state }) => state === 'missing')) process.exitCode = 1
}

function printFindings(findings: readonly Finding[]): void {
  printTable(
    ['what', 'state', 'version', 'where, or how to get it'],
    findings.map(({ name, state, version, where, wayOut }) => [name, state, version, where ?? wayOut]),
  )
  const missing = findings.filter(({ state }) => state === 'missing').map(({ name }) => name)
  print(
    missing.length > 0 ? `Missing: ${missing.join(', ')}` : 'Everything that is needed is there or will be fetched.',
  )
}
