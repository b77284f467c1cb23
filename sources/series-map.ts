/** The map of a file of past sales: which column is what, for `shelfline forecast`. */
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { SourceError } from './errors.ts'
import { type FileFormat, type FileOptions, fileFormats } from './map.ts'
import { parseYaml, readMapFile } from './map-file.ts'

const closed = { additionalProperties: false }
const text = Type.String({ minLength: 1 })
const names = Type.Array(text, { minItems: 1 })
const oneOf = <const Values extends readonly string[]>(...values: Values) =>
  Type.Union(values.map((value) => Type.Literal(value as Values[number])))

const mapSchema = Type.Object(
  {
    series: Type.Union([text, names]),
    date: Type.Union([text, Type.Object({ column: text, format: text }, closed)]),
    quantity: text,
    category: Type.Optional(text),
    department: Type.Optional(text),
    net_amount: Type.Optional(text),
    discount_amount: Type.Optional(text),
    known: Type.Optional(names),
    past: Type.Optional(names),
    static: Type.Optional(names),
    stock_out: Type.Optional(
      Type.Object(
        {
          column: text,
          unit: oneOf('flag', 'hours', 'share'),
          hour: Type.Optional(text),
          open_hours: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 24 })),
        },
        closed,
      ),
    ),
    missing_days: Type.Optional(oneOf('zero', 'missing', 'closed')),
    file: Type.Optional(
      Type.Object(
        {
          format: Type.Optional(oneOf(...fileFormats)),
          delimiter: Type.Optional(Type.String({ minLength: 1, maxLength: 4 })),
          decimal: Type.Optional(oneOf('.', ',')),
          thousands: Type.Optional(Type.String({ minLength: 1, maxLength: 1 })),
          encoding: Type.Optional(oneOf('utf-8', 'latin-1', 'utf-16')),
        },
        closed,
      ),
    ),
  },
  closed,
)
const checkMap = Compile(mapSchema)
type RawMap = Static<typeof mapSchema>

/** How a row shows that goods were out of stock. */
export interface StockOutColumn {
  column: string
  /** `flag`: whether, during the row; `hours`: how many of the day; `share`: which part of the day, 0 to 1. */
  unit: 'flag' | 'hours' | 'share'
  /** The hour of the day that a row is of: an hour counts as much as usually sells in it. */
  hour?: string
  /** Hours that the stores are open, for `hours`. */
  openHours: number
}

export interface SeriesMap {
  /** Columns that identify a series: the last is the product, those before it the store. */
  series: string[]
  date: { column: string; format?: string }
  quantity: string
  category?: string
  department?: string
  netAmount?: string
  discountAmount?: string
  /** Numbers that are known for the days ahead. */
  known: string[]
  /** Numbers that are known up to the day itself. */
  past: string[]
  /** What does not change within a series: numbers, or texts. */
  static: string[]
  stockOut?: StockOutColumn
  /** What a day without a row is: nothing sold, not known, or the store was closed. */
  missingDays: 'zero' | 'missing' | 'closed'
  file: FileOptions
}

/** @throws SourceError naming the file when it can't be read, else as `parseSeriesMap` */
export function readSeriesMap(path: string): SeriesMap {
  return readMapFile(path, parseSeriesMap)
}

/**
 * Reads a map from YAML (docs/forecasts.md, "Your own file").
 *
 * @param path names the map in messages
 * @throws SourceError naming the key and what is allowed
 */
export function parseSeriesMap(content: string, path: string): SeriesMap {
  const wrong = (problem: string) => new SourceError(`map ${path}: ${problem}`)
  const document = parseYaml(content, wrong)
  if (!checkMap.Check(document)) throw wrong(explain(document))
  const map = normalised(document)
  const used = [...map.known, ...map.past, ...map.static]
  const twice = used.find((name, index) => used.indexOf(name) !== index)
  if (twice !== undefined) throw wrong(`"${twice}" occurs twice under known, past and static`)
  return map
}

function normalised(raw: RawMap): SeriesMap {
  const { format, delimiter, thousands } = raw.file ?? {}
  const { stock_out: stockOut } = raw
  return {
    series: typeof raw.series === 'string' ? [raw.series] : raw.series,
    date: typeof raw.date === 'string' ? { column: raw.date } : raw.date,
    quantity: raw.quantity,
    ...(raw.category && { category: raw.category }),
    ...(raw.department && { department: raw.department }),
    ...(raw.net_amount && { netAmount: raw.net_amount }),
    ...(raw.discount_amount && { discountAmount: raw.discount_amount }),
    known: raw.known ?? [],
    past: raw.past ?? [],
    static: raw.static ?? [],
    ...(stockOut && {
      stockOut: {
        column: stockOut.column,
        unit: stockOut.unit,
        openHours: stockOut.open_hours ?? 24,
        ...(stockOut.hour && { hour: stockOut.hour }),
      },
    }),
    missingDays: raw.missing_days ?? 'zero',
    file: {
      ...(format !== undefined && { format: format as FileFormat }),
      ...(delimiter && { delimiter }),
      ...(thousands && { thousands }),
      decimal: raw.file?.decimal ?? '.',
      encoding: raw.file?.encoding ?? 'utf-8',
    },
  }
}

/** Every column of the file that the map reads. */
export const columnsOf = (map: SeriesMap): string[] => [
  ...map.series,
  map.date.column,
  map.quantity,
  ...[map.category, map.department, map.netAmount, map.discountAmount].filter((name) => name !== undefined),
  ...map.known,
  ...map.past,
  ...map.static,
  ...(map.stockOut ? [map.stockOut.column, ...(map.stockOut.hour ? [map.stockOut.hour] : [])] : []),
]

const KEYS = Object.keys(mapSchema.properties)

function explain(document: unknown): string {
  if (typeof document !== 'object' || document === null)
    return `is not a map of columns: it has the keys ${KEYS.join(', ')}`
  const unknown = Object.keys(document).find((key) => !KEYS.includes(key))
  if (unknown !== undefined) return `${unknown} is not a key: the keys are ${KEYS.join(', ')}`
  const missing = ['series', 'date', 'quantity'].filter((key) => !Object.hasOwn(document, key))
  if (missing.length > 0) return `${missing.join(', ')} is missing`
  const [first] = checkMap.Errors(document)
  return `${first!.instancePath.slice(1).replaceAll('/', '.')} ${first!.message}`
}
