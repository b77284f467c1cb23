import avro from 'avsc'
import fc from 'fast-check'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { describe, expect, test } from 'vitest'
import { avroSchema } from './avro.ts'
import { optional, text } from './fields.ts'
import { defaultLimits } from './limits.ts'
import { contractProblems, instantToMs, parseEvent } from './parse.ts'
import { topicNames, topics } from './topics.ts'

const now = Date.parse('2017-03-02T00:00:00Z')
const sale = {
  event_id: 'sale-1',
  source: 'till',
  schema_version: 1,
  store_id: '367',
  event_at: '2017-03-01T18:05:00-05:00',
  transaction_id: '31198570044',
  line_no: 1,
  product_id: '1082185',
  quantity: '1.250',
  unit_price: '3.99',
  discount: '0',
  payment_method: 'card',
}
const parse = (event: unknown) => parseEvent('pos_transactions', Buffer.from(JSON.stringify(event)), now)
const parsed = (change: object) => parse({ ...sale, ...change })

describe('parseEvent', () => {
  test('accepts a sale, with optional fields missing, null or set', () => {
    expect(parse(sale)).toEqual({ ok: true, event: sale })
    expect(parsed({ customer_id: null }).ok).toBe(true)
    expect(parsed({ customer_id: '900' }).ok).toBe(true)
  })

  test.each([
    [
      'a number where a decimal must be text',
      { quantity: 1.25 },
      'schema_violation',
      /^quantity must be a decimal number as text, .*found 1\.25$/,
    ],
    ['a missing field', { store_id: undefined }, 'schema_violation', /^store_id must not be missing$/],
    [
      'a negative price',
      { unit_price: '-3.99' },
      'negative_price',
      /^unit_price must not be negative; found "-3\.99"$/,
    ],
    [
      'a version that is not known',
      { schema_version: 2 },
      'unknown_schema_version',
      /not supported; the versions are 1 to 1/,
    ],
    ['version zero', { schema_version: 0 }, 'unknown_schema_version', /schema_version 0/],
    ['an event from the future', { event_at: '2017-03-03T00:00:01Z' }, 'future_event', /2017-03-03/],
    ['the year 0', { event_at: '0000-02-28T10:00:00Z' }, 'schema_violation', /not a day/],
    ['a day that no month has', { event_at: '2017-02-29T10:00:00Z' }, 'schema_violation', /not a day/],
    ['a local time without offset', { event_at: '2017-03-01T10:00:00' }, 'schema_violation', /event_at/],
    ['an offset that no zone has', { event_at: '2017-03-01T10:00:00+14:59' }, 'schema_violation', /event_at/],
    ['text that PostgreSQL cannot hold', { product_id: 'a\u0000b' }, 'schema_violation', /product_id/],
    [
      'an unknown payment method',
      { payment_method: 'shells' },
      'schema_violation',
      /^payment_method must be one of cash, card, .*found "shells"$/,
    ],
    ['a fraction of a line', { line_no: 1.5 }, 'schema_violation', /line_no/],
  ])('rejects %s', (_what, change, problem, error) => {
    expect(parsed(change)).toMatchObject({ ok: false, problem, error: expect.stringMatching(error) })
  })

  test.each(['pickup', 'putback', 'refill', 'removal'])('rejects a negative quantity of a %s', (event_type) => {
    const { event_id, source, schema_version, store_id, event_at, product_id } = sale
    const event = { event_id, source, schema_version, store_id, event_at, product_id, shelf_id: 'A1', quantity: '-3' }
    const moved = (change: object) =>
      parseEvent('shelf_events', Buffer.from(JSON.stringify({ ...event, ...change })), now)
    expect(moved({ event_type })).toMatchObject({
      problem: 'schema_violation',
      error: expect.stringMatching(/^quantity must not be negative; found "-3"$/),
    })
    expect(moved({ event_type, quantity: '3' }).ok).toBe(true)
    expect([moved({ event_type: 'count' }).ok, moved({ event_type: 'weight_change' }).ok]).toEqual([true, true])
  })

  test('rejects a shelf with a negative capacity', () => {
    const { event_id, source, schema_version, store_id, event_at, product_id } = sale
    const of = { profile_id: '367/1082185', shelf_id: 'A1', warehouse_id: 'w1', product_id, capacity: '-20' }
    const profile = { event_id, source, schema_version, store_id, event_at, ...of }
    expect(parseEvent('shelf_profiles', Buffer.from(JSON.stringify(profile)), now)).toMatchObject({
      problem: 'schema_violation',
      error: expect.stringMatching(/^capacity must not be negative; found "-20"$/),
    })
  })

  test('rejects messages that are not JSON, not an object, or empty', () => {
    expect(parseEvent('pos_transactions', Buffer.from('{"a":'), now)).toMatchObject({ problem: 'invalid_json' })
    expect(parseEvent('pos_transactions', null, now)).toMatchObject({ problem: 'invalid_json' })
    expect(parseEvent('pos_transactions', Buffer.from([0x22, 0xff, 0x22]), now)).toMatchObject({
      problem: 'invalid_json',
    })
    expect(parse(null)).toMatchObject({ problem: 'schema_violation' })
    expect(parse([1])).toMatchObject({ problem: 'schema_violation' })
  })

  test('rejects half a surrogate pair, and only that', () => {
    expect(parsed({ note: '\ud83d' })).toMatchObject({
      problem: 'invalid_json',
      error: expect.stringMatching(/surrogate/),
    })
    expect(parsed({ note: '\ud83d\ude00 \\ud83d' }).ok).toBe(true)
  })

  test('rejects JSON that is nested too deep, before recursion overflows the stack', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
    const read = (json: string) => parseEvent('pos_transactions', Buffer.from(json), now)
    const withExtra = (json: string) => `${JSON.stringify(sale).slice(0, -1)},"extra":${json}}`
    for (const json of [nested(6_000), '['.repeat(100_000), `{"a":`.repeat(20_000), withExtra(nested(6_000))]) {
      expect(read(json)).toMatchObject({
        ok: false,
        problem: 'too_deep',
        error: expect.stringMatching(/more than 32 deep/),
      })
    }
    expect(read(withExtra(nested(31))).ok).toBe(true)
    expect(read(withExtra(nested(32)))).toMatchObject({ problem: 'too_deep' })
    expect(read(withExtra(JSON.stringify(`${'[{'.repeat(100)} \\"${'['.repeat(100)}`))).ok).toBe(true)
    const limits = { ...defaultLimits, messageDepthMax: 1 }
    expect(parseEvent('pos_transactions', Buffer.from(withExtra('[1]')), now, limits)).toMatchObject({
      problem: 'too_deep',
    })
  })

  test('rejects a message that is too large, without reading it', () => {
    const extra = 'x'.repeat(defaultLimits.messageBytesMax)
    expect(parsed({ extra })).toMatchObject({
      problem: 'too_large',
      error: expect.stringMatching(/the limit is 262144/),
    })
    expect(parsed({ extra: extra.slice(2_000) }).ok).toBe(true)
  })

  test('rejects days before the earliest accepted day and in the far future', () => {
    expect(parsed({ event_at: '0001-01-01T10:00:00Z' })).toMatchObject({ problem: 'too_old' })
    expect(parsed({ event_at: '1999-12-31T23:59:59Z' })).toMatchObject({
      problem: 'too_old',
      error: expect.stringMatching(/1999-12-31.* before 2000-01-01/),
    })
    expect(parsed({ event_at: '2000-01-01T00:00:00+14:00' }).ok).toBe(true)
    expect(parsed({ event_at: '9999-12-31T10:00:00Z' })).toMatchObject({ problem: 'future_event' })
  })

  test('returns any exception as a problem of the message', () => {
    const unreadable = {
      get length() {
        throw new RangeError('Maximum call stack size exceeded')
      },
    } as unknown as Uint8Array
    expect(parseEvent('pos_transactions', unreadable, now)).toEqual({
      ok: false,
      problem: 'unreadable',
      error: 'Maximum call stack size exceeded',
    })
  })

  test('accepts or rejects every unusual value, without prototype pollution', () => {
    const read = (field: string, json: string) =>
      parseEvent('pos_transactions', Buffer.from(`${JSON.stringify(sale).slice(0, -1)},"${field}":${json}}`), now).ok
    const digits = '9'.repeat(400)
    for (const json of ['1e400', digits, `-${digits}`, `"${digits}"`, '"\\u0000"', '{}', '[]', '""']) {
      expect([json, read('line_no', json), read('quantity', json), read('product_id', json)]).toEqual([
        json,
        false,
        false,
        false,
      ])
      expect([json, read('extra', json), read('__proto__', json), read('constructor', json)]).toEqual([
        json,
        true,
        true,
        true,
      ])
    }
    expect([read('extra', '"\\ud800"'), read('\\ud800', '1'), read('extra', '"\\ud83d\\ude00"')]).toEqual([
      false,
      false,
      true,
    ])
    expect(({} as { extra?: unknown }).extra).toBeUndefined()
  })

  test('forgives fields that the contract does not know', () => {
    expect(parsed({ till_temperature: 21 }).ok).toBe(true)
  })
})

