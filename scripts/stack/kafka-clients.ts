/** Producers that others use, for tests: librdkafka, and Kafka's own console producer. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { findCached, withCached } from './cache.ts'
import { KAFKA_VERSION, kafka } from './kafka.ts'
import { installJars } from './maven.ts'
import type { Report } from './progress.ts'
import { requireJava } from './toolchain.ts'
import { installWheels, type Wheel } from './wheels.ts'

/** The Python client holds librdkafka as one library, which needs no Python. Linux x64, linux arm64. */
const wheel: Wheel = {
  name: 'confluent-kafka',
  version: '2.11.1',
  sha256: [
    '3e01607c3613863fb0f4f86c7fc3421c4af6f70686bf903ab475c113dfacb372',
    'bc6842dc30ef258e4c5b7c6e322d992cd001b6e319838aa7a6ec210374e16830',
  ],
  python: '3.12',
}
const TOOLS_SHA256 = '96aff9322ffc6bff463df82e106c31a6806f0a189f5f3ad8fccec525196efc81'

export const hasLibrdkafka = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)

/** The file of librdkafka. */
export async function prepareLibrdkafka(report: Report): Promise<string> {
  const folder = await withCached('librdkafka', wheel.version, async (temporaryFolder) => {
    report('downloading the wheel')
    await installWheels([wheel], temporaryFolder)
  })
  const libraries = join(folder, 'confluent_kafka.libs')
  return join(libraries, readdirSync(libraries).find((name) => name.startsWith('librdkafka'))!)
}

/** The command that starts Kafka's console producer, without its options. */
export async function prepareConsoleProducer(report: Report): Promise<[string, ...string[]]> {
  await kafka.prepare(report)
  const tools = await withCached('kafka-tools', KAFKA_VERSION, (folder) =>
    installJars('kafka-tools', TOOLS_SHA256, folder, report),
  )
  const classPath = [tools, findCached('kafka', KAFKA_VERSION)!].map((folder) => join(folder, '*')).join(':')
  return [
    await requireJava(report),
    '-XX:TieredStopAtLevel=1',
    '-cp',
    classPath,
    'org.apache.kafka.tools.ConsoleProducer',
  ]
}
