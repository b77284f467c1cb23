/** OpenLineage events of runs that the ledger has ended, sent to a server and to a file. */
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { failRun, type Run, startRun, succeedRun } from '../../../platform/ledger.ts'
import { createLogger } from '../../../platform/log.ts'
import { createPool, type Pool } from '../../../platform/postgres/postgres.ts'
import { loadSettings } from '../../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../../platform/testing.ts'
import { assets } from '../../assets/index.ts'
import { placesOf } from './events.ts'
import { createReceiver } from './receiver.ts'
import { relayLineage } from './relay.ts'

/** A folder with OpenLineage's own `spec/`, of its repository: with it events are also validated against its schemas. */
const SPEC = process.env.OPENLINEAGE_SPEC ?? ''
const logger = createLogger({ logLevel: 'silent' }, 'test')

interface Dataset {
  namespace: string
  name: string
  facets: Record<string, Record<string, unknown>>
  outputFacets?: Record<string, Record<string, unknown>>
}
interface Event {
  eventType: string
  eventTime: string
  job: { namespace: string; name: string }
  run: { runId: string; facets: Record<string, Record<string, unknown>> }
  inputs: Dataset[]
  outputs: Dataset[]
}

let database: TestDatabase
let pool: Pool
let server: Server
let url: string
let received: Event[]
/** What the server answers to an event. */
let answer: (event: Event) => number

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, logger)
  server = createServer(async (request, response) => {
    const event = JSON.parse(await text(request)) as Event
    const status = request.headers.authorization === 'Bearer token' ? answer(event) : 401
    if (status < 300) received.push(event)
    response.writeHead(status).end(status < 300 ? '' : `no: ${status}`)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/lineage`
})
afterAll(async () => {
  server?.close()
  await pool?.end()
  await database?.drop()
})
beforeEach(async () => {
  received = []
  answer = () => 201
  await pool.query('delete from ops.lineage_outbox')
})

async function begun(asset: string, date: string): Promise<Run> {
  const started = await startRun(pool, { asset, date, reason: 'scheduled', workflowId: `etl-${date}`, runId: 'r1' })
  return started as Run
}

async function built(asset: string, date: string): Promise<Run> {
  const run = await begun(asset, date)
  const built = { inputs: { 'raw/pos_transactions': 7, 'ref.stores': '2024-05-02T01:00:00Z' }, codeVersion: 'c1' }
  await succeedRun(pool, run, { ...built, outputVersion: 12, rows: 300, bytes: 4096 })
  return run
}

const waiting = async () =>
  (await pool.query('select run, error, refused_at is not null as "isRefused" from ops.lineage_outbox order by run'))
    .rows

/** Runs the relay until what it can send is sent. */
async function relayed(lineageUrl: string, until: () => Promise<boolean>): Promise<Registry> {
  const registry = new Registry()
  const receiver = createReceiver({ lineageUrl, lineageToken: 'token' })!
  const places = placesOf(database.settings)
  const relay = relayLineage({ pool, receiver, assets, places, logger, registry, everyMs: 20 })
  await expect.poll(until, { timeout: 20_000 }).toBe(true)
  await relay.stop()
  return registry
}

const isEmpty = async () => (await waiting()).length === 0

test('a run that is built is a start and an end, with inputs, columns and where they come from', async () => {
  await built('cleansed/sales', '2024-05-01')
  await relayed(url, isEmpty)
  expect(received.map(({ eventType, job }) => [eventType, job.name])).toEqual([
    ['START', 'cleansed/sales'],
    ['COMPLETE', 'cleansed/sales'],
  ])
  const [start, end] = received as [Event, Event]
  expect(end.run.runId).toBe(start.run.runId)
  expect(end.run.facets.shelfline).toMatchObject({ businessDate: '2024-05-01', reason: 'scheduled', codeVersion: 'c1' })
  const { objectStoreBucket, lakePrefix } = database.settings
  const [stores, sales] = end.inputs.toSorted((one, other) => one.namespace.localeCompare(other.namespace))
  expect(sales).toMatchObject({
    namespace: `s3://${objectStoreBucket}`,
    name: `${lakePrefix}/raw/pos_transactions`,
    facets: { version: { datasetVersion: '7' } },
  })
  expect(stores).toMatchObject({ namespace: expect.stringMatching(/^postgres:\/\/.+:\d+$/) })
  expect(stores!.name).toMatch(/\.ref\.stores$/)
  const [output] = end.outputs as [Dataset]
  expect(output.outputFacets!.outputStatistics).toMatchObject({ rowCount: 300, size: 4096 })
  expect(output.facets.version).toMatchObject({ datasetVersion: '12' })
  expect(output.facets.columnLineage!.fields).toMatchObject({
    product_id: { inputFields: [{ name: `${lakePrefix}/raw/pos_transactions`, field: 'product_id' }] },
  })
})

