/** Every command that there is, with the examples of its help. */
import type { Command } from 'commander'
import { createProgram, wantedCommands } from '../../cli/program.ts'
import { documentedCommands } from './markdown.ts'

export interface KnownCommand {
  /** `lake show` */
  path: string
  description: string
  examples: string[]
  hasJson: boolean
  /** It does nothing without an argument or an option. */
  isNameAlone: boolean
}

export async function knownCommands(): Promise<KnownCommand[]> {
  const found: KnownCommand[] = []
  const walk = (command: Command, path: readonly string[]): void => {
    for (const each of command.commands) walk(each, [...path, each.name()])
    // A group takes no options of its own; `ledger` is a command that has another below it.
    if (path.length === 0 || (command.commands.length > 0 && command.options.length === 0)) return
    const hasJson = command.options.some(({ long }) => long === '--json')
    const description = command.description().replace(/\.$/, '')
    const isNameAlone =
      command.registeredArguments.some(({ required }) => required) || command.options.some(({ mandatory }) => mandatory)
    found.push({ path: path.join(' '), description, examples: examplesOf(command), hasJson, isNameAlone })
  }
  walk(await createProgram(wantedCommands([])), [])
  return found
}

function examplesOf(command: Command): string[] {
  let help = ''
  command.configureOutput({
    writeOut: (text) => {
      help += text
    },
  })
  command.outputHelp()
  const [, examples = ''] = help.split(/^Examples?:$/m)
  const lines = examples.replace(/^ *SHELFLINE_KAFKA_PORT=9092 /gm, '')
  return documentedCommands(`\`\`\`\n${lines}\n\`\`\``).map(({ command: line }) => line)
}
