/** XGBoost's C API, as far as we use it, called synchronously: only the thread in `xgboost-worker.ts` may load this. */
import { existsSync } from 'node:fs'
import koffi, { type LibraryHandle } from 'koffi'
import { XGBOOST_VERSION } from '../settings/settings.ts'

/** Some rows of a matrix, row after row; a missing value is NaN. */
export interface MatrixChunk {
  values: Float32Array
  /** One a row. */
  labels?: Float32Array
  /** One a row. */
  weights?: Float32Array
}

/** A matrix in pieces, so that a reader needs no second copy of the whole. */
export interface MatrixData {
  features: readonly string[]
  chunks: readonly MatrixChunk[]
}

/** A pointer, as koffi gives it. */
type Handle = unknown

export interface Matrix {
  readonly handle: Handle
  /** Puts others in the place of the rows' labels and weights. */
  label(labels: Float32Array, weights: Float32Array): void
  free(): void
}

export interface Prediction {
  /** Row after row. */
  values: Float32Array
  /** How many values each row has: 1, or one a quantile. */
  columns: number
}

export interface Booster {
  /** Adds one round of trees. */
  update(round: number, training: Matrix): void
  /** The metric's value by the names of the matrices; the metric that was named last counts. */
  evaluate(round: number, matrices: readonly (readonly [name: string, matrix: Matrix])[]): Record<string, number>
  /** Predicts from rows as they are, without a matrix of XGBoost's own. */
  predict(values: Float32Array, rows: number): Prediction
  /**
   * SHAP values of the margin, of a model with one column (Lundberg et al. 2020, Nature Machine Intelligence 2(1)).
   *
   * @returns row after row, one for each feature and the bias last; the sum of a row is its margin
   */
  contributions(values: Float32Array, rows: number): Prediction
  /** The model of the first `rounds` rounds. */
  first(rounds: number): Booster
  /** What the splits on each feature gained, in the mean of its splits; a feature that was not used is left out. */
  gains(): Record<string, number>
  readonly features: readonly string[]
  /** XGBoost's own JSON. */
  save(): Buffer
  free(): void
}

export interface XgboostLibrary {
  /** @param reference the training matrix, whose bins an evaluation matrix shares */
  matrix(data: MatrixData, binsMax: number, reference?: Matrix): Matrix
  booster(
    parameters: Readonly<Record<string, string>>,
    features: readonly string[],
    matrices: readonly Matrix[],
  ): Booster
  load(model: Uint8Array): Booster
}

/**
 * Loads the shared library.
 *
 * @throws when it isn't there, can't be loaded or is of another version, with the fix
 */
export function loadXgboost(path: string): XgboostLibrary {
  const api = bind(path)
  const matrix: XgboostLibrary['matrix'] = (data, binsMax, reference) => createMatrix(api, data, binsMax, reference)
  return {
    matrix,
    booster(parameters, features, matrices) {
      const handles = matrices.map(({ handle }) => handle)
      return createBooster(api, handles, (handle) => {
        for (const [name, value] of Object.entries(parameters)) api.XGBoosterSetParam(handle, name, value)
        api.XGBoosterSetStrFeatureInfo(handle, 'feature_name', [...features], features.length)
      })
    },
    load: (model) =>
      createBooster(api, [], (handle) => api.XGBoosterLoadModelFromBuffer(handle, model, model.byteLength)),
  }
}

function createBooster(api: Api, matrices: readonly Handle[], prepare: (handle: Handle) => void): Booster {
  const handle = output((out) => api.XGBoosterCreate([...matrices], matrices.length, out))
  try {
    prepare(handle)
    return wrapBooster(api, handle)
  } catch (error) {
    api.XGBoosterFree(handle)
    throw error
  }
}

type Api = ReturnType<typeof bind>

