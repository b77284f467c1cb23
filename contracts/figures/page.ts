import type { Figure } from './figure.ts'
import { figureGroups } from './index.ts'

const better = { up: 'more is better', down: 'less is better' } as const

/** The page `docs/figures.md`, made from the definitions. */
export function figuresPage(): string {
  return `# Figures

Made from \`contracts/figures/\` by \`npm run docs\`; a test fails when this page is out of date.

Each figure is defined once: as SQL over the views of \`bi\` ([star-schema.md](star-schema.md)), and as DAX over tables that are called like them.
Every SQL is tested against values that were calculated by hand; the DAX was not run, so that the SQL applies where they differ. \`$1\` and
\`$2\` are the first and the last day; a reader's figures are those of the stores that they see.

${figureGroups.map(({ title, description, figures }) => `## ${title}\n\n${description}\n\n${figures.map(section).join('\n')}`).join('\n')}`
}

function section({ name, title, meaning, unit, format, direction, sql, dax }: Figure): string {
  const facts = [`\`${name}\``, unit, `format \`${format}\``, ...(direction ? [better[direction]] : [])]
  return `### ${title}

${meaning} (${facts.join('; ')})

\`\`\`sql
${outdented(sql)}
\`\`\`

\`\`\`dax
${title} = ${dax}
\`\`\`
`
}

/** Lines of a text in code start where the code does. */
function outdented(text: string): string {
  const [first = '', ...lines] = text.split('\n')
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length)
  const least = Math.min(...indents)
  return [first, ...lines.map((line) => line.slice(Math.max(least - 2, 0)).trimEnd())].join('\n')
}
