/** The commands that a page gives its reader to type. */

export interface Documented {
  /** As the page has it, continued lines joined. */
  command: string
  /** From 1. */
  line: number
  /** Why it is not run, from the comment beside it. */
  notRun?: string
}

const COMMAND = /^(?:\.\/)?(?:shelfline|scripts\/(?:run|test))(?: |$)/
/** `<!-- not run: REASON -->` before a block of code, or right behind a command in a line. */
const NOT_RUN = /<!-- not run: (.+?) -->/
const INLINE = /`([^`\n]+)`(?: ?<!-- not run: (.+?) -->)?/g

/** Commands in the order of the page: lines of blocks of code, and code within a line. Both begin with `shelfline` or `scripts/`. */
export function documentedCommands(page: string): Documented[] {
  const found: Documented[] = []
  const lines = page.split('\n')
  let inBlock = false
  let blockNotRun: string | undefined
  for (let index = 0; index < lines.length; index += 1) {
    const first = index
    let text = lines[index]!
    if (/^\s*```/.test(text)) {
      blockNotRun = inBlock ? undefined : NOT_RUN.exec(lines[index - 1] ?? '')?.[1]
      inBlock = !inBlock
      continue
    }
    if (!inBlock) {
      for (const [, code, notRun] of text.matchAll(INLINE)) add(code!, first, notRun)
      continue
    }
    while (text.endsWith('\\')) {
      index += 1
      text = `${text.slice(0, -1)} ${lines[index]!.trim()}`
    }
    add(withoutComment(text), first, blockNotRun)
  }
  return found

  function add(command: string, index: number, notRun: string | undefined): void {
    const text = command.trim().replaceAll(/ +/g, ' ')
    if (COMMAND.test(text)) found.push({ command: text, line: index + 1, ...(notRun !== undefined && { notRun }) })
  }
}

/** What follows a blank and `#` is a comment, unless it is quoted. */
const withoutComment = (line: string): string => line.replace(/\s+#[^"']*$/, '')
