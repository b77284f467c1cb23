import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { XGBOOST_VERSION } from '../../platform/settings/settings.ts'
import { findCached } from './cache.ts'
import { runCommand } from './command.ts'
import { DATA_SET_TITLE, DATA_SET_VERSION } from './complete-journey.ts'
import { dockerFix } from './docker.ts'
import { DUCKDB_VERSION, EXTENSIONS_VERSION } from './duckdb-extensions.ts'
import { externalAddress } from './external.ts'
import { findOnPath, type Tool } from './find-tool.ts'
import type { ServerName } from './home.ts'
import { KAFKA_VERSION } from './kafka.ts'
import { MINIO_VERSION } from './minio.ts'
import { serverFolder } from './postgres.ts'
import { TEMPORAL_VERSION } from './temporal.ts'
import { TEST_SERVER_VERSION } from './temporal-test-server.ts'
import {
  findMachineGo,
  findMachineJava,
  findMachineTemporal,
  findMaven,
  goWheel,
  javaWheel,
  mavenFix,
} from './toolchain.ts'
import { findPython, pythonFix } from './wheels.ts'

export interface Finding {
  name: string
  /**
   * `ready`: there. `will be fetched`: not there, and set-up gets it by itself. `missing`: needed, and set-up can't get
   * it. `not needed`: not there, and nothing asks for it.
   */
  state: 'ready' | 'will be fetched' | 'missing' | 'not needed'
  version?: string
  where?: string
  fix?: string
}

/** Looks at what this machine has of what the stack needs; changes nothing and asks no network. */
export async function examine({ docker: asksDocker = false } = {}): Promise<Finding[]> {
  const [go, java, maven, python, machineTemporal, docker] = await Promise.all([
    findMachineGo(),
    findMachineJava(),
    findMaven(),
    findPython(),
    findMachineTemporal(),
    findDocker(),
  ])
  const isNative = (name: ServerName) => !asksDocker && externalAddress(name) === undefined
  const items = {
    minio: findCached('minio', MINIO_VERSION),
    temporal: machineTemporal?.path ?? findCached('temporal', TEMPORAL_VERSION),
    kafka: findCached('kafka', KAFKA_VERSION),
    extensions: findCached('duckdb-extensions', EXTENSIONS_VERSION),
    xgboost: findCached('xgboost', XGBOOST_VERSION),
    dataSet: findCached('completejourney', DATA_SET_VERSION),
    testServer: findCached('temporal-test-server', TEST_SERVER_VERSION),
  }
  const wantsGo = (isNative('objectStore') && !items.minio) || (isNative('temporal') && !items.temporal)
  const wantsMaven = isNative('kafka') && !items.kafka
  const cachedGo = cachedTool('go', goWheel.version)
  const cachedJava = cachedTool('java', javaWheel.version)
  const wantsPython =
    !items.extensions || !items.xgboost || (wantsGo && !go && !cachedGo) || (isNative('kafka') && !java && !cachedJava)
  return [
    found('Node.js', { path: process.execPath, version: process.versions.node }),
    tool('Python with pip', python, wantsPython, pythonFix),
    fetchable('Go 1.26 or newer', go ?? cachedGo, wantsGo),
    fetchable('Java 17 or newer', java ?? cachedJava, isNative('kafka')),
    tool('Maven', maven ?? untriedMaven(java ?? cachedJava), wantsMaven, mavenFix),
    isNative('postgres') ? findPostgres() : notNeeded('PostgreSQL'),
    fetchable('MinIO', asTool(items.minio, MINIO_VERSION), isNative('objectStore')),
    fetchable('Kafka', asTool(items.kafka, KAFKA_VERSION), isNative('kafka')),
    fetchable('Temporal', machineTemporal ?? asTool(items.temporal, TEMPORAL_VERSION), isNative('temporal')),
    fetchable('DuckDB extensions', asTool(items.extensions, DUCKDB_VERSION), true),
    fetchable('XGBoost', asTool(items.xgboost, XGBOOST_VERSION), true),
    fetchable(DATA_SET_TITLE, asTool(items.dataSet, DATA_SET_VERSION), true),
    fetchable('Temporal test server', asTool(items.testServer, TEST_SERVER_VERSION), true),
    tool('Docker (for --docker)', docker, asksDocker, dockerFix),
  ]
}

const found = (name: string, { path, version }: Tool): Finding => ({ name, state: 'ready', version, where: path })
const notNeeded = (name: string): Finding => ({ name, state: 'not needed' })

/** Something that set-up can't get by itself. */
function tool(name: string, there: Tool | undefined, isNeeded: boolean, fix: string): Finding {
  if (there !== undefined) return found(name, there)
  return { name, state: isNeeded ? 'missing' : 'not needed', fix }
}

/** Something that set-up downloads or builds. */
function fetchable(name: string, there: Tool | undefined, isNeeded: boolean): Finding {
  if (there !== undefined) return found(name, there)
  return isNeeded ? { name, state: 'will be fetched', fix: 'shelfline stack prepare' } : notNeeded(name)
}

const asTool = (path: string | undefined, version: string): Tool | undefined =>
  path === undefined ? undefined : { path, version }
const cachedTool = (name: string, version: string) => asTool(findCached(name, version), version)

/** Maven prints its version only with a Java; set-up fetches one where there is none. */
function untriedMaven(java: Tool | undefined): Tool | undefined {
  const path = java === undefined ? findOnPath('mvn') : undefined
  return path === undefined ? undefined : { path, version: '?' }
}

function findPostgres(): Finding {
  const name = 'PostgreSQL'
  try {
    const folder = serverFolder()
    if (existsSync(join(folder, 'bin', 'postgres'))) return found(name, { path: folder, version: '18.4' })
    return { name, state: 'missing', fix: `${folder} is incomplete: run \`npm ci\`` }
  } catch (error) {
    return { name, state: 'missing', fix: (error as Error).message }
  }
}

async function findDocker(): Promise<Tool | undefined> {
  const path = findOnPath('docker')
  if (path === undefined) return undefined
  try {
    return { path, version: (await runCommand(path, ['compose', 'version', '--short'])).trim() }
  } catch {
    return undefined
  }
}
