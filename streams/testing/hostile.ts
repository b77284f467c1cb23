import { DAY_MS } from '../../contracts/calendar.ts'
import { type TopicName, topicNames, topics } from '../../contracts/topics.ts'
import { ATTEMPTS_HEADER, LETTER_HEADER } from '../runtime/dead-letters.ts'
import { below, pick } from '../simulation/random.ts'
import { randomEvent } from './random-event.ts'

/** A message that a careless or hostile client could send. */
export interface HostileMessage {
  topic: TopicName
  key: Buffer | string | null
  value: Buffer | null
  headers: Record<string, Buffer | string | (Buffer | string)[]>
  /** Milliseconds since the epoch; left out: now. */
  timestamp?: string
  /** What was done to a valid event; empty when nothing was. */
  mutations: string[]
}

type Random = () => number
type Fields = Record<string, unknown>

const HOUR_MS = 3_600_000
/** Events happen on few days: that odd ones make too many partitions is a test of its own. */
const FIRST_DAY_MS = Date.UTC(2025, 10, 3)
const DAYS = 4
/** A copy comes of one of this many messages before. */
const COPIES_OF = 200
const VALID = 0.3
const COPY = 0.05
/** With key and headers Kafka still takes it. */
const VALUE_BYTES_MAX = 900_000

/**
 * Messages without end, from a seed: valid events of every topic, copies of them, and what mutations make of them.
 *
 * @param letters the highest number that a made-up letter header has
 */
export function* hostileMessages(random: Random, letters = 1_000): Generator<HostileMessage, never> {
  const recent: HostileMessage[] = []
  for (let number = 0; ; number += 1) {
    const copied = recent.length > 0 && random() < COPY ? pick(random, recent) : undefined
    const message = copied ?? hostileMessage(number, random, letters)
    recent[number % COPIES_OF] = message
    yield message
  }
}

function hostileMessage(number: number, random: Random, letters: number): HostileMessage {
  const topic = pick(random, topicNames)
  const event = randomEvent(topic, `fuzz-${number}`, FIRST_DAY_MS + below(random, DAYS * DAY_MS), random) as Fields
  const message: HostileMessage = {
    topic,
    key: String(event[topics[topic].key]),
    value: Buffer.from(JSON.stringify(event)),
    headers: {},
    mutations: [],
  }
  if (random() < VALID) return message
  const kinds = 1 + below(random, 2)
  for (let kind = 0; kind < kinds; kind += 1) mutate(message, event, random, letters)
  message.value = message.value?.subarray(0, VALUE_BYTES_MAX) ?? null
  return message
}

function mutate(message: HostileMessage, event: Fields, random: Random, letters: number): void {
  let name = pick(random, mutationNames)
  while (HEAVY.has(name) && random() > HEAVY_SHARE) name = pick(random, mutationNames)
  message.mutations.push(name)
  mutations[name]!(message, event, random, letters)
}

type Mutation = (message: HostileMessage, event: Fields, random: Random, letters: number) => void

const asJson = (message: HostileMessage, event: Fields) => {
  message.value = Buffer.from(JSON.stringify(event))
}

/** Adds raw JSON, which JSON.stringify would not write, to the end of the object. */
const appendRaw = (message: HostileMessage, event: Fields, raw: string) => {
  const text = JSON.stringify(event)
  message.value = Buffer.from(text === '{}' ? `{${raw}}` : `${text.slice(0, -1)},${raw}}`)
}

