import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const root = join(import.meta.dirname, '..')
/** The comment of a file that is no job and no rule, only functions for others, begins like this. */
const HELPER = /^Not /

/** The page `docs/jobs.md`, made from the comment at the head of each file in `sql/jobs` and `sql/alerts`. */
export function jobsPage(): string {
  return `# Minute jobs and alerts

Made from the comments in \`sql/jobs/\` and \`sql/alerts/\` by \`npm run docs\`; a test fails when this page is out of date.

## Jobs

Each job is a function \`ops.<job>(as_of, limit_rows)\` that returns how many rows it changed. You can call it alone and
at any time: it decides from the live state, decides each case once, and changes at most \`limit_rows\` rows. The schedule
\`minute-jobs\` runs the jobs in the order of \`ops.minute_job\`, each in its own transaction, as of \`ops.now()\`. A job
that fails does not stop the others, and is retried a minute later.

${sections('jobs')}
## Alerts

Each rule is a function \`ops.alert_<rule>(as_of)\` that returns the causes that hold. \`observe_alerts\` opens, updates
and resolves alerts from them. \`ops.alert_rule\` holds how often each rule is evaluated, after how long without its cause
an alert is resolved, and how many causes in one store are replaced by one alert. Where a rule has no condition to
resolve, its alerts resolve when the condition to open no longer holds.

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
  if (lines === undefined)
    throw new Error(`jobs page: ${file} has no comment at its head; begin it with one that describes it`)
  return lines.replaceAll(/^-- /gm, '').trim()
}

/** "Reads: …" becomes a list item; the first sentence stays a paragraph. */
function asMarkdown(text: string): string {
  const [first, ...rest] = text
    .replaceAll('\n', ' ')
    .split(/(?<=[.:]) (?=(?:Reads|Reads and writes|Writes|Sends|Rules|Opens|Resolves|Impact): )/)
  return [first, '', ...rest.map((part) => `- **${part.replace(': ', '**: ')}`)].join('\n')
}
