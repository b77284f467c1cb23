import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { extname } from 'node:path'
import { type DuckDBConnection, literal } from '../platform/duckdb.ts'
import { SourceError } from './errors.ts'
import { type FileFormat, type FileOptions, fileFormats } from './map.ts'

const extensions: Record<string, FileFormat> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.txt': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.parquet': 'parquet',
}

/** A row that could not even be split into columns. */
export interface BrokenRow {
  /** Line of the file, from 1. */
  line: number
  error: string
}

export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

/**
 * Reads a file into the temporary table `source_rows`: its columns, and `file_row`, which counts its rows from 1.
 * Text files give text, so that no number passes through floating point. What does not fit into memory goes to disk.
 *
 * @returns the rows that could not be split into columns
 * @throws SourceError when the file is missing, is not what its format says, or has no rows
 */
export async function loadFile(
  connection: DuckDBConnection,
  path: string,
  options: FileOptions,
): Promise<{ broken: BrokenRow[] }> {
  const format = options.format ?? extensions[extname(path).toLowerCase()]
  if (format === undefined) {
    throw new SourceError(
      `${path}: its ending does not say what it is; name file.format in the map (${fileFormats.join(', ')})`,
    )
  }
  checkExists(path)
  if (format === 'parquet') checkParquet(path)
  try {
    return await loaders[format](connection, path, options)
  } catch (error) {
    if (error instanceof SourceError) throw error
    throw new SourceError(`${path}: can't be read as ${format}: ${(error as Error).message.split('\n')[0]}`)
  }
}

const loaders = { csv: loadCsv, jsonl: loadJsonLines, parquet: loadParquet }

async function loadParquet(connection: DuckDBConnection, path: string) {
  await connection.run(`create or replace temp table source_rows as
    select file_row_number + 1 as file_row, * exclude (file_row_number)
    from read_parquet(${literal(path)}, file_row_number = true)`)
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
    'select line, arg_min(error_message, byte_position) from reject_errors group by line order by line',
  )
  return { broken: rows.map(([line, error]) => ({ line: Number(line), error: String(error) })) }
}

/** Values are taken as they are written, numbers too: `1.10` stays `1.10`. */
async function loadJsonLines(connection: DuckDBConnection, path: string) {
  await connection.run(`create or replace temp table json_rows as
    select row_number() over () as file_row, json
    from read_json_objects(${literal(path)}, format = 'newline_delimited', ignore_errors = true)`)
  const keys = await read(
    connection,
    "select distinct unnest(json_keys(json)) as key from json_rows where json_type(json) = 'OBJECT' order by key",
  )
  const columns = keys.rows.map(([key]) => {
    const jsonPath = `$."${String(key).replaceAll('"', '\\"')}"`
    return `json_extract_string(json, ${literal(jsonPath)}) as ${identifier(String(key))}`
  })
  await connection.run(`create or replace temp table source_rows as
    select ${['file_row', ...columns].join(', ')} from json_rows where json_type(json) = 'OBJECT'`)
  const broken = await read(
    connection,
    "select file_row from json_rows where json is null or json_type(json) <> 'OBJECT' order by file_row",
  )
  await connection.run('drop table json_rows')
  return { broken: broken.rows.map(([row]) => ({ line: Number(row), error: 'is not a JSON object' })) }
}

async function read(connection: DuckDBConnection, sql: string) {
  const reader = await connection.runAndReadAll(sql)
  return { rows: reader.getRows() }
}

function checkExists(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) throw new SourceError(`${path}: there is no such file`)
  if (!stat.isFile()) throw new SourceError(`${path}: is not a file`)
  if (stat.size === 0) throw new SourceError(`${path}: is empty`)
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