const fieldOf = (event: Fields, random: Random): string => pick(random, [...Object.keys(event), 'extra'])
const quoted = (text: string) => JSON.stringify(text)
const nested = (random: Random, depth: number): string =>
  random() < 0.5 ? `${'['.repeat(depth)}${']'.repeat(depth)}` : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`

const ODD_JSON: readonly string[] = [
  'null',
  'true',
  'false',
  '0',
  '-0',
  '-1',
  '1.5',
  '1.0',
  '1e0',
  '1E-400',
  '1e400',
  '-1e400',
  '2147483648',
  '9007199254740993',
  '9'.repeat(400),
  `-${'9'.repeat(400)}`,
  `0.${'1'.repeat(400)}`,
  '[]',
  '{}',
  '[null]',
  '""',
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\ud83d\\ude00"',
  '"\\u2028"',
  '"\\n"',
  '"\\t"',
  '" "',
  '"-0"',
  '"+1"',
  '"1e5"',
  '"0x1f"',
  '"NaN"',
  '"Infinity"',
  '"١٢"',
  '"000000000001"',
  '"999999999999.999999"',
  '"-999999999999.999999"',
  '"1000000000000"',
  '"0.0000001"',
  '"1,5"',
  '"null"',
  '"{}"',
  '"$1"',
  '"%s"',
  '"\\\\"',
  '"\'; drop table state.stock; --"',
  '"\\u001b[2J"',
  '"\\ufeffx"',
  '"é\\u0301"',
  '"\\u202ex"',
  '{"a":{"b":[1,{"c":2}]}}',
]

const ODD_INSTANTS: readonly string[] = [
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00Z',
  '0001-01-01T00:00:00+14:59',
  '1582-10-10T00:00:00Z',
  '1969-12-31T23:59:59Z',
  '1999-12-31T23:59:59.999999Z',
  '2000-01-01T00:00:00+14:00',
  '2000-01-01T00:00:00-14:00',
  '9999-12-31T23:59:59Z',
  '10000-01-01T00:00:00Z',
  '2025-02-29T00:00:00Z',
  '2024-02-29T00:00:00Z',
  '2025-06-31T00:00:00Z',
  '2016-12-31T23:59:60Z',
  '2025-11-03T24:00:00Z',
  '2025-11-03T10:00:00+00:60',
  '2025-11-03T10:00:00-14:00',
  '2025-11-03T10:00:00+14:59',
  '2025-11-03T10:00:00.123456-00:00',
  '2025-11-03',
  '2025-11-03 10:00:00Z',
  '2025-11-03t10:00:00z',
  '2025-11-03T10:00:00',
  '2025-11-02T01:30:00-05:00',
  '',
  'now',
  'infinity',
  '-infinity',
  '2025-W45-1T10:00:00Z',
  '2025-11-03T10:00:00.0000000Z',
  '+002025-11-03T10:00:00Z',
]

const ODD_NAMES: readonly string[] = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'length',
  '',
  ' ',
  'a.b',
  'a"b',
  "a'b",
  'EVENT_ID',
  'Event_At',
  'store_id ',
  ' store_id',
  'payload',
  'problem',
  'offset',
  'date',
  'e',
  'd',
  '$ref',
  '\u0000',
  'a\nb',
  '\ud800',
  '😀',
  'x'.repeat(1_000),
  'select',
  '{}',
  '[]',
  'ı',
  'ſource',
]

/** These are large: only this many of them are sent. */
const HEAVY: ReadonlySet<string> = new Set(['long text', 'huge message', 'many fields', 'only nested'])
const HEAVY_SHARE = 0.1

/** What is done to a message; each leaves it something that a client can send. */
const mutations: Readonly<Record<string, Mutation>> = {
  'odd value': (message, event, random) => {
    const field = fieldOf(event, random)
    const { [field]: _, ...rest } = event
    appendRaw(message, rest, `${quoted(field)}:${pick(random, ODD_JSON)}`)
  },
  'odd instant': (message, event, random) => {
    const fields = ['event_at', 'event_at', ...Object.keys(event).filter((name) => /_(at|on)$/.test(name))]
    asJson(message, { ...event, [pick(random, fields)]: pick(random, ODD_INSTANTS) })
  },
  'padded identifiers': (message, event, random) => {
    const pad = ([name, value]: [string, unknown]) =>
      name.endsWith('_id') && typeof value === 'string' && random() < 0.5
        ? [name, pick(random, [` ${value}`, `${value}  `, `\u00a0${value}`])]
        : [name, value]
    asJson(message, Object.fromEntries(Object.entries(event).map(pad)))
  },
  'extreme numbers': (message, event, random) => {
    const numbers = Object.keys(event).filter((name) => /quantity|amount|price|discount/.test(name))
    if (numbers.length === 0) return
    const value = pick(random, ['0.333333', '0.000001', '999999999.999999', '1000000', '-0.5'])
    asJson(message, { ...event, [pick(random, numbers)]: value })
  },
  'used id': (message, event, random) => {
    // Another message has it, and other contents.
    asJson(message, { ...event, event_id: `fuzz-${below(random, 1 + Number(String(event.event_id).split('-')[1]))}` })
  },
  'missing field': (message, event, random) => {
    const { [pick(random, Object.keys(event))]: _, ...rest } = event
    asJson(message, rest)
  },
  'extra field': (message, event, random) => {
    appendRaw(message, event, `${quoted(pick(random, ODD_NAMES))}:${pick(random, ODD_JSON)}`)
  },
  'field twice': (message, event, random) => {
    const field = pick(random, Object.keys(event))
    const second = `${quoted(field)}:${random() < 0.5 ? pick(random, ODD_JSON) : JSON.stringify(event[field])}`
    if (random() < 0.5) appendRaw(message, event, second)
    else message.value = Buffer.from(`{${second},${JSON.stringify(event).slice(1)}`)
  },
  'nested field': (message, event, random) => {
    const depth = pick(random, [2, 20, 31, 32, 33, 100, 1_000, 6_000])
    appendRaw(message, event, `"extra":${nested(random, depth)}`)
  },
  'only nested': (message, _event, random) => {
    message.value = Buffer.from(
      pick(random, [nested(random, 6_000), '['.repeat(100_000), '{"a":'.repeat(20_000), ']]]']),
    )
  },
  'long text': (message, event, random) => {
    const length = pick(random, [201, 1_000, 60_000, 250_000, 270_000])
    const unit = pick(random, ['x', 'ü', '😀', '\u0001', '\\', '"', '[', '{'])
    asJson(message, { ...event, [fieldOf(event, random)]: unit.repeat(Math.floor(length / unit.length)) })
  },
  'huge message': (message, event, random) => {
    // One in ten: Kafka has to carry them.
    const bytes = random() < 0.1 ? 900_000 : 300_000
    asJson(message, { ...event, extra: 'y'.repeat(bytes) })
  },
  'many fields': (message, event, random) => {
    const count = pick(random, [100, 2_000, 10_000])
    asJson(message, {
      ...event,
      ...Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, index])),
    })
  },
  'cut off': (message, _event, random) => {
    message.value = message.value?.subarray(0, below(random, message.value.length + 1)) ?? null
  },
  'changed bytes': (message, _event, random) => {
    if (message.value === null || message.value.length === 0) return
    const value = Buffer.from(message.value)
    for (let count = 1 + below(random, 4); count > 0; count -= 1)
      value[below(random, value.length)] = below(random, 256)
    message.value = value
  },
  'random bytes': (message, _event, random) => {
    message.value = Buffer.from(Array.from({ length: below(random, 500) }, () => below(random, 256)))
  },
  'broken UTF-8': (message, event, random) => {
    const bad = pick(random, [
      [0xc3],
      [0xe2, 0x82],
      [0xf0, 0x9f, 0x98],
      [0xed, 0xa0, 0x80],
      [0xff],
      [0xc0, 0x80],
      [0xf5],
    ])
    const text = Buffer.from(JSON.stringify({ ...event, extra: 'x' }))
    message.value = Buffer.concat([text.subarray(0, -2), Buffer.from(bad), text.subarray(-2)])
  },
  'no object': (message, _event, random) => {
    const texts = [
      'null',
      'true',
      '1',
      '"text"',
      '[]',
      '[{}]',
      '{}',
      ' ',
      '\u0000',
      '1e400',
      'NaN',
      'undefined',
      "{'a':1}",
    ]
    message.value = Buffer.from(pick(random, texts))
  },
  'odd frame': (message, event, random) => {
    const json = JSON.stringify(event)
    const bom = '\ufeff'
    const framed = [
      `${bom}${json}`,
      ` \n\t${json}\r\n `,
      `${json}${json}`,
      `${json},`,
      `${json}\u0000`,
      `/**/${json}`,
      `(${json})`,
    ]
    message.value = Buffer.from(pick(random, [...framed, `[${json}]`, quoted(json)]))
  },
  nothing: (message, _event, random) => {
    message.value = random() < 0.5 ? null : Buffer.alloc(0)
  },
  'odd key': (message, _event, random) => {
    const keys = [
      null,
      '',
      Buffer.from([0, 0, 0, 0]),
      Buffer.from([0xff, 0xfe]),
      '\u0000',
      '__proto__',
      'k'.repeat(random() < 0.1 ? 70_000 : 500),
      '😀',
    ]
    // A compacted topic takes no message without a key.
    const isCompacted = topics[message.topic].cleanup === 'compact'
    message.key = pick(random, keys) ?? (isCompacted ? '' : null)
  },
  'odd headers': (message, _event, random) => {
    const names = ['', '__proto__', 'constructor', 'a\u0000b', '\ud800', 'content-type', 'h'.repeat(2_000), '😀']
    const values = [
      '',
      'x',
      '\u0000',
      Buffer.from([0xff, 0xed, 0xa0, 0x80]),
      'v'.repeat(2_000),
      ['1', '2', Buffer.from([0])],
    ]
    for (let count = 1 + below(random, 4); count > 0; count -= 1)
      message.headers[pick(random, names)] = pick(random, values)
  },
  'many headers': (message, _event, random) => {
    const count = pick(random, [10, 1_000])
    for (let index = 0; index < count; index += 1) message.headers[`h${index}`] = 'x'
    message.headers.repeated = Array.from({ length: count }, () => 'x')
  },
  'letter header': (message, _event, random, letters) => {
    message.headers[LETTER_HEADER] = pick(random, [
      String(1 + below(random, letters)),
      '0',
      '-1',
      '1e9',
      '999999999',
      '99999999999',
      'x',
    ])
    message.headers[ATTEMPTS_HEADER] = pick(random, ['1', '1', '2', '0', '999999999', '99999999999', 'x', ''])
  },
  'odd time': (message, _event, random) => {
    const times = [
      '0',
      '1',
      String(Date.UTC(1999, 0)),
      String(Date.now() + HOUR_MS / 2),
      '-1',
      '-62135596800000',
      '-9000000000000000000',
    ]
    message.timestamp = pick(random, times)
  },
}

const mutationNames = Object.keys(mutations)
