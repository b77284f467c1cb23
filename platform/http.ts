import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'

export interface HealthServer {
  port: number
  close(): Promise<void>
}

/**
 * Serves `/healthz` (200 while `check` returns undefined, else 503 with its sentence) and `/metrics` (Prometheus text).
 */
export async function serveHealth(options: {
  host: string
  port: number
  metrics: Registry
  check: () => string | undefined | Promise<string | undefined>
}): Promise<HealthServer> {
  const server: Server = createServer(async (request, response) => {
    if (request.url === '/metrics') {
      response.setHeader('content-type', options.metrics.contentType).end(await options.metrics.metrics())
    } else if (request.url === '/healthz') {
      const problem = await options.check()
      response.statusCode = problem === undefined ? 200 : 503
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ ok: problem === undefined, problem }))
    } else {
      response.statusCode = 404
      response.end('only /healthz and /metrics are served here\n')
    }
  })
  await new Promise<void>((listening, failed) => {
    server.once('error', failed)
    server.listen(options.port, options.host, listening)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}
