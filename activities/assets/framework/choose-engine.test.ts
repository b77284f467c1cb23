import { expect, test } from 'vitest'
import { chooseEngine } from './choose-engine.ts'
import { forSpark, statementsOf } from './spark-engine.ts'

const settings = { engine: 'auto', sparkRowsMin: 1_000, sparkAssets: [] as string[] } as const
const of = (rows: number) => ({ asset: 'cleansed/sales', runsOnSpark: true, rows: async () => rows })

test('auto is Spark from a number of rows on', async () => {
  expect(await chooseEngine(settings, of(999))).toBe('duckdb')
  expect(await chooseEngine(settings, of(1_000))).toBe('spark')
})

test('an asset that is written for DuckDB only, or is not among those of the settings, is never built by Spark', async () => {
  const spark = { ...settings, engine: 'spark' } as const
  expect(await chooseEngine(spark, { ...of(1_000), runsOnSpark: false })).toBe('duckdb')
  expect(await chooseEngine({ ...spark, sparkAssets: ['cleansed/inventory'] }, of(1_000))).toBe('duckdb')
  expect(await chooseEngine({ ...spark, sparkAssets: ['cleansed/inventory', 'cleansed/sales'] }, of(0))).toBe('spark')
})

test('rows are counted only where they decide', async () => {
  const rows = async () => {
    throw new Error('not needed')
  }
  expect(await chooseEngine({ ...settings, engine: 'duckdb' }, { ...of(0), rows })).toBe('duckdb')
  expect(await chooseEngine({ ...settings, engine: 'spark' }, { ...of(0), rows })).toBe('spark')
})

test('statements are taken apart at semicolons, not at those in texts and comments', () => {
  const text = '-- one; two\nselect \';\' as "a;b" -- end;\nfrom t;\n;drop table t'
  expect(statementsOf(text)).toEqual(['select \';\' as "a;b" \nfrom t', 'drop table t'])
})

test('a temporary table is on Spark a view that is kept once it has been computed', () => {
  expect(forSpark('create or replace temp table a as select 1')).toEqual([
    'create or replace temp view a as select 1',
    'cache lazy table a',
  ])
  expect(forSpark('drop table a')).toEqual(['drop view a'])
  expect(forSpark('select 1')).toEqual(['select 1'])
})
