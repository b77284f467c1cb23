import { isUtf8 } from 'node:buffer'
import { Type } from 'typebox'
import { topicNames } from '../../contracts/topics.ts'
import { formatNumber } from '../../platform/format.ts'
import { isAllowed } from '../../services/access/permissions.ts'
import {
  checkReplay,
  type DeadLetters,
  discardDeadLetters,
  listDeadLetters,
  replayThrough,
  showDeadLetter,
} from '../../services/streams/dead-letters.ts'
import { inWords } from '../alerts/list.ts'
import { action, question, type View } from '../definition.ts'
import { empty, facts, filters, form, input, message, section, select, selectOrAll, state } from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { type Column, csvAddress, table } from '../page/table.ts'
import { anyObject, choice, count, dayOrInstantAsked, flag, instant, nullable, pageFields, text } from '../shapes.ts'
import { texts } from '../texts.ts'

const words = texts.letters
const statuses = ['open', 'replayed', 'discarded'] as const
const PAYLOAD_MAX = 1_500_000

type Letter = DeadLetters['letters'][number]

const at = (instant: Date): Html =>
  html`<time class="nowrap" datetime="${instant.toISOString()}">${instant.toISOString().slice(0, 19).replace('T', ' ')} UTC</time>`

const letterShape = {
  letterId: count,
  origin: text,
  topic: text,
  partition: count,
  offset: count,
  reason: text,
  error: text,
  status: choice(statuses),
  attempts: count,
  payloadBytes: nullable(count),
  payloadSha256: nullable(text),
  isCut: flag,
  readPartition: count,
  readOffset: count,
  logBase: count,
  knownAt: instant,
  createdAt: instant,
  updatedAt: instant,
  settledBy: nullable(text),
  settledWhy: nullable(text),
}

export const letterList = question({
  path: '/dead-letters',
  permission: 'streams.see',
  summary: 'Messages that could not be applied, the oldest first',
  query: Type.Object({
    topic: Type.Optional(Type.Enum([...topicNames])),
    reason: Type.Optional(Type.String({ maxLength: 100 })),
    status: Type.Optional(Type.Enum([...statuses])),
    since: Type.Optional(dayOrInstantAsked),
    ...pageFields,
  }),
  answer: Type.Object({ letters: Type.Array(Type.Object(letterShape)), total: count, next: nullable(text) }),
  read: ({ pool }, { limit, cursor, ...filter }) =>
    listDeadLetters(pool, filter, { ...(limit !== undefined && { limit }), ...(cursor !== undefined && { cursor }) }),
  rows: ({ letters }) => letters,
  page(view, { letters, total, next }, query) {
    const { url, visitor } = view
    const isFiltered = ['topic', 'reason', 'status', 'since'].some((name) => url.searchParams.has(name))
    return {
      title: words.title,
      note: words.count(formatNumber(visitor.locale, total), words.statuses[query.status ?? 'open'].toLowerCase()),
      body: html`${filters(
        url,
        html`${selectOrAll(
          'topic',
          words.topic,
          topicNames.map((value) => ({ value, label: value })),
          query.topic,
        )}${input('reason', words.reason, query.reason)}
${select(
  'status',
  words.status,
  statuses.map((value) => ({ value: value === 'open' ? '' : value, label: words.statuses[value] })),
  query.status,
)}
${input('since', words.since, query.since, html`placeholder="2026-11-28"`)}`,
        isFiltered,
      )}
${letters.length === 0 ? (isFiltered ? empty(words.noMatchTitle, texts.alerts.noMatch) : empty(words.noneTitle, words.none)) : list(view, letters, total, next)}`,
    }
  },
})

function list({ url, visitor }: View, letters: Letter[], total: number, next: string | null): Html {
  const { locale } = visitor
  const mayDecide = isAllowed(visitor.role, 'streams.decide')
  const columns: Column<Letter>[] = [
    {
      name: 'error',
      heading: words.error,
      phone: 'lead',
      cell: ({ letterId, error, reason }) =>
        html`<a class="title" href="/dead-letters/${letterId}">${error}</a><span class="under">${inWords(reason)}</span>`,
    },
    {
      name: 'place',
      heading: words.place,
      cell: ({ topic, partition, offset }) => html`${topic} <span class="quiet tabular">${partition}/${offset}</span>`,
    },
    {
      name: 'attempts',
      heading: words.attempts,
      isNumber: true,
      isNamed: true,
      cell: ({ attempts }) => formatNumber(locale, attempts),
    },
    {
      name: 'bytes',
      heading: words.bytes,
      isNumber: true,
      isNamed: true,
      phone: 'none',
      cell: ({ payloadBytes }) => payloadBytes !== null && formatNumber(locale, payloadBytes),
    },
    { name: 'since', heading: words.written, cell: ({ createdAt }) => at(createdAt) },
    {
      name: 'status',
      heading: words.status,
      phone: 'none',
      cell: ({ status }) => state(status === 'open' ? 'watch' : 'off', words.statuses[status]),
    },
  ]
  const pick = {
    form: 'letters',
    name: 'letters',
    valueOf: ({ status, letterId }: Letter) => (status === 'open' ? String(letterId) : undefined),
    labelOf: ({ letterId }: Letter) => texts.alerts.choose(String(letterId)),
  }
  const csv = csvAddress(url)
  return html`${table({ caption: words.title, columns, rows: letters, url, locale, total, next, csv, ...(mayDecide && { pick }) })}
${mayDecide && html`<div class="bulk">${decisions(url, '')}</div>`}`
}

