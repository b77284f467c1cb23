/** An ERP in a PostgreSQL of its own, and Kafka Connect with Debezium, for tests that kill them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Settings } from '../../platform/settings/settings.ts'
import { killHard, until } from '../../streams/testing/world.ts'
import { captures, connectAddress, connectCommand } from '../stack/connect.ts'
import { Home } from '../stack/home.ts'
import { freePorts, type Ports } from '../stack/ports.ts'
import type { ServerContext } from '../stack/server.ts'
import { down, up } from '../stack/stack.ts'

const PASSWORD = randomBytes(12).toString('hex')

export interface Erp {
  port: number
  password: string
  query(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>
  /** Ends the server as a power cut does, and starts it again. */
  crash(): Promise<void>
  close(): Promise<void>
}

const TABLES = `
  create table article (article_no text primary key, title text not null, category text, brand text, note text);
  create table price (store text, article_no text, amount numeric(12, 4) not null, primary key (store, article_no));
  create table stock (store text, article_no text, quantity numeric(14, 3) not null, primary key (store, article_no));
  create publication shelfline for table article, price, stock`

export async function startErp(): Promise<Erp> {
  const home = mkdtempSync(join(tmpdir(), 'shelfline-erp-'))
  const start = () => up({ home, ports: 'free', only: ['postgres'], isDisposable: true })
  const first = await start()
  const admin = new URL(first.postgres.adminUrl!)
  await run(admin.href, [
    "alter system set wal_level = 'logical'",
    "alter system set max_slot_wal_keep_size = '256MB'",
    'create database erp',
    `create role cdc login replication password '${PASSWORD}'`,
  ])
  await down({ home })
  await start()
  admin.pathname = '/erp'
  await run(admin.href, [TABLES, 'grant select on article, price, stock to cdc'])
  const pool = () => new pg.Pool({ connectionString: admin.href, max: 4 })
  let connections = pool()
  connections.on('error', () => undefined)
  return {
    port: Number(admin.port),
    password: PASSWORD,
    query: async (text, values) => (await connections.query(text, values)).rows,
    async crash() {
      process.kill(new Home(home).readServer('postgres')!.pid, 'SIGKILL')
      await connections.end().catch(() => undefined)
      await until(
        'the server is up again',
        120_000,
        async () => {
          return await start().then(
            () => true,
            () => false,
          )
        },
        1_000,
      )
      connections = pool()
      connections.on('error', () => undefined)
    },
    async close() {
      await connections.end().catch(() => undefined)
      await down({ home })
      rmSync(home, { recursive: true, force: true })
    },
  }
}

async function run(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}

export interface TestConnect {
  url: string
  secretsFolder: string
  logFile: string
  kill(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

/** A Connect with a group of its own on the instance's Kafka. */
export async function startConnect({ kafkaBrokers }: Settings): Promise<TestConnect> {
  const folder = mkdtempSync(join(tmpdir(), 'shelfline-connect-'))
  const home = new Home(folder)
  home.create()
  mkdirSync(home.path('connect'), { recursive: true })
  const [capture] = captures
  await capture!.prepare(() => undefined)
  const ports: Ports = { ...(await freePorts()), kafka: Number(kafkaBrokers[0]!.split(':').at(-1)) }
  const context: ServerContext = { home, ports, secrets: home.secrets(), isDisposable: true, security: undefined }
  const group = `connect-${randomBytes(5).toString('hex')}`
  const logFile = home.path('connect.log')
  let child: ChildProcess
  const start = async () => {
    const { command, arguments: words } = await connectCommand(context, group)
    const log = openSync(logFile, 'a')
    child = spawn(command, words, { stdio: ['ignore', log, log] })
    await until(
      'Kafka Connect answers',
      240_000,
      async () => {
        return await capture!.probe(context).then(
          () => true,
          () => false,
        )
      },
      500,
    )
  }
  await start()
  return {
    ...connectAddress(context),
    logFile,
    start,
    kill: () => killHard(child),
    async close() {
      await killHard(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Keeps a secret where Connect reads it. */
export const writeSecret = (folder: string, name: string, value: string): void =>
  writeFileSync(join(folder, name), value, { mode: 0o600 })
