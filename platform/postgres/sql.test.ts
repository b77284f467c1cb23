import { expect, test } from 'vitest'
import { statement, statementsVersion } from './sql.ts'

test('placeholders are filled in, and none may be left over or missing', () => {
  expect(statement('cleansed/read_raw.sql', { raw: 'r', keep: 'true' })).toContain('from r')
  expect(() => statement('cleansed/read_raw.sql', { raw: 'r' })).toThrow(/missing: keep; unknown: none/)
  expect(() => statement('cleansed/read_raw.sql', { raw: 'r', keep: 'true', date: 'd' })).toThrow(/unknown: date/)
})

test('a version depends on the files and on the revision', () => {
  const version = statementsVersion(['cleansed/read_raw.sql'], 1)
  expect(version).toMatch(/^[0-9a-f]{12}$/)
  expect(statementsVersion(['cleansed/read_raw.sql'], 1)).toBe(version)
  expect(statementsVersion(['cleansed/read_raw.sql'], 2)).not.toBe(version)
})
