/** Runs of partitions as events of OpenLineage (https://openlineage.io/spec): what was built, from which versions, by which run. */
import { createHash } from 'node:crypto'
import { isTopicName } from '../../../contracts/topics.ts'
import { typeText } from '../../../lake/schema.ts'
import type { Settings } from '../../../platform/settings/settings.ts'
import { packageVersion } from '../../../platform/workers.ts'
import type { AssetDefinition } from '../../assets/framework/asset.ts'
import { type Columns, contractColumns } from '../../assets/framework/columns.ts'

/** A run that has ended: a row of `ops.partition_runs`. */
export interface EndedRun {
  run: number
  asset: string
  /** The store's day. */
  date: string
  status: 'succeeded' | 'failed'
  workflowId: string
  runId: string
  reason: string
  error: string | null
  startedAt: Date
  finishedAt: Date
  /** By table: the version or offset that was read; null for a run that has failed. */
  inputs: Record<string, number | string> | null
  outputVersion: number | null
  codeVersion: string | null
  rows: number | null
  bytes: number | null
}

/** Where tables are, as OpenLineage names them. */
export interface Places {
  /** Of jobs: one a system that sends events. */
  namespace: string
  /** `s3://shelfline` */
  bucket: string
  lakePrefix: string
  /** `postgres://db.internal:5432` */
  database: string
  databaseName: string
}

export function placesOf(
  settings: Pick<Settings, 'lineageNamespace' | 'objectStoreBucket' | 'lakePrefix' | 'postgresUrl'>,
): Places {
  const { hostname, port, pathname } = new URL(settings.postgresUrl)
  return {
    namespace: settings.lineageNamespace,
    bucket: `s3://${settings.objectStoreBucket}`,
    lakePrefix: settings.lakePrefix,
    database: `postgres://${hostname}:${port || POSTGRES_PORT}`,
    databaseName: decodeURIComponent(pathname.slice(1)),
  }
}

const POSTGRES_PORT = 5432

type Asset = Pick<AssetDefinition, 'name' | 'store' | 'columns' | 'description'>

const PRODUCER = 'urn:shelfline'
const FACETS = 'https://openlineage.io/spec/facets'
const EVENT_SPEC = 'https://openlineage.io/spec/2-0-2/OpenLineage.json'

const facet = (path: string, content: object): object => ({
  _producer: PRODUCER,
  _schemaURL: `${FACETS}/${path}`,
  ...content,
})

/** The start and the end of a run: sent again, they have the same ids. */
export function eventsOf(run: EndedRun, assets: ReadonlyMap<string, Asset>, places: Places): object[] {
  const { asset, status, inputs, error } = run
  const common = {
    producer: PRODUCER,
    schemaURL: `${EVENT_SPEC}#/$defs/RunEvent`,
    job: {
      namespace: places.namespace,
      name: asset,
      facets: {
        jobType: facet('2-0-4/JobTypeJobFacet.json#/$defs/JobTypeJobFacet', {
          processingType: 'BATCH',
          integration: 'SHELFLINE',
          jobType: 'PARTITION',
        }),
        ...documentation(assets.get(asset)),
      },
    },
    inputs: Object.entries(inputs ?? {}).map(([name, version]) => input(name, version, assets, places)),
  }
  const started = {
    ...common,
    eventType: 'START',
    eventTime: run.startedAt.toISOString(),
    run: { runId: uuidOf(run, places), facets: runFacets(run) },
    outputs: [{ ...datasetOf(asset, assets, places), facets: {} }],
  }
  const failure =
    error === null
      ? {}
      : {
          errorMessage: facet('1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet', {
            message: error,
            programmingLanguage: 'SQL',
          }),
        }
  return [
    started,
    {
      ...started,
      eventType: status === 'succeeded' ? 'COMPLETE' : 'FAIL',
      eventTime: run.finishedAt.toISOString(),
      run: { ...started.run, facets: { ...started.run.facets, ...failure } },
      outputs: [output(run, assets, places)],
    },
  ]
}

function documentation(asset: Asset | undefined): object {
  if (asset === undefined) return {}
  const content = { description: asset.description }
  return { documentation: facet('1-1-0/DocumentationJobFacet.json#/$defs/DocumentationJobFacet', content) }
}

