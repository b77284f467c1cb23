/**
 * Every question and every action with values that no one should send, one field at a time: made from the definitions, so that a new one
 * can't be left out.
 */
import type { TObject, TSchema } from 'typebox'
import { Check } from 'typebox/value'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../platform/log.ts'
import { createPool, type Pool } from '../platform/postgres/postgres.ts'
import { isAllowed } from '../services/access/permissions.ts'
import type { Action, Question } from './definition.ts'
import { actions, questions } from './definitions.ts'
import { exampleValues, openWebWorld, sessionOf, type WebWorld } from './testing.ts'

let world: WebWorld
let owner: Pool
let examples: Readonly<Record<string, string>>
let cookie: string

const ANSWER_MS_MAX = 10_000
const AT_ONCE = 6

beforeAll(async () => {
  world = await openWebWorld({ SHELFLINE_WEB_REQUESTS_PER_MINUTE: '1000000' })
  const settings = { ...world.settings, postgresUrl: world.settings.postgresMigrateUrl }
  owner = createPool(settings, createLogger({ logLevel: 'error' }, 'test'))
  examples = await exampleValues(world.pool)
  cookie = await sessionOf(world, 'ann')
  for (const statement of watched) await owner.query(statement)
})

afterAll(async () => {
  await owner?.end()
  await world?.close()
})

/** Each change of a row, in order, with how the action that had begun before it ended. */
const watched = [
  'create table public.change (place bigserial primary key, relation text not null, ended text)',
  `create function public.note_change() returns trigger language plpgsql security definer as $$
   begin
     insert into public.change (relation, ended)
     values (tg_argv[0], case when tg_argv[0] = 'ops.web_action' and tg_op = 'UPDATE' then to_jsonb(new) -> 'detail' ->> 'ended' end);
     return null;
   end $$`,
  `do $$
   declare
     relation regclass;
   begin
     for relation in
       select oid from pg_class
       where relkind in ('r', 'p') and not relispartition and relnamespace in ('ref'::regnamespace, 'state'::regnamespace, 'ops'::regnamespace, 'analytics'::regnamespace)
     loop
       execute format('create trigger note_change after insert or update or delete on %s for each row execute function public.note_change(%L)', relation, relation);
     end loop;
   end $$`,
]

/** Of signing in, of the audit log, of decisions as they are asked, and of the process itself. */
const ownTables = [
  'ops.web_action',
  'ops.web_session',
  'ops.sign_in_failure',
  'ops.audit',
  'ops.audit_link',
  'ops.order_decision',
  'ops.workers',
]

/** What refused actions have changed. */
async function changedByRefused(): Promise<string[]> {
  const { rows } = await owner.query<{ change: string }>(
    `select relation || ': ' || refused.ended as change
     from public.change
     cross join lateral (
       select later.ended from public.change as later
       where later.place > change.place and later.relation = 'ops.web_action' and later.ended is not null
       order by later.place limit 1
     ) as refused
     where relation <> all ($1) and refused.ended <> 'done'`,
    [ownTables],
  )
  return rows.map(({ change }) => change)
}

const LONG = 'x'.repeat(100_000)
/** Node.js takes 16 kB of address and headers. */
const LONG_ADDRESS = 'x'.repeat(10_000)

const texts = [
  '\u0000',
  'a\ud800b',
  '__proto__',
  '%',
  "'; select 1 --",
  '../../x',
  '-0',
  '1e400',
  '9223372036854775808',
  'NaN',
  'infinity',
  '0000-01-01',
  '0001-01-01',
  '9999-12-31',
  '2026-02-30',
  '9999-12-31T23:59:59.999+14:00',
  ' ',
]

interface Hostile {
  value: unknown
  /** As it is sent, where JSON has more than `JSON.stringify` gives. */
  json?: string
}

const LEVELS = 50_000
const deep = `${'['.repeat(LEVELS)}${']'.repeat(LEVELS)}`