describe('instantToMs', () => {
  test('knows leap years', () => {
    expect(instantToMs('2016-02-29T00:00:00Z')).toBe(Date.UTC(2016, 1, 29))
    expect(instantToMs('2000-02-29T00:00:00Z')).toBe(Date.UTC(2000, 1, 29))
    expect(instantToMs('1900-02-29T00:00:00Z')).toBeUndefined()
    expect(instantToMs('2017-04-31T00:00:00Z')).toBeUndefined()
  })
})

describe('evolution', () => {
  test('keeps old events readable when an optional field is added, in JSON and in Avro', () => {
    const { schema } = topics.pos_transactions
    const newer = Type.Object({ ...schema.properties, till_id: optional(text('The till.')) })
    expect(Compile(newer).Check(sale)).toBe(true)

    const before = avro.Type.forSchema(avroSchema(topics.foot_traffic) as avro.Schema)
    const grown = {
      ...topics.foot_traffic,
      schema: Type.Object({ ...topics.foot_traffic.schema.properties, door: optional(text('The door.')) }),
    }
    const after = avro.Type.forSchema(avroSchema(grown) as avro.Schema)
    const old = {
      event_id: 'e',
      source: 's',
      schema_version: 1,
      event_at: sale.event_at,
      synthetic: null,
      store_id: '1',
      sensor_id: 'd',
      entries: 3,
      exits: 2,
      interval_seconds: 60,
    }
    const read = after.fromBuffer(before.toBuffer(old), after.createResolver(before))
    expect(read).toMatchObject({ entries: 3, door: null })
  })
})

