import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { getCACertificates } from 'node:tls'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { ObjectStoreSettings } from '../object-store/object-store.ts'
import type { Settings } from '../settings/settings.ts'

export type { DuckDBConnection }

type DuckDbSettings = ObjectStoreSettings &
  Pick<Settings, 'duckdbExtensionDirectory' | 'duckdbMemoryLimitMegabytes' | 'duckdbThreads' | 'home'>

/** What spills to disk are rows of sales and customers: for the user of the process alone. */
const PRIVATE = 0o700

/**
 * An in-memory DuckDB that reads and writes the object store, reads Delta tables and loads PostgreSQL.
 * It spills to the instance's folder beyond its memory limit. Dates and instants are read in UTC.
 *
 * @throws when the extensions were not fetched yet, with how to get them
 */
export async function createDuckDb(settings: DuckDbSettings): Promise<DuckDBInstance> {
  if (!existsSync(settings.duckdbExtensionDirectory)) {
    throw new Error(
      `DuckDB: no extensions in ${settings.duckdbExtensionDirectory}; \`shelfline stack prepare\` fetches them`,
    )
  }
  const temporaryDirectory = join(settings.home, 'duckdb', String(process.pid))
  mkdirSync(temporaryDirectory, { recursive: true, mode: PRIVATE })
  const instance = await DuckDBInstance.create(':memory:', {
    extension_directory: settings.duckdbExtensionDirectory,
    autoinstall_known_extensions: 'false',
    // Each is read, and its signature checked, when a statement first needs it: that of Delta takes a third of a second.
    autoload_known_extensions: 'true',
    memory_limit: `${settings.duckdbMemoryLimitMegabytes}MB`,
    threads: String(settings.duckdbThreads),
    temp_directory: temporaryDirectory,
    preserve_insertion_order: 'false',
  })
  const connection = await instance.connect()
  try {
    await connection.run("set global TimeZone = 'UTC'")
    // The lake's objects never change under their names: a file's footer and size are asked for once.
    await connection.run('set global enable_http_metadata_cache = true; set global parquet_metadata_cache = true')
    await connection.run(objectStoreSecret(settings))
    await requireCertificates(connection, settings, temporaryDirectory)
  } finally {
    connection.closeSync()
  }
  return instance
}

/**
 * An in-memory DuckDB for local files: no object store, and an extension only where a statement loads it. Beyond its memory limit it spills
 * to a folder of its own, which it makes and removes.
 */
export async function createLocalDuckDb(
  settings: Pick<Settings, 'duckdbMemoryLimitMegabytes' | 'duckdbThreads' | 'home'> &
    Partial<Pick<Settings, 'duckdbExtensionDirectory'>>,
): Promise<DuckDBInstance> {
  const folder = join(settings.home, 'duckdb')
  mkdirSync(folder, { recursive: true, mode: PRIVATE })
  const { duckdbExtensionDirectory: extensions } = settings
  const instance = await DuckDBInstance.create(':memory:', {
    ...(extensions === undefined ? {} : { extension_directory: extensions }),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    memory_limit: `${settings.duckdbMemoryLimitMegabytes}MB`,
    threads: String(settings.duckdbThreads),
    temp_directory: join(folder, `local-${randomUUID()}`),
  })
  await withConnection(instance, (connection) => connection.run("set global TimeZone = 'UTC'"))
  return instance
}

/**
 * From now on no statement of the instance reads or writes a file or the network, loads an extension or changes a setting: before those that
 * a user's map is part of. It may still spill.
 */
export const forbidFiles = async (connection: DuckDBConnection): Promise<void> => {
  await connection.run('set enable_external_access = false; set lock_configuration = true')
}

/** One connection for the time of `work`. */
export async function withConnection<Result>(
  instance: DuckDBInstance,
  work: (connection: DuckDBConnection) => Promise<Result>,
): Promise<Result> {
  const connection = await instance.connect()
  try {
    return await work(connection)
  } finally {
    connection.closeSync()
  }
}

/**
 * Attaches PostgreSQL, to be read only, for the time of `work`, which is given the name it has in statements:
 * `select … from <name>.ref.stores`. The password is a DuckDB secret, so that no error text shows it.
 *
 * @throws DuckDB's error when the server can't be reached: host, port, database and user
 */
export async function withPostgres<Result>(
  connection: DuckDBConnection,
  { postgresUrl }: Pick<Settings, 'postgresUrl'>,
  work: (database: string) => Promise<Result>,
): Promise<Result> {
  // One name a call: attachments belong to the whole instance, and a fresh one has a fresh connection.
  const name = `postgres_${randomBytes(6).toString('hex')}`
  const { address, password } = postgresAddress(postgresUrl)
  await connection.run(`create temporary secret ${name} (type postgres, password ${literal(password)})`)
  try {
    await connection.run(`attach ${literal(address)} as ${name} (type postgres, secret ${name}, read_only)`)
    try {
      return await work(name)
    } finally {
      await connection.run(`detach ${name}`)
    }
  } finally {
    await connection.run(`drop secret ${name}`)
  }
}

/** A PostgreSQL URL as libpq's `keyword=value` pairs, and the password apart from them. */
export function postgresAddress(url: string): { address: string; password: string } {
  const { hostname, port, pathname, username, password, searchParams } = new URL(url)
  const decode = decodeURIComponent
  const pairs = {
    host: decode(hostname).replace(/^\[(.*)\]$/, '$1'),
    port,
    dbname: decode(pathname.slice(1)),
    user: decode(username),
    // What libpq would do without it depends on the server.
    sslmode: 'disable',
    ...Object.fromEntries(searchParams),
  }
  const { password: given, ...shown } = pairs as typeof pairs & { password?: string }
  const address = Object.entries(shown)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key}='${value.replaceAll(/[\\']/g, '\\$&')}'`)
    .join(' ')
  return { address, password: given ?? decode(password) }
}

/** A value as a SQL string literal. */
export const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`

/** A name as an identifier of DuckDB and of PostgreSQL. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

function objectStoreSecret(settings: ObjectStoreSettings): string {
  const endpoint = new URL(settings.objectStoreEndpoint)
  return `create or replace secret object_store (
    type s3, provider config,
    key_id ${literal(settings.objectStoreAccessKey)}, secret ${literal(settings.objectStoreSecretKey)},
    region ${literal(settings.objectStoreRegion)}, endpoint ${literal(endpoint.host)},
    url_style 'path', use_ssl ${endpoint.protocol === 'https:'})`
}

/**
 * Over https DuckDB takes any certificate by default. It has no list of authorities of its own, and its reader of Delta tables
 * has another one: both get those that the other clients have, as a file.
 */
async function requireCertificates(
  connection: DuckDBConnection,
  { objectStoreEndpoint, caFile }: DuckDbSettings,
  folder: string,
): Promise<void> {
  if (new URL(objectStoreEndpoint).protocol !== 'https:') return
  const authorities = caFile || join(folder, 'authorities.pem')
  if (caFile === '') writeFileSync(authorities, getCACertificates().join('\n'), { mode: 0o600 })
  await connection.run(`set global ca_cert_file = ${literal(authorities)}`)
  await connection.run('set global enable_server_cert_verification = true')
  await connection.run('set global enable_curl_server_cert_verification = true')
  process.env.SSL_CERT_FILE = authorities
}

/** Names and types of a query's columns, in its order. */
export async function describeQuery(connection: DuckDBConnection, query: string): Promise<Map<string, string>> {
  const rows = (await connection.runAndReadAll(`describe ${query}`)).getRowObjectsJson()
  return new Map(rows.map((row) => [String(row.column_name), String(row.column_type)]))
}
