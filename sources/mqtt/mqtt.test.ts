import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { instantIn, offsetsOf } from '../../contracts/time-zones.ts'
import { splitMessage } from './message.ts'
import { PacketBound } from './packet-bound.ts'
import { matches, sourceOf } from './topics.ts'

describe('topics', () => {
  test.each([
    ['stores/+/scales/#', 'stores/s1/scales/a/b', true],
    ['stores/+/scales/#', 'stores/s1/scales', true],
    ['stores/+/scales/+', 'stores/s1/scales', false],
    ['stores/+/scales/+', 'stores/s1/scales/', true],
    ['+/+', 'a', false],
    ['#', 'a/b', true],
    ['#', '$SYS/a', false],
    ['a/b', 'a/b', true],
    ['a/b', 'a/b/c', false],
    ['', 'a', false],
  ])('the filter %s has %s: %s', (filter, topic, has) => {
    expect(matches(filter, topic)).toBe(has)
  })

  test('a source is found by its name, or by its filter; the first of the device applies', () => {
    const [one, two] = [
      { sourceId: 'one', mqttFilter: 'a/#' },
      { sourceId: 'two', mqttFilter: 'a/b' },
    ]
    expect(sourceOf('a/b', [one, two])).toBe(one)
    expect(sourceOf('a/b', [two, one])).toBe(two)
    expect(sourceOf('ingest/v1/two/x', [one, two])).toBe(two)
    expect(sourceOf('ingest/v1/three', [one, two])).toBeUndefined()
    expect(sourceOf('ingest/v1/twofold', [one, two])).toBeUndefined()
  })
})

/** A packet of MQTT with a body of this length. */
function packet(bytes: number): Buffer {
  const length: number[] = []
  for (let left = bytes, isLast = false; !isLast; left >>= 7) {
    isLast = left < 128
    length.push((left & 0x7f) | (isLast ? 0 : 0x80))
  }
  return Buffer.concat([Buffer.from([0x30, ...length]), Buffer.alloc(bytes, 0xff)])
}

describe('the bound of packets', () => {
  test('holds however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1 }),
        (lengths, cuts) => {
          const bytes = Buffer.concat(lengths.map(packet))
          const bound = new PacketBound()
          let exceeds = false
          for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
            const size = cuts[cut % cuts.length]!
            exceeds ||= bound.exceeds(bytes.subarray(at, at + size), 10_000)
            at += size
          }
          expect(exceeds).toBe(Math.max(...lengths) > 10_000)
        },
      ),
    )
  })

  test('a length of more than four bytes is none', () => {
    expect(new PacketBound().exceeds(Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80]), 1e9)).toBe(true)
  })
})

describe('messages for a map', () => {
  const origin = {
    topic: 'stores/s1/scales/a',
    deviceId: 'scale',
    storeId: 's1',
    receivedAt: '2017-03-01T00:00:00.000Z',
  }
  const bounds = { bodyBytesMax: 1_000, bodyEventsMax: 10, depthMax: 8 }
  const objects = (payload: string) =>
    splitMessage(Buffer.from(payload), bounds, origin).items.map(({ value }) => JSON.parse(value.toString()) as object)

  test('have where they came from', () => {
    const mqtt = { topic: origin.topic, device: 'scale', store: 's1', level_2: 's1', level_4: 'a' }
    expect(objects('{"kg": 1}')).toMatchObject([{ mqtt, kg: 1 }])
    expect(objects(' { } ')).toMatchObject([{ mqtt }])
    expect(objects('[{"kg": 1}, {"kg": 2}]')).toMatchObject([
      { mqtt, kg: 1 },
      { mqtt, kg: 2 },
    ])
    expect(objects(' 12.5\n')).toMatchObject([{ mqtt, value: '12.5' }])
    expect(objects('"quoted\\"')).toMatchObject([{ mqtt, value: '"quoted\\"' }])
  })

  test('that are no JSON stay as they are', () => {
    const { items } = splitMessage(Buffer.from('{"kg": '), bounds, origin)
    expect(() => JSON.parse(items[0]!.value.toString()) as unknown).toThrow()
    expect(() => splitMessage(Buffer.from('[1, '), bounds, origin)).toThrow()
    expect(() => splitMessage(Buffer.from(' '), bounds)).toThrow('no event')
  })
})

test('an instant has the offset of the zone, at clock changes too', () => {
  const offsets = offsetsOf('Europe/Berlin')
  expect(instantIn(offsets, Date.UTC(2017, 2, 26, 0, 59, 59))).toBe('2017-03-26T01:59:59.000+01:00')
  expect(instantIn(offsets, Date.UTC(2017, 2, 26, 1))).toBe('2017-03-26T03:00:00.000+02:00')
  expect(instantIn(offsetsOf('UTC'), 0)).toBe('1970-01-01T00:00:00.000Z')
})
