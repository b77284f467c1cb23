/** Puts DuckDB's extensions into the folder that is named: what `shelfline stack prepare` does, for an image. */
import { cpSync } from 'node:fs'
import { prepareDuckdbExtensions } from '../scripts/stack/duckdb-extensions.ts'
import { noReport } from '../scripts/stack/progress.ts'

const target = process.argv[2]
if (target === undefined) throw new Error('fetch-duckdb-extensions: name the folder to put them in')
cpSync(await prepareDuckdbExtensions(noReport), target, { recursive: true })
