/** Text of TMDL, the language of Power BI's models: objects by indentation with tabs. */
import { createHash } from 'node:crypto'

/** An id that depends on the name of the object alone, so that a model that is made again has the same. */
export function idOf(name: string): string {
  const hash = createHash('sha256').update(`shelfline ${name}`).digest('hex')
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-5${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`
}

export const quoted = (name: string): string => (/^\w+$/.test(name) ? name : `'${name.replaceAll("'", "''")}'`)

/** The lines, a level deeper; an empty line stays empty. */
export const indented = (text: string, levels = 1): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? '' : '\t'.repeat(levels) + line))
    .join('\n')

/** An object with its description, its own line, properties and children. */
export function object(
  head: string,
  properties: readonly (string | false | undefined)[],
  { meaning, children = [] }: { meaning?: string; children?: readonly string[] } = {},
): string {
  const description = meaning ? `/// ${meaning.replaceAll('\n', ' ')}\n` : ''
  const own = properties.filter((line): line is string => Boolean(line))
  const body = own.length > 0 ? `\n${indented(own.join('\n'))}` : ''
  return `${description}${head}${body}${children.map((child) => `\n\n${indented(child)}`).join('')}`
}

/** `name = expression`, with an expression of several lines below it. */
export const assigned = (name: string, expression: string): string =>
  expression.includes('\n') ? `${name} =\n${indented(expression, 2)}` : `${name} = ${expression}`
