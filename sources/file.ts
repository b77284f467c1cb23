import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs'
import { extname } from 'node:path'
import { createInterface } from 'node:readline'
import { type DuckDBConnection, describeQuery, identifier, literal } from '../platform/duckdb/duckdb.ts'
import { SourceError } from './errors.ts'
import { jsonColumns } from './json-columns.ts'
import { type FileFormat, type FileOptions, fileFormats } from './map.ts'

const extensions: Record<string, FileFormat> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.txt': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.parquet': 'parquet',
  '.arrow': 'arrow',
  '.arrows': 'arrow',
  '.feather': 'arrow',
  '.ipc': 'arrow',
  '.xlsx': 'xlsx',
}

/** The format that a map gives, or that the extension of a name defines. */
export const formatOf = (path: string, given: FileFormat | undefined): FileFormat | undefined =>
  given ?? extensions[extname(path).toLowerCase()]

/** How to read a file, and the columns that a map needs: those inside of objects are read only when they are named. */
export type LoadOptions = FileOptions & { names?: readonly string[] }

/** A row that could not even be split into columns. */
export interface BrokenRow {
  /** Row of data from 1, counted like `file_row`. */
  row: number
  error: string
  /** The row as the file has it, its beginning. */
  text: string
}

/** A row may be a whole file that lacks its line breaks. */
const BROKEN_TEXT_MAX = 1_000

/**
 * Reads a file into the temporary table `source_rows`: its columns, and `file_row`, which counts its rows of data from 1: broken
 * rows are counted, the header and blank lines are not. Text files give text, so that no number passes through floating point. What does not fit into memory goes to disk.
 *
 * @returns the rows that could not be split into columns
 * @throws SourceError when the file is missing, is not of its format, or has no rows; another error for lack of memory, disk or an extension
 */
export async function loadFile(
  connection: DuckDBConnection,
  path: string,
  options: LoadOptions,
): Promise<{ broken: BrokenRow[] }> {
  const format = formatOf(path, options.format)
  if (format === undefined) {
    throw new SourceError(
      `${path}: its extension does not define its format; set file.format in the map (${fileFormats.join(', ')})`,
    )
  }
  checkExists(path)
  if (format === 'parquet') checkParquet(path)
  if (format === 'arrow') checkArrow(path)
  try {
    return await loaders[format](connection, path, options)
  } catch (error) {
    if (error instanceof SourceError || isWant((error as Error).message)) throw error
    throw new SourceError(`${path}: can't be read as ${format}: ${(error as Error).message.split('\n')[0]}`)
  }
}

/** What the machine lacks is no fault of the file. */
const isWant = (message: string): boolean =>
  /^Out of Memory Error|No space left on device|^(?:IO|HTTP|Invalid Input) Error: Extension "/.test(message)

const loaders = { csv: loadCsv, jsonl: loadJsonLines, parquet: loadParquet, arrow: loadArrowFile, xlsx: loadSheet }

async function loadParquet(connection: DuckDBConnection, path: string) {
  await connection.run(`create or replace temp table source_rows as
    select file_row_number + 1 as file_row, * exclude (file_row_number)
    from read_parquet(${literal(path)}, file_row_number = true)`)
  return { broken: [] }
}

/** An Arrow stream or a Feather file (version 2). */
async function loadArrowFile(connection: DuckDBConnection, path: string) {
  // Its library takes a while to load, and few files are Arrow's.
  const { loadArrow } = await import('../platform/duckdb/arrow.ts')
  await loadArrow(connection, 'arrow_rows', createReadStream(path))
  await connection.run(`create or replace temp table source_rows as
    select row_number() over () as file_row, * from arrow_rows`)
  await connection.run('drop table arrow_rows')
  return { broken: [] }
}

async function loadCsv(connection: DuckDBConnection, path: string, { delimiter, encoding }: FileOptions) {
  const wanted = delimiter ?? (extname(path).toLowerCase() === '.tsv' ? '\t' : undefined)
  await connection.run(`create or replace temp table source_rows as
    select row_number() over () as file_row, nullif(trim(columns(*)), '')
    from read_csv(${literal(path)}, all_varchar = true, header = true, store_rejects = true,
      encoding = ${literal(encoding)}${wanted ? `, delim = ${literal(wanted)}` : ''})`)
  const { rows } = await read(
    connection,
    `select line, arg_min(error_message, byte_position), left(ltrim(any_value(csv_line), e'\\r\\n'), ${BROKEN_TEXT_MAX})
     from reject_errors group by line order by line`,
  )
  if (rows.length === 0) return { broken: [] }
  const lines = rows.map(([line]) => Number(line))
  const numbers = await numberRows(path, encoding, lines, await readDialect(connection))
  const broken = rows.map(([, error, text], index) => {
    return { row: numbers[index]!, error: String(error), text: String(text) }
  })
  await countBroken(connection, broken)
  return { broken }
}

