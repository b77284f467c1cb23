/**
 * The peer: isolation forests by scikit-learn and by ours, on the same rows, with the same trees and samples: area under the
 * curve over several seeds, and time. Needs Python 3 with pip (fetches scikit-learn once); no instance.
 * `node bench/isolation-forest/compare.ts [seeds = 5]`
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { fitIsolationForest, scoreRows } from '../../models/insights/isolation-forest.ts'
import { rocAuc } from '../../models/registry/classifier-metrics.ts'
import { seeded } from '../../models/statistics/random.ts'
import { literal } from '../../platform/duckdb/duckdb.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { machine, median, report, seconds } from '../measure.ts'
import { installPython } from '../python-peer.ts'

const PACKAGES = ['scikit-learn==1.7.2', 'numpy==2.3.4', 'scipy==1.16.3']
const TREES = 100
const SAMPLE_ROWS = 256

const [seeds = '5'] = process.argv.slice(2)

console.log(machine())
const peer = await installPython('scikit-learn', PACKAGES)
const script = join(import.meta.dirname, 'peer.py')
const folder = mkdtempSync(join(tmpdir(), 'shelfline-forest-'))
try {
  const { width } = await peer.run<{ width: number }>(script, ['export', folder])
  await compare('breast-cancer', width)
  await compare('sale-lines', await writeSaleLines())
  await compare('clusters', writeClusters())
} finally {
  rmSync(folder, { recursive: true, force: true })
}

interface Result {
  auc: number
  fit: number
  score: number
}

async function compare(name: string, width: number): Promise<void> {
  const [file, labelsFile] = [join(folder, `${name}.f32`), join(folder, `${name}.u8`)]
  const values = new Float32Array(new Uint8Array(readFileSync(file)).buffer)
  const labels = new Uint8Array(readFileSync(labelsFile))
  console.log(
    `${name}: ${labels.length.toLocaleString('en-GB')} rows of ${width}, ${labels.filter((label) => label === 1).length} odd`,
  )
  const ours: Result[] = []
  for (let seed = 1; seed <= Number(seeds); seed += 1) ours.push(await measure(values, labels, width, seed))
  const options = [String(width), String(TREES), String(SAMPLE_ROWS), seeds]
  const theirs = (await peer.run<{ results: Result[] }>(script, ['fit', file, labelsFile, ...options])).results
  for (const [who, results] of [
    ['ours', ours],
    ['scikit-learn', theirs],
  ] as const) {
    report(
      `${who}: area under the curve`,
      '',
      results.map(({ auc }) => auc),
    )
    report(
      `${who}: fitting`,
      's',
      results.map(({ fit }) => fit),
    )
    report(
      `${who}: scoring all rows`,
      's',
      results.map(({ score }) => score),
    )
  }
  const [own, other] = [ours, theirs].map((results) => median(results.map(({ auc }) => auc))) as [number, number]
  report('area under the curve, ours / scikit-learn', '', [own / other])
}

async function measure(values: Float32Array, labels: Uint8Array, width: number, seed: number): Promise<Result> {
  const features = Array.from({ length: width }, (_, index) => `f${index}`)
  let forest = fitIsolationForest({ features, values: values.subarray(0, width) }, { trees: 1, sampleRows: 1, seed })
  let scores = new Float64Array(0)
  const fitting = await seconds(() => {
    forest = fitIsolationForest({ features, values }, { trees: TREES, sampleRows: SAMPLE_ROWS, seed })
  })
  const scoring = await seconds(() => {
    scores = scoreRows(forest, values) as Float64Array<ArrayBuffer>
  })
  return { auc: rocAuc(labels, scores)!, fit: fitting, score: scoring }
}

async function writeSaleLines(): Promise<number> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const lines = join(import.meta.dirname, '..', '..', 'data', 'online-retail-ii', 'lines.parquet')
  const query = statement('../bench/isolation-forest/sale-lines.sql', { lines: literal(lines) })
  const columns = (await connection.runAndReadAll(query)).getColumns() as number[][]
  const labels = columns.pop()!
  const rows = Float32Array.from({ length: labels.length * columns.length }, (_, at) => {
    return columns[at % columns.length]![Math.floor(at / columns.length)]!
  })
  write('sale-lines', rows, labels)
  return columns.length
}

/** Three clusters in ten dimensions, and one row in a hundred anywhere around them. */
function writeClusters(): number {
  const width = 10
  const random = seeded(1)
  const normal = () => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random())
  const count = 200_000
  const rows = new Float32Array(count * width)
  const labels = Array.from({ length: count }, (_, row) => (row % 100 === 0 ? 1 : 0))
  for (let at = 0; at < rows.length; at += 1) {
    const row = Math.floor(at / width)
    rows[at] =
      labels[row] === 1 ? (random() - 0.5) * 12 : normal() + ((row % 3) - 1) * 3 * ((at % width) % 2 === 0 ? 1 : -1)
  }
  write('clusters', rows, labels)
  return width
}

function write(name: string, rows: Float32Array, labels: readonly number[]): void {
  writeFileSync(join(folder, `${name}.f32`), rows)
  writeFileSync(join(folder, `${name}.u8`), Uint8Array.from(labels))
}