const values: readonly Hostile[] = [
  ...[...texts, LONG, true, -1, 1.5, 2 ** 31, 2 ** 63, {}, [], [null], ['a\u0000']].map((value) => ({ value })),
  { value: null },
  { value: -0, json: '-0' },
  { value: Number.POSITIVE_INFINITY, json: '1e400' },
  { value: {}, json: '{"__proto__":{"role":"administrator"}}' },
  { value: Array.from({ length: 1_001 }, () => '1') },
  { value: [[]], json: deep },
]

/** A value that the field takes. */
function possible(name: string, schema: TSchema): unknown {
  const {
    type,
    enum: choices,
    minimum,
    items,
  } = schema as {
    type?: string
    enum?: unknown[]
    minimum?: number
    items?: TSchema
  }
  if (choices !== undefined) return choices[0]
  if (type === 'array') return [possible(name.replace(/s$/, ''), items!)]
  if (type === 'boolean') return false
  const example = examples[name]
  if (type === 'integer' || type === 'number') return example === undefined ? (minimum ?? 1) : Number(example)
  return example ?? 'x'
}

const requiredOf = ({ properties, required }: TObject): Record<string, unknown> =>
  Object.fromEntries(((required ?? []) as readonly string[]).map((name) => [name, possible(name, properties[name]!)]))

const namesIn = (path: string): string[] => [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!)

interface Sent {
  what: string
  field: string
  /** Whether the definition excludes the value. */
  isImpossible: boolean
  send(): Promise<Response>
}

const TYPES = ['invalid', 'forbidden', 'not_found', 'conflict', 'unavailable'].map(
  (code) => `urn:shelfline:problem:${code}`,
)

/** What is wrong with an answer; undefined: nothing. */
async function findingOf(
  { what, field, isImpossible, send }: Sent,
  fields: readonly string[],
): Promise<string | undefined> {
  const answer = await send().catch((error: Error) => error)
  if (answer instanceof Error) return `${what}: ${answer.message}`
  const document = await answer.text()
  const finding = (problem: string) => `${what}: ${problem}, ${answer.status} ${document.slice(0, 300)}`
  if (![200, 400, 403, 404, 409, 503].includes(answer.status)) return finding('the status')
  if (isImpossible && answer.status !== 400) return finding('it is impossible')
  const type = answer.headers.get('content-type') ?? ''
  if (type.startsWith('text/html')) return undefined
  if (answer.status === 200) return undefined
  if (type !== 'application/problem+json') return finding(type)
  const problem = JSON.parse(document) as { type: string; status: number; field?: string }
  if (problem.status !== answer.status || !TYPES.includes(problem.type)) return finding('the problem')
  if (isImpossible ? problem.field !== field : ![...fields, undefined].includes(problem.field))
    return finding('the field')
  return undefined
}

/** @returns the findings */
async function sendAll(all: readonly Sent[], fields: readonly string[], atOnce: number): Promise<string[]> {
  const waiting = all.values()
  const findings: string[] = []
  const sending = Array.from({ length: atOnce }, async () => {
    for (const sent of waiting) {
      const finding = await findingOf(sent, fields).catch((error: Error) => `${sent.what}: ${error.message}`)
      if (finding !== undefined) findings.push(finding)
    }
  })
  await Promise.all(sending)
  return findings
}

/** As an address has it: texts, which become what the definition has. */
function isImpossibleText(schema: TSchema, value: string): boolean {
  const { type, items } = schema as { type?: string; items?: TSchema }
  if (value === '') return false
  if (value.includes('\u0000')) return true
  if (type === 'array') return isImpossibleText(items!, value)
  if (type === 'integer') return !/^-?\d+$/.test(value) || !Check(schema, Number(value))
  if (type === 'number') return !Number.isFinite(Number(value)) || value.trim() === '' || !Check(schema, Number(value))
  if (type === 'boolean') return !['true', 'false'].includes(value)
  return !Check(schema, value)
}

const signal = () => AbortSignal.timeout(ANSWER_MS_MAX)
const get = (path: string, own = cookie) =>
  fetch(world.url + path, { headers: { cookie: own }, redirect: 'manual', signal: signal() })

/** An address has no half of a character: it is another one. */
const escaped = (value: string): string => encodeURIComponent(value.toWellFormed())

