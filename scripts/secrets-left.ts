/** Looks for an instance's passwords and keys wherever they could be read without permission. */
import { type Dirent, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Connection, type WorkflowService } from '@temporalio/client'
import pg from 'pg'
import { loadSettings, type Settings } from '../platform/settings/settings.ts'
import { temporalConnection } from '../platform/temporal/temporal.ts'
import type { Home, Instance } from './stack/home.ts'

/** Secrets by the name that a finding shows. */
export type NamedSecrets = Readonly<Record<string, string>>

export interface SearchOptions {
  home: Home
  instance: Instance
  secrets: NamedSecrets
  /** How Temporal is reached. Left out: as the settings of the home define it. */
  settings?: Settings
  /** Left out: all of the instance's. */
  databases?: readonly string[]
  namespaces?: readonly string[]
}

/** What an instance keeps its secrets in, readable by its owner only; and the servers' own files, which are searched through the servers. */
const OWN_PLACES: ReadonlySet<string> = new Set(['secrets.json', 'instance.json', 'data', 'minio-certificates'])
const HISTORIES_AT_ONCE = 16
const PAGE_SIZE = 1_000
/** Tests drop their databases; one that goes while it is looked at is none of ours. */
const GONE_CODES: ReadonlySet<string> = new Set(['3D000', '57P01', '55000', '42P01'])

/** The passwords and the secret key of an instance; the key's id is no secret. */
export function secretsOf(home: Home): NamedSecrets {
  const { objectStoreAccessKey: _, processes, ...secrets } = home.secrets()
  const own = Object.entries(processes).flatMap(([kind, each]) =>
    Object.entries(each).map(([server, secret]) => [`${kind}'s for ${server}`, secret] as const),
  )
  return { ...secrets, ...Object.fromEntries(own) }
}

/**
 * @returns a line for each file, table and workflow that holds a secret, naming both, never the secret's value
 * @throws when the instance's servers don't answer
 */
export async function findSecrets(options: SearchOptions): Promise<string[]> {
  const found = await Promise.all([searchDatabases(options), searchHistories(options)])
  return [...searchFiles(options), ...found.flat()]
}

