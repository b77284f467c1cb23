import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lintSql } from './lint-sql.ts'

let database: DuckDBInstance
let connection: DuckDBConnection
beforeAll(async () => {
  database = await DuckDBInstance.create(':memory:')
  connection = await database.connect()
})
afterAll(() => {
  connection.closeSync()
  database.closeSync()
})

/** Findings as `line: what`. */
const lint = async (file: string, text: string) =>
  (await lintSql(connection, file, text)).map(({ line, what }) => `${line}: ${what}`)

const functionOf = (language: string, body: string) =>
  `-- Says so.\ncreate function ops.f(wanted text) returns bigint language ${language} as $$\n${body}\n$$;\n`

test('a statement is read by the parser of the database that runs it', async () => {
  const text = 'select a,\nfrom {sales}\nwhere {keep}\n'
  expect(await lint('star/stage_sales.sql', text)).toEqual([])
  expect(await lint('star/merge_sales.sql', text)).toEqual([
    '2: PostgreSQL: syntax error at or near "from"; where DuckDB runs the file, name it in scripts/lint-sql.ts',
  ])
  expect(await lint('star/stage_sales.sql', 'select 1;\nselect a from where b\n')).toEqual([
    '2: DuckDB: Parser Error: syntax error at or near "where"',
  ])
})

test('bodies of functions are read too, which the database sees only when it runs them', async () => {
  const plpgsql = (statement: string) => functionOf('plpgsql', `begin\n  ${statement}\n  return 1;\nend`)
  expect(await lint('jobs/f.sql', plpgsql('update ops.a set b = wanted;'))).toEqual([])
  const broken = [
    plpgsql('update ops.a st b = wanted;'),
    plpgsql("if wanted = then raise 'x'; end if;"),
    plpgsql('loop'),
    functionOf('sql', 'select count(*) form ops.a where'),
  ]
  for (const text of broken)
    expect(await lint('jobs/f.sql', text)).toEqual([expect.stringMatching(/^2: PostgreSQL, in the body: /)])
  expect(await lint('jobs/f.sql', 'do $$ begin perform a from where; end $$')).toEqual([
    expect.stringContaining('in the body'),
  ])
})

test('keywords are in lower case, also in a body; values and comments are as they are', async () => {
  const text = `${functionOf('sql', 'SELECT 1 AS "Select"')}-- SELECT\nselect 'FROM', ABC, date 'NOW' from b;`
  expect(await lint('jobs/f.sql', text)).toEqual([
    '3: SELECT: keywords are in lower case',
    '3: AS: keywords are in lower case',
  ])
})

test('a statement that DuckDB or Spark runs has nothing that only one of them knows', async () => {
  const onSpark = (text: string) => lint('cleansed/cleanse_sales.sql', text)
  expect(
    await onSpark('select store_id, max(date) as date from (select * from events) as e group by store_id'),
  ).toEqual([])
  expect(await onSpark("select x::decimal(24, 6), ':= arg_max(' as text from t -- hash(x)")).toEqual([])
  expect(await onSpark('select 1;\nselect hash(store_id) as h\nfrom t')).toEqual([
    '2: Spark: hash() is in no list of functions that both engines have (docs/engines.md)',
  ])
  const refused = [
    'from t',
    'select * from (from t)',
    'select * exclude (a) from t',
    'select * from a union all by name select * from b',
    'select struct_pack(a := 1)',
    'select distinct on (a) b from t',
    'select a // 2 from t',
    'select [1, 2]',
    'select a::varchar from t',
    'select a from t qualify row_number() over (order by a) = 1',
  ]
  for (const text of refused) {
    expect((await onSpark(text))[0], text).toMatch(/^1: Spark: /)
    expect(await lint('star/stage_inventory.sql', text), text).toEqual([])
  }
})
