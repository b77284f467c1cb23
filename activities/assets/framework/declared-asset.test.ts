import { expect, test, vi } from 'vitest'
import { statement, withDeclared } from '../../../platform/postgres/sql.ts'
import type { AssetContext, AssetDefinition, Shard } from './asset.ts'
import { declaredAsset } from './declared-asset.ts'

/** Texts that were handed out while modules were loaded, before anybody could ask who wants them. */
const { loaded } = vi.hoisted(() => ({ loaded: [] as string[] }))
vi.mock('../../../platform/postgres/sql.ts', async (original) => {
  const real = await original<typeof import('../../../platform/postgres/sql.ts')>()
  const recording: typeof real.statement = (file, parameters) => {
    loaded.push(file)
    return real.statement(file, parameters)
  }
  return { ...real, statement: recording }
})

const ROWS = 'features/daily_sales.sql'
const OTHERS = 'star/reference_versions.sql'

/** An asset whose every step runs one statement. */
function running(file: string): AssetDefinition {
  const run = async (): Promise<never> => {
    await Promise.resolve()
    const parameters = { sales: 'sales', keep: 'true', zone: "'UTC'", morning_hours: '33' }
    return (file === ROWS ? statement(file, parameters) : statement(file)) as never
  }
  const asset = { name: 'thing', description: '', store: 'lake', upstream: [], discard: async () => undefined } as const
  return declaredAsset(
    { ...asset, plan: run, stage: run, check: run, swap: run },
    { rows: [ROWS], others: [OTHERS] },
    'columns',
  )
}

const context = {} as AssetContext
const shard: Shard = { index: 0, count: 1 }
const stepsOf = (asset: AssetDefinition) => ({
  plan: () => asset.plan(context, '2024-05-01'),
  stage: () => asset.stage(context, '2024-05-01', shard, {}),
  check: () => asset.check(context, '2024-05-01', [], {}),
  swap: () => asset.swap(context, '2024-05-01', [], {}, { run: 1, succeed: async () => undefined }),
})

test('every step runs the statements that rows come from', async () => {
  for (const step of Object.values(stepsOf(running(ROWS)))) expect(await step()).toContain('select')
})

test('a statement that is declared for pinning and judging makes no rows', async () => {
  const { plan, check, stage, swap } = stepsOf(running(OTHERS))
  for (const step of [plan, check]) expect(await step()).toContain('select')
  for (const step of [stage, swap]) {
    await expect(step()).rejects.toThrow(`thing runs sql/${OTHERS} and has not declared it`)
  }
})

test('a statement that is not declared runs in no step', async () => {
  for (const step of Object.values(stepsOf(running('registry/champion.sql')))) {
    await expect(step()).rejects.toThrow(
      /thing runs sql\/registry\/champion.sql and has not declared it, .* add it to the files/,
    )
  }
})

test('what runs beside an asset is free to', async () => {
  const inside = withDeclared('thing', [ROWS], async () => {
    await Promise.resolve()
    return statement(OTHERS)
  })
  expect(statement(OTHERS)).toContain('select')
  await expect(inside).rejects.toThrow('has not declared it')
})

test('the code version changes with the statements of the rows and what else they come from', () => {
  const asset = { name: 'thing', description: '', store: 'lake', upstream: [] } as unknown as AssetDefinition
  const version = (rows: string[], others: string[], part: string) =>
    declaredAsset(asset, { rows, others }, part).codeVersion
  const before = version([ROWS], [], 'a')
  expect(version([ROWS], [OTHERS], 'a')).toBe(before)
  expect(version([ROWS, OTHERS], [], 'a')).not.toBe(before)
  expect(version([ROWS], [], 'b')).not.toBe(before)
})

test('no module that assets are made of takes a statement when it is loaded, where nobody sees for whom', async () => {
  loaded.length = 0
  await import('../index.ts')
  expect(loaded).toEqual([])
})
