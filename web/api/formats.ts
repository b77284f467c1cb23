/** Rows of a list as files that other programs read. */
import { Readable } from 'node:stream'
import {
  Bool,
  Float64,
  Table,
  TimestampMillisecond,
  tableToIPC,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow'
import writeXlsxFile, { type Cell } from 'write-excel-file/node'
import { csvField, csvText } from '../../platform/csv.ts'
import type { PageRequest } from '../../services/pages.ts'
import type { Question } from '../definition.ts'

export type Row = Readonly<Record<string, unknown>>

interface Format {
  mediaType: string
  extension: string
}

type Body = Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>

interface TableFormat extends Format {
  write(pages: AsyncIterable<readonly Row[]>): Promise<Body>
}

/** A file has as many rows of a list at most. */
export const FILE_ROWS_MAX = 50_000
/** Of one reading. */
export const PAGE_ROWS = 10_000

/** By the name that `?format=` has. */
export const formats = {
  csv: {
    mediaType: 'text/csv; charset=utf-8',
    extension: 'csv',
    write: async (pages) => Readable.toWeb(Readable.from(csvOf(pages))) as ReadableStream<Uint8Array>,
  },
  arrow: {
    mediaType: 'application/vnd.apache.arrow.stream',
    extension: 'arrows',
    write: async (pages) => arrowOf(await all(pages)),
  },
  xlsx: {
    mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    extension: 'xlsx',
    write: async (pages) => bytes(await writeXlsxFile(sheetOf(await all(pages)), { stickyRowsCount: 1 }).toBuffer()),
  },
  pdf: { mediaType: 'application/pdf', extension: 'pdf' },
} as const satisfies Record<string, Format | TableFormat>

export type FormatName = keyof typeof formats

/** Those that a question is answered in, beside JSON. */
export const formatsOf = ({ rows, pdf }: Pick<Question, 'rows' | 'pdf'>): FormatName[] => [
  ...(rows ? (['csv', 'arrow', 'xlsx'] as const) : []),
  ...(pdf ? (['pdf'] as const) : []),
]

/** By `?format=`, else by what the request accepts; undefined: JSON. */
export function formatOf(
  known: readonly FormatName[],
  asked: unknown,
  accept: string | undefined,
): FormatName | undefined {
  if (asked !== undefined) return known.find((name) => name === asked)
  const accepted = (accept ?? '').split(',').map((type) => type.split(';')[0]!.trim())
  return known.find((name) => accepted.includes(formats[name].mediaType.split(';')[0]!))
}

const bytes = (buffer: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(buffer)

const namesOf = (rows: readonly Row[]): string[] => [...new Set(rows.flatMap((row) => Object.keys(row)))]

/**
 * The rows of an answer, and of the pages that follow it, 50,000 at most.
 *
 * @param readNext left out: no page follows
 */
export async function* rowsOf(
  rows: (answer: unknown) => readonly object[],
  first: unknown,
  readNext?: (page: Required<PageRequest>) => Promise<unknown>,
): AsyncGenerator<readonly Row[]> {
  let given = 0
  for (let answer = first; ; ) {
    const found = rows(answer) as readonly Row[]
    yield found
    given += found.length
    const { next } = (answer ?? {}) as { next?: string | null }
    if (readNext === undefined || typeof next !== 'string' || given >= FILE_ROWS_MAX) return
    answer = await readNext({ cursor: next, limit: Math.min(PAGE_ROWS, FILE_ROWS_MAX - given) })
  }
}

async function all(pages: AsyncIterable<readonly Row[]>): Promise<Row[]> {
  const rows: Row[] = []
  for await (const page of pages) rows.push(...page)
  return rows
}

/** RFC 4180, page by page. What a spreadsheet would take for a formula is kept a text. */
async function* csvOf(pages: AsyncIterable<readonly Row[]>): AsyncGenerator<Uint8Array> {
  let names: string[] | undefined
  for await (const rows of pages) {
    const lines: unknown[][] = []
    if (names === undefined) {
      names = namesOf(rows)
      lines.push(names)
    }
    for (const row of rows) lines.push(names.map((name) => row[name]))
    const text = lines.map((line) => `${line.map(csvOfValue).join(',')}\r\n`)
    yield Buffer.from(text.join(''))
  }
}

function csvOfValue(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? csvText(value) : csvField(textOf(value))
}

/** Numbers, instants and truth values as such; every other value, decimals too, as text. */
function arrowOf(rows: readonly Row[]): Uint8Array<ArrayBuffer> {
  const columns = namesOf(rows).map((name): [string, Vector] => [name, vectorOf(rows.map((row) => row[name] ?? null))])
  return bytes(tableToIPC(new Table(Object.fromEntries(columns)), 'stream'))
}

function vectorOf(values: readonly unknown[]): Vector {
  const known = values.filter((value) => value !== null)
  const areAll = (test: (value: unknown) => boolean) => known.length > 0 && known.every(test)
  if (areAll((value) => typeof value === 'number')) return vectorFromArray(values as number[], new Float64())
  if (areAll((value) => typeof value === 'boolean')) return vectorFromArray(values as boolean[], new Bool())
  if (areAll((value) => value instanceof Date))
    return vectorFromArray(values as Date[], new TimestampMillisecond('UTC'))
  return vectorFromArray(
    values.map((value) => (value === null ? null : textOf(value))),
    new Utf8(),
  )
}

const textOf = (value: unknown): string =>
  value instanceof Date ? value.toISOString() : typeof value === 'object' ? JSON.stringify(value) : String(value)

/** Dates of a sheet have no zone: they are UTC. */
function sheetOf(rows: readonly Row[]): Cell[][] {
  const names = namesOf(rows)
  const head = names.map((value): Cell => ({ value, fontWeight: 'bold' }))
  return [head, ...rows.map((row) => names.map((name) => cellOf(row[name])))]
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null
  if (typeof value === 'number') return { value, type: Number }
  if (typeof value === 'boolean') return { value, type: Boolean }
  if (value instanceof Date) return { value, type: Date, format: 'yyyy-mm-dd hh:mm:ss' }
  return { value: textOf(value), type: String }
}
