import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, '..', 'sql')

/** The text of `sql/<path>`, such as `ledger/start_run.sql`. */
export const readStatement = (path: string): string => readFileSync(join(FOLDER, path), 'utf8')