test('a run that fails has its reason, and so has one whose worker was lost', async () => {
  await failRun(pool, await begun('fact_sales', '2024-05-02'), 'a check failed')
  const lost = await begun('fact_sales', '2024-05-03')
  await begun('fact_sales', '2024-05-03')
  await relayed(url, isEmpty)
  const ends = received.filter(({ eventType }) => eventType === 'FAIL')
  expect(ends.map(({ run }) => run.facets.errorMessage!.message)).toEqual([
    'a check failed',
    expect.stringContaining('its worker was lost'),
  ])
  expect(ends[1]!.run.facets.shelfline!.run).toBe(lost.run)
  expect(ends[0]!.outputs[0]!.name).toMatch(/\.analytics\.fact_sales$/)
})

test('a receiver that is away is asked again, in order; what it refuses for good holds up nothing', async () => {
  const dates = ['2024-06-01', '2024-06-02', '2024-06-03']
  for (const date of dates) await built('cleansed/sales', date)
  let failures = 3
  answer = ({ run }) => {
    if (failures-- > 0) return 503
    return run.facets.shelfline!.businessDate === '2024-06-02' ? 400 : 201
  }
  const registry = await relayed(url, async () => (await waiting()).length === 1 && received.length === 4)
  const sent = received.filter(({ eventType }) => eventType === 'COMPLETE')
  expect(sent.map(({ run }) => run.facets.shelfline!.businessDate)).toEqual(['2024-06-01', '2024-06-03'])
  expect(await waiting()).toEqual([{ run: expect.any(Number), error: `${url} answers 400: no: 400`, isRefused: true }])
  const metrics = await registry.metrics()
  expect(metrics).toContain('shelfline_lineage_runs_total{outcome="accepted"} 2')
  expect(metrics).toContain('shelfline_lineage_refused 1')
  expect(metrics).toContain('shelfline_lineage_waiting 0')
})

test('two relays send each run once', async () => {
  for (let day = 1; day <= 28; day += 1) await built('cleansed/sales', `2024-02-${String(day).padStart(2, '0')}`)
  await Promise.all([relayed(url, isEmpty), relayed(url, isEmpty)])
  const ids = received.filter(({ eventType }) => eventType === 'COMPLETE').map(({ run }) => run.runId)
  expect(ids).toHaveLength(28)
  expect(new Set(ids).size).toBe(28)
})

test('a file has an event a line', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lineage-'))
  try {
    const file = join(folder, 'lineage.jsonl')
    await built('cleansed/sales', '2024-07-01')
    await relayed(pathToFileURL(file).href, isEmpty)
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as Event).eventType)).toEqual(['START', 'COMPLETE'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.skipIf(!existsSync(join(SPEC, 'OpenLineage.json')))(
  'events are as the schemas of OpenLineage define them',
  async () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
    for (const file of ['OpenLineage.json', ...globSync('facets/*.json', { cwd: SPEC })]) {
      ajv.addSchema(JSON.parse(readFileSync(join(SPEC, file), 'utf8')) as object)
    }
    for (const asset of assets) await built(asset.name, '2024-08-01')
    await failRun(pool, await begun('fact_sales', '2024-08-02'), 'a check failed')
    await relayed(url, isEmpty)
    expect(received).toHaveLength(2 * (assets.length + 1))
    const problems = received.flatMap((event) => [
      ...problemsOf('https://openlineage.io/spec/2-0-2/OpenLineage.json', event),
      ...facetsOf(event).flatMap((facet) => problemsOf(facet._schemaURL as string, facet)),
    ])
    expect(problems).toEqual([])

    function problemsOf(schema: string, value: unknown): string[] {
      const validate = ajv.getSchema(schema)
      if (validate === undefined) return [`${schema} is not in ${SPEC}`]
      return validate(value) ? [] : [`${schema}: ${ajv.errorsText(validate.errors)}`]
    }
  },
)

function facetsOf({ run, inputs, outputs, ...event }: Event): Record<string, unknown>[] {
  const job = event.job as unknown as { facets: Record<string, Record<string, unknown>> }
  const datasets = [...inputs, ...outputs].flatMap(({ facets, outputFacets = {} }) => [facets, outputFacets])
  return [run.facets, job.facets, ...datasets].flatMap((facets) => Object.values(facets))
}
