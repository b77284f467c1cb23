import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { bucketOf, isTaken } from './place.ts'
import { endsAsWhole } from './whole-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'shelfline-feeds-'))
afterAll(() => rmSync(folder, { recursive: true }))

test.each([
  ['s3://shelfline/erp', { bucket: 'shelfline', prefix: 'erp/' }],
  ['s3://shelfline/erp/daily/', { bucket: 'shelfline', prefix: 'erp/daily/' }],
  ['s3://shelfline', { bucket: 'shelfline', prefix: '' }],
  ['s3://shelfline/', { bucket: 'shelfline', prefix: '' }],
  ['s3:///erp', undefined],
  ['s3://Shelfline/erp', undefined],
  ['/var/lib/tills', undefined],
])('%s', (place, found) => {
  expect(bucketOf(place)).toEqual(found)
})

test.each([
  ['day.csv', true],
  ['day.csv.part', false],
  ['day.tmp', false],
  ['.day.csv', false],
  ['~$day.xlsx', false],
  ['day.csv.report.json', false],
  ['day.csv.rejected.jsonl', false],
  ['parts.csv', true],
])('%s is taken: %s', (name, expected) => {
  expect(isTaken(name)).toBe(expected)
})

test.each([
  ['whole.csv', 'a,b\n1,2\n', true],
  ['old.csv', 'a,b\r1,2\r', true],
  ['half.csv', 'a,b\n1,2', false],
  ['utf-16.csv', Buffer.from('a\n', 'utf16le'), true],
  ['half.jsonl', '{"a":1}\n{"a"', false],
  ['whole.parquet', 'PAR1....PAR1', true],
  ['half.parquet', 'PAR1....', false],
  ['whole.arrow', 'ARROW1....ARROW1', true],
  ['stream.arrow', Buffer.from([1, 255, 255, 255, 255, 0, 0, 0, 0]), true],
  ['half.arrow', 'ARROW1....', false],
  ['whole.xlsx', Buffer.concat([Buffer.from('PK\x03\x04....PK\x05\x06'), Buffer.alloc(18)]), true],
  ['half.xlsx', 'PK\x03\x04....', false],
  ['empty.csv', '', false],
  ['unknown.dat', 'x', true],
])('the end of %s', async (name, content, isWhole) => {
  const path = join(folder, name)
  writeFileSync(path, content)
  expect(await endsAsWhole(path, undefined)).toBe(isWhole)
})
