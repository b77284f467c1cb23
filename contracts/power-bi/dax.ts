/** DAX, as far as is needed to see what an expression refers to: no evaluation. */

/** Text, comment, column (`table[column]`, `'table'[column]`), measure (`[measure]`), table or word, in this order. */
const TOKEN =
  /(?<text>"(?:[^"]|"")*")|(?<comment>\/\/[^\n]*|--[^\n]*|\/\*[\s\S]*?\*\/)|(?:'(?<quoted>(?:[^']|'')+)'|(?<word>[A-Za-z_]\w*(?:\.[A-Za-z]\w*)*))?(?:\[(?<field>[^\]]+)\])|'(?<table>(?:[^']|'')+)'|(?<name>[A-Za-z_]\w*(?:\.[A-Za-z]\w*)*)/g

export type Reference =
  | { kind: 'column'; table: string; column: string }
  | { kind: 'measure'; measure: string }
  | { kind: 'table'; table: string }
  /** A function, a keyword, a variable, or a table without quotes. */
  | { kind: 'word'; word: string }

const referenceOf = ({ quoted, word, field, table, name }: Record<string, string | undefined>) => {
  const owner = quoted ?? word
  if (field !== undefined && owner !== undefined) return { kind: 'column', table: owner, column: field } as const
  // A column that the expression itself adds begins with @.
  if (field !== undefined) return field.startsWith('@') ? null : ({ kind: 'measure', measure: field } as const)
  if (table !== undefined) return { kind: 'table', table } as const
  return name === undefined ? null : ({ kind: 'word', word: name } as const)
}

/** What the expression refers to, in order. */
export const referencesOf = (dax: string): Reference[] =>
  [...dax.matchAll(TOKEN)].map((match) => referenceOf(match.groups!)).filter((found) => found !== null)

/** The expression with each reference as the function writes it; null leaves it as it is. */
export const rewritten = (dax: string, write: (reference: Reference) => string | null): string =>
  dax.replaceAll(TOKEN, (...match) => {
    const reference = referenceOf(match.at(-1) as Record<string, string | undefined>)
    return (reference && write(reference)) ?? (match[0] as string)
  })

export const quotedTable = (table: string): string => `'${table.replaceAll("'", "''")}'`
