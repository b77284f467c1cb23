/**
 * The peer: the same boosted trees by Python's xgboost and by ours, from the same rows with the same parameters and
 * threads, in one run: seconds from rows in memory to a trained booster, the most memory of each process, and whether the
 * trees agree. Needs Python 3 with pip (fetches xgboost once); no instance.
 * `node bench/xgboost/compare.ts [rows = 300000] [features = 40] [rounds = 100] [runs = 1]`; the figure to reach is 3000000 40 500.
 */
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seeded } from '../../models/statistics/random.ts'
import { loadSettings, XGBOOST_VERSION } from '../../platform/settings/settings.ts'
import { type MatrixChunk, openXgboost, sharedVector, type Xgboost } from '../../platform/xgboost/xgboost.ts'
import { machine, report, seconds } from '../measure.ts'
import { installPython } from '../python-peer.ts'

const CHUNK_ROWS = 100_000
const HELD_OUT_ROWS = 10_000
const PARAMETERS = {
  objective: 'reg:tweedie',
  tweedie_variance_power: 1.3,
  max_depth: 6,
  min_child_weight: 10,
  eta: 0.05,
  max_bin: 256,
  seed: 1,
} as const

const [rows = 300_000, width = 40, rounds = 100, runs = 1] = process.argv.slice(2).map(Number)
const features = Array.from({ length: width }, (_, index) => `f${index}`)
const settings = loadSettings()
const matrixMegabytes = (rows * width * 4) / 2 ** 20

console.log(machine())
console.log(
  `${rows.toLocaleString('en-GB')} rows × ${width} features (${Math.round(matrixMegabytes)} MB as float32) × ${rounds} rounds, ${settings.xgboostThreads} threads`,
)
const peer = await installPython('xgboost-of-python', [
  `xgboost-cpu==${XGBOOST_VERSION}`,
  'numpy==2.3.4',
  'scipy==1.16.3',
])
const folder = mkdtempSync(join(tmpdir(), 'shelfline-xgboost-'))
try {
  await compare(join(folder, 'values.f32'), join(folder, 'labels.f32'))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function compare(valuesFile: string, labelsFile: string): Promise<void> {
  writeRows(valuesFile, labelsFile)
  const ours: number[] = []
  const theirs: { seconds: number; peakMegabytes: number; predictions: number[] }[] = []
  let predictions: Float32Array = new Float32Array(0)
  for (let run = 0; run < runs; run += 1) {
    await using xgboost = openXgboost(settings)
    const chunks = readRows(valuesFile, labelsFile)
    let model: Uint8Array = new Uint8Array(0)
    ours.push(
      await seconds(async () => {
        const training = { features, chunks }
        // As the peer: no error is taken on the way.
        model = (await xgboost.train({ parameters: PARAMETERS, rounds, evaluationRounds: rounds, training })).model
      }),
    )
    predictions = await predictFirst(xgboost, model, chunks)
    const parameters = { ...PARAMETERS, tree_method: 'hist', nthread: settings.xgboostThreads }
    theirs.push(
      await peer.run(join(import.meta.dirname, 'peer.py'), [
        valuesFile,
        labelsFile,
        ...[width, rounds, predictions.length].map(String),
        JSON.stringify(parameters),
      ]),
    )
  }
  const peakMegabytes = highWaterMegabytes()
  const [own, other] = [ours, theirs.map((result) => result.seconds)]
  report('ours', 's', own)
  report('xgboost of Python', 's', other)
  report(
    'time, ours / xgboost of Python',
    '',
    own.map((value, run) => value / other[run]!),
  )
  report('our process at most (rows, bins and Node)', 'MB', [peakMegabytes])
  report(
    'the process of Python at most',
    'MB',
    theirs.map((result) => result.peakMegabytes),
  )
  report('our memory / the float32 matrix', '', [peakMegabytes / matrixMegabytes])
  const apart = theirs.at(-1)!.predictions.map((value, row) => Math.abs(value - predictions[row]!))
  report('predictions apart, at most', '', [Math.max(...apart)])
}

async function predictFirst(
  xgboost: Xgboost,
  model: Uint8Array,
  [first]: readonly MatrixChunk[],
): Promise<Float32Array> {
  const loaded = await xgboost.load(model)
  return (await loaded.predict(first!.values.slice(0, HELD_OUT_ROWS * width))).values
}

/** Rows as a forecast has them: counts whose mean depends on some of the features, a few of them by steps. */
function writeRows(valuesFile: string, labelsFile: string): void {
  const random = seeded(1)
  const [values, labels] = [openSync(valuesFile, 'w'), openSync(labelsFile, 'w')]
  for (let from = 0; from < rows; from += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, rows - from)
    const block = new Float32Array(count * width)
    const outcome = new Float32Array(count)
    for (let row = 0; row < count; row += 1) {
      const own = block.subarray(row * width, (row + 1) * width)
      for (let column = 0; column < width; column += 1) own[column] = random()
      for (let column = 1; column < width; column += 5) own[column] = Math.floor(own[column]! * 8)
      const mean = Math.exp(own[0]! * 2 + (own[1]! > 4 ? 0.7 : 0) - own[2]! * own[3]!)
      outcome[row] = Math.floor(-Math.log(1 - random()) * mean)
    }
    writeSync(values, block)
    writeSync(labels, outcome)
  }
  for (const file of [values, labels]) closeSync(file)
}

function readRows(valuesFile: string, labelsFile: string): MatrixChunk[] {
  const [values, labels] = [openSync(valuesFile, 'r'), openSync(labelsFile, 'r')]
  const chunks: MatrixChunk[] = []
  for (let from = 0; from < rows; from += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, rows - from)
    const chunk = { values: sharedVector(count * width), labels: sharedVector(count) }
    readSync(values, chunk.values)
    readSync(labels, chunk.labels)
    chunks.push(chunk)
  }
  for (const file of [values, labels]) closeSync(file)
  return chunks
}

/** The most memory that this process has had, as Linux counts it. */
function highWaterMegabytes(): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return Number(kilobytes) / 1_024
}
