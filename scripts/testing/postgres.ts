/**
 * PostgreSQL for the tests that need nothing else: the instance's, when one runs; otherwise one of their own, which is removed when
 * they have ended.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { instanceHome } from '../../platform/settings/settings.ts'
import { Home } from '../stack/home.ts'
import { down, up } from '../stack/stack.ts'

const CONNECT_TIMEOUT_MS = 3_000

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (await isRunning()) return undefined
  const home = mkdtempSync(join(tmpdir(), 'shelfline-postgres-'))
  const remove = async () => {
    await down({ home })
    rmSync(home, { recursive: true, force: true })
  }
  try {
    await up({ home, ports: 'free', only: ['postgres'], isDisposable: true })
  } catch (error) {
    await remove()
    throw error
  }
  project.config.env.SHELFLINE_HOME = home
  return remove
}

async function isRunning(): Promise<boolean> {
  const instance = new Home(instanceHome()).readInstance()
  if (instance === undefined) return false
  const client = new pg.Client({
    connectionString: instance.postgres.url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  })
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}
