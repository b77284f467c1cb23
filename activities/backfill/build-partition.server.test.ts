import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readLedger, startRun } from '../../platform/ledger.ts'
import type { AssetDefinition, CheckResult, StagedShard } from '../assets/framework/asset.ts'
import { openTestAssets, type TestAssets } from '../assets/framework/testing.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { createBatchMetrics } from '../metrics.ts'
import {
  abandonShards,
  type Built,
  buildPartition,
  publishShards,
  type Sharded,
  stageShard,
} from './build-partition.ts'

let room: TestAssets
beforeAll(async () => {
  room = await openTestAssets({ shardRowsMax: 1_000 })
})
afterAll(() => room?.close())

const passed: CheckResult = { check: 'c', severity: 'block', passed: true, finding: 'fine', failingRows: 0 }

/** An asset that keeps its partition in memory, and notes what was discarded. */
function assetOf(change: Partial<AssetDefinition> & { inputRows?: number } = {}) {
  const state = { readable: null as readonly StagedShard[] | null, discarded: [] as StagedShard[] }
  const definition: AssetDefinition = {
    name: 'thing',
    description: 'a thing',
    store: 'lake',
    upstream: [],
    columns: {},
    checks: [],
    statements: [],
    codeVersion: 'v1',
    plan: async () => ({ inputs: { 'raw/things': 4 }, inputRows: change.inputRows ?? 10 }),
    stage: async (_context, _date, shard) => ({ shard, rows: 10, bytes: 100, reference: `part ${shard.index}` }),
    check: async () => [passed],
    async swap(_context, _date, staged) {
      state.readable = staged
      return { rows: 10 * staged.length, bytes: 100 * staged.length, outputVersion: 5 }
    },
    async discard(_context, staged) {
      state.discarded.push(...staged)
    },
    ...change,
  }
  const registry = new Registry()
  const dependencies: BatchDependencies = {
    ...room.context,
    metrics: createBatchMetrics(registry),
    assets: [definition],
  }
  return { state, dependencies, registry }
}

const request = (date: string, workflowId = 'w') => ({
  asset: 'thing',
  date,
  reason: 'requested' as const,
  workflowId,
  runId: 'r',
})
const life = (signal = new AbortController().signal) => ({ heartbeat: () => undefined, signal })
const only = async (date: string) => (await readLedger(room.context.pool, { from: date, to: date }))[0]!

test('a partition is built, readable, counted, and in the ledger with what it was made from', async () => {
  const { state, dependencies, registry } = assetOf()
  const built = (await buildPartition(dependencies, request('2024-05-01'), life())) as Built
  expect(built).toMatchObject({ kind: 'built', rows: 10, bytes: 100, warnings: [] })
  expect(state.readable).toMatchObject([{ reference: 'part 0' }])
  expect(await only('2024-05-01')).toMatchObject({
    status: 'succeeded',
    inputs: { 'raw/things': 4 },
    outputVersion: 5,
    codeVersion: 'v1',
    rows: 10,
    bytes: 100,
    workflowId: 'w',
    runId: 'r',
  })
  expect(await registry.metrics()).toContain('shelfline_partitions_total{asset="thing",outcome="built"} 1')
})

test('a blocking check keeps the old partition, is not retried, and its rows are kept', async () => {
  const bad: CheckResult = {
    ...passed,
    check: 'orphans',
    passed: false,
    finding: '1 orphan',
    failingRows: 1,
    examples: [{ reason: 'no store', row: { store_id: 'x' } }],
  }
  const { state, dependencies } = assetOf({ check: async () => [bad] })
  await expect(buildPartition(dependencies, request('2024-05-02'), life())).rejects.toMatchObject({
    type: 'ChecksFailed',
    nonRetryable: true,
    message: 'thing 2024-05-02 was not replaced: orphans: 1 orphan',
  })
  expect(state.readable).toBeNull()
  expect(state.discarded).toHaveLength(1)
  expect(await only('2024-05-02')).toMatchObject({ status: 'failed', succeededAt: null })
  const kept = await room.rows(`select reason from ops.check_failures join ops.check_results using (run, check_name)
    where date = '2024-05-02'`)
  expect(kept).toEqual([{ reason: 'no store' }])
})

