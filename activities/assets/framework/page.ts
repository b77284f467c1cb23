import { typeText } from '../../../lake/schema.ts'
import { literal } from '../../../platform/duckdb/duckdb.ts'
import { assets } from '../index.ts'
import type { AssetDefinition } from './asset.ts'
import type { Columns } from './columns.ts'

const stores = { lake: 'Delta table, partitioned by date', postgres: 'PostgreSQL, `analytics`' } as const

/** The page `docs/assets.md`, made from the definitions. */
export function assetsPage(): string {
  return `# Assets

Made from \`activities/assets/\` by \`npm run docs\`; a test fails when this page is out of date.

An asset is a table whose partitions, one a date, are each built whole: planned, staged, checked, swapped. A failed
\`block\` check keeps the old partition; a failed \`warn\` check is written down. Both keep examples of the failing rows
in \`ops.check_failures\`. Tables of the lake have the store's day, \`date\`, as their last column.

\`\`\`mermaid
graph LR
${assets.flatMap(edges).join('\n')}
\`\`\`

${assets.map(section).join('\n')}`
}

function edges({ name, upstream, store }: AssetDefinition): string[] {
  const id = (asset: string) => asset.replace('/', '_')
  return [
    store === 'lake' ? `  ${id(name)}[(${name})]` : `  ${id(name)}[${name}]`,
    ...upstream.map((from) => `  ${id(from)} --> ${id(name)}`),
  ]
}

function section({ name, description, store, upstream, columns, checks, runsOnSpark }: AssetDefinition): string {
  const from = upstream.length === 0 ? 'the raw lake' : upstream.map((asset) => `\`${asset}\``).join(', ')
  const asked = checks.map(({ check, severity, question }) => `| \`${check}\` | ${severity} | ${question} |`)
  return `## ${name}

${description}

${stores[store]}; made from ${from}${runsOnSpark ? '; by DuckDB or [Spark](engines.md)' : ''}.

| ${store === 'lake' ? 'column' : 'staged column'} | type | meaning |
|---|---|---|
${columnRows(columns).join('\n')}

| check | severity | what it asks |
|---|---|---|
${asked.join('\n')}
`
}

/** Columns that differ by their names only share a row. */
function columnRows(columns: Columns): string[] {
  const alike = Map.groupBy(Object.entries(columns), ([, { type, isNullable = false, comment }]) =>
    [`${typeText(type)}${isNullable ? ', may be null' : ''}`, comment.replaceAll('|', '\\|')].join(' | '),
  )
  return [...alike].map(([meaning, named]) => `| ${named.map(([name]) => `\`${name}\``).join(' ')} | ${meaning} |`)
}

/** `sql/comments/star.sql`: what the columns of the star schema mean, as the assets that write them define them. */
export function starComments(): string {
  const comments = assets.flatMap(({ carried }) =>
    Object.entries(carried?.columns ?? {}).map(
      ([name, { comment }]) => `comment on column ${carried!.table}.${name} is ${literal(comment)};`,
    ),
  )
  return `-- Made from \`activities/assets/\` by \`npm run docs\`; a test fails when it is out of date.\n${comments.join('\n')}\n`
}
