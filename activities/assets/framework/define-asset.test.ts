import { expect, test, vi } from 'vitest'
import { statement, withDeclared } from '../../../platform/postgres/sql.ts'
import type { AssetContext, AssetDefinition, CheckResult, Shard } from './asset.ts'
import { expectNone, questions } from './checks.ts'
import { assertColumns, type Columns, contractColumns, duckDbColumns, lakeColumns, postgresColumns } from './columns.ts'
import { type AssetParts, defineAsset } from './define-asset.ts'

/** Texts that were handed out while modules were loaded, before it could be known which asset needs them. */
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

const empty = { description: '', store: 'lake', upstream: [], columns: {}, checks: [] } as const

/** An asset whose every step runs one statement. */
function running(file: string): AssetDefinition {
  const run = async (): Promise<never> => {
    await Promise.resolve()
    const parameters = { sales: 'sales', keep: 'true', zone: "'UTC'", morning_hours: '33' }
    return (file === ROWS ? statement(file, parameters) : statement(file)) as never
  }
  return defineAsset({
    ...empty,
    name: 'thing',
    plan: run,
    stage: run,
    swap: run,
    discard: async () => undefined,
    check: async () => {
      await run()
      return []
    },
    sql: { rows: [ROWS], others: [OTHERS] },
    madeFrom: ['order'],
  })
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
  for (const step of Object.values(stepsOf(running(ROWS)))) await expect(step()).resolves.toBeDefined()
})

test('a statement that is declared for pinning and judging makes no rows', async () => {
  const { plan, check, stage, swap } = stepsOf(running(OTHERS))
  for (const step of [plan, check]) await expect(step()).resolves.toBeDefined()
  for (const step of [stage, swap]) {
    await expect(step()).rejects.toThrow(`thing runs sql/${OTHERS} without declaring it`)
  }
})

test('a statement that is not declared runs in no step', async () => {
  for (const step of Object.values(stepsOf(running('registry/champion.sql')))) {
    await expect(step()).rejects.toThrow(
      /thing runs sql\/registry\/champion.sql without declaring it: .* add it to the files/,
    )
  }
})

test('what runs beside an asset is free to', async () => {
  const inside = withDeclared('thing', [ROWS], async () => {
    await Promise.resolve()
    return statement(OTHERS)
  })
  expect(statement(OTHERS)).toContain('select')
  await expect(inside).rejects.toThrow('without declaring it')
})

const definitionOf = (change: Partial<AssetParts>): AssetParts => ({
  ...({} as AssetDefinition),
  ...empty,
  name: 'thing',
  sql: { rows: [ROWS], others: [] },
  madeFrom: ['a'],
  ...change,
})

test('the code version changes with statements, columns and what else rows come from, not with their descriptions', () => {
  const version = (change: Partial<AssetParts>) => defineAsset(definitionOf(change)).codeVersion
  const column = (isNullable?: true) =>
    ({ type: 'long', comment: 'A number.', ...(isNullable && { isNullable }) }) as const
  const before = version({ columns: { n: column() } })
  expect(version({ columns: { n: { ...column(), comment: 'Another.' } } })).toBe(before)
  expect(version({ columns: { n: column() }, sql: { rows: [ROWS], others: [OTHERS] } })).toBe(before)
  expect(version({ columns: { n: column() }, sql: { rows: [ROWS, OTHERS], others: [] } })).not.toBe(before)
  expect(version({ columns: { n: column() }, madeFrom: ['b'] })).not.toBe(before)
  expect(version({ columns: { n: column(true) } })).not.toBe(before)
  expect(version({ columns: { m: column() } })).not.toBe(before)
})

test('a check that is asked and not answered, or answered and not asked, is no silent gap', async () => {
  const { rows_loaded: asked } = questions({ rows_loaded: ['block', 'rows staged = rows in the lake'] })
  const answering = (results: CheckResult[]) =>
    defineAsset(definitionOf({ checks: [asked], check: async () => results }))
  const check = (results: CheckResult[]) => answering(results).check(context, '2024-05-01', [], {})
  const answer = expectNone(asked, 0)
  expect(await check([answer])).toEqual([answer])
  await expect(check([])).rejects.toThrow('thing asks rows_loaded and answers nothing')
  await expect(check([{ ...answer, check: 'rows_lost' }])).rejects.toThrow(
    'thing asks rows_loaded and answers rows_lost',
  )
})

test('one list of columns is the schema of the lake, the staging table and the table of DuckDB', () => {
  const columns: Columns = {
    store_id: { type: 'string', comment: 'The store.' },
    quantity: { type: 'decimal(18,6)', isNullable: true, comment: 'Units.' },
    reasons: { type: 'string', postgresType: 'json', comment: 'Why.' },
  }
  expect(lakeColumns(columns)[1]).toEqual({ name: 'quantity', type: 'decimal(18,6)', nullable: true })
  expect(postgresColumns(columns)).toBe('store_id text not null, quantity numeric(18, 6), reasons json not null')
  expect(duckDbColumns(columns)).toBe('"store_id" VARCHAR, "quantity" DECIMAL(18,6), "reasons" VARCHAR')
  expect(() => postgresColumns({ recent: { type: 'binary', comment: '' } })).toThrow('column recent is binary')
})

test('a field of a contract is a column, nullable where a message may leave it out', () => {
  const { customer_id, quantity } = contractColumns('pos_transactions')
  expect(customer_id).toEqual({ type: 'string', isNullable: true, comment: 'The customer, when known.' })
  expect(quantity).toEqual({
    type: 'decimal(18,6)',
    comment: 'Units or weight sold; negative for a return. Times unit_price it is below 1,000,000,000,000.',
  })
})

test('a statement that gives other columns than the definition names them', () => {
  const columns: Columns = { line_no: { type: 'integer', comment: 'Position.' } }
  const given = (types: Record<string, string>) => () =>
    assertColumns('fact', 'star/stage.sql', columns, new Map(Object.entries(types)))
  expect(given({ line_no: 'INTEGER' })).not.toThrow()
  expect(given({ line_no: 'BIGINT' })).toThrow(
    'fact: sql/star/stage.sql returns BIGINT for line_no, the definition has INTEGER',
  )
  expect(given({})).toThrow('returns nothing for line_no')
  expect(given({ line_no: 'INTEGER', price: 'DOUBLE' })).toThrow('gives price, which the definition lacks')
})

test('no module that assets are made of takes a statement when it is loaded, where its asset is not known', async () => {
  loaded.length = 0
  await import('../index.ts')
  expect(loaded).toEqual([])
})