test('a check that warns is reported and does not stop the partition', async () => {
  const { dependencies } = assetOf({
    check: async () => [{ ...passed, severity: 'warn', passed: false, finding: 'odd' }],
  })
  const built = (await buildPartition(dependencies, request('2024-05-03'), life())) as Built
  expect(built.warnings).toEqual(['c: odd'])
})

test('a large partition is staged by shards and readable only when all are there', async () => {
  const { state, dependencies } = assetOf({ inputRows: 2_500 })
  const begun = (await buildPartition(dependencies, request('2024-05-04'), life())) as Sharded
  expect(begun).toMatchObject({ kind: 'sharded', shardCount: 3, inputs: { 'raw/things': 4 } })
  expect((await only('2024-05-04')).status).toBe('running')
  const staged: StagedShard[] = []
  for (let index = 0; index < 3; index += 1) {
    staged.push(await stageShard(dependencies, begun, { index, count: 3 }, life()))
  }
  expect(state.readable).toBeNull()
  await publishShards(dependencies, { ...begun, staged }, life())
  expect(state.readable).toHaveLength(3)
  expect(await only('2024-05-04')).toMatchObject({ status: 'succeeded', rows: 30 })
})

test('shards that are abandoned leave nothing but a failed run', async () => {
  const { state, dependencies } = assetOf({ inputRows: 2_500 })
  const begun = (await buildPartition(dependencies, request('2024-05-05'), life())) as Sharded
  const staged = [await stageShard(dependencies, begun, { index: 0, count: 3 }, life())]
  await abandonShards(dependencies, { ...begun, staged }, 'shard 2 failed', life())
  expect(state.discarded).toHaveLength(1)
  expect(await only('2024-05-05')).toMatchObject({ status: 'failed', error: 'shard 2 failed' })
})

test('a run that was taken over while it staged does not swap', async () => {
  const { pool } = room.context
  const { state, dependencies } = assetOf({
    async stage(_context, date, shard) {
      await startRun(pool, request(date))
      return { shard, rows: 10, bytes: 100, reference: 'old' }
    },
  })
  await expect(buildPartition(dependencies, request('2024-05-06'), life())).rejects.toMatchObject({
    type: 'PartitionLost',
  })
  expect(state.readable).toBeNull()
  expect(state.discarded).toHaveLength(1)
  expect((await only('2024-05-06')).status).toBe('running')
})

test('a partition that another workflow builds is left to it', async () => {
  const { dependencies } = assetOf()
  await startRun(room.context.pool, request('2024-05-07', 'other'))
  await expect(buildPartition(dependencies, request('2024-05-07'), life())).rejects.toMatchObject({
    type: 'PartitionBusy',
    nonRetryable: false,
    message: expect.stringContaining('is being built by other'),
  })
})

test('a cancelled build fails as cancelled, whatever the error of its statement, and leaves nothing', async () => {
  const cancelling = new AbortController()
  const { state, dependencies } = assetOf({
    async check() {
      cancelling.abort(new Error('cancelled by a person'))
      throw new Error('INTERRUPT')
    },
  })
  await expect(buildPartition(dependencies, request('2024-05-08'), life(cancelling.signal))).rejects.toThrow(
    'cancelled by a person',
  )
  expect(state.discarded).toHaveLength(1)
  expect((await only('2024-05-08')).error).toBe('cancelled by a person')
})

test('an unknown asset is refused with the names of those there are, before anything is written', async () => {
  const { dependencies } = assetOf()
  await expect(buildPartition(dependencies, { ...request('2024-05-09'), asset: 'nope' }, life())).rejects.toMatchObject(
    {
      type: 'InvalidInput',
      message: 'asset "nope" is unknown: it is one of thing',
    },
  )
  expect(await only('2024-05-09')).toBeUndefined()
})
