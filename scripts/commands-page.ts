/** `docs/commands.md`: every command, an example, and what it prints for programs. */
import { type JsonDocument, jsonDocuments } from '../cli/json-keys.ts'
import { createProgram, overviewOf, wantedCommands } from '../cli/program.ts'
import { knownCommands } from './front-door/commands.ts'

const commands = await knownCommands()

/** `cli/overview.json`: what the help of the program shows of its commands. */
export const overviewFile = `${JSON.stringify(overviewOf(await createProgram(wantedCommands([]))), null, 2)}\n`

export function commandsPage(): string {
  const sections = commands.map(({ path, description, examples }) =>
    [
      `## ${path}`,
      `${description}.`,
      ['```', ...examples, '```'].join('\n'),
      ...(jsonDocuments.has(path) ? [`\`--json\`: ${describe(jsonDocuments.get(path)!)}`] : []),
    ].join('\n\n'),
  )
  return [HEAD, ...sections, ''].join('\n\n')
}

const HEAD = `<!-- Made from the code by \`npm run docs\`. -->

# Commands

\`shelfline COMMAND --help\` describes each option. A command exits with 0, 1 (failed) or 2 (usage error, nothing was changed). With
\`--json\` it prints one document and nothing else on standard output; the keys below stay, others may be added.`

function describe({ isList, always, sometimes }: JsonDocument): string {
  const named = (keys: readonly string[]) => keys.map((key) => `\`${key}\``).join(', ')
  const parts = [
    ...(always.length > 0 ? [named(always)] : []),
    ...(sometimes.length > 0 ? [`optionally ${named(sometimes)}`] : []),
  ]
  return `${isList ? 'a list; of each entry ' : ''}${parts.join('; ')}.`
}