function runFacets({ date, workflowId, runId, run, reason, codeVersion }: EndedRun): object {
  return {
    nominalTime: facet('1-0-1/NominalTimeRunFacet.json#/$defs/NominalTimeRunFacet', {
      nominalStartTime: `${date}T00:00:00Z`,
    }),
    processing_engine: facet('1-1-1/ProcessingEngineRunFacet.json#/$defs/ProcessingEngineRunFacet', {
      name: 'Shelfline',
      version: packageVersion(),
    }),
    shelfline: {
      _producer: PRODUCER,
      _schemaURL: `${EVENT_SPEC}#/$defs/RunFacet`,
      businessDate: date,
      run,
      reason,
      temporalWorkflowId: workflowId,
      temporalRunId: runId,
      codeVersion,
    },
  }
}

interface Dataset {
  namespace: string
  name: string
}

/** Tables of the lake have a folder in their name; those of the star schema do not, and reference tables begin with their schema. */
function datasetOf(name: string, assets: ReadonlyMap<string, Asset>, places: Places): Dataset {
  const isInLake = assets.get(name)?.store === 'lake' || (!assets.has(name) && name.includes('/'))
  if (isInLake) return { namespace: places.bucket, name: `${places.lakePrefix}/${name}` }
  const table = name.includes('.') ? name : `analytics.${name}`
  return { namespace: places.database, name: `${places.databaseName}.${table}` }
}

const versionFacet = (version: number | string): object => ({
  version: facet('1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet', {
    datasetVersion: String(version),
  }),
})

const input = (name: string, version: number | string, assets: ReadonlyMap<string, Asset>, places: Places): object => ({
  ...datasetOf(name, assets, places),
  facets: versionFacet(version),
})

function output(run: EndedRun, assets: ReadonlyMap<string, Asset>, places: Places): object {
  const { asset, outputVersion, rows, bytes } = run
  const columns = Object.entries(columnsOf(asset, assets))
  const sources = columnSources(run, assets, places)
  const statistics = { ...(rows !== null && { rowCount: rows }), ...(bytes !== null && { size: bytes }) }
  return {
    ...datasetOf(asset, assets, places),
    facets: {
      ...(columns.length > 0 && {
        schema: facet('1-2-0/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet', {
          fields: columns.map(([name, { type, comment }]) => ({ name, type: typeText(type), description: comment })),
        }),
      }),
      ...(Object.keys(sources).length > 0 && {
        columnLineage: facet('1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet', {
          fields: sources,
        }),
      }),
      ...(outputVersion !== null && versionFacet(outputVersion)),
    },
    ...(Object.keys(statistics).length > 0 && {
      outputFacets: {
        outputStatistics: facet(
          '1-0-2/OutputStatisticsOutputDatasetFacet.json#/$defs/OutputStatisticsOutputDatasetFacet',
          statistics,
        ),
      },
    }),
  }
}

const RAW = 'raw/'

function columnsOf(name: string, assets: ReadonlyMap<string, Asset>): Columns {
  const topic = name.slice(RAW.length)
  if (name.startsWith(RAW) && isTopicName(topic)) return contractColumns(topic)
  return assets.get(name)?.columns ?? {}
}

/** By column: the columns of inputs whose definition it has. Others are calculated, and only their statements show from what. */
function columnSources({ asset, inputs }: EndedRun, assets: ReadonlyMap<string, Asset>, places: Places): object {
  const given = Object.keys(inputs ?? {}).map((name) => ({
    dataset: datasetOf(name, assets, places),
    columns: columnsOf(name, assets),
  }))
  const found = Object.entries(columnsOf(asset, assets)).map(([name, { type, comment }]) => {
    const inputFields = given
      .filter(({ columns }) => columns[name]?.type === type && columns[name].comment === comment)
      .map(({ dataset }) => ({ ...dataset, field: name, transformations: [{ type: 'DIRECT' }] }))
    return [name, { inputFields }] as const
  })
  return Object.fromEntries(found.filter(([, { inputFields }]) => inputFields.length > 0))
}

/** A UUID of version 5: the same run has the same, and runs of two instances do not. */
function uuidOf({ run }: EndedRun, { namespace, database, databaseName }: Places): string {
  const hash = createHash('sha1').update(`${namespace}\0${database}\0${databaseName}\0${run}`).digest().subarray(0, 16)
  hash[6] = (hash[6]! & 0x0f) | 0x50
  hash[8] = (hash[8]! & 0x3f) | 0x80
  const text = hash.toString('hex')
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-')
}
