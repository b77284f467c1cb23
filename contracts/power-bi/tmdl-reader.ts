/** Reads back the TMDL that the generator writes, as far as rules look at it. */

export interface TmdlObject {
  /** table, column, measure, … */
  kind: string
  name: string
  description: string
  /** After its equals sign, and the lines below that belong to it. */
  expression: string
  /** Without a value: `true`. */
  properties: Readonly<Record<string, string>>
  children: readonly TmdlObject[]
}

const KINDS =
  /^(table|column|measure|hierarchy|level|partition|relationship|role|tablePermission|calculationGroup|calculationItem|refreshPolicy|expression|model|database|annotation|extendedProperty)\b\s*/
const NAME = /^(?:'((?:[^']|'')+)'|([^\s=]+))?\s*(?:=\s*(.*))?$/

interface Open {
  depth: number
  kind: string
  name: string
  description: string
  expression: string
  properties: Record<string, string>
  children: Open[]
}

export function readTmdl(text: string): TmdlObject[] {
  const root: Open = { depth: -1, kind: '', name: '', description: '', expression: '', properties: {}, children: [] }
  const stack = [root]
  let description = ''
  /** The property whose value is on the lines below it, and how deep these are at least. */
  let below: { owner: Open; property: string | null; depth: number } | undefined
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    const depth = line.length - line.trimStart().length
    const content = line.trim()
    if (below !== undefined && depth >= below.depth) {
      const { owner, property } = below
      if (property === null) owner.expression += `\n${content}`
      else owner.properties[property] += `\n${content}`
      continue
    }
    below = undefined
    if (content.startsWith('///')) {
      description = content.slice(3).trim()
      continue
    }
    while (stack.at(-1)!.depth >= depth) stack.pop()
    const parent = stack.at(-1)!
    const kind = KINDS.exec(content)
    // `expression: …` would be a property.
    if (kind !== null && !content.startsWith(`${kind[1]}:`)) {
      const [, quoted, plain, value] = NAME.exec(content.slice(kind[0].length)) ?? []
      const made: Open = {
        depth,
        kind: kind[1]!,
        name: quoted?.replaceAll("''", "'") ?? plain ?? '',
        description,
        expression: value ?? '',
        properties: {},
        children: [],
      }
      description = ''
      parent.children.push(made)
      stack.push(made)
      if (value === '') below = { owner: made, property: null, depth: depth + 2 }
      continue
    }
    const [, property, sign, value] = /^(\w+)\s*(?:([:=])\s*(.*))?$/.exec(content) ?? []
    if (property === undefined) continue
    parent.properties[property] = sign === undefined ? 'true' : (value ?? '')
    if (sign === '=' && value === '') below = { owner: parent, property, depth: depth + 1 }
  }
  return root.children
}