function searchFiles({ home, secrets }: SearchOptions): string[] {
  const isSearched = ({ name }: Dirent) => !OWN_PLACES.has(name)
  return readdirSync(home.folder, { withFileTypes: true })
    .filter(isSearched)
    .flatMap((entry) =>
      entry.isDirectory() ? filesBelow(join(home.folder, entry.name)) : [join(home.folder, entry.name)],
    )
    .flatMap((file) =>
      namesIn(readFileSync(file), secrets).map((name) => `${name} is in ${relative(home.folder, file)}`),
    )
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

const namesIn = (text: Buffer | string, secrets: NamedSecrets): string[] =>
  Object.entries(secrets)
    .filter(([, secret]) => text.includes(secret))
    .map(([name]) => name)

async function searchDatabases(options: SearchOptions): Promise<string[]> {
  const { instance } = options
  const adminUrl = instance.postgres.adminUrl ?? instance.postgres.url
  const databases =
    options.databases ??
    (await withClient(adminUrl, (client) =>
      column(client, 'select datname from pg_database where datallowconn and not datistemplate'),
    ))
  const found: string[] = []
  for (const database of databases) {
    const url = new URL(adminUrl)
    url.pathname = `/${database}`
    const lines = await withClient(url.href, (client) => searchTables(client, database, options.secrets)).catch(
      (error: Error & { code?: string }) => {
        if (GONE_CODES.has(error.code ?? '')) return []
        throw error
      },
    )
    found.push(...lines)
  }
  return found
}

/** Every row of every table as text, whatever its columns are called. */
async function searchTables(client: pg.Client, database: string, secrets: NamedSecrets): Promise<string[]> {
  const tables = await column(
    client,
    `select format('%I.%I', nspname, relname)
     from pg_class
     join pg_namespace on pg_namespace.oid = relnamespace
     where relkind in ('r', 'm') and nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
       and pg_relation_size(pg_class.oid) > 0`,
  )
  const found: string[] = []
  for (const table of tables) {
    const { rows } = await client.query<{ name: string }>(
      `select sought.name from unnest($1::text[], $2::text[]) as sought (name, value)
       where exists (select from ${table} as searched_row where position(sought.value in searched_row::text) > 0)`,
      [Object.keys(secrets), Object.values(secrets)],
    )
    found.push(...rows.map(({ name }) => `${name} is in table ${database}: ${table}`))
  }
  return found
}

async function withClient<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function column(client: pg.Client, query: string): Promise<string[]> {
  return (await client.query<string[]>({ text: query, rowMode: 'array' })).rows.map(([value]) => value!)
}

async function searchHistories(options: SearchOptions): Promise<string[]> {
  const settings = options.settings ?? loadSettings({ SHELFLINE_HOME: options.home.folder })
  const connection = await Connection.connect(temporalConnection(settings))
  try {
    const found: string[] = []
    for (const namespace of options.namespaces ?? (await namespacesOf(connection))) {
      found.push(...(await searchNamespace(connection, namespace, options.secrets)))
    }
    return found
  } finally {
    await connection.close()
  }
}

/** What a paged call of Temporal's service answers. */
type Page<Call extends 'listNamespaces' | 'listWorkflowExecutions' | 'getWorkflowExecutionHistory'> = Awaited<
  ReturnType<Extract<WorkflowService[Call], (request: never) => Promise<unknown>>>
>

async function namespacesOf({ workflowService }: Connection): Promise<string[]> {
  const names: string[] = []
  let nextPageToken: Uint8Array | null = null
  do {
    const page: Page<'listNamespaces'> = await workflowService.listNamespaces({ pageSize: PAGE_SIZE, nextPageToken })
    names.push(...page.namespaces.map(({ namespaceInfo }) => namespaceInfo!.name!))
    nextPageToken = page.nextPageToken
  } while (nextPageToken?.length)
  return names
}

interface Execution {
  workflowId: string
  runId: string
}

async function searchNamespace(connection: Connection, namespace: string, secrets: NamedSecrets): Promise<string[]> {
  const executions = await executionsOf(connection, namespace)
  const found: string[] = []
  const searchNext = async () => {
    for (let execution = executions.pop(); execution !== undefined; execution = executions.pop()) {
      const names = await namesInHistory(connection, namespace, execution, secrets)
      found.push(...names.map((name) => `${name} is in the history of ${execution!.workflowId} (${namespace})`))
    }
  }
  await Promise.all(Array.from({ length: HISTORIES_AT_ONCE }, searchNext))
  return found
}

async function executionsOf({ workflowService }: Connection, namespace: string): Promise<Execution[]> {
  const executions: Execution[] = []
  let nextPageToken: Uint8Array | null = null
  do {
    const request = { namespace, pageSize: PAGE_SIZE, nextPageToken }
    const page: Page<'listWorkflowExecutions'> = await workflowService.listWorkflowExecutions(request)
    executions.push(...page.executions.map(({ execution }) => execution as Execution))
    nextPageToken = page.nextPageToken
  } while (nextPageToken?.length)
  return executions
}

async function namesInHistory(
  { workflowService }: Connection,
  namespace: string,
  execution: Execution,
  secrets: NamedSecrets,
): Promise<string[]> {
  const names = new Set<string>()
  let nextPageToken: Uint8Array | null = null
  do {
    const request = { namespace, execution, nextPageToken }
    const page: Page<'getWorkflowExecutionHistory'> = await workflowService.getWorkflowExecutionHistory(request)
    for (const text of textsIn(page.history)) for (const name of namesIn(text, secrets)) names.add(name)
    nextPageToken = page.nextPageToken
  } while (nextPageToken?.length)
  return [...names]
}

/** Every text in a message of Temporal, and every payload: those are bytes. */
function* textsIn(value: unknown): Generator<string | Buffer> {
  if (typeof value === 'string') yield value
  else if (value instanceof Uint8Array) yield Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) yield* textsIn(part)
}
