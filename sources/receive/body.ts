/** From the bytes of a request to the items that it holds, each as JSON. */
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { parse as parseCsv } from 'csv-parse/sync'
import { readJson } from '../../contracts/parse.ts'
import { Refusal, type RejectedEvent } from './refusal.ts'

export interface BodyBounds {
  /** After unpacking. */
  bodyBytesMax: number
  bodyEventsMax: number
  depthMax: number
}

export interface Item {
  /** Of the body: its line, or its place in a JSON array, from 1. */
  line: number
  /** JSON; whether it is an event is not known yet. */
  value: Buffer
}

export interface Items {
  items: Item[]
  rejected: RejectedEvent[]
}

/** Counts the bytes that requests hold in memory. */
export interface ByteBudget {
  /** False: there is no room for them. */
  take(bytes: number): boolean
}

/**
 * The bytes of a request, as they were sent: signatures are over these.
 *
 * @throws Refusal when they are more than the limit, or than there is room for
 */
export function readBytes(request: IncomingMessage, bytesMax: number, budget: ByteBudget): Promise<Buffer> {
  // Events rather than an async iterator: that one closes the connection when it ends early, and the answer is lost.
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const end = (settle: () => void) => {
      request.off('data', take).off('end', finish).off('error', fail).off('close', fail)
      settle()
    }
    const take = (chunk: Buffer) => {
      length += chunk.length
      if (length > bytesMax) return end(() => reject(tooLarge(bytesMax)))
      if (!budget.take(chunk.length)) return end(() => reject(busy()))
      chunks.push(chunk)
    }
    const finish = () => end(() => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)))
    const fail = () => end(() => reject(new Refusal(400, 'cut_off', 'the body ended before its end')))
    if (Number(request.headers['content-length'] ?? 0) > bytesMax) return reject(tooLarge(bytesMax))
    request.on('data', take).on('end', finish).on('error', fail).on('close', fail)
  })
}

const tooLarge = (bytesMax: number) =>
  new Refusal(413, 'too_large', `the body has more than ${bytesMax} bytes: send it in smaller parts`)

export const busy = () => new Refusal(503, 'busy', 'the receiver holds as many bytes as it may: send it again later', 1)

const gunzipped = promisify(gunzip)

/** @throws Refusal when the encoding is another than gzip, the bytes are not gzip's, or are more when they are unpacked */
export async function unpack(
  bytes: Buffer,
  encoding: string | undefined,
  bytesMax: number,
  budget: ByteBudget,
): Promise<Buffer> {
  if (encoding === undefined || encoding === 'identity') return bytes
  if (encoding !== 'gzip') {
    throw new Refusal(415, 'unknown_encoding', `content-encoding "${encoding}" is unknown: use gzip or none`)
  }
  let unpacked: Buffer
  try {
    unpacked = await gunzipped(bytes, { maxOutputLength: bytesMax })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(bytesMax)
    throw new Refusal(400, 'invalid_gzip', `the body is not gzip: ${(error as Error).message}`)
  }
  if (!budget.take(unpacked.length)) throw busy()
  return unpacked
}

type Format = 'json' | 'ndjson' | 'csv'

const formats: Readonly<Record<string, Format>> = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'text/csv': 'csv',
}

/** @throws Refusal when it is none that is known */
export function formatOf(contentType: string | undefined): Format {
  const type = (contentType ?? 'application/json').split(';')[0]!.trim().toLowerCase()
  const format = Object.hasOwn(formats, type) ? formats[type] : undefined
  if (format !== undefined) return format
  throw new Refusal(
    415,
    'unknown_content_type',
    `content-type "${type.slice(0, 80)}" is unknown: use one of ${Object.keys(formats).join(', ')}`,
  )
}

/**
 * Splits a body into items. What is no JSON is rejected by itself, where the format has lines.
 *
 * @throws Refusal when the body as a whole can't be read, is empty, or holds too many
 */