/** How DuckDB took the file to be written. */
interface CsvDialect {
  delimiter: string
  /** `(empty)` where the file has none. */
  quote: string
  escape: string
  newline: string
  headerLine: number
}

async function readDialect(connection: DuckDBConnection): Promise<CsvDialect> {
  const { rows } = await read(
    connection,
    'select delimiter, quote, escape, newline_delimiter, skip_rows from reject_scans',
  )
  const [delimiter, quote, escaped, newline, skipped] = rows[0]!.map(String)
  return {
    delimiter: delimiter!,
    quote: quote!,
    escape: escaped!,
    headerLine: Number(skipped) + 1,
    newline: newline === '\\r' ? '\r' : '\n',
  }
}

/**
 * The rows of data that DuckDB's line numbers refer to. They count the header, blank lines, and a row of several lines once; how many
 * lines are blank is known only from the file.
 *
 * @param lines those of the broken rows, rising
 */
async function numberRows(
  path: string,
  encoding: string,
  lines: readonly number[],
  { delimiter, quote, escape: escaping, newline, headerLine }: CsvDialect,
): Promise<number[]> {
  const broken = new Set(lines)
  const rows: number[] = []
  let line = 1
  let blankLines = 0
  let isBlank = true
  let isQuoted = false
  let isEscaped = false
  let previous = newline
  const endLine = () => {
    if (broken.has(line)) rows.push(line - headerLine - blankLines)
    else if (isBlank && line > headerLine) blankLines += 1
    line += 1
    isBlank = true
    isQuoted = false
  }
  const mayOpen = () => previous === newline || previous === quote || delimiter.endsWith(previous)
  const decoder = new TextDecoder(encoding === 'latin-1' ? 'latin1' : encoding === 'utf-16' ? 'utf-16le' : 'utf-8')
  for await (const bytes of createReadStream(path)) {
    for (const character of decoder.decode(bytes as Buffer, { stream: true })) {
      // DuckDB ends a broken row at the end of its line, whatever its quotes are.
      if (character === newline && (!isQuoted || broken.has(line))) endLine()
      else if (character !== '\r') isBlank = false
      if (isEscaped) isEscaped = false
      else if (isQuoted && character === escaping && escaping !== quote) isEscaped = true
      // A doubled quote closes the value and opens it again.
      else if (character === quote && (isQuoted || mayOpen())) isQuoted = !isQuoted
      previous = character
    }
    if (rows.length === broken.size) return rows
  }
  endLine()
  return rows
}

/** Lets `file_row` count the broken rows, too. */
async function countBroken(connection: DuckDBConnection, broken: readonly BrokenRow[]): Promise<void> {
  const [values, indexes] = [broken.map(({ row }) => row), broken.map((_, index) => index + 1)]
  await connection.run(`create or replace temp table source_rows as
    select file_row + coalesce(broken, 0) as file_row, source_rows.* exclude (file_row)
    from source_rows asof left join (
      select max(broken) as broken, good_before
      from (select unnest([${indexes}]) as broken, unnest([${values}]) - broken as good_before)
      group by good_before
    ) on file_row > good_before`)
}

/** Values are taken as they are written, numbers too: `1.10` stays `1.10`. */
async function loadJsonLines(connection: DuckDBConnection, path: string, { rows: array, names = [] }: LoadOptions) {
  await connection.run(`create or replace temp table json_rows as
    select row_number() over () as file_row, json as document
    from read_json_objects(${literal(path)}, format = 'newline_delimited', ignore_errors = true)`)
  const keys = await read(
    connection,
    "select distinct unnest(json_keys(document)) as key from json_rows where json_type(document) = 'OBJECT' order by key",
  )
  const nested = names.filter((name) => name.includes('.'))
  const { elements, columns } = jsonColumns(new Set([...keys.rows.map(([key]) => String(key)), ...nested]), array)
  const from = elements
    ? `(select row_number() over () as file_row, document, element from (
        select document, unnest(${elements}) as element from json_rows where json_type(document) = 'OBJECT' order by file_row))`
    : "json_rows where json_type(document) = 'OBJECT'"
  await connection.run(`create or replace temp table source_rows as
    select ${['file_row', ...columns].join(', ')} from ${from}`)
  const { rows } = await read(
    connection,
    "select file_row from json_rows where document is null or json_type(document) <> 'OBJECT' order by file_row",
  )
  await connection.run('drop table json_rows')
  const numbers = rows.map(([row]) => Number(row))
  const texts = await textsOf(path, numbers)
  return { broken: numbers.map((row) => ({ row, error: 'is not a JSON object', text: texts.get(row) ?? '' })) }
}

