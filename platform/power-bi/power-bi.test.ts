import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createAuthority } from '../../scripts/stack/authority.ts'
import { trustOwnServers } from '../http/trusted-authorities.ts'
import { beginRefresh, isPowerBiConfigured, readRefresh } from './power-bi.ts'
import { clientSecret, ids, type PowerBiService, startPowerBi } from './testing.ts'

let service: PowerBiService
beforeAll(async () => {
  const authority = await createAuthority('Test')
  const folder = mkdtempSync(join(tmpdir(), 'shelfline-power-bi-'))
  writeFileSync(join(folder, 'ca.pem'), authority.certificate)
  trustOwnServers({ caFile: join(folder, 'ca.pem') })
  rmSync(folder, { recursive: true })
  service = await startPowerBi(await authority.issue({ commonName: 'power-bi', hosts: ['127.0.0.1'] }))
})
beforeEach(() => {
  for (const list of [service.refreshes, service.bodies, service.next]) list.length = 0
})
afterAll(() => service?.close())

async function begun(settings = service.settings): Promise<string> {
  const refresh = await beginRefresh(settings)
  if (refresh.kind !== 'begun') expect.fail(refresh.kind)
  return refresh.refreshId
}

test('a refresh is begun, is under way, and is completed', async () => {
  const id = await begun()
  expect(service.bodies).toEqual([
    { type: 'Full', commitMode: 'Transactional', applyRefreshPolicy: true, retryCount: 2, timeout: '05:00:00' },
  ])
  expect(await readRefresh(service.settings, id)).toEqual({ state: 'running' })
  service.end('Completed')
  expect(await readRefresh(service.settings, id)).toEqual({ state: 'completed' })
})

test('a shared capacity is asked for what it knows', async () => {
  const id = await begun({ ...service.settings, powerBiCapacity: 'shared' })
  expect(service.bodies).toEqual([{ notifyOption: 'NoNotification' }])
  service.end('Completed')
  expect(await readRefresh(service.settings, id)).toEqual({ state: 'completed' })
})

test('while a refresh is under way, the service is busy; a refusal for another reason is final', async () => {
  const id = await begun()
  expect(await beginRefresh(service.settings)).toEqual({ kind: 'busy' })
  service.end('Failed', { errorCode: 'ModelRefreshFailed_CredentialsNotSpecified' })
  expect(await readRefresh(service.settings, id)).toEqual({
    state: 'failed',
    reason: 'Failed: ModelRefreshFailed_CredentialsNotSpecified',
  })
  service.next.push({ status: 400, body: '{"error":{"code":"InvalidRequest","message":"no such option"}}' })
  await expect(beginRefresh(service.settings)).rejects.toMatchObject({
    isFinal: true,
    message: 'Power BI: the refresh is refused (400): InvalidRequest, no such option',
  })
})

test.each(['Cancelled', 'Disabled', 'TimedOut'])('%s is a failure', async (status) => {
  const id = await begun()
  service.end(status)
  expect(await readRefresh(service.settings, id)).toEqual({ state: 'failed', reason: status })
})

test('too many requests, a service that is down and an answer that is none are retried', async () => {
  service.next.push({ status: 429, headers: { 'retry-after': '120' } })
  await expect(beginRefresh(service.settings)).rejects.toMatchObject({ isFinal: false, retryAfterMs: 120_000 })
  service.next.push({ status: 503, body: '<html>' })
  await expect(beginRefresh(service.settings)).rejects.toMatchObject({ isFinal: false, retryAfterMs: undefined })
  service.next.push({ status: 200, body: '{}' })
  await expect(readRefresh(service.settings, 'x')).rejects.toMatchObject({ isFinal: false })
  const away = { ...service.settings, powerBiApiUrl: 'https://127.0.0.1:9' }
  await expect(beginRefresh(away)).rejects.toMatchObject({
    isFinal: false,
    message: expect.stringContaining('127.0.0.1:9 is not reached'),
  })
})

test('an error names the settings to correct, and no secret', async () => {
  const elsewhere = { ...service.settings, powerBiDataset: ids.powerBiWorkspace }
  await expect(beginRefresh(elsewhere)).rejects.toMatchObject({
    isFinal: true,
    message: expect.stringMatching(/404: ItemNotFound, .*SHELFLINE_POWER_BI_DATASET/),
  })
  const wrong = { ...service.settings, powerBiClientSecret: 'another secret' }
  const error = await beginRefresh(wrong).catch((thrown: Error) => thrown)
  expect(String(error)).toContain('127.0.0.1')
  expect(String(error)).toContain(ids.powerBiClientId)
  expect(JSON.stringify([error, String(error)])).not.toMatch(/another secret/)
})

test('a file with the secret is used instead of the variable', async () => {
  await begun({ ...service.settings, powerBiClientSecret: 'old', powerBiClientSecretFile: clientSecret })
})

test('without a model nothing is refreshed', () => {
  expect([isPowerBiConfigured(service.settings), isPowerBiConfigured({ powerBiDataset: '' })]).toEqual([true, false])
})
