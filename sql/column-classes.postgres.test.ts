import { afterAll, beforeAll, expect, test } from 'vitest'
import { fieldsOf } from '../contracts/avro.ts'
import { columnsAboutPeople } from '../contracts/data-classes.ts'
import { topics } from '../contracts/topics.ts'
import { columnClasses, notAboutPeople, SUSPICIOUS } from '../platform/postgres/rights/column-classes.ts'
import { createLogger } from '../platform/log.ts'
import { createPool, type Pool } from '../platform/postgres/postgres.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing.ts'

let database: TestDatabase
let pool: Pool
let columns: string[]
beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, createLogger({ logLevel: 'error' }, 'test'))
  const { rows } = await pool.query<{ name: string }>(
    `select concat_ws('.', nspname, relname, attname) as name
     from pg_class join pg_namespace on pg_namespace.oid = relnamespace
     join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
     where relkind in ('r', 'p', 'm') and not relispartition and nspname in ('ref', 'state', 'ops', 'analytics')`,
  )
  columns = rows.map(({ name }) => name)
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
})

const classified = Object.values(columnClasses).flat()

test('every column that may be about people is in a class, or was looked at and is not', () => {
  const suspicious = columns.filter((name) => SUSPICIOUS.test(name.slice(name.lastIndexOf('.') + 1)))
  expect(suspicious.length).toBeGreaterThan(60)
  expect(suspicious.filter((name) => !classified.includes(name) && !notAboutPeople.has(name))).toEqual([])
})

test('each column is in one class, and there', () => {
  expect(classified.filter((name, at) => classified.indexOf(name) !== at)).toEqual([])
  expect([...classified, ...notAboutPeople].filter((name) => !columns.includes(name))).toEqual([])
})

test('bounds of columns about people are not in the log of the lake', () => {
  const fields = Object.values(topics).flatMap((topic) => fieldsOf(topic))
  const ofCustomers = fields.filter(({ dataClass }) => dataClass === 'customer').map(({ name }) => name)
  expect(ofCustomers.length).toBeGreaterThan(2)
  expect(ofCustomers.filter((name) => !columnsAboutPeople.has(name))).toEqual([])
})
