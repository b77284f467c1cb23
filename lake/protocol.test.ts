import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UnsupportedTableError } from './errors.ts'
import {
  assertReadable,
  assertWritable,
  checkpointNames,
  completeCheckpoints,
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

test('the path of any name leads back to it, and needs no escaping in a URL', () => {
  const segment = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => text.replaceAll('/', '_'))
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), (segments) => {
      const name = segments.join('/')
      expect(pathToName(nameToPath(name))).toBe(name)
      expect(nameToPath(name)).toMatch(/^[\w=/.'%!~*()-]+$/)
    }),
  )
})

test('any actions are one line each, and read back', () => {
  const action = fc.record({
    txn: fc.record({ appId: fc.string({ unit: 'grapheme' }), version: fc.nat() }),
    more: fc.jsonValue(),
  })
  fc.assert(
    fc.property(fc.array(action, { minLength: 1, maxLength: 5 }), (actions) => {
      const text = serialiseCommit(actions)
      expect(text.trimEnd().split('\n')).toHaveLength(actions.length)
      expect(parseCommit(text)).toEqual(JSON.parse(JSON.stringify(actions)))
    }),
  )
})

const part = (version: number, number: number, of: number) =>
  `${String(version).padStart(20, '0')}.checkpoint.${String(number).padStart(10, '0')}.${String(of).padStart(10, '0')}.parquet`

test('a checkpoint in parts counts only when every part is there', () => {
  const whole = `${'20'.padStart(20, '0')}.checkpoint.parquet`
  const half = [part(30, 1, 3), part(30, 3, 3), part(40, 1, 2)]
  expect(completeCheckpoints([whole, ...half])).toEqual([{ version: 20 }])
  expect(completeCheckpoints([...half, part(30, 2, 3), whole])).toEqual([{ version: 20 }, { version: 30, parts: 3 }])
  // Parts of two attempts are no whole.
  expect(completeCheckpoints([part(40, 1, 2), part(40, 2, 3), part(40, 3, 3)])).toEqual([])
  expect(completeCheckpoints(['_last_checkpoint', `${'20'.padStart(20, '0')}.json`, '.tmp.parquet'])).toEqual([])
})

test('the names of a checkpoint lead back to it', () => {
  for (const checkpoint of [{ version: 10 }, { version: 1_234_567, parts: 3 }]) {
    const names = checkpointNames(checkpoint).map((name) => name.replace('_delta_log/', ''))
    expect(names).toHaveLength(checkpoint.parts ?? 1)
    expect(completeCheckpoints(names)).toEqual([checkpoint])
  }
})

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
