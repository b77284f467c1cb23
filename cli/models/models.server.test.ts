/** `shelfline models`, typed as a person would, on a registry of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestAssets, type TestAssets } from '../../activities/assets/framework/testing.ts'
import { createBatchMetrics } from '../../activities/metrics.ts'
import { evidenceFile, type ModelEvidence } from '../../activities/registry/evidence.ts'
import { registerTrained } from '../../activities/registry/registration.ts'
import type { MetricRow } from '../../activities/registry/versions.ts'

let world: TestAssets
let folder: string
beforeAll(async () => {
  world = await openTestAssets()
  folder = mkdtempSync(join(tmpdir(), 'shelfline-cards-'))
  await add('2024-04-30', 0.5, { isBetter: true, reason: 'promoted: the first one (WAPE 0.5000)' })
  await add('2024-05-07', 0.4, { isBetter: false, reason: 'not promoted: orders do not clearly cost less' }, evidence)
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await world?.close()
})

const totals = { holding: 5, stockOut: 90, waste: 5, demand: 1_000, sold: 940, cost: 100, fillRate: 0.94 }
const evidence: ModelEvidence = {
  measured: { from: '2024-04-25', through: '2024-05-07' },
  predictions: { unit: 'units a day', groups: ['days 1-7'], points: [0, 1, 4, 9].map((n) => [n, n * 1.1, 0]) },
  horizons: [1, 2, 3].map((days) => ({ days, rows: 10, error: 0.4 + days / 100, naive: 0.6 })),
  calibration: [0.1, 0.5, 0.9].map((level) => ({ level, share: level + 0.02, rows: 10 })),
  importance: [
    { feature: 'mean_28', gain: 12, shap: 0.8 },
    { feature: 'price_<last>', gain: 3, shap: 0.1 },
  ],
  decision: {
    series: 60,
    challenger: totals,
    champion: { ...totals, cost: 101 },
    saving: 0.0099,
    savingLow: -0.02,
    errors: { challenger: 0.41, champion: 0.42 },
    against: 'demand@1',
    measuredDays: 5,
    from: '2024-05-01',
    through: '2024-05-07',
  },
}

async function add(
  trainedThrough: string,
  wape: number,
  decision: { isBetter: boolean; reason: string },
  withEvidence?: ModelEvidence,
): Promise<void> {
  const row = (candidate: string, value: number, horizon = '1-7', metric = 'wape'): MetricRow => ({
    candidate,
    segment: 'all',
    horizon,
    metric,
    value,
    rows: 100,
  })
  const metrics = [row('chosen', wape), row('seasonal_naive', 0.6), row('chosen', 100 * wape, 'orders', 'cost')]
  await registerTrained(
    { ...world.context, metrics: createBatchMetrics(new Registry()), assets: [] },
    {
      model: 'demand',
      trainedFrom: '2024-01-01',
      trainedThrough,
      codeVersion: 'abc123',
      seed: 7,
      metrics,
      parameters: { rounds: 40 },
      inputs: { 'features/demand': 12 },
      trainingRows: 5_000,
      durationMs: 1_500,
      workflowId: `train-models-${trainedThrough}`,
      files: withEvidence ? { 'evidence.json': evidenceFile(withEvidence) } : {},
      decision,
    },
    new AbortController().signal,
  )
}

async function models(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const { settings } = world.context
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'main.ts'), 'models', ...words], {
    env: {
      ...process.env,
      SHELFLINE_HOME: settings.home,
      SHELFLINE_POSTGRES_URL: settings.postgresUrl,
      SHELFLINE_LAKE_PREFIX: settings.lakePrefix,
    },
  })
  const said = { out: '', err: '' }
  child.stdout.on('data', (text) => (said.out += text))
  child.stderr.on('data', (text) => (said.err += text))
  const [code] = await once(child, 'close')
  return { code: code as number, ...said }
}

test('list and show print what there is, what it was made from and who is champion', async () => {
  const listed = await models('list', '--json')
  expect(JSON.parse(listed.out).versions).toMatchObject([
    { model: 'demand', version: 2, isChampion: false, metric: 'wape', value: 0.4, naiveWay: 'seasonal_naive' },
    { model: 'demand', version: 1, isChampion: true, metric: 'wape', value: 0.5, naiveValue: 0.6 },
  ])
  const table = await models('list')
  expect(table.out).toMatch(/demand@2 .* wape .* 0\.4000 .* 0\.6000 seasonal_naive/)
  expect(table.out).toContain('demand@1 promoted: the first one')
  const { out } = await models('show', 'demand')
  expect(out).toContain('demand@1: promoted: the first one')
  expect(out).toContain('seed 7')
  expect(out).toContain('{"features/demand":12}')
  expect(out).toMatch(/cases .* chosen .* seasonal_naive/)
  expect(out).toMatch(/1-7 +│ all +│ +100 │ wape +│ 0\.5000 +│ 0\.6000/)
  expect(out).toMatch(/orders +│ all +│ +100 │ cost +│ 50\.0000/)
})

test('compare puts the errors and the cost of orders side by side', async () => {
  const { out } = await models('compare', 'demand@1', 'demand@2')
  expect(out).toContain('Each was measured on the last days of its own training')
  expect(out).toMatch(/1-7 +│ all +│ wape +│ 0\.5000 +│ 0\.4000 +│ -20\.0 %/)
  expect(out).toMatch(/orders +│ all +│ cost +│ 50\.0000 +│ 40\.0000/)
})

test('a card holds plots, the replayed orders and the lineage, and needs nothing else', async () => {
  const file = join(folder, 'card.html')
  expect((await models('card', 'demand@2', '--out', file)).out).toContain(file)
  const html = readFileSync(file, 'utf8')
  expect(html.match(/<svg /g)).toHaveLength(4)
  for (const title of ['Prediction against actual', 'Error by days ahead', 'Calibration', 'Importance', 'Lineage']) {
    expect(html).toContain(`<h2>${title}</h2>`)
  }
  expect(html).toContain('price_&lt;last&gt;')
  expect(html).not.toMatch(/price_<last>|<script|https?:\/\/(?!www\.w3\.org)/)
  expect(html).toContain('lake version of features/demand')
  const { out } = await models('card', 'demand@2')
  expect(out).toMatch(/\| demand@1 \| 101\.00 \|/)
})

test('a version without evidence has a card without plots', async () => {
  const file = join(folder, 'old.html')
  await models('card', 'demand@1', '--out', file)
  const html = readFileSync(file, 'utf8')
  expect(html).toContain('trained before plots were kept')
  expect(html).not.toContain('<svg')
})

test('a person promotes and rolls back, and history shows who was champion when', async () => {
  const before = new Date().toISOString()
  expect((await models('promote', 'demand@2', '--why', 'to try it')).out).toContain('demand@2 is champion')
  expect((await models('rollback', 'demand', '--why', 'it was worse')).out).toContain('demand@1 is champion')
  const { changes } = JSON.parse((await models('history', 'demand', '--json')).out)
  expect(changes.map(({ version, reason }: { version: number; reason: string }) => [version, reason])).toEqual([
    [1, 'it was worse'],
    [2, 'to try it'],
    [1, 'promoted: the first one (WAPE 0.5000)'],
  ])
  expect((await models('history', 'demand', '--at', before)).out).toBe('demand@1\n')
  expect((await models('history', 'demand', '--at', '2020-01-01')).out).toContain('no champion at 2020-01-01')
})

test.each([
  [['show', 'demand@9'], 'model version "demand@9" does not exist: `shelfline models list`'],
  [['show', 'nothing'], 'nothing has no champion'],
  [['compare', 'demand@1', 'other@1'], 'demand and other are not the same model'],
  [['compare', 'demand@1', 'demand@9'], 'model version "demand@9" does not exist'],
  [['card', 'demand@1', '--out', 'card.pdf'], 'neither an .html nor an .md file'],
  [['promote', 'demand', '--why', 'x'], 'is not MODEL@VERSION'],
  [['promote', 'demand@9', '--why', 'x'], 'model version "demand@9" does not exist'],
  [['promote', 'demand@99999999999', '--why', 'x'], 'is not MODEL@VERSION'],
  [['promote', 'demand@1', '--why', 'again'], 'demand@1 is champion already'],
  [['promote', 'demand@2', '--why', ' '], '--why " " is not a text of 1 to 500 characters'],
  [['history', 'demand', '--at', 'yesterday'], '--at "yesterday" is not a day (2024-05-01) or an instant'],
])('%j is wrong use', async (words, told) => {
  const answer = await models(...words)
  expect(answer).toMatchObject({ code: 2, err: expect.stringContaining(told) })
})