const filled = (path: string, given: Readonly<Record<string, unknown>>): string =>
  path.replaceAll(/:(\w+)/g, (_, name: string) => escaped(String(given[name])))

function addressOf(path: string, given: Readonly<Record<string, unknown>>): string {
  const own = namesIn(path)
  const query = Object.entries(given).filter(([name]) => !own.includes(name))
  return `${filled(path, given)}?${query.map(([name, value]) => `${name}=${escaped(String(value))}`).join('&')}`
}

function asked(question: Question, kind: 'api' | 'page'): Sent[] {
  const { path, apiPath = path, query } = question
  const base = requiredOf(query)
  const own = kind === 'api' ? apiPath : path
  return Object.entries(query.properties).flatMap(([field, schema]) => {
    const values = kind === 'api' ? [...texts, LONG_ADDRESS] : ['a\ud800b', '__proto__', '-0', '9999-12-31']
    return values.map((value): Sent => {
      const address = addressOf(own, { ...base, [field]: value })
      return {
        what: `GET ${address.slice(0, 200)}`,
        field,
        isImpossible: isImpossibleText(schema, value),
        send: () => get(kind === 'api' ? `/api/v1${address}` : address),
      }
    })
  })
}

test.each(['api', 'page'] as const)(
  'questions refuse what is impossible with the name of the field: %s',
  async (kind) => {
    const findings: string[] = []
    for (const question of questions) {
      if (kind === 'page' && question.page === undefined) continue
      findings.push(...(await sendAll(asked(question, kind), Object.keys(question.query.properties), AT_ONCE)))
    }
    expect(findings).toEqual([])
  },
)

test('a name that is given twice, or with more than a name, is no single value', async () => {
  for (const path of [
    '/alerts?limit=1&limit=2',
    '/orders?supplier=a&supplier=b',
    '/forecasts?daysAhead=true',
    '/stock?risk=true',
  ]) {
    const answer = await get(`/api/v1${path}`)
    expect(answer.status, path).toBe(400)
    expect(await answer.json()).toMatchObject({ field: /\?(\w+)/.exec(path)![1] })
  }
  expect((await get('/api/v1/alerts?__proto__=x&constructor=y&limit[]=1')).status).toBe(200)
})

test('a cursor of one list is refused by the others, or is one of theirs', async () => {
  const lists = questions.filter(({ query, path }) => Object.hasOwn(query.properties, 'cursor') && !path.includes(':'))
  const cursors: string[] = []
  for (const { path, apiPath = path } of lists) {
    const { next } = (await (await get(`/api/v1${apiPath}?limit=1`)).json()) as { next: string | null }
    if (next !== null) cursors.push(next)
  }
  expect(cursors.length).toBeGreaterThan(4)
  for (const { path, apiPath = path } of lists) {
    for (const cursor of cursors) {
      const answer = await get(`/api/v1${apiPath}?cursor=${cursor}`)
      expect([200, 400], `${apiPath} answered ${answer.status} to ${cursor}`).toContain(answer.status)
      if (answer.status === 400) expect(await answer.json()).toMatchObject({ field: 'cursor' })
    }
  }
})

const post = (path: string, body: string, own = cookie) =>
  fetch(`${world.url}/api/v1${path}`, {
    method: 'POST',
    headers: { origin: world.url, 'content-type': 'application/json', cookie: own },
    body,
    signal: signal(),
  })

/** Of a field that is like another one of the same action, as many values are enough. */
const LIKE = 6

/** What a workflow decides about is not there: no worker runs, and each decision would wait for one. */
const undecided = { order: 'none', plan: 'none' }

