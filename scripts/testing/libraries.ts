/** Fetches the libraries that tests without servers load, when the user's cache has none: DuckDB's extensions and XGBoost. */
import { prepareDuckdbExtensions } from '../stack/duckdb-extensions.ts'
import { type OnProgress, reportFor } from '../stack/progress.ts'
import { prepareXgboost } from '../stack/xgboost.ts'

const onProgress: OnProgress = ({ item, note }) => console.log(`${item}: ${note}`)

export default async function setup(): Promise<void> {
  await Promise.all([prepareDuckdbExtensions(reportFor('DuckDB extensions', onProgress)), xgboost()])
}

/** Where there is none for this platform, its own tests report it. */
async function xgboost(): Promise<void> {
  try {
    await prepareXgboost(reportFor('XGBoost', onProgress))
  } catch (error) {
    console.warn(`XGBoost: ${(error as Error).message}`)
  }
}
