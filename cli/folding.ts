/** How a table is made to fit the terminal: its widest columns of text are folded. */

/** One space on either side of a cell's text, and a line between columns. */
const PADDING = 2
const BORDER = 1
/** A column is not made narrower than its longest word, or than this where a word is longer. */
const WORD_MAX = 24

export interface Folded {
  rows: string[][]
  /** Of each column, with its padding; undefined when the table fits as it is. */
  widths: number[] | undefined
}

/**
 * @param rows texts, the headings first; a column may be folded where `isText`
 * @param columnsMax characters of the terminal
 */
export function fold(rows: readonly (readonly string[])[], isText: readonly boolean[], columnsMax: number): Folded {
  const natural = widest(rows, (cell) => cell.split('\n'))
  const room = columnsMax - BORDER - natural.length * (PADDING + BORDER)
  if (sum(natural) <= room) return { rows: rows.map((row) => [...row]), widths: undefined }
  const words = widest(rows, (cell) => cell.split(/\s+/))
  const widths = narrow(
    natural,
    natural.map((width, column) => (isText[column] ? Math.min(words[column]!, WORD_MAX) : width)),
    room,
  )
  return {
    rows: rows.map((row) => row.map((cell, column) => breakWords(cell, widths[column]!))),
    widths: widths.map((width) => width + PADDING),
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)

const widest = (rows: readonly (readonly string[])[], partsOf: (cell: string) => string[]): number[] =>
  (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.flatMap((row) => partsOf(row[column]!).map((part) => part.length))),
  )

/** Takes from the widest column that has something to give, until all fit. */
function narrow(natural: readonly number[], least: readonly number[], room: number): number[] {
  const widths = [...natural]
  for (let over = sum(widths) - room; over > 0; over -= 1) {
    const spare = widths.map((width, column) => (width > least[column]! ? width : 0))
    const column = spare.indexOf(Math.max(...spare))
    if (spare[column] === 0) break
    widths[column]! -= 1
  }
  return widths
}

/** Words that are longer than their column, such as a path. */
const breakWords = (cell: string, width: number): string =>
  cell.replaceAll(/\S+/g, (word) =>
    word.length <= width ? word : word.match(new RegExp(`.{1,${width}}`, 'g'))!.join(' '),
  )