/** Of those that are ticked, or of one with its payload. */
const decisions = (url: URL, body: Html | '', fields: Readonly<Record<string, string>> = {}): Html =>
  form(
    '/dead-letters/replay',
    fields,
    html`${body}<div class="fields"><button class="main">${words.replay}<span data-chosen></span></button><button formaction="/dead-letters/check">${words.check}</button>
<label class="wide">${words.why}<input name="why" maxlength="500" placeholder="${words.whyHint}"></label><button class="danger" formaction="/dead-letters/discard">${words.discard}</button></div>`,
    url,
    body === '' ? 'letters' : '',
  )

export const letterDetail = question({
  path: '/dead-letters/:letter',
  personal: 'dead letter',
  permission: 'streams.see',
  summary: 'A dead letter with its payload',
  query: Type.Object({ letter: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) }),
  answer: Type.Object({ ...letterShape, key: nullable(text), payload: nullable(text), headers: anyObject }),
  async read({ pool }, { letter }) {
    const { key, payload, ...rest } = await showDeadLetter(pool, letter)
    return { ...rest, key: textOf(key), payload: textOf(payload) }
  },
  page({ url, visitor }, letter) {
    const mayDecide = isAllowed(visitor.role, 'streams.decide') && letter.status === 'open'
    const shown = pretty(letter.payload)
    return {
      title: words.one(letter.letterId),
      note: html`<a href="/dead-letters">${words.title}</a> · ${letter.topic}`,
      body: html`${message(letter.status === 'open' ? 'act' : 'off', html`<b>${inWords(letter.reason)}</b>: ${letter.error}`)}
<div class="columns"><div>${
        mayDecide && !letter.isCut
          ? section(
              words.payload,
              decisions(
                url,
                html`<label>${words.payloadHint}<textarea name="payload" rows="${Math.min(24, shown.split('\n').length + 1)}" spellcheck="false">${shown}</textarea></label><br>`,
                { letters: String(letter.letterId) },
              ),
            )
          : section(
              words.payload,
              html`${letter.isCut && html`<p class="quiet">${words.cut}</p>`}<pre>${shown}</pre>${mayDecide && decisions(url, html`<br>`, { letters: String(letter.letterId) })}`,
            )
      }${Object.keys(letter.headers).length > 0 && section(words.headers, facts(Object.entries(letter.headers)))}</div>
<aside>${facts([
        [words.status, words.statuses[letter.status]],
        [words.origin, letter.origin],
        [words.place, `${letter.topic} ${letter.partition}/${letter.offset}`],
        [words.key, letter.key],
        [words.attempts, String(letter.attempts)],
        [words.bytes, letter.payloadBytes !== null && formatNumber(visitor.locale, letter.payloadBytes)],
        [words.known, at(letter.knownAt)],
        [words.written, at(letter.createdAt)],
        [words.changed, at(letter.updatedAt)],
      ])}</aside></div>`,
    }
  },
})

/** What is no text is shown in hexadecimal. */
const textOf = (bytes: Buffer | null): string =>
  bytes === null ? '' : isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('hex')

function pretty(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload), null, 2)
  } catch {
    return payload
  }
}

const chosen = {
  letters: Type.Array(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), { minItems: 1, maxItems: 1_000 }),
}
const withPayload = { ...chosen, payload: Type.Optional(Type.String({ maxLength: PAYLOAD_MAX })) }
const requestOf = ({ letters, payload }: { letters: number[]; payload?: string }) => ({
  letters,
  ...(payload !== undefined && { payload: Buffer.from(compact(payload)) }),
})

/** A form gives every field: a payload that was only laid out on lines is the same payload. */
function compact(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload))
  } catch {
    return payload
  }
}

export const letterActions = [
  action({
    path: '/dead-letters/check',
    permission: 'streams.decide',
    summary: 'Show what a replay would send, and whether a payload fits the contract of its topic',
    input: Type.Object(withPayload),
    answer: Type.Object({ matching: count, letters: Type.Array(Type.Object(letterShape)) }),
    run: ({ pool }, input) => checkReplay(pool, requestOf(input)),
    done: ({ matching }, { payload }) => ({ text: words.checked(matching, payload !== undefined) }),
  }),
  action({
    path: '/dead-letters/replay',
    permission: 'streams.decide',
    summary:
      'Send dead letters to their topics again, a single one also with a corrected payload; a letter that fails again is open again',
    input: Type.Object(withPayload),
    answer: Type.Object({ sent: count, refused: Type.Array(Type.Object({ letterId: count, why: text })) }),
    run: ({ pool, servers }, input) => servers.kafka((kafka) => replayThrough(kafka, pool, requestOf(input))),
    done: ({ refused }, { letters }) => ({
      kind: refused.length > 0 ? 'failed' : 'done',
      text: words.replayed(letters.length - refused.length, refused.length),
    }),
  }),
  action({
    path: '/dead-letters/discard',
    permission: 'streams.decide',
    summary: 'Discard dead letters permanently; they stay readable',
    input: Type.Object({ ...chosen, why: Type.String({ minLength: 1, maxLength: 500 }) }),
    answer: Type.Object({ discarded: count }),
    run: async ({ pool, visitor }, { letters, why }) => ({
      discarded: await discardDeadLetters(pool, { letters }, { by: visitor.person, why }),
    }),
    done: ({ discarded }) => ({ text: words.discarded(discarded) }),
  }),
]