/** Every function that returns 0 or fails, by its C declaration's arguments. */
const declarations = {
  XGBSetGlobalConfig: 'const char *config',
  XGProxyDMatrixCreate: '_Out_ void **out',
  XGProxyDMatrixSetDataDense: 'void *proxy, const char *data',
  XGDMatrixSetInfoFromInterface: 'void *matrix, const char *field, const char *data',
  XGQuantileDMatrixCreateFromCallback:
    'void *iterator, void *proxy, void *reference, void *reset, void *next, const char *config, _Out_ void **out',
  XGDMatrixCreateFromDense: 'const char *data, const char *config, _Out_ void **out',
  XGDMatrixFree: 'void *matrix',
  XGBoosterCreate: 'void **matrices, uint64_t size, _Out_ void **out',
  XGBoosterFree: 'void *booster',
  XGBoosterSetParam: 'void *booster, const char *name, const char *value',
  XGBoosterUpdateOneIter: 'void *booster, int round, void *matrix',
  XGBoosterEvalOneIter:
    'void *booster, int round, void **matrices, const char **names, uint64_t size, _Out_ const char **out',
  XGBoosterPredictFromDense:
    'void *booster, const char *data, const char *config, void *matrix, _Out_ void **shape, _Out_ uint64_t *dimensions, _Out_ void **out',
  XGBoosterPredictFromDMatrix:
    'void *booster, void *matrix, const char *config, _Out_ void **shape, _Out_ uint64_t *dimensions, _Out_ void **out',
  XGBoosterSlice: 'void *booster, int begin, int end, int step, _Out_ void **out',
  XGBoosterSetStrFeatureInfo: 'void *booster, const char *field, const char **values, uint64_t size',
  XGBoosterGetStrFeatureInfo: 'void *booster, const char *field, _Out_ uint64_t *size, _Out_ void **out',
  XGBoosterFeatureScore:
    'void *booster, const char *config, _Out_ uint64_t *size, _Out_ void **features, _Out_ uint64_t *dimensions, _Out_ void **shape, _Out_ void **scores',
  XGBoosterSaveModelToBuffer: 'void *booster, const char *config, _Out_ uint64_t *size, _Out_ void **out',
  XGBoosterLoadModelFromBuffer: 'void *booster, const uint8_t *model, uint64_t size',
} as const

function bind(path: string) {
  if (!existsSync(path)) {
    throw new Error(`XGBoost: there is no shared library ${path}; \`shelfline stack prepare\` fetches it`)
  }
  // OpenMP reads it when it is loaded. With its default a thread that waits burns its core, and with other busy
  // processes beside it training once took 30 times as long. A value that a person has set stays.
  koffi.load(null).func('int setenv(const char *name, const char *value, int overwrite)')(
    'OMP_WAIT_POLICY',
    'PASSIVE',
    0,
  )
  const library = koffi.load(path)
  assertVersion(path, library)
  const lastError = library.func('const char *XGBGetLastError()') as () => string
  const bound = {} as Record<keyof typeof declarations, (...values: unknown[]) => void>
  for (const [name, values] of Object.entries(declarations)) {
    const call = library.func(`int ${name}(${values})`)
    bound[name as keyof typeof declarations] = (...given) => {
      if (call(...given) !== 0) throw new Error(`XGBoost: ${name}: ${firstLine(lastError())}`)
    }
  }
  // Warnings would go to the process's output, between the log's lines.
  bound.XGBSetGlobalConfig('{"verbosity": 0}')
  return bound
}

function assertVersion(path: string, library: LibraryHandle): void {
  const version = library.func('void XGBoostVersion(_Out_ int *major, _Out_ int *minor, _Out_ int *patch)')
  const parts = [[0], [0], [0]]
  version(...parts)
  const found = parts.map(([part]) => part).join('.')
  if (found !== XGBOOST_VERSION) {
    throw new Error(
      `XGBoost: ${path} is version ${found}, required is ${XGBOOST_VERSION}; \`shelfline stack prepare\` fetches it`,
    )
  }
}

