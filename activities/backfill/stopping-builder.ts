/** Builds one partition in a process of its own, which stops or kills itself at a point. Run by `startBuilder` of `testing.ts`. */
import { ApplicationFailure } from '@temporalio/activity'
import { createLake } from '../../lake/lake.ts'
import { createDuckDb } from '../../platform/duckdb/duckdb.ts'
import { createLogger } from '../../platform/log.ts'
import { createObjectStore } from '../../platform/object-store/object-store.ts'
import { createPool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import type { AssetContext, AssetDefinition } from '../assets/framework/asset.ts'
import { assetByName } from '../assets/index.ts'
import { type BuilderJob, type BuilderOutcome, dependenciesOf, idleLife, type StopAt } from '../testing.ts'
import { type Built, buildPartition } from './build-partition.ts'

const { request, stop } = JSON.parse(process.argv[2]!) as BuilderJob

function stopping(asset: AssetDefinition, { point, by }: StopAt): AssetDefinition {
  const at = (here: StopAt['point']) => here === point && process.kill(process.pid, by)
  return {
    ...asset,
    async swap(context, date, staged, inputs, fence) {
      at('before swap')
      const succeed: typeof fence.succeed = (client, swapped) => {
        at('succeed')
        return fence.succeed(client, swapped)
      }
      const swapped = await asset.swap(context, date, staged, inputs, { ...fence, succeed })
      at('after swap')
      return swapped
    },
  }
}

const settings = loadSettings()
const logger = createLogger({ logLevel: 'silent' }, 'test')
const pool = createPool(settings, logger)
const objectStore = createObjectStore(settings)
const duckdb = await createDuckDb(settings)
const onCheckpointFailed = () => undefined
const lake = createLake({ objectStore, database: duckdb, prefix: settings.lakePrefix, onCheckpointFailed })
const context: AssetContext = { settings, pool, objectStore, duckdb, lake, logger, ...idleLife() }
const asset = stopping(assetByName(request.asset), stop)
const say = (outcome: BuilderOutcome) => process.send!(outcome)
try {
  const { rows } = (await buildPartition(dependenciesOf(context, [asset]), request, idleLife())) as Built
  say({ built: { rows } })
} catch (error) {
  const type = error instanceof ApplicationFailure ? error.type : undefined
  say({ failed: type ?? 'Error', message: (error as Error).message })
}
duckdb.closeSync()
objectStore.close()
await pool.end()
process.disconnect()