describe('contracts of real time', () => {
  const { transaction_id, line_no, unit_price, discount, payment_method, ...envelope } = sale
  const shelf = { ...envelope, shelf_id: 'A1', event_type: 'pickup', quantity: '1' }
  const warehouse = { ...envelope, warehouse_id: 'W1', direction: 'in', reason: 'receipt', quantity: '1' }
  const customer = { ...envelope, customer_id: '900', event_type: 'order_created', order_id: 'O1' }

  test.each([
    ['shelf_events', shelf, { event_type: 'refill', batch_id: 'L1', expires_on: '2017-04-01' }],
    ['warehouse_events', warehouse, { destination_store_id: '367', plan_id: 'P1' }],
    ['customer_events', customer, { event_type: 'order_packed', promised_at: '2017-03-02T12:00:00-05:00' }],
  ] as const)('read events of %s as they were before version 2, too', (topic, event, news) => {
    const read = (value: object) => parseEvent(topic, Buffer.from(JSON.stringify(value)), now)
    expect(read(event).ok).toBe(true)
    expect(read({ ...event, ...news, schema_version: 2 }).ok).toBe(true)
    expect(read({ ...event, schema_version: 3 })).toMatchObject({ problem: 'unknown_schema_version' })
  })

  test('promises nothing for a day that no month has', () => {
    const promise = { ...customer, promised_at: '2017-02-30T12:00:00Z' }
    expect(parseEvent('customer_events', Buffer.from(JSON.stringify(promise)), now)).toMatchObject({
      error: 'promised_at "2017-02-30T12:00:00Z" is not a day in the calendar',
    })
  })

  test('has no shelf that holds less than nothing, and no policy without a person responsible', () => {
    const profile = { ...envelope, profile_id: '367/1', shelf_id: 'A1', capacity: '-1', warehouse_id: 'W1' }
    expect(parseEvent('shelf_profiles', Buffer.from(JSON.stringify(profile)), now)).toMatchObject({
      problem: 'schema_violation',
      error: expect.stringMatching(/capacity .*"-1"/),
    })
    const policy = { ...envelope, policy_id: 'tea', restock_below: '0.3' }
    expect(parseEvent('shelf_policies', Buffer.from(JSON.stringify(policy)), now)).toMatchObject({
      error: expect.stringMatching(/changed_by/),
    })
  })
})

test.each([
  ['quantity', { quantity: '1000000000' }, /quantity must be a decimal number .* at most 9 digits .*"1000000000"/],
  ['unit_price', { unit_price: '1000000000' }, /unit_price must be a decimal number .* at most 9 digits/],
  [
    'amount',
    { quantity: '-1000000', unit_price: '1000000' },
    /quantity -1000000 × unit_price 1000000 must be less than/,
  ],
  ['amount', { quantity: '1000000', unit_price: '1000000' }, /quantity 1000000 × unit_price 1000000 must be less than/],
])('refuses an absurd %s of a sale line', (_what, change, error) => {
  const line = { ...sale, net_amount: undefined, discount: '0', ...change }
  expect(parseEvent('pos_transactions', Buffer.from(JSON.stringify(line)), now)).toMatchObject({
    problem: 'schema_violation',
    error: expect.stringMatching(error),
  })
  const believable = { ...line, quantity: '999999.999999', unit_price: '1000000' }
  expect(parseEvent('pos_transactions', Buffer.from(JSON.stringify(believable)), now).ok).toBe(true)
})