/** XGBoost's messages end with a stack trace of its own. */
const firstLine = (message: string): string => {
  const [text = ''] = message.replace(/^\[[\d:]+\] /, '').split('\nStack trace')
  return text.trim().replaceAll(/\s*\n\s*/g, ' ')
}

/** The value that a function gives through its last pointer. */
function output<Value = Handle>(call: (out: [Value | null]) => void): Value {
  const out: [Value | null] = [null]
  call(out)
  return out[0] as Value
}

/** NumPy's array interface, which gives XGBoost the address of the data; it must stay there while it is read. */
const arrayInterface = (values: Float32Array, ...shape: number[]): string =>
  JSON.stringify({ data: [Number(koffi.address(values)), true], shape, typestr: '<f4', version: 3 })

/** XGBoost bins the values chunk by chunk and keeps a byte or two for each, instead of its own copy of them. */
function createMatrix(api: Api, { features, chunks }: MatrixData, binsMax: number, reference?: Matrix): Matrix {
  assertChunks(features, chunks)
  const proxy = output((out) => api.XGProxyDMatrixCreate(out))
  let at = 0
  let failure: unknown
  const reset = koffi.register(
    () => {
      at = 0
    },
    koffi.pointer(koffi.proto('void (void *)')),
  )
  const next = koffi.register(
    () => {
      const chunk = chunks[at++]
      if (chunk === undefined || failure !== undefined) return 0
      try {
        api.XGProxyDMatrixSetDataDense(
          proxy,
          arrayInterface(chunk.values, chunk.values.length / features.length, features.length),
        )
        label(api, proxy, chunk)
        return 1
      } catch (error) {
        // An exception can't travel through XGBoost's frames.
        failure = error
        return 0
      }
    },
    koffi.pointer(koffi.proto('int (void *)')),
  )
  try {
    const config = `{"missing": NaN, "max_bin": ${binsMax}}`
    const handle = output((out) =>
      api.XGQuantileDMatrixCreateFromCallback(null, proxy, reference?.handle ?? null, reset, next, config, out),
    )
    if (failure !== undefined) throw failure
    return {
      handle,
      label: (labels, weights) => label(api, handle, { labels, weights }),
      free: () => api.XGDMatrixFree(handle),
    }
  } finally {
    koffi.unregister(reset)
    koffi.unregister(next)
    api.XGDMatrixFree(proxy)
  }
}

function label(api: Api, matrix: Handle, { labels, weights }: Pick<MatrixChunk, 'labels' | 'weights'>): void {
  if (labels) api.XGDMatrixSetInfoFromInterface(matrix, 'label', arrayInterface(labels, labels.length))
  if (weights) api.XGDMatrixSetInfoFromInterface(matrix, 'weight', arrayInterface(weights, weights.length))
}

function assertChunks(features: readonly string[], chunks: readonly MatrixChunk[]): void {
  let rows = 0
  for (const { values, labels, weights } of chunks) {
    const count = values.length / features.length
    for (const column of [labels, weights]) {
      if (column !== undefined && column.length !== count) {
        throw new Error(`XGBoost: ${column.length} labels or weights for ${count} rows of ${features.length} features`)
      }
    }
    if (!Number.isInteger(count)) {
      throw new Error(`XGBoost: ${values.length} values are not whole rows of ${features.length} features`)
    }
    rows += count
  }
  if (rows === 0) throw new Error('XGBoost: a matrix needs at least one row')
}

