import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, '..', 'sql', 'streams')

/** A statement from `sql/streams`, prepared under its file name on each connection that runs it. */
export function statement(name: string): { name: string; text: string } {
  return { name, text: readFileSync(join(FOLDER, `${name}.sql`), 'utf8') }
}
