import { expect, test } from 'vitest'
import { UnsupportedTableError } from './errors.ts'
import {
  assertReadable,
  assertWritable,
  logName,
  nameToPath,
  parseCommit,
  pathToName,
  serialiseCommit,
} from './protocol.ts'

test('a commit is one action a line, and reads back', () => {
  const actions = [{ txn: { appId: 'a\nb', version: 3 } }, { commitInfo: { timestamp: 1, operation: 'WRITE' } }]
  expect(serialiseCommit(actions).split('\n')).toHaveLength(3)
  expect(parseCommit(serialiseCommit(actions))).toEqual(actions)
  expect(logName(12)).toBe('_delta_log/00000000000000000012')
})

test.each(['date=2024-01-01/part-1.parquet', 'shop=a%2Fb/50%.parquet', "shop=it's ü/x.parquet"])(
  'the path of %s leads back to it',
  (name) => {
    expect(pathToName(nameToPath(name))).toBe(name)
    expect(nameToPath(name)).toMatch(/^[\w=/.'%-]+$/)
  },
)

test.each([
  [{ minReaderVersion: 1, minWriterVersion: 2 }, true, true],
  [{ minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['appendOnly', 'invariants'] }, true, true],
  [{ minReaderVersion: 1, minWriterVersion: 4 }, true, false],
  [{ minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['rowTracking'] }, true, false],
  [{ minReaderVersion: 2, minWriterVersion: 5 }, false, false],
  [{ minReaderVersion: 3, minWriterVersion: 7, readerFeatures: [], writerFeatures: [] }, true, true],
  [
    {
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['deletionVectors'],
      writerFeatures: ['deletionVectors'],
    },
    false,
    false,
  ],
  [{ minReaderVersion: 4, minWriterVersion: 8 }, false, false],
])('%j: readable %s, writable %s', (protocol, isReadable, isWritable) => {
  const refuses = (check: typeof assertReadable) => {
    try {
      check('sales', protocol)
      return false
    } catch (error) {
      expect(error).toBeInstanceOf(UnsupportedTableError)
      return true
    }
  }
  expect([!refuses(assertReadable), !refuses(assertWritable)]).toEqual([isReadable, isWritable])
})
