/** The public views as `docs/star-schema.md` has them: that page is made from the database, and a test compares it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Column {
  name: string
  type: string
  meaning: string
}

export interface View {
  name: string
  meaning: string
  columns: readonly Column[]
}

const page = join(import.meta.dirname, '..', '..', 'docs', 'star-schema.md')

/** Every view of `bi`, by its name, with its columns in order. */
export function publicViews(text = readFileSync(page, 'utf8')): Map<string, View> {
  const sections = text.split('\n### ').slice(1)
  return new Map(
    sections.map((section) => {
      const [name = '', , meaning = ''] = section.split('\n')
      const columns = [...section.matchAll(/^\| `(\w+)` \| ([^|]+) \| (.*) \|$/gm)].map(([, column, type, text]) => ({
        name: column!,
        type: type!,
        meaning: text!.replaceAll('\\|', '|'),
      }))
      return [name, { name, meaning, columns }]
    }),
  )
}