test('refuses more people in an interval than fit through a door', () => {
  const { event_id, source, schema_version, event_at } = sale
  const counts = {
    event_id,
    source,
    schema_version,
    event_at,
    store_id: '1',
    sensor_id: 'd',
    exits: 1,
    interval_seconds: 60,
  }
  const read = (entries: number) => parseEvent('foot_traffic', Buffer.from(JSON.stringify({ ...counts, entries })), now)
  expect(read(999_999).ok).toBe(true)
  expect(read(1_000_000)).toMatchObject({ error: 'entries must be a whole number from 0 to 999999; found 1000000' })
})

describe('contracts of replenishment', () => {
  const { event_id, source, schema_version, event_at } = sale
  const envelope = { event_id, source, schema_version, event_at }
  const supplier = {
    ...envelope,
    supplier_id: 'dairy',
    name: 'Dairy',
    adapter: 'file',
    order_weekdays: '1,3,5',
    cut_off: '16:30',
    time_zone: 'Europe/London',
    lead_time_days: '2',
    currency: 'GBP',
  }
  const terms = {
    ...envelope,
    terms_id: '*/milk/dairy',
    product_id: 'milk',
    supplier_id: 'dairy',
    unit_cost: '0.80',
    pack_size: '6',
    preference: 1,
  }
  const store = {
    ...envelope,
    store_id: '1',
    name: 'One',
    region: 'n',
    time_zone: 'UTC',
    country: 'GB',
    currency: 'GBP',
  }
  const read = (topic: 'store_catalog' | 'supplier_catalog' | 'supply_terms', value: object) =>
    parseEvent(topic, Buffer.from(JSON.stringify(value)), now)

  test('read a supplier and its terms', () => {
    expect(read('supplier_catalog', supplier).ok).toBe(true)
    expect(read('supplier_catalog', { ...supplier, endpoint: 'fresh/dairy & sons' }).ok).toBe(true)
    expect(
      read('supplier_catalog', { ...supplier, adapter: 'webhook', endpoint: 'https://d.example/orders?k=1' }).ok,
    ).toBe(true)
    expect(read('supplier_catalog', { ...supplier, time_zone: 'Asia/Kolkata' }).ok).toBe(true)
    expect(read('store_catalog', store).ok).toBe(true)
    expect(read('supply_terms', { ...terms, delisted_on: '2017-06-01' }).ok).toBe(true)
    expect(read('supply_terms', { ...terms, terms_id: ['w', 'p', 's'].map((id) => id.repeat(64)).join('/') }).ok).toBe(
      true,
    )
  })

  test.each([
    ['a lead time below zero', 'supplier_catalog', { ...supplier, lead_time_days: '-1' }, /lead_time_days .*"-1"/],
    ['a weekday that no week has', 'supplier_catalog', { ...supplier, order_weekdays: '1,8' }, /order_weekdays/],
    ['a time that no clock has', 'supplier_catalog', { ...supplier, cut_off: '24:30' }, /cut_off/],
    [
      'a webhook that is no URL',
      'supplier_catalog',
      { ...supplier, adapter: 'webhook', endpoint: 'dairy' },
      /"dairy" is not a URL/,
    ],
    [
      'a webhook of another kind',
      'supplier_catalog',
      { ...supplier, adapter: 'webhook', endpoint: 'ftp://d' },
      /not a URL that begins with http/,
    ],
    [
      'a webhook without a URL',
      'supplier_catalog',
      { ...supplier, adapter: 'webhook' },
      /endpoint is missing: a webhook needs/,
    ],
    [
      'a webhook with a password',
      'supplier_catalog',
      { ...supplier, adapter: 'webhook', endpoint: 'https://me:mystery@d.example' },
      /^(?!.*mystery).*user name or password/,
    ],
    [
      'a folder above the bucket',
      'supplier_catalog',
      { ...supplier, endpoint: '../orders' },
      /"\.\.\/orders" can't be a folder.*"\.\."/,
    ],
    ['a folder from the root', 'supplier_catalog', { ...supplier, endpoint: '/dairy' }, /begins or ends with a slash/],
    ['a folder without a name', 'supplier_catalog', { ...supplier, endpoint: 'a//b' }, /two in a row/],
    [
      'a folder of too many bytes',
      'supplier_catalog',
      { ...supplier, endpoint: '乳'.repeat(100) },
      /more than 255 bytes/,
    ],
    ['a folder made of such an id', 'supplier_catalog', { ...supplier, supplier_id: '..' }, /give an endpoint/],
    [
      'a zone that no clock keeps',
      'supplier_catalog',
      { ...supplier, time_zone: 'time_zone-3' },
      /time_zone must be UTC or an IANA time zone/,
    ],
    ['a zone in wrong capitals', 'supplier_catalog', { ...supplier, time_zone: 'EUROPE/London' }, /time_zone/],
    [
      'a zone that PostgreSQL does not know',
      'store_catalog',
      { ...store, time_zone: 'AET' },
      /time_zone must be UTC or an/,
    ],
    [
      'an abbreviation with two meanings',
      'store_catalog',
      { ...store, time_zone: 'PST' },
      /time_zone must be UTC or an/,
    ],
    ['an offset for a zone', 'supplier_catalog', { ...supplier, time_zone: '+05:30' }, /time_zone/],
    ['a shelf life of no day', 'supply_terms', { ...terms, shelf_life_days: 0 }, /shelf_life_days/],
    ['terms that nobody ranks', 'supply_terms', { ...terms, preference: null }, /preference/],
  ] as const)('refuse %s', (_what, topic, value, error) => {
    expect(read(topic, value)).toMatchObject({ ok: false, error: expect.stringMatching(error) })
  })
})

