import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from '@temporalio/client'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadSettings } from '../platform/settings/settings.ts'
import { connectTemporal, temporalConnection } from '../platform/temporal/temporal.ts'
import { UnavailableError } from './errors.ts'
import { answerOf } from './temporal.ts'

const settings = loadSettings()
let client: Client
let folder: string

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) })
  client = await connectTemporal(settings)
  folder = await mkdtemp(join(tmpdir(), 'shelfline-broken-'))
})
afterAll(async () => {
  await client?.connection.close()
  await rm(folder, { recursive: true, force: true })
})

test('an Update of a workflow whose tasks fail is refused with what to do', async () => {
  await symlink(join(import.meta.dirname, '..', 'node_modules'), join(folder, 'node_modules'))
  const workflowsPath = join(folder, 'workflows.js')
  await writeFile(workflowsPath, "export async function broken() { throw new Error('a mistake in its code') }\n")
  const taskQueue = `test-${randomUUID()}`
  const connection = await NativeConnection.connect(temporalConnection(settings))
  const worker = await Worker.create({ connection, namespace: settings.temporalNamespace, taskQueue, workflowsPath })
  await worker.runUntil(async () => {
    const handle = await client.workflow.start('broken', { taskQueue, workflowId: taskQueue })
    // Temporal refuses Updates from the third failure on.
    const failures = async () => (await handle.describe()).raw.pendingWorkflowTask?.attempt ?? 0
    await expect.poll(failures).toBeGreaterThan(3)
    const refused = await answerOf(handle.executeUpdate('approve')).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(UnavailableError)
    expect((refused as Error).message).toMatch(
      /^the workflow cannot answer \(.*Workflow Task.*\): .*batch worker's log/,
    )
    await handle.terminate()
  })
  await connection.close()
})
