/**
 * A version of a model as MLflow has them: a run with parameters and metrics, a model version, an alias. Each step asks first what is there, so
 * that a version that is sent again is not there twice.
 */
import { MlflowRefusal, type MlflowServer } from './server.ts'

/** A version that was registered, or that has become champion. */
export interface Entry {
  entry: number
  model: string
  version: number
  /** It has got this alias; null: it was registered. */
  alias: string | null
  createdAt: Date
  durationMs: number
  trainedFrom: string
  trainedThrough: string
  artefact: string
  codeVersion: string
  seed: number
  parameters: unknown
  inputs: Record<string, unknown>
  trainingRows: number
  workflowId: string
  decision: string
  metrics: readonly { candidate: string; segment: string; horizon: string; metric: string; value: number | null }[]
}

export interface Names {
  /** Before the names of experiments and registered models. */
  prefix: string
  /** `s3://shelfline` */
  bucket: string
}

/** What a run is found by. */
const TAG = 'shelfline.version'
/** Of one request: MLflow's own bounds are 1,000 metrics, 100 parameters, 1,000 of both. */
const METRICS_MAX = 800
const PARAMETERS_MAX = 100
const PARAMETER_CHARACTERS_MAX = 5_000
const TAG_CHARACTERS_MAX = 4_500
const KEY_CHARACTERS_MAX = 250

/** @throws MlflowRefusal when the server will never accept it; Error when it may later */
export async function publish(server: MlflowServer, entry: Entry, names: Names): Promise<void> {
  const runId = await ensureRun(server, entry, names)
  const version = await ensureVersion(server, entry, names, runId)
  if (entry.alias === null) return
  await server.ask('POST', 'registered-models/alias', { name: nameOf(entry, names), alias: entry.alias, version })
}

const nameOf = ({ model }: Entry, { prefix }: Names): string => `${prefix}${model}`
const labelOf = ({ model, version }: Entry): string => `${model}@${version}`

interface Run {
  info: { run_id: string; status: string }
}

async function ensureRun(server: MlflowServer, entry: Entry, names: Names): Promise<string> {
  const experimentId = await ensureExperiment(server, nameOf(entry, names))
  const { runs = [] } = await server.ask<{ runs?: Run[] }>('POST', 'runs/search', {
    experiment_ids: [experimentId],
    filter: `tags.\`${TAG}\` = '${labelOf(entry)}'`,
    max_results: 1,
  })
  const found = runs[0]
  if (found?.info.status === 'FINISHED') return found.info.run_id
  const runId = found?.info.run_id ?? (await createRun(server, entry, experimentId))
  await logAll(server, entry, runId)
  await server.ask('POST', 'runs/update', { run_id: runId, status: 'FINISHED', end_time: entry.createdAt.getTime() })
  return runId
}

async function ensureExperiment(server: MlflowServer, name: string): Promise<string> {
  const find = () =>
    server.askUnless<{ experiment: { experiment_id: string; lifecycle_stage: string } }>(
      'RESOURCE_DOES_NOT_EXIST',
      'GET',
      'experiments/get-by-name',
      { experiment_name: name },
    )
  const known = await find()
  if (known?.experiment.lifecycle_stage === 'deleted') {
    throw new MlflowRefusal(`the experiment ${name} was deleted in MLflow: restore it there, or give another prefix`)
  }
  if (known !== undefined) return known.experiment.experiment_id
  const made = await server.askUnless<{ experiment_id: string }>(
    'RESOURCE_ALREADY_EXISTS',
    'POST',
    'experiments/create',
    {
      name,
    },
  )
  // Another process was faster.
  const id = made?.experiment_id ?? (await find())?.experiment.experiment_id
  if (id === undefined) throw new Error(`MLflow has no experiment ${name}, and does not create it`)
  return id
}

