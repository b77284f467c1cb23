import type { Command } from 'commander'
import { examine, type Finding } from '../scripts/stack/doctor.ts'
import { print, printJson, printTable } from './output.ts'
import { prepareEverything, withDisplay } from './stack.ts'

export function register(program: Command): void {
  program
    .command('doctor')
    .description(
      'Check what this machine has and what is missing, with the fix; exit code 1 when something required is missing',
    )
    .option('--prepare', 'First download and build what is possible')
    .option('--docker', 'Check what is required with Docker Compose')
    .option('--json', 'Print the result as JSON')
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
    ['what', 'state', 'version', 'path, or fix'],
    findings.map(({ name, state, version, where, fix }) => [name, state, version, where ?? fix]),
  )
  const missing = findings.filter(({ state }) => state === 'missing').map(({ name }) => name)
  print(
    missing.length > 0
      ? `Missing: ${missing.join(', ')}`
      : 'Everything that is required is installed, or is downloaded when it is first used',
  )
}
