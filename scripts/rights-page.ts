import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { narrowProcesses, processRights, roleOf, type Verb, verbs } from '../platform/postgres/rights/process-rights.ts'
import { classOf, type TableClass, tableClasses } from '../platform/postgres/rights/table-classes.ts'
import { workerKinds } from '../platform/worker-kinds.ts'
import { kafkaRightsTable } from './stack/kafka-rights.ts'
import { objectStoreRightsTable } from './stack/object-store-rights.ts'
import { temporalRights, temporalRightsTable } from './stack/temporal-rights.ts'

/** The page `docs/rights.md`: what each process may do at which server. */
export function rightsPage(): string {
  return `# Rights of processes

Made by \`npm run docs\` from \`platform/postgres/rights/\`, \`scripts/stack/\` (\`kafka-rights.ts\`, \`object-store-rights.ts\`, \`temporal-rights.ts\`); a test fails when
this page is out of date. In a [secure instance](security.md#encrypted-connections) these are the rights of its processes; give them the same at servers of your own.

## PostgreSQL

\`./shelfline migrate\` gives the roles these rights, and takes back others; roles that the server does not have are left out. Without a role of its own a process uses
\`shelfline_app\`. S: select, I: insert, U: update, D: delete; nothing else, such as \`truncate\`. Small letters: some columns or some tables of the class.

${postgresRightsTable()}

- Who has a role: ${narrowProcesses.map((process) => `\`${roleOf(process)}\` ${processRights[process].purpose}`).join('; ')}.
- \`shelfline_web\`, \`bi_reader\` and \`dashboard_reader\`: rows by row-level security, those of the person that the web application acts for, or of the login. Their rights
  are in \`sql/schema/\`. A role of a process sees all rows of the tables that it may read.
- \`shelfline_app\` is for commands: it has all four on every table but the audit log and what is only added to. \`shelfline_migrate\` owns everything, and only \`migrate\` and
  \`access\` use it.
- Partitions are made by functions with the owner's rights; no process has a right on one, they are reached by their table.
- No role may take another's with \`set role\`, and none is a superuser. In a secure instance each shows a certificate with its name beside its password.

${classList()}

## Kafka

What is not listed is denied. A right includes \`describe\`.

${kafkaRightsTable()}

The superuser \`kafka\` sets users and rules up. It is known by its certificate alone, and no process has it.

## Object store

What is not listed is denied. Who may write may also write over an object: the lake's commits are safe from that, because they are conditional puts.

${objectStoreRightsTable()}

The workers \`receive\` and \`cdc\` have no user there. The root user makes the bucket, users and policies; no process has its key.

## Temporal

Each process is known by its certificate. What is not listed is denied, and so is every other namespace: the workers ${listed(workerKinds.filter((kind) => !(roleOf(kind) in temporalRights)))}
may do nothing here.

${temporalRightsTable()}

The right to start a workflow or to send it an Update is not the right to decide about orders: decisions are rows that the web application and the commands write for
an authenticated person ([who acts](security.md#who-acts)). A Temporal of your own: [security](security.md#encrypted-connections).
`
}

const listed = (kinds: readonly string[]): string =>
  `${kinds
    .slice(0, -1)
    .map((kind) => `\`${kind}\``)
    .join(', ')} and \`${kinds.at(-1)}\``

/** Roles whose rights are in migrations. */
const migratedRoles = ['shelfline_web', 'bi_reader', 'dashboard_reader'] as const

function postgresRightsTable(): string {
  const classes = Object.keys(tableClasses) as TableClass[]
  const grants = grantsInSchema()
  const roles = [...narrowProcesses.map(roleOf), ...migratedRoles]
  const rows = classes.map((name) => {
    const own = narrowProcesses.map((process) => lettersOf(processRights[process].tables[name] ?? []))
    const others = migratedRoles.map((role) => migratedLetters(grants, role, name))
    return `| ${name} | ${[...own, ...others].join(' | ')} |`
  })
  const staging = narrowProcesses.map((process) => (processRights[process].isStaging ? 'makes tables' : ''))
  rows.push(`| schema \`staging\` | ${[...staging, ...migratedRoles.map(() => '')].join(' | ')} |`)
  const head = roles.map((role) => `\`${role.replace('shelfline_', '')}\``)
  return [`| tables | ${head.join(' | ')} |`, `|---|${roles.map(() => '---|').join('')}`, ...rows].join('\n')
}

const letterOf = (verb: Verb): string => verb[0]!.toUpperCase()
const lettersOf = (of: readonly Verb[]): string => of.map(letterOf).join(' ')

/** A verb that migrations grant on a table, or on some columns of it. */
interface Grant {
  role: string
  table: string
  name: TableClass | undefined
  verb: Verb
  isWhole: boolean
}

/** As the reviewed schema has them. */
function grantsInSchema(): Grant[] {
  return ['ref', 'state', 'ops', 'analytics', 'bi'].flatMap((schema) => {
    const file = readFileSync(join(import.meta.dirname, '..', 'sql', 'schema', `${schema}.sql`), 'utf8')
    const text = file.replaceAll(/ \([^)]*\)/g, ' ()')
    return [...text.matchAll(/^grant (.+) on table (\S+) to (\w+);$/gm)].flatMap(
      ([, given = '', table = '', role = '']) =>
        verbs
          .filter((verb) => given.includes(verb))
          .map((verb) => ({ role, table, name: classOf(table), verb, isWhole: !given.includes(`${verb} (`) })),
    )
  })
}

/** What a role may do with a class: a small letter for what it may not with every table, or every column. */
function migratedLetters(grants: readonly Grant[], role: string, name: TableClass): string {
  const ofClass = grants.filter((grant) => grant.name === name)
  const tables = new Set(ofClass.map(({ table }) => table))
  const letters = verbs.map((verb) => {
    const own = ofClass.filter((grant) => grant.role === role && grant.verb === verb)
    const whole = new Set(own.filter(({ isWhole }) => isWhole).map(({ table }) => table))
    if (own.length === 0) return ''
    return whole.size === tables.size ? letterOf(verb) : letterOf(verb).toLowerCase()
  })
  return letters.filter((letter) => letter !== '').join(' ')
}

const classList = (): string =>
  Object.entries(tableClasses)
    .map(([name, tables]) => `- **${name}**: ${tables.map((table: string) => `\`${table}\``).join(', ')}`)
    .join('\n')