async function createRun(server: MlflowServer, entry: Entry, experimentId: string): Promise<string> {
  const { createdAt, durationMs, workflowId, decision, codeVersion, inputs } = entry
  const tags = {
    [TAG]: labelOf(entry),
    'mlflow.runName': labelOf(entry),
    'mlflow.note.content': decision,
    'mlflow.source.name': workflowId,
    'shelfline.code_version': codeVersion,
    'shelfline.inputs': JSON.stringify(inputs),
  }
  const { run } = await server.ask<{ run: Run }>('POST', 'runs/create', {
    experiment_id: experimentId,
    run_name: labelOf(entry),
    start_time: createdAt.getTime() - durationMs,
    tags: Object.entries(tags).map(([key, value]) => ({ key, value: value.slice(0, TAG_CHARACTERS_MAX) })),
  })
  return run.info.run_id
}

/** Sent again they are the same: MLflow keeps one value of a metric per time and step. */
async function logAll(server: MlflowServer, entry: Entry, runId: string): Promise<void> {
  const { createdAt, metrics, parameters, trainedFrom, trainedThrough, trainingRows, seed } = entry
  const timestamp = createdAt.getTime()
  const params = Object.entries({
    ...flattened({ parameters }),
    trained_from: trainedFrom,
    trained_through: trainedThrough,
    training_rows: String(trainingRows),
    seed: String(seed),
  }).map(([key, value]) => ({ key: keyOf([key]), value: value.slice(0, PARAMETER_CHARACTERS_MAX) }))
  const measured = metrics
    .filter(({ value }) => value !== null && Number.isFinite(value))
    .map(({ candidate, segment, horizon, metric, value }) => ({
      key: keyOf([candidate, metric, segment, horizon]),
      value,
      timestamp,
      step: 0,
    }))
  for (let from = 0; from < params.length; from += PARAMETERS_MAX) {
    await server.ask('POST', 'runs/log-batch', { run_id: runId, params: params.slice(from, from + PARAMETERS_MAX) })
  }
  for (let from = 0; from < measured.length; from += METRICS_MAX) {
    await server.ask('POST', 'runs/log-batch', { run_id: runId, metrics: measured.slice(from, from + METRICS_MAX) })
  }
}

/** MLflow's keys have letters, digits, and some signs; parts that are empty are left out. */
const keyOf = (parts: readonly string[]): string =>
  parts
    .filter((part) => part !== '')
    .map((part) => part.replace(/[^\w.\- ]/g, '_'))
    .join('/')
    .slice(0, KEY_CHARACTERS_MAX)

function flattened(value: object, before = ''): Record<string, string> {
  const all = Object.entries(value).map(([name, inner]: [string, unknown]) => {
    const key = `${before}${name}`
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) return flattened(inner, `${key}.`)
    return { [key]: typeof inner === 'string' ? inner : JSON.stringify(inner) }
  })
  return Object.assign({}, ...all) as Record<string, string>
}

/** @returns MLflow's own number, which differs from ours where versions were deleted there */
async function ensureVersion(server: MlflowServer, entry: Entry, names: Names, runId: string): Promise<string> {
  const name = nameOf(entry, names)
  await server.askUnless('RESOURCE_ALREADY_EXISTS', 'POST', 'registered-models/create', {
    name,
    description: `The model ${entry.model} of Shelfline, whose own registry decides which version is used.`,
  })
  const { model_versions: found = [] } = await server.ask<{ model_versions?: { name: string; version: string }[] }>(
    'GET',
    'model-versions/search',
    { filter: `run_id = '${runId}'`, max_results: 100 },
  )
  const known = found.find((version) => version.name === name)
  if (known !== undefined) return known.version
  const { model_version: made } = await server.ask<{ model_version: { version: string } }>(
    'POST',
    'model-versions/create',
    {
      name,
      source: `${names.bucket}/${entry.artefact}`,
      run_id: runId,
      description: entry.decision,
      tags: [{ key: TAG, value: labelOf(entry) }],
    },
  )
  return made.version
}
