import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'
import { redact } from '../redact.ts'

export interface HealthServer {
  port: number
  close(): Promise<void>
}

/**
 * Serves `/healthz` (200 while `check` returns undefined, else 503 with its sentence) and `/metrics` (Prometheus text).
 * Warnings are about others, such as a kind of worker that is missing: they change no status, because who restarts this
 * process on a 503 would not help them.
 * Either answers 500 with the error's message when it can't be had at this moment.
 *
 * @throws when the address can't be listened on, naming the settings that give another
 */
export async function serveHealth(options: {
  host: string
  port: number
  metrics: Registry
  check: () => string | undefined | Promise<string | undefined>
  warnings?: () => readonly string[]
}): Promise<HealthServer> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/metrics') {
      const metrics = await options.metrics.metrics()
      response.setHeader('content-type', options.metrics.contentType).end(metrics)
    } else if (request.url === '/healthz') {
      const problem = await options.check()
      response.statusCode = problem === undefined ? 200 : 503
      const warnings = options.warnings?.() ?? []
      const body = { ok: problem === undefined, problem, ...(warnings.length > 0 && { warnings }) }
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
    } else {
      response.statusCode = 404
      response.end('only /healthz and /metrics are served here\n')
    }
  }
  // A metric or a check that can't be had (Kafka or PostgreSQL is away) must not end the process that it describes.
  const server: Server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => {
      response.statusCode = 500
      response.end(`${redact(error.message)}\n`)
    })
  })
  await new Promise<void>((listening, failed) => {
    server.once('error', ({ message }) =>
      failed(new Error(`${message}; set SHELFLINE_HTTP_HOST and SHELFLINE_HTTP_PORT to another address`)),
    )
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
