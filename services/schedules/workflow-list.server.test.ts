import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { loadSettings } from '../../platform/settings/settings.ts'
import { connectTemporal } from '../../platform/temporal/temporal.ts'
import { until } from '../../streams/testing/world.ts'
import { declareSchedules, withoutMinuteJobs, workflowListUrl } from './declarations.ts'

test('the list that the Web UI is opened with shows daily runs and no jobs of every minute', async () => {
  const client = await connectTemporal(loadSettings())
  const suffix = randomUUID()
  const types = declareSchedules('UTC').map(({ workflow }) => workflow)
  const started = await Promise.all(
    types.map((type) =>
      client.workflow.start(type, { taskQueue: 'nobody', workflowId: `list-${type}-${suffix}`, args: [] }),
    ),
  )
  const listed = async (filter: string) => {
    const ids = started.map(({ workflowId }) => `'${workflowId}'`).join(', ')
    const found: string[] = []
    for await (const { type } of client.workflow.list({ query: `${filter} AND WorkflowId IN (${ids})` }))
      found.push(type)
    return found.sort()
  }
  try {
    await until('all are listed', 30_000, async () => (await listed("WorkflowType != ''")).length === types.length)
    const everyMinute = ['minuteJobs', 'notify', 'orderNews', 'stockOutRisk']
    expect(await listed(withoutMinuteJobs())).toEqual(types.filter((type) => !everyMinute.includes(type)).sort())
  } finally {
    await Promise.all(started.map((handle) => handle.terminate()))
    await client.connection.close()
  }
})

test('the link has the filter in it', () => {
  const url = new URL(workflowListUrl('http://127.0.0.1:18233', 'default'))
  expect(url.pathname).toBe('/namespaces/default/workflows')
  expect(url.searchParams.get('query')).toBe(withoutMinuteJobs())
})
