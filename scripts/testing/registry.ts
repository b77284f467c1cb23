/** A schema registry of a test's own on the instance's Kafka, which the test can kill. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Settings } from '../../platform/settings/settings.ts'
import { killHard, until } from '../../streams/testing/world.ts'
import { Home } from '../stack/home.ts'
import { freePorts, type Ports } from '../stack/ports.ts'
import { registry, registryAddress, registryCommand } from '../stack/registry.ts'
import type { ServerContext } from '../stack/server.ts'

export interface TestRegistry {
  url: string
  kill(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

export async function startRegistry({ kafkaBrokers }: Pick<Settings, 'kafkaBrokers'>): Promise<TestRegistry> {
  const home = new Home(mkdtempSync(join(tmpdir(), 'shelfline-registry-')))
  home.create()
  await registry.prepare(() => undefined)
  const ports: Ports = { ...(await freePorts()), kafka: Number(kafkaBrokers[0]!.split(':').at(-1)) }
  const context: ServerContext = { home, ports, secrets: home.secrets(), isDisposable: true, security: undefined }
  const {
    command,
    arguments: words,
    environment,
  } = await registryCommand(context, `registry-${randomBytes(5).toString('hex')}`)
  let child: ChildProcess
  const start = async () => {
    const log = openSync(home.path('registry.log'), 'a')
    child = spawn(command, words, { stdio: ['ignore', log, log], env: { ...process.env, ...environment } })
    await until('the registry answers', 180_000, async () => {
      return registry.probe(context).then(
        () => true,
        () => false,
      )
    })
  }
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) await killHard(child)
  }
  await start()
  return {
    url: registryAddress(context).url,
    kill,
    start,
    async close() {
      await kill()
      rmSync(home.folder, { recursive: true, force: true })
    },
  }
}
