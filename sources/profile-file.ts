import { createLocalDuckDb, type DuckDBConnection, identifier, withConnection } from '../platform/duckdb/duckdb.ts'
import { profile, type TableProfile } from '../platform/duckdb/profile.ts'
import type { Settings } from '../platform/settings/settings.ts'
import { loadFile } from './file.ts'
import { type FileOptions, readMap } from './map.ts'

export interface ProfileOptions {
  file: string
  /** The map's file; it defines how to read the file when its ending does not. */
  map?: string | undefined
  settings: Settings
}

export interface FileProfile extends TableProfile {
  /** Rows that could not be split into columns; they are in no figure. */
  broken: number
}

const PLAIN: FileOptions = { decimal: '.', encoding: 'utf-8' }

/**
 * What the columns of a user's file hold, before any map. A text column whose values are all numbers is profiled as numbers.
 *
 * @throws SourceError when the file or the map can't be used
 */
export async function profileFile({ file, map, settings }: ProfileOptions): Promise<FileProfile> {
  const instance = await createLocalDuckDb(settings)
  try {
    return await withConnection(instance, async (connection) => {
      const { broken } = await loadFile(connection, file, map === undefined ? PLAIN : readMap(map).file)
      const columns = await numericColumns(connection)
      const list = columns.map(({ name, isNumber }) =>
        isNumber ? `cast(${identifier(name)} as double) as ${identifier(name)}` : identifier(name),
      )
      return { ...(await profile(connection, `(select ${list.join(', ')} from source_rows)`)), broken: broken.length }
    })
  } finally {
    instance.closeSync()
  }
}

/** The file's columns, and which of its text columns hold numbers only. */
async function numericColumns(connection: DuckDBConnection): Promise<{ name: string; isNumber: boolean }[]> {
  const described = await connection.runAndReadAll('describe select * exclude (file_row) from source_rows')
  const columns = described.getRowObjectsJson() as { column_name: string; column_type: string }[]
  const texts = columns.filter(({ column_type: type }) => type === 'VARCHAR').map(({ column_name: name }) => name)
  if (texts.length === 0) return columns.map(({ column_name: name }) => ({ name, isNumber: false }))
  const tests = texts.map((name) => {
    const column = identifier(name)
    return `count(${column}) > 0 and count(*) filter (${column} is not null and try_cast(${column} as double) is null) = 0`
  })
  const tested = await connection.runAndReadAll(`select ${tests.join(', ')} from source_rows`)
  const numbers = new Set(texts.filter((_, at) => tested.getRows()[0]![at] === true))
  return columns.map(({ column_name: name }) => ({ name, isNumber: numbers.has(name) }))
}
