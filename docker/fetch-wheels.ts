/** Puts DuckDB's extensions and XGBoost's library into the folder that is named: what `shelfline stack up` does, for an image. */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { prepareDuckdbExtensions } from '../scripts/stack/duckdb-extensions.ts'
import { noReport } from '../scripts/stack/progress.ts'
import { prepareXgboost } from '../scripts/stack/xgboost.ts'

const target = process.argv[2]
if (target === undefined) throw new Error('fetch-wheels: name the folder to put them in')
cpSync(await prepareDuckdbExtensions(noReport), join(target, 'duckdb-extensions'), { recursive: true })
cpSync(await prepareXgboost(noReport), target, { recursive: true })
