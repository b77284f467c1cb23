import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadSettings } from '../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing.ts'
import { columnsOfViews, dumpSchemas, starSchemaPage, type ViewColumn } from '../scripts/dump-schema.ts'
import { query } from './testing.ts'

let database: TestDatabase
let columns: ViewColumn[]

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  columns = await columnsOfViews(database.url)
})

afterAll(async () => {
  await database?.drop()
})

const file = (path: string) => readFileSync(join(import.meta.dirname, '..', path), 'utf8')

describe('the schema (`npm run schema` writes the files)', () => {
  test('equals sql/schema/', async () => {
    const reviewed = globSync('*.sql', { cwd: join(import.meta.dirname, 'schema') }).sort()
    const schemas = await dumpSchemas(database.url)
    expect([...schemas.keys()].map((schema) => `${schema}.sql`).sort()).toEqual(reviewed)
    for (const [schema, text] of schemas) expect(text, schema).toBe(file(`sql/schema/${schema}.sql`))
  })

  test('equals docs/star-schema.md', () => {
    expect(starSchemaPage(columns)).toBe(file('docs/star-schema.md'))
  })

  test('lets only the named roles run a function with its owner’s rights', async () => {
    const open = await query(
      database.url,
      `select oid::regprocedure::text as name from pg_proc
       where prosecdef and pronamespace::regnamespace::text !~ '^(pg_|information_schema)'
         and (proacl is null or exists (select from aclexplode(proacl) where grantee = 0))`,
    )
    expect(open).toEqual([])
  })
})

describe('every public view', () => {
  const views = () => Map.groupBy(columns, ({ view }) => view)

  test('is commented, and so is every column', () => {
    expect(columns.filter(({ view_comment, column_comment }) => !view_comment || !column_comment)).toEqual([])
    expect(views().size).toBeGreaterThan(20)
  })

  test("runs with its reader's rights", () => {
    expect(columns.filter(({ is_security_invoker }) => !is_security_invoker)).toEqual([])
  })

  test('has a timestamp to detect changes by, and no type that Power BI can not read', () => {
    const readable = /^(text|boolean|date|smallint|integer|bigint|numeric(\(\d+,\d+\))?|timestamp without time zone)$/
    for (const [view, fields] of views()) {
      expect(fields.find(({ column }) => column === 'updated_at')?.type, view).toBe('timestamp without time zone')
      expect(
        fields.filter(({ type }) => !readable.test(type)),
        view,
      ).toEqual([])
    }
  })

  test('is a view of rows: a fact has the date by which an incremental refresh is cut', () => {
    for (const [view, fields] of views()) {
      if (view.startsWith('fact_')) expect(fields[0]!.type, view).toBe('date')
    }
  })
})

describe('the calendar', () => {
  test('has every day from 2009 to 2030, and knows its weeks and leap days', async () => {
    const [range] = await query(
      database.url,
      'select count(*) as days, min(calendar_date) as first, max(calendar_date) as last from bi.dim_date',
    )
    expect(range).toEqual({ days: '8035', first: '2009-01-01', last: '2030-12-31' })
    const days = await query(
      database.url,
      `select calendar_date, date_key, iso_year, iso_week, week_start, day_name, is_weekend, is_month_end, quarter
       from bi.dim_date where calendar_date in ('2016-02-29', '2021-01-03') order by 1`,
    )
    expect(days).toEqual([
      {
         calendar_date: '2016-02-29', date_key: '20160229', iso_year: '2016', iso_week: '9', quarter: '1' ,
         week_start: '2016-02-29', day_name: 'Monday', is_weekend: false, is_month_end: true ,
      },
      {
         calendar_date: '2021-01-03', date_key: '20210103', iso_year: '2020', iso_week: '53', quarter: '1' ,
         week_start: '2020-12-28', day_name: 'Sunday', is_weekend: true, is_month_end: false ,
      },
    ])
  })
})

describe('keys of dimensions', () => {
  test('are the same everywhere, differ by version, and fit into a double', async () => {
    const [keys] = await query(
      database.url,
      `select analytics.dimension_key('367', '1900-01-01+00') as first, analytics.dimension_key('367', '2017-03-01+00') as second,
         (select max(analytics.dimension_key(i::text, '1900-01-01+00')) from generate_series(1, 10000) as i) as highest`,
    )
    expect(keys!.first).not.toBe(keys!.second)
    expect(keys!.first).toBe(expectedKey('367', '1900-01-01T00:00:00Z'))
    expect(keys!.second).toBe(expectedKey('367', '2017-03-01T00:00:00Z'))
    expect(Number(keys!.highest)).toBeLessThan(2 ** 52)
  })
})

function expectedKey(naturalKey: string, validFrom: string): string {
  const digest = createHash('md5')
    .update(`${naturalKey}@${Date.parse(validFrom) / 1000}`)
    .digest('hex')
  return String(Number.parseInt(digest.slice(0, 13), 16))
}
