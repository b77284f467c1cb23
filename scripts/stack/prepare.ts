import { DATA_SET_TITLE, prepareCompleteJourney } from './complete-journey.ts'
import { examine } from './doctor.ts'
import { prepareDuckdbExtensions } from './duckdb-extensions.ts'
import { StackError } from './errors.ts'
import { externalAddress } from './external.ts'
import { type OnProgress, type Report, reportFor } from './progress.ts'
import { prepareSpark } from './spark.ts'
import { servers } from './stack.ts'
import { temporalTestServer } from './temporal-test-server.ts'
import { prepareXgboost } from './xgboost.ts'

export interface PrepareOptions {
  onProgress: OnProgress
  /** Docker Compose will run the servers: then none of them is built. */
  docker?: boolean
  /** Not the servers: `up` prepares each and starts it at once. */
  withoutServers?: boolean
  /** Also what only the tests need. */
  forTests?: boolean
  /** Also the data set of the default replay. */
  withDataSet?: boolean
}

export interface Prepared {
  item: string
  /** Set when the item can't be had but everything else works without it. */
  problem?: string
}

interface Item {
  title: string
  prepare(report: Report): Promise<unknown>
  optional?: boolean
}

/**
 * Downloads and builds what isn't there yet, all items side by side; every item is cached for all checkouts of the user.
 *
 * @returns what was prepared; an optional item (the data set) that could not be prepared has the reason
 * @throws StackError naming the tools that this machine must have and hasn't, before anything is begun; or of the first
 *   needed item that failed, when all have ended
 */
export async function prepareAll({
  onProgress,
  docker,
  withoutServers,
  forTests,
  withDataSet = true,
}: PrepareOptions): Promise<Prepared[]> {
  await requireTools(docker)
  const native = docker || withoutServers ? [] : servers.filter(({ name }) => externalAddress(name) === undefined)
  const items: Item[] = [
    ...native,
    { title: 'DuckDB extensions', prepare: prepareDuckdbExtensions },
    // Everything but forecasts works without it.
    { title: 'XGBoost', prepare: async (report) => prepareXgboost(report), optional: true },
    ...(forTests
      ? [
          { title: 'Temporal test server', prepare: temporalTestServer },
          // Without it the tests of the engines are skipped.
          { title: 'Spark', prepare: prepareSpark, optional: true },
        ]
      : []),
    ...(withDataSet ? [{ title: DATA_SET_TITLE, prepare: prepareCompleteJourney, optional: true }] : []),
  ]
  const results = await Promise.allSettled(items.map((item) => prepareItem(item, onProgress)))
  for (const result of results) if (result.status === 'rejected') throw result.reason
  return results.map((result) => (result as PromiseFulfilledResult<Prepared>).value)
}

async function requireTools(docker = false): Promise<void> {
  const missing = (await examine({ docker })).filter(({ state }) => state === 'missing')
  if (missing.length === 0) return
  throw new StackError(missing.map(({ name, fix }) => `${name} is missing: ${fix}`).join('\n'))
}

async function prepareItem(item: Item, onProgress: OnProgress): Promise<Prepared> {
  const startedAt = performance.now()
  try {
    await item.prepare(reportFor(item.title, onProgress))
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    onProgress({ item: item.title, state: 'done', note: `ready after ${seconds} s` })
    return { item: item.title }
  } catch (error) {
    const problem = (error as Error).message
    onProgress({ item: item.title, state: 'failed', note: 'failed' })
    if (!item.optional) throw error
    return { item: item.title, problem }
  }
}
