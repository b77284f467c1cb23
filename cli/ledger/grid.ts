/** A grid of assets × dates, one character a partition, cut into blocks of months. */
import colors from 'picocolors'
import { print } from '../output.ts'

export interface GridMark {
  letter: string
  meaning: string
  colour: (text: string) => string
}

export interface Grid {
  rows: readonly string[]
  /** YYYY-MM-DD, in order. */
  dates: readonly string[]
  mark(row: string, date: string): GridMark
}

const TERMINAL_COLUMNS = 100

/** Prints the grid and then what its letters mean; only the letters that occur. */
export function printGrid({ rows, dates, mark }: Grid): void {
  const nameWidth = Math.max(...rows.map((row) => row.length), 0)
  const columns = Math.max((process.stdout.columns || TERMINAL_COLUMNS) - nameWidth - 2, 14)
  const seen = new Map<string, GridMark>()
  for (const block of blocksOf(dates, columns)) {
    const [first, last] = [block[0]!, block.at(-1)!]
    print(colors.bold(`${' '.repeat(nameWidth)}  ${first}${first === last ? '' : ` to ${last}`}`))
    print(colors.dim(`${' '.repeat(nameWidth)}  ${block.map((date) => date.slice(-1)).join('')}`))
    for (const row of rows) {
      const cells = block.map((date) => {
        const found = mark(row, date)
        seen.set(found.letter, found)
        return found.colour(found.letter)
      })
      print(`${row.padEnd(nameWidth)}  ${cells.join('')}`)
    }
    print()
  }
  print([...seen.values()].map(({ letter, meaning, colour }) => `${colour(letter)} ${meaning}`).join('   '))
}

/** Whole months while they fit the line, so that the eye finds a date; a longer month is cut. */
function blocksOf(dates: readonly string[], columns: number): string[][] {
  const blocks: string[][] = []
  let block: string[] = []
  for (const month of Map.groupBy(dates, (date) => date.slice(0, 7)).values()) {
    if (block.length > 0 && block.length + month.length > columns) {
      blocks.push(block)
      block = []
    }
    for (let from = 0; from < month.length; from += columns) {
      const part = month.slice(from, from + columns)
      if (part.length === columns) blocks.push(part)
      else block.push(...part)
    }
  }
  return block.length > 0 ? [...blocks, block] : blocks
}
