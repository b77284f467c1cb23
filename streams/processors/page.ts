import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RAW_SINK, rawTopics } from '../raw/raw-sink.ts'
import { productProcessors } from '../runtime/runtime.ts'

const HEADER = /^\/\*\*(?<header>[\s\S]*?)\*\//
const ABOVE_THE_PROCESSOR =
  /\/\*\*(?<header>(?:(?!\*\/)[\s\S])*)\*\/\nexport (?:const \w+: Processor\b|class RawSink\b)/

/** The page `docs/processors.md`, made from the comment at the head of each processor's file. */
export function processorsPage(): string {
  const processors = [...productProcessors, { name: RAW_SINK, topics: rawTopics }]
  return `# Stream processors

Made from the comments in \`streams/\` by \`npm run docs\`; a test fails when this page is out of date.

Each processor reads its topics with its own consumer group. Its effects, the outcome of every message and the next
position commit in one transaction. A second copy of an event, with the same id on the same day, changes nothing.

${processors.map(section).join('\n')}`
}

function section({ name, topics }: { name: string; topics: readonly string[] }): string {
  const file = `streams/${name === RAW_SINK ? 'raw' : 'processors'}/${name.replaceAll('_', '-')}.ts`
  const from = topics.map((topic) => `[\`${topic}\`](topics.md#${topic})`).join(', ')
  return `## ${name}

[\`${file}\`](../${file}) reads ${from}.

${header(file)}
`
}

function header(file: string): string {
  const text = readFileSync(join(import.meta.dirname, '..', '..', file), 'utf8')
  const found = (HEADER.exec(text) ?? ABOVE_THE_PROCESSOR.exec(text))?.groups?.header
  if (found === undefined) {
    throw new Error(
      `processors page: ${file} does not describe its processor; begin it with a comment: state, outputs, rules`,
    )
  }
  return found.replaceAll(/^ \* ?/gm, '').trim()
}