export function splitBody(bytes: Buffer, format: Format, bounds: BodyBounds): Items {
  const found = splitters[format](bytes, bounds)
  const count = found.items.length + found.rejected.length
  if (count === 0) throw new Refusal(400, 'empty', 'the body has no event')
  return found
}

const tooMany = ({ bodyEventsMax }: BodyBounds) =>
  new Refusal(413, 'too_many_events', `the body has more than ${bodyEventsMax} events: send it in smaller parts`)

const splitters: Record<Format, (bytes: Buffer, bounds: BodyBounds) => Items> = {
  json: splitJson,
  ndjson: splitLines,
  csv: splitCsv,
}

const ARRAY_START = 0x5b
const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d])

function splitJson(bytes: Buffer, bounds: BodyBounds): Items {
  let start = 0
  while (BLANKS.has(bytes[start]!)) start += 1
  if (start === bytes.length) return { items: [], rejected: [] }
  if (bytes[start] !== ARRAY_START) return { items: [{ line: 1, value: bytes }], rejected: [] }
  // The array itself is one level more.
  const limits = { messageBytesMax: bounds.bodyBytesMax, messageDepthMax: bounds.depthMax + 1 }
  const json = readJson(bytes, limits)
  if (!json.ok) throw new Refusal(400, json.problem, json.error)
  const elements = json.event as unknown[]
  if (elements.length > bounds.bodyEventsMax) throw tooMany(bounds)
  return {
    items: elements.map((element, index) => ({ line: index + 1, value: Buffer.from(JSON.stringify(element)) })),
    rejected: [],
  }
}

const NEW_LINE = 0x0a
const RETURN = 0x0d

/** Blank lines are counted, and hold no event. */
function splitLines(bytes: Buffer, bounds: BodyBounds): Items {
  const items: Item[] = []
  let line = 0
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(NEW_LINE, start)
    const next = found === -1 ? bytes.length : found + 1
    let end = found === -1 ? bytes.length : found
    if (end > start && bytes[end - 1] === RETURN) end -= 1
    line += 1
    if (end > start) {
      if (items.length === bounds.bodyEventsMax) throw tooMany(bounds)
      items.push({ line, value: bytes.subarray(start, end) })
    }
    start = next
  }
  return { items, rejected: [] }
}

interface CsvRecord {
  record: Record<string, string>
  info: { lines: number }
}

const CSV_COLUMNS_MAX = 500

/** A row with more or fewer values than the header is rejected by itself; a value that is empty is none. */
function splitCsv(bytes: Buffer, bounds: BodyBounds): Items {
  const rejected: RejectedEvent[] = []
  let records: CsvRecord[]
  try {
    records = parseCsv(bytes, {
      bom: true,
      columns: (names: string[]) => {
        if (names.length > CSV_COLUMNS_MAX) {
          throw new Refusal(413, 'too_many_columns', `the header has more than ${CSV_COLUMNS_MAX} columns`)
        }
        return names.map((name) => name.trim())
      },
      info: true,
      trim: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      to: bounds.bodyEventsMax + 1,
      on_skip: (error, raw) => {
        const line = (error as unknown as { lines?: number } | undefined)?.lines ?? 0
        const message = error?.message ?? 'can not be split into columns'
        if (rejected.length > bounds.bodyEventsMax) throw tooMany(bounds)
        rejected.push({ line, problem: 'broken_row', error: message, value: Buffer.from(raw ?? '') })
        return undefined
      },
    }) as unknown as CsvRecord[]
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(400, 'invalid_csv', `the body is not CSV: ${(error as Error).message}`)
  }
  if (records.length + rejected.length > bounds.bodyEventsMax) throw tooMany(bounds)
  const items = records.map(({ record, info }) => ({ line: info.lines, value: Buffer.from(jsonOf(record)) }))
  return { items, rejected }
}

const jsonOf = (record: Record<string, string>): string =>
  JSON.stringify(record, (_, value) => (value === '' ? null : (value as unknown)))
