import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, '..', 'sql', 'sources')

/** The text of `sql/sources/<name>.sql`. */
export const statement = (name: string): string => readFileSync(join(FOLDER, `${name}.sql`), 'utf8')
