/** The refresh as the workers run it, against a service that behaves as documented, while the server skips the pauses. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApplicationFailure, WorkflowFailedError } from '@temporalio/client'
import { temporal } from '@temporalio/proto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createPowerBiActivities } from '../../activities/reports/power-bi.ts'
import { trustOwnServers } from '../../platform/http/trusted-authorities.ts'
import { clientSecret, type PowerBiService, startPowerBi } from '../../platform/power-bi/testing.ts'
import { createAuthority } from '../../scripts/stack/authority.ts'
import { type Activities, createWorkflowBench, type WorkflowBench } from '../../workers/testing.ts'

let bench: WorkflowBench
let service: PowerBiService
beforeAll(async () => {
  const authority = await createAuthority('Test')
  const folder = mkdtempSync(join(tmpdir(), 'shelfline-power-bi-'))
  writeFileSync(join(folder, 'ca.pem'), authority.certificate)
  trustOwnServers({ caFile: join(folder, 'ca.pem') })
  rmSync(folder, { recursive: true })
  service = await startPowerBi(await authority.issue({ commonName: 'power-bi', hosts: ['127.0.0.1'] }))
  bench = await createWorkflowBench()
})
beforeEach(() => {
  for (const list of [service.refreshes, service.bodies, service.next]) list.length = 0
})
afterAll(async () => {
  await bench?.close()
  await service?.close()
})

/** The activities of a worker; a refresh ends so when it has been read twice. */
function activitiesWhere(end: () => void): Partial<Activities> {
  const own = createPowerBiActivities(service)
  let reads = 0
  return {
    ...own,
    async readPowerBiRefresh(refreshId) {
      reads += 1
      if (reads % 2 === 0) end()
      return own.readPowerBiRefresh(refreshId)
    },
  }
}

test('it asks again after the pause that the service gives, waits for a refresh before it and for its own, and its history has no secret', async () => {
  service.next.push({ status: 429, headers: { 'retry-after': '90' } })
  service.refreshes.push({ requestId: 'earlier', refreshType: 'ViaApi', startTime: '', status: 'Unknown' })
  const own = activitiesWhere(() => service.end('Completed'))
  let asked = 0
  const activities: Partial<Activities> = {
    ...own,
    async beginPowerBiRefresh() {
      asked += 1
      if (asked === 4) service.end('Completed')
      return own.beginPowerBiRefresh!()
    },
  }
  const [output, history] = await bench.withActivities(activities, async (start) => {
    const handle = await start('refreshPowerBi')
    return [await handle.result(), await handle.fetchHistory()]
  })
  expect(output).toEqual({ outcome: 'completed', refreshId: service.refreshes[0]!.requestId })
  expect([asked, service.bodies.length, service.refreshes.map(({ status }) => status)]).toEqual([
    4,
    1,
    ['Completed', 'Completed'],
  ])
  const bytes = Buffer.from(temporal.api.history.v1.History.encode(history).finish())
  expect(bytes.includes(output.refreshId!)).toBe(true)
  for (const secret of [clientSecret, ...service.tokens]) expect(bytes.includes(secret)).toBe(false)
})

async function failureOf(result: Promise<unknown>): Promise<ApplicationFailure> {
  const error = await result.then(
    () => expect.fail('it should have failed'),
    (thrown: WorkflowFailedError) => thrown,
  )
  expect(error).toBeInstanceOf(WorkflowFailedError)
  let cause = error.cause as Error
  while (cause.cause instanceof Error) cause = cause.cause
  return cause as ApplicationFailure
}

test('a refresh that fails, and one that is refused, fail the run with the reason', async () => {
  const failing = activitiesWhere(() => service.end('Failed', { errorCode: 'ModelRefreshFailed' }))
  await bench.withActivities(failing, async (start) => {
    const failure = await failureOf((await start('refreshPowerBi')).result())
    expect(failure).toMatchObject({
      type: 'PowerBiFailed',
      message: expect.stringMatching(/^Power BI: refresh \S+ failed: Failed: ModelRefreshFailed$/),
    })
    service.next.push({ status: 403, body: '{"error":{"code":"Forbidden"}}' })
    expect(await failureOf((await start('refreshPowerBi')).result())).toMatchObject({ type: 'PowerBiRefused' })
  })
})

test('after the daily run a refresh is started, which the run does not wait for', async () => {
  const activities: Partial<Activities> = {
    planDay: async () => ({ date: '2024-05-01', assets: [] }),
    refreshBi: async () => ({ aggregates: [] }),
    ...activitiesWhere(() => service.end('Completed')),
  }
  await bench.withActivities(activities, async (start) => {
    const handle = await start('dailyEtl', { date: '2024-05-01' })
    expect(await handle.result()).toMatchObject({ date: '2024-05-01' })
    const refresh = bench.client.getHandle(`refresh-power-bi-after-${handle.firstExecutionRunId}`)
    expect(await refresh.result()).toMatchObject({ outcome: 'completed' })
  })
})

test('a worker without a model in its settings starts none', async () => {
  const off = createPowerBiActivities({ settings: { ...service.settings, powerBiDataset: '' } })
  await bench.withActivities(off, async (start) => {
    expect(await (await start('refreshPowerBi')).result()).toEqual({ outcome: 'off' })
  })
  expect(await off.wantsPowerBiRefresh()).toBe(false)
})