function wrapBooster(api: Api, handle: Handle): Booster {
  return {
    update: (round, training) => api.XGBoosterUpdateOneIter(handle, round, training.handle),
    evaluate(round, matrices) {
      const text = output<string>((out) =>
        api.XGBoosterEvalOneIter(
          handle,
          round,
          matrices.map(([, matrix]) => matrix.handle),
          matrices.map(([name]) => name),
          matrices.length,
          out,
        ),
      )
      return parseEvaluation(text)
    },
    predict: (values, rows) => predict(api, handle, values, rows),
    contributions: (values, rows) => contributions(api, handle, values, rows),
    first: (rounds) =>
      wrapBooster(
        api,
        output((out) => api.XGBoosterSlice(handle, 0, rounds, 1, out)),
      ),
    gains: () => gains(api, handle),
    get features() {
      const [size, names] = [[0], [null]]
      api.XGBoosterGetStrFeatureInfo(handle, 'feature_name', size, names)
      return names[0] === null ? [] : (koffi.decode(names[0], 'const char *', Number(size[0])) as string[])
    },
    save() {
      const [size, bytes] = [[0], [null]]
      api.XGBoosterSaveModelToBuffer(handle, '{"format": "json"}', size, bytes)
      return Buffer.from(koffi.view(bytes[0], Number(size[0])).slice(0))
    },
    free: () => api.XGBoosterFree(handle),
  }
}

const predictionConfig = (type: number): string =>
  `{"type": ${type}, "training": false, "iteration_begin": 0, "iteration_end": 0, "strict_shape": true, "missing": NaN}`
/** XGBoost's numbers of the kinds of prediction. */
const VALUES = 0
const CONTRIBUTIONS = 2

function predict(api: Api, handle: Handle, values: Float32Array, rows: number): Prediction {
  const data = arrayInterface(values, rows, values.length / rows)
  return readPrediction(rows, (shape, dimensions, out) =>
    api.XGBoosterPredictFromDense(handle, data, predictionConfig(VALUES), null, shape, dimensions, out),
  )
}

/** XGBoost can't do this without a matrix of its own, which is a copy of the values. */
function contributions(api: Api, handle: Handle, values: Float32Array, rows: number): Prediction {
  const data = arrayInterface(values, rows, values.length / rows)
  const matrix = output((out) => api.XGDMatrixCreateFromDense(data, '{"missing": NaN}', out))
  try {
    return readPrediction(rows, (shape, dimensions, out) =>
      api.XGBoosterPredictFromDMatrix(handle, matrix, predictionConfig(CONTRIBUTIONS), shape, dimensions, out),
    )
  } finally {
    api.XGDMatrixFree(matrix)
  }
}

function readPrediction(
  rows: number,
  call: (shape: [unknown], dimensions: [number], out: [unknown]) => void,
): Prediction {
  const shape: [unknown] = [null]
  const dimensions: [number] = [0]
  const out: [unknown] = [null]
  call(shape, dimensions, out)
  const sizes = koffi.decode(shape[0], 'uint64_t', Number(dimensions[0])) as (number | bigint)[]
  const columns = sizes.slice(1).reduce<number>((product, size) => product * Number(size), 1)
  // The result is XGBoost's own until its next call.
  return { values: new Float32Array(koffi.view(out[0], rows * columns * 4).slice(0)), columns }
}

function gains(api: Api, handle: Handle): Record<string, number> {
  const [size, features, dimensions, shape, scores] = [[0], [null], [0], [null], [null]]
  api.XGBoosterFeatureScore(handle, '{"importance_type": "gain"}', size, features, dimensions, shape, scores)
  const count = Number(size[0])
  if (count === 0) return {}
  const names = koffi.decode(features[0], 'const char *', count) as string[]
  const values = koffi.decode(scores[0], 'float', count) as ArrayLike<number>
  return Object.fromEntries(names.map((name, index) => [name, values[index]!]))
}

/** `[3]\ttrain-rmse:0.51\tvalid-rmse:0.62` */
function parseEvaluation(text: string): Record<string, number> {
  const results: Record<string, number> = {}
  for (const [, name, value] of text.matchAll(/\t([^\t:]+)-[^\t:-]+:([^\t]+)/g)) results[name!] = Number(value)
  return results
}
