/** Rows of a list as files that other programs read. */
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
import { csvField } from '../../platform/csv.ts'
import type { Question } from '../definition.ts'

export type Row = Readonly<Record<string, unknown>>

interface Format {
  mediaType: string
  extension: string
}

interface TableFormat extends Format {
  write(rows: readonly Row[]): Promise<Uint8Array<ArrayBuffer>>
}

/** By the name that `?format=` has. */
export const formats = {
  csv: {
    mediaType: 'text/csv; charset=utf-8',
    extension: 'csv',
    write: async (rows) => bytes(Buffer.from(csvOf(rows))),
  },
  arrow: {
    mediaType: 'application/vnd.apache.arrow.stream',
    extension: 'arrows',
    write: async (rows) => arrowOf(rows),
  },
  xlsx: {
    mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    extension: 'xlsx',
    write: async (rows) => bytes(await writeXlsxFile(sheetOf(rows), { stickyRowsCount: 1 }).toBuffer()),
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

/** RFC 4180. What a spreadsheet would take for a formula is kept a text. */
function csvOf(rows: readonly Row[]): string {
  const names = namesOf(rows)
  const lines = [names, ...rows.map((row) => names.map((name) => row[name]))]
  return lines.map((line) => `${line.map((value) => csvField(withoutFormula(value))).join(',')}\r\n`).join('')
}

function withoutFormula(value: unknown): string {
  const text = value === null || value === undefined ? '' : textOf(value)
  const isFormula = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text))
  return isFormula ? `'${text}` : text
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
