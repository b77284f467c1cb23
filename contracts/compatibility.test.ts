import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { avroSchema } from './avro.ts'
import { type AvroRecord, incompatibilities } from './compatibility.ts'
import { type TopicName, topics } from './topics.ts'

const released = join(import.meta.dirname, 'released')
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as AvroRecord

describe('the contracts of the last release', () => {
  const files = globSync('*.avsc', { cwd: released })

  test('are here', () => expect(files.length).toBeGreaterThan(20))

  test.each(files)('%s can be followed by that of today', (file) => {
    const name = basename(file, '.avsc') as TopicName
    expect(existsSync(join(released, file))).toBe(true)
    expect(topics[name], 'a topic that was released stays').toBeDefined()
    expect(incompatibilities(read(join(released, file)), avroSchema(topics[name]) as AvroRecord)).toEqual([])
  })
})

describe('a contract', () => {
  const decimal = { type: 'bytes', logicalType: 'decimal', precision: 18, scale: 6 }
  const before: AvroRecord = {
    type: 'record',
    name: 'price',
    fields: [
      { name: 'id', type: 'string' },
      { name: 'amount', type: decimal },
    ],
  }
  const changed = (...fields: AvroRecord['fields']): AvroRecord => ({ ...before, fields })
  const [id, amount] = before.fields as [AvroRecord['fields'][0], AvroRecord['fields'][0]]
  const optional = { name: 'note', type: ['null', 'string'], default: null }

  test('may get an optional field', () => {
    expect(incompatibilities(before, changed(id, amount, optional))).toEqual([])
  })

  test.each([
    ['a required field more', changed(id, amount, { name: 'note', type: 'string' }), /already can't be read/],
    ['a required field less', changed(id), /readers of the release/],
    ['another type', changed({ name: 'id', type: 'int' }, amount), /can't be read/],
    [
      'another scale',
      changed(id, { name: 'amount', type: { ...decimal, scale: 2 } }),
      /amount: was decimal\(18, 6\), is decimal\(18, 2\)/,
    ],
  ])('may not have %s', (_, changed, why) => {
    expect(incompatibilities(before, changed).join('\n')).toMatch(why)
  })
})
