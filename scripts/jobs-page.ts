import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const root = join(import.meta.dirname, '..')
/** Files whose functions serve others say so in their first words. */
const HELPER = /^Not /

/** The page `docs/jobs.md`, made from the comment at the head of each file in `sql/jobs` and `sql/alerts`. */
export function jobsPage(): string {
  return `# Minute jobs and alerts

Made from the comments in \`sql/jobs/\` and \`sql/alerts/\` by \`npm run docs\`; a test fails when this page is out of date.

## Jobs

Each is a function \`ops.<job>(as_of, limit_rows)\` that returns how many rows it changed. It can be called alone and at any
time: what it decides follows from the live state, is decided once, and is bounded by \`limit_rows\`. The schedule
\`minute-jobs\` runs them in the order of \`ops.minute_job\`, each in a transaction of its own, as of \`ops.now()\`; a job
that fails does not hold up the others, and is run again a minute later.

${sections('jobs')}
## Alerts

Each rule is a function \`ops.alert_<rule>(as_of)\` that tells the causes that hold. \`observe_alerts\` opens, keeps and
resolves alerts by them; \`ops.alert_rule\` says how often a rule looks, when its alerts are resolved and from how many
causes in one store on there is one alert for all of them.

${sections('alerts')}`
}

function sections(folder: string): string {
  return globSync(join(root, 'sql', folder, '*.sql'))
    .sort()
    .map((file) => ({ name: basename(file, '.sql'), path: `sql/${folder}/${basename(file)}`, text: header(file) }))
    .filter(({ text }) => !HELPER.test(text))
    .map(({ name, path, text }) => `### ${name}\n\n${asMarkdown(text)}\n\nIn [\`${path}\`](../${path}).\n`)
    .join('\n')
}

function header(file: string): string {
  const [lines] = /^(?:-- .*\n)+/.exec(readFileSync(file, 'utf8')) ?? []
  if (lines === undefined) throw new Error(`jobs page: ${file} says nothing of itself; begin it with a comment`)
  return lines.replaceAll(/^-- /gm, '').trim()
}

/** "Reads: …" becomes a list item; what the text says first stays a paragraph. */
function asMarkdown(text: string): string {
  const [first, ...rest] = text
    .replaceAll('\n', ' ')
    .split(/(?<=[.:]) (?=(?:Reads|Reads and writes|Writes|Sends|Rules|Opens|Opens and holds|Holds|Impact): )/)
  return [first, '', ...rest.map((part) => `- **${part.replace(': ', '**: ')}`)].join('\n')
}
