import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'
import { redact } from '../redact.ts'
import { type CertificateOptions, readCertificate, renewCertificate } from './certificate.ts'

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
  /** Asked of who reads metrics, as `Authorization: Bearer`; who asks for health without it learns yes or no. Empty: nothing is asked. */
  token?: string
  /** Left out, or without files: http. */
  certificate?: CertificateOptions
}): Promise<HealthServer> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const isKnown = hasToken(request, options.token)
    if (request.url === '/metrics' && !isKnown) {
      response.statusCode = 401
      response
        .setHeader('www-authenticate', 'Bearer')
        .end('metrics are given with the token of SHELFLINE_HTTP_TOKEN only\n')
    } else if (request.url === '/metrics') {
      const metrics = await options.metrics.metrics()
      response.setHeader('content-type', options.metrics.contentType).end(metrics)
    } else if (request.url === '/healthz') {
      const problem = await options.check()
      response.statusCode = problem === undefined ? 200 : 503
      const warnings = options.warnings?.() ?? []
      const detail = isKnown ? { problem, ...(warnings.length > 0 && { warnings }) } : {}
      const body = { ok: problem === undefined, ...detail }
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
    } else {
      response.statusCode = 404
      response.end('only /healthz and /metrics are served here\n')
    }
  }
  // A metric or a check that can't be had (Kafka or PostgreSQL is away) must not end the process that it describes.
  const serve = (request: IncomingMessage, response: ServerResponse) =>
    answer(request, response).catch((error: Error) => {
      response.statusCode = 500
      response.end(`${redact(error.message)}\n`)
    })
  const server = createOwnServer(options.certificate, serve)
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

function createOwnServer(
  options: CertificateOptions | undefined,
  serve: (request: IncomingMessage, response: ServerResponse) => unknown,
): Server {
  const certificate = options && readCertificate(options.settings)
  if (certificate === undefined) return createServer(serve)
  const server = createHttpsServer(certificate, serve)
  renewCertificate(server, options!)
  return server
}

function hasToken({ headers }: IncomingMessage, token = ''): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return token === '' || timingSafeEqual(hash(headers.authorization ?? ''), hash(`Bearer ${token}`))
}
