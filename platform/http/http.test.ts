import { Gauge, Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { serveHealth } from './http.ts'

async function served(metrics: Registry, check: () => string | undefined) {
  const server = await serveHealth({ host: '127.0.0.1', port: 0, metrics, check })
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`)
    return { status: answer.status, text: await answer.text() }
  }
  return { ask, [Symbol.asyncDispose]: server.close }
}

test('health and metrics', async () => {
  const registry = new Registry()
  new Gauge({ name: 'shelves', help: 'Shelves.', registers: [registry] }).set(7)
  let problem: string | undefined
  await using server = await served(registry, () => problem)
  expect(await server.ask('/healthz')).toEqual({ status: 200, text: '{"ok":true}' })
  problem = 'Kafka is away'
  expect(await server.ask('/healthz')).toEqual({ status: 503, text: '{"ok":false,"problem":"Kafka is away"}' })
  expect((await server.ask('/metrics')).text).toContain('shelves 7')
  expect((await server.ask('/')).status).toBe(404)
})

test('what can not be had at this moment is an answer, and not the end of the process', async () => {
  const registry = new Registry()
  const away = () => {
    throw new Error('PostgreSQL is away')
  }
  new Gauge({ name: 'rows', help: 'Rows.', registers: [registry], collect: away })
  await using server = await served(registry, away)
  expect(await server.ask('/metrics')).toEqual({ status: 500, text: 'PostgreSQL is away\n' })
  expect(await server.ask('/healthz')).toEqual({ status: 500, text: 'PostgreSQL is away\n' })
})

test('with a token metrics are for those who have it, and health answers others with yes or no', async () => {
  const server = await serveHealth({
    host: '127.0.0.1',
    port: 0,
    metrics: new Registry(),
    check: () => 'Kafka at 10.1.2.3 is away',
    token: 'secret of the monitoring',
  })
  const ask = async (path: string, token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { headers })
    return { status: answer.status, text: await answer.text() }
  }
  expect((await ask('/metrics')).status).toBe(401)
  expect((await ask('/metrics', 'guessed')).status).toBe(401)
  expect((await ask('/metrics', 'secret of the monitoring')).status).toBe(200)
  expect(await ask('/healthz')).toEqual({ status: 503, text: '{"ok":false}' })
  expect((await ask('/healthz', 'secret of the monitoring')).text).toContain('10.1.2.3')
  await server.close()
})

test('an address that is taken is named, and so is the fix', async () => {
  const options = { host: '127.0.0.1', metrics: new Registry(), check: () => undefined }
  const first = await serveHealth({ ...options, port: 0 })
  const second = serveHealth({ ...options, port: first.port })
  await expect(second).rejects.toThrow(new RegExp(`127.0.0.1:${first.port}; .*SHELFLINE_HTTP_PORT`))
  await first.close()
})

test('lists what is wrong with others beside its own health, and hides passwords in the errors of metrics', async () => {
  let check = () => undefined as string | undefined
  const server = await serveHealth({
    host: '127.0.0.1',
    port: 0,
    metrics: new Registry(),
    check: () => check(),
    warnings: () => ['no batch worker'],
  })
  try {
    const ask = () => fetch(`http://127.0.0.1:${server.port}/healthz`)
    const well = await ask()
    expect(well.status).toBe(200)
    expect(await well.json()).toEqual({ ok: true, warnings: ['no batch worker'] })
    check = () => {
      throw new Error('postgres://u:hunter2@h is away')
    }
    expect(await (await ask()).text()).toBe('postgres://u:[redacted]@h is away\n')
  } finally {
    await server.close()
  }
})
