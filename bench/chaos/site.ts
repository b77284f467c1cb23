/** Where a run takes place: an instance of its own with servers that can be stopped, or a corner of a running one. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { loadSettings, type Settings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { Home, type ServerName } from '../../scripts/stack/home.ts'
import { isRunning, waitForEnd } from '../../scripts/stack/processes.ts'
import { down, reset, servers, up } from '../../scripts/stack/stack.ts'
import { SmallDisk } from './disks.ts'

export const root = join(import.meta.dirname, '..', '..')
export const CLI = join(root, 'cli', 'main.ts')
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024
const STOP_WAIT_MS = 60_000
const POSTGRES_MEGABYTES = 3_000
const OBJECT_STORE_MEGABYTES = 1_500
const SPILL_MEGABYTES = 256

/** A database, a lake folder and topics, with the settings that lead to them past the proxies. */
export interface Site {
  settings: Settings
  /** Behind the names of topics and consumer groups. */
  topicSuffix: string
}

/** The environment in which a command of the CLI works on the site. */
export const environmentOf = ({ settings }: Site): NodeJS.ProcessEnv => ({
  ...process.env,
  SHELFLINE_HOME: settings.home,
  SHELFLINE_POSTGRES_URL: settings.postgresUrl,
  SHELFLINE_POSTGRES_MIGRATE_URL: settings.postgresMigrateUrl,
  SHELFLINE_LAKE_PREFIX: settings.lakePrefix,
  SHELFLINE_LOG_LEVEL: 'warn',
  NO_COLOR: '1',
})

export interface CommandResult {
  code: number
  stdout: string
  stderr: string
}

/** Runs a command of the CLI as a process, to its end. */
export async function shelfline(site: Site, ...words: string[]): Promise<CommandResult> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [CLI, ...words], {
      cwd: root,
      env: environmentOf(site),
      maxBuffer: OUTPUT_BYTES_MAX,
    })
    return { code: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: number; stdout?: string; stderr?: string }
    return { code: typeof code === 'number' ? code : -1, stdout, stderr: stderr || String(error) }
  }
}

/** @throws with what the command wrote to standard error when it does not exit with 0 */
export async function mustRun(site: Site, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await shelfline(site, ...words)
  if (code !== 0) throw new Error(`shelfline ${words.join(' ')} exited with ${code}: ${stderr.trim()}`)
  return stdout
}

/** A second database and lake folder on the same Kafka: for the run that nothing disturbs. */
export async function referenceSite(site: Site): Promise<{ site: Site; database: TestDatabase }> {
  const database = await createTestDatabase(site.settings)
  return { site: { ...site, settings: database.settings }, database }
}

/** Four servers of the harness's own, each of which can be ended and started again. */
export class OwnInstance implements Site {
  readonly topicSuffix = ''
  readonly settings: Settings
  readonly disks = new Map<string, SmallDisk>()
  readonly #home: Home

  private constructor(folder: string) {
    this.#home = new Home(folder)
    this.settings = loadSettings({ ...process.env, SHELFLINE_HOME: folder })
  }

  /** @param folder must not exist yet: it is removed at the end */
  static async start(folder: string): Promise<OwnInstance> {
    await up({ home: folder, ports: 'free' })
    const instance = new OwnInstance(folder)
    await mustRun(instance, 'migrate')
    await mustRun(instance, 'topics', 'apply')
    return instance
  }

  /** `crash`: without a chance to write anything more. PostgreSQL's way to crash without leaving children is SIGQUIT. */
  async stopServer(name: ServerName, how: 'crash' | 'stop'): Promise<void> {
    const record = this.#home.readServer(name)
    if (record === undefined || !isRunning(record)) return
    const { stopSignal } = servers.find((server) => server.name === name)!
    const crash = name === 'postgres' ? 'SIGQUIT' : 'SIGKILL'
    process.kill(record.pid, how === 'crash' ? crash : stopSignal)
    if (!(await waitForEnd(record, STOP_WAIT_MS))) throw new Error(`${name} did not end within ${STOP_WAIT_MS} ms`)
  }

  /** Starts what does not run, on the ports that it had. */
  async startServers(): Promise<void> {
    await up({ home: this.#home.folder, ports: 'free' })
  }

  /** Gives two servers, and what workers spill to, a file system each that can be filled. */
  async useSmallDisks(): Promise<void> {
    await down({ home: this.#home.folder })
    const image = (name: string) => this.#home.path(`${name}.ext4`)
    const add = (place: string, folder: string, megabytes: number) =>
      this.disks.set(place, new SmallDisk(folder, image(place), megabytes))
    add('postgres', this.#home.dataFolder('postgres'), POSTGRES_MEGABYTES)
    add('objectStore', this.#home.dataFolder('minio'), OBJECT_STORE_MEGABYTES)
    add('spill', this.#home.path('raw-sink'), SPILL_MEGABYTES)
    add('duckdb', this.#home.path('duckdb'), SPILL_MEGABYTES)
    await this.startServers()
  }

  async close(): Promise<void> {
    await down({ home: this.#home.folder })
    for (const disk of this.disks.values()) disk.close()
    await reset({ home: this.#home.folder })
  }
}
