import { expect, test } from 'vitest'
import { csvField, csvText } from './csv.ts'

test.each([
  ['=1+1', "'=1+1"],
  ['@sum(A1)', "'@sum(A1)"],
  ['+cmd|x', "'+cmd|x"],
  ['-x', "'-x"],
  ['\t=1', "'\t=1"],
  ['=a,"b"', `"'=a,""b"""`],
  ['-1.50', '-1.50'],
  ['+44', '+44'],
  ['tea', 'tea'],
  ['', ''],
])('a field that people open is no formula: %j is %j', (text, field) => {
  expect(csvText(text)).toBe(field)
})

test('a field for programs is the text as it is', () => {
  expect(csvField('=1+1')).toBe('=1+1')
})