/** The text of some rows of a file that has one a line. */
async function textsOf(path: string, rows: readonly number[]): Promise<Map<number, string>> {
  const wanted = new Set(rows)
  const texts = new Map<number, string>()
  if (wanted.size === 0) return texts
  let row = 0
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    if (line.trim() === '') continue
    row += 1
    if (wanted.has(row)) texts.set(row, line.slice(0, BROKEN_TEXT_MAX))
  }
  return texts
}

/** From the day that a sheet counts as 0 to the epoch. */
const SHEET_EPOCH_DAYS = 25_569

/**
 * A sheet of a workbook: its first row names the columns. Cells are taken as they are written, so that `47503` stays `47503`. A day or
 * time is a number there, with a format that the first row of data shows: it becomes a timestamp again, to the millisecond.
 */
async function loadSheet(connection: DuckDBConnection, path: string, { sheet }: FileOptions) {
  await connection.run('load excel')
  const options = `header = true, stop_at_empty = false${sheet === undefined ? '' : `, sheet = ${literal(sheet)}`}`
  const types = await describeQuery(connection, `select * from read_xlsx(${literal(path)}, ${options})`)
  const names = [...types.keys()].map(identifier)
  await connection.run(`create or replace temp table sheet_rows as
    select row_number() over () as file_row, * from (
      select nullif(trim(columns(*)), '') from read_xlsx(${literal(path)}, ${options}, all_varchar = true)
    ) where coalesce(${names.join(', ')}) is not null`)
  const columns: string[] = []
  for (const [name, type] of types) columns.push(await cellsSql(connection, name, type))
  await connection.run(
    `create or replace temp table source_rows as select ${['file_row', ...columns].join(', ')} from sheet_rows`,
  )
  await connection.run('drop table sheet_rows')
  return { broken: [] }
}

async function cellsSql(connection: DuckDBConnection, name: string, type: string): Promise<string> {
  const column = identifier(name)
  if (!/^(DATE|TIME|TIMESTAMP)$/.test(type)) return column
  const number = `try_cast(${column} as double)`
  const instant = `make_timestamp((round((${number} - ${SHEET_EPOCH_DAYS}) * 86400000) * 1000)::bigint)`
  if (type === 'TIME') return `coalesce(strftime(${instant}, '%H:%M:%S'), ${column}) as ${column}`
  const { rows } = await read(
    connection,
    `select count(*) from sheet_rows where ${column} is not null and ${number} is null`,
  )
  if (Number(rows[0]![0]) === 0) return `${instant} as ${column}`
  return `coalesce(strftime(${instant}, '%Y-%m-%d %H:%M:%S'), ${column}) as ${column}`
}

async function read(connection: DuckDBConnection, sql: string) {
  const reader = await connection.runAndReadAll(sql)
  return { rows: reader.getRows() }
}

function checkExists(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) throw new SourceError(`${path}: the file does not exist`)
  if (!stat.isFile()) throw new SourceError(`${path}: is not a file`)
  if (stat.size === 0) throw new SourceError(`${path}: is empty`)
}

/** A file of Arrow begins with `ARROW1`, a stream with a message, which begins with four bytes of ones. */
function checkArrow(path: string): void {
  const mark = Buffer.alloc(6)
  const file = openSync(path, 'r')
  try {
    readSync(file, mark, 0, mark.length, 0)
  } finally {
    closeSync(file)
  }
  if (mark.toString('latin1') === 'ARROW1' || mark.readUInt32LE(0) === 0xffff_ffff) return
  throw new SourceError(`${path}: is not an Arrow stream or a Feather file of version 2`)
}

/** A Parquet file begins and ends with `PAR1`. @throws SourceError when this one doesn't, or isn't there */
export function checkParquet(path: string): void {
  checkExists(path)
  const { size } = statSync(path)
  const file = openSync(path, 'r')
  try {
    const marks = Buffer.alloc(8)
    if (size >= 12) {
      readSync(file, marks, 0, 4, 0)
      readSync(file, marks, 4, 4, size - 4)
    }
    if (marks.toString('latin1') !== 'PAR1PAR1') {
      throw new SourceError(`${path}: is not a Parquet file (it does not begin and end with PAR1)`)
    }
  } finally {
    closeSync(file)
  }
}