function sentTo({ path, input }: Action): Sent[] {
  const base = { ...requiredOf(input), ...undecided }
  const own = namesIn(path)
  const seen = new Set<string>()
  return Object.entries(input.properties).flatMap(([field, schema]) => {
    const isInPath = own.includes(field)
    const isLike = seen.has(JSON.stringify(schema))
    seen.add(JSON.stringify(schema))
    const wanted = isInPath ? texts.map((value): Hostile => ({ value })) : isLike ? values.slice(0, LIKE) : values
    return wanted.map(({ value, json }): Sent => {
      const address = filled(path, { ...base, [field]: value })
      const fields = Object.entries(base).filter(
        ([name]) => name !== field && !own.includes(name) && Object.hasOwn(input.properties, name),
      )
      const sent = fields.map(([name, one]) => `${JSON.stringify(name)}:${JSON.stringify(one)}`)
      const text = json ?? JSON.stringify(value)
      const body = `{${[...sent, ...(isInPath ? [] : [`${JSON.stringify(field)}:${text}`])].join(',')}}`
      return {
        what: `POST ${address} ${field}=${text.slice(0, 60)}`,
        field,
        isImpossible: isInPath ? isImpossibleText(schema, String(value)) : isImpossible(schema, value),
        send: () => post(address, body),
      }
    })
  })
}

/** As JSON has it. An empty text is left out. */
const isImpossible = (schema: TSchema, value: unknown): boolean =>
  value !== '' && (hasUnstorable(value) || !Check(schema, value))

const hasUnstorable = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.some(hasUnstorable)
    : typeof value === 'string' && (!value.isWellFormed() || value.includes('\u0000'))

test('a replay without its topic in Kafka is unavailable, with what to do about it', async () => {
  const answer = await post('/dead-letters/replay', JSON.stringify({ letters: [Number(examples.letter)] }))
  const problem = (await answer.json()) as { fix?: string }
  expect([200, 503], JSON.stringify(problem)).toContain(answer.status)
  if (answer.status === 503) expect(problem.fix).toContain('shelfline topics apply')
})

test('actions refuse what is impossible with the name of the field, and what is refused changes nothing', async () => {
  const findings: string[] = []
  for (const action of actions) {
    // One after the other, so that each change belongs to the action that had begun before it.
    findings.push(...(await sendAll(sentTo(action), Object.keys(action.input.properties), 1)))
  }
  expect(findings).toEqual([])
  expect(await changedByRefused()).toEqual([])
})

/** In what another store has. */
const foreign: Readonly<Record<string, string>> = {
  order: 'PO-dairy-W1-20261125',
  transfer: 'TR-tea-W1-406',
  store: '406',
  place: '406',
  location: 'W1',
  warehouse: 'W1',
}

test('what belongs to other stores is neither found nor changed', async () => {
  const maria = await sessionOf(world, 'maria')
  const { rows } = await world.pool.query<{ id: number }>(
    `select alert_id as id from ops.alert where store_id = '406' limit 1`,
  )
  const others = { ...foreign, alert: String(rows[0]!.id) }
  const known = /Harbour|3980|312\.50|4310/
  for (const { path, apiPath = path, query, permission } of questions) {
    if (!isAllowed('store_manager', permission)) continue
    for (const field of Object.keys(query.properties).filter((name) => Object.hasOwn(others, name))) {
      const address = addressOf(apiPath, { ...requiredOf(query), [field]: others[field as keyof typeof others] })
      const answer = await get(`/api/v1${address}`, maria)
      const document = await answer.text()
      expect([200, 404], `${address} ${document}`).toContain(answer.status)
      if (namesIn(apiPath).includes(field)) expect(answer.status, address).toBe(404)
      expect(document, address).not.toMatch(known)
    }
  }
  const { rows: before } = await owner.query<{ place: number }>(
    'select coalesce(max(place), 0)::integer as place from public.change',
  )
  for (const { path, input, permission } of actions) {
    if (!isAllowed('store_manager', permission)) continue
    for (const field of Object.keys(input.properties).filter((name) => Object.hasOwn(others, name.replace(/s$/, '')))) {
      const value = others[field.replace(/s$/, '') as keyof typeof others]!
      const { type } = input.properties[field] as { type?: string }
      const given = {
        ...requiredOf(input),
        [field]: type === 'array' ? [field === 'alerts' ? Number(value) : value] : value,
      }
      const answer = await post(filled(path, given), JSON.stringify(given), maria)
      expect([403, 404], `${path} ${await answer.text()}`).toContain(answer.status)
    }
  }
  const { rows: changed } = await owner.query(
    'select relation from public.change where place > $1 and relation <> all ($2)',
    [before[0]!.place, ownTables],
  )
  expect(changed).toEqual([])
})
