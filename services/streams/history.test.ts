import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { readStreamHistory } from './history.ts'

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A server at Prometheus's place, with a path before its own. */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/prometheus`
}

test('without Prometheus there is no history', async () => {
  expect(await readStreamHistory('')).toBeNull()
})

test('lines are by processor, in seconds of an hour; an instant without a message has no latency', async () => {
  const asked: URL[] = []
  const url = await serve(({ url: path }, response) => {
    asked.push(new URL(path!, 'http://prometheus'))
    const result = ['b', 'a'].map((processor) => ({
      metric: { processor },
      values: [
        [60, '2.5'],
        [120, 'NaN'],
      ],
    }))
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }))
  })
  const lines = ['a', 'b'].map((processor) => ({ processor, points: [[60_000, 2.5]] }))
  expect(await readStreamHistory(url)).toEqual({ rate: lines, lag: lines, latency: lines })
  expect(asked.map(({ pathname }) => pathname)).toEqual(Array(3).fill('/prometheus/api/v1/query_range'))
  for (const { searchParams } of asked) {
    expect(Number(searchParams.get('end')) - Number(searchParams.get('start'))).toBe(3_600)
  }
})

test.each<[string, RequestListener]>([
  ['fails', (_, response) => response.writeHead(500).end('no')],
  ['answers something else', (_, response) => response.end('<html>')],
  ['does not answer', () => undefined],
])('a Prometheus that %s holds up no page', async (_, answer) => {
  expect(await readStreamHistory(await serve(answer))).toBeNull()
})
