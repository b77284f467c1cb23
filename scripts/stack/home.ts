import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type WorkerKind, workerKinds } from '../../platform/worker-kinds.ts'
import { StackError } from './errors.ts'
import type { ProcessRecord } from './processes.ts'

export const serverNames = ['postgres', 'kafka', 'objectStore', 'temporal'] as const
export type ServerName = (typeof serverNames)[number]

/** What watches the servers and the workers; nothing of Shelfline needs it. */
export const monitorNames = ['prometheus', 'alertmanager'] as const
export type MonitorName = (typeof monitorNames)[number]

/** A program of its own in a secure instance only. */
export const TEMPORAL_UI = 'temporalUi'

/** What reads and keeps the changes of other databases; only who captures some needs it. */
export type CaptureName = 'connect'

/** What keeps schemas for programs that read and write Avro. */
export type RegistryName = 'registry'

export const sparkWorkers = ['sparkWorker1', 'sparkWorker2'] as const
/** What runs the statements of assets where one machine is too small; only who asks for it has it. */
export type SparkName = 'sparkMaster' | (typeof sparkWorkers)[number] | 'spark'

export type ProgramName = ServerName | MonitorName | CaptureName | RegistryName | SparkName | typeof TEMPORAL_UI

/** What is known of a server that was started natively: its file is there from its start until it was stopped. */
export interface ServerRecord extends ProcessRecord {
  startedAt: string
  command: string
}

/** Passwords and keys of one instance: made once, at random. */
export interface Secrets {
  postgresSuperuser: string
  postgresMigrate: string
  postgresApp: string
  postgresBiReader: string
  postgresWeb: string
  postgresDashboards: string
  grafanaAdmin: string
  /** Temporal's own, where Docker Compose keeps its tables in PostgreSQL. */
  postgresTemporal: string
  objectStoreAccessKey: string
  objectStoreSecretKey: string
  /** What secrets in the database are encrypted with. */
  secretKey: string
  /** Of a secure instance: the passwords of users for commands, and what payloads of workflows are encrypted with. */
  kafkaApp: string
  objectStoreApp: string
  objectStoreVacuum: string
  payloadKey: string
  /** What each process signs in with. */
  processes: Record<WorkerKind, ProcessSecrets>
}

export interface ProcessSecrets {
  /** The web application's is above. */
  postgres: string
  kafka: string
  objectStore: string
}

/** What a running instance gives other tools: the addresses of its servers, and how to sign in. */
export interface Instance {
  version: 1
  startedAt: string
  /** The process that brought the instance up. */
  pid: number
  mode: 'native' | 'docker'
  postgres: {
    url: string
    migrateUrl?: string
    adminUrl?: string
    biReaderUrl?: string
    webUrl?: string
    dashboardsUrl?: string
  }
  kafka: { brokers: string[]; protocol?: 'sasl_ssl'; mechanism?: 'scram-sha-512'; user?: string; password?: string }
  objectStore: {
    endpoint: string
    consoleUrl?: string
    accessKey: string
    secretKey: string
    bucket: string
    region: string
  }
  temporal: { address: string; namespace: string; uiUrl?: string; tls?: 'on'; payloadKey?: string }
  /** When it was asked for. */
  monitoring?: { prometheusUrl: string; alertmanagerUrl: string }
  /** Kafka Connect, when it was asked for. */
  connect?: { url: string; secretsFolder: string }
  /** The schema registry, when it was asked for. */
  registry?: { url: string }
  /** Spark Connect, when it was asked for. */
  spark?: { url: string }
  /** What secrets in the database are encrypted with. */
  secretKey: string
  /** Of a secure instance. */
  caFile?: string
  clientCertificateFile?: string
  clientKeyFile?: string
  httpsCertificateFile?: string
  httpsKeyFile?: string
  /** What a process has instead: a worker, by its kind; or the command that vacuums the lake. */
  workers?: Partial<Record<WorkerKind | 'vacuum', WorkerAccess>>
}

export interface WorkerAccess {
  postgres?: { url: string }
  kafka?: { user: string; password: string }
  /** Empty for one that has nothing to do there. */
  objectStore?: { accessKey: string; secretKey: string }
  clientCertificateFile?: string
  clientKeyFile?: string
}

/** The folder of one instance and what is where in it. */
export class Home {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  path = (...parts: string[]): string => join(this.folder, ...parts)
  dataFolder = (name: string): string => this.path('data', name)
  logFile = (name: ProgramName): string => this.path('logs', `${name}.log`)

  /** Makes the folder. Others may pass through to what is theirs (PostgreSQL's data may be), and look at nothing. */
  create(): void {
    for (const folder of [this.folder, this.path('data')]) {
      mkdirSync(folder, { recursive: true })
      chmodSync(folder, 0o711)
    }
    for (const folder of ['logs', 'servers']) mkdirSync(this.path(folder), { recursive: true, mode: 0o700 })
  }

  readServer = (name: ProgramName): ServerRecord | undefined => this.read(join('servers', `${name}.json`))
  writeServer = (name: ProgramName, record: ServerRecord): void =>
    this.writePrivate(join('servers', `${name}.json`), record)
  forgetServer = (name: ProgramName): void => this.forget(join('servers', `${name}.json`))

  forget = (name: string): void => rmSync(this.path(name), { force: true })

  readInstance = (): Instance | undefined => this.read('instance.json')
  forgetInstance = (): void => this.forget('instance.json')

  secrets(): Secrets {
    const known = this.read<Partial<Secrets>>('secrets.json')
    const made = newSecrets()
    const secrets = { ...made, ...known, processes: { ...made.processes, ...known?.processes } }
    if (!isDeepStrictEqual(secrets, known)) this.writePrivate('secrets.json', secrets)
    return secrets
  }

  /** Writes JSON that only the owner can read; a reader sees the old file or the new one, never a part. */
  writePrivate(name: string, value: unknown): void {
    const temporary = this.path(`${name}.${process.pid}.tmp`)
    writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
    renameSync(temporary, this.path(name))
  }

  readPorts = <Ports>(): Ports | undefined => this.read('ports.json')

  /** The JSON in a file of the folder, undefined when there is none. */
  read<Value>(name: string): Value | undefined {
    const file = this.path(name)
    if (!existsSync(file)) return undefined
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as Value
    } catch (error) {
      throw new StackError(
        `${file} can't be read (${(error as Error).message}); to start again without data: \`shelfline stack reset\``,
      )
    }
  }
}

function newSecrets(): Secrets {
  const secret = () => randomBytes(18).toString('hex')
  const key = () => randomBytes(32).toString('base64')
  return {
    postgresSuperuser: secret(),
    postgresMigrate: secret(),
    postgresApp: secret(),
    postgresBiReader: secret(),
    postgresWeb: secret(),
    postgresDashboards: secret(),
    grafanaAdmin: secret(),
    postgresTemporal: secret(),
    objectStoreAccessKey: `shelfline-${randomBytes(5).toString('hex')}`,
    objectStoreSecretKey: secret(),
    secretKey: key(),
    kafkaApp: secret(),
    objectStoreApp: secret(),
    objectStoreVacuum: secret(),
    payloadKey: key(),
    processes: Object.fromEntries(
      workerKinds.map((kind) => [kind, { postgres: secret(), kafka: secret(), objectStore: secret() }]),
    ) as Secrets['processes'],
  }
}