describe('every topic', () => {
  test.each(topicNames)('%s has a valid Avro schema and its key among its fields', (name) => {
    expect(() => avro.Type.forSchema(avroSchema(topics[name]) as avro.Schema)).not.toThrow()
    expect(topics[name].schema.required).toContain(topics[name].key)
  })
})

test('no bytes and no JSON make it throw: they are an event, or a problem with a sentence', () => {
  const json = fc.json().map((text) => Buffer.from(text))
  const bytes = fc.uint8Array({ maxLength: 500 })
  fc.assert(
    fc.property(fc.constantFrom(...topicNames), fc.oneof(json, bytes), (topic, value) => {
      const parsed = parseEvent(topic, value, Date.UTC(2026, 0))
      if (parsed.ok) return
      expect(contractProblems).toContain(parsed.problem)
      expect(parsed.error).not.toBe('')
    }),
    { numRuns: 500 },
  )
})

describe('identifiers', () => {
  const idOf = (product_id: string) => {
    const found = parsed({ product_id })
    return found.ok ? found.event.product_id : found.problem
  }

  test.each([
    'BANK CHARGES',
    'Größe 42',
    '在庫-7',
    'a/b?c#d%2F',
    '"quoted", \'too\'',
    '{x}|\\N;--',
    '🍎',
    'Ω'.repeat(64),
    '한국어 상품',
  ])('%s is one, as it is', (id) => {
    const found = parsed({ product_id: id })
    expect(found).toEqual({ ok: true, event: { ...sale, product_id: id } })
  })

  test('spaces at the ends go and Unicode is composed; the original is kept', () => {
    expect(parsed({ product_id: '47503J ', customer_id: 'Cafe\u0301' })).toEqual({
      ok: true,
      event: {
        ...sale,
        product_id: '47503J',
        customer_id: 'Café',
        original_ids: JSON.stringify({ product_id: '47503J ', customer_id: 'Cafe\u0301' }),
      },
    })
  })

  test.each([
    ['nothing', ''],
    ['only spaces', ' \u00a0\u3000'],
    ['a line feed', 'a\nb'],
    ['a tab', 'a\tb'],
    ['NUL', 'a\u0000'],
    ['a line separator', 'a\u2028b'],
    ['a direction mark', 'a\u202eb'],
    ['a zero-width space', 'a\u200bb'],
    ['a private character', '\ue000'],
    ['65 characters', 'x'.repeat(65)],
    ['64 that become more', '\ufb2c'.repeat(64)],
  ])('%s is none', (_, id) => {
    expect(idOf(id)).toBe('schema_violation')
  })

  test('an accepted one is accepted again, unchanged, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (id) => {
        const found = parsed({ product_id: id })
        if (!found.ok) return
        const { product_id, original_ids = null } = found.event
        expect([...product_id].length).toBeLessThanOrEqual(64)
        expect(product_id).toBe(product_id.trim().normalize('NFC'))
        expect(original_ids === null).toBe(product_id === id)
        expect(parsed({ product_id })).toEqual({ ok: true, event: { ...sale, product_id } })
      }),
    )
  })
})
