import type { Server } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { type CertificateOptions, ownAddress, readCertificate, renewCertificate } from './certificate.ts'

export interface Serving {
  server: Server
  port: number
  /** `http://127.0.0.1:18080` */
  url: string
}

export interface Address {
  host: string
  port: number
  /** Which settings give another address. */
  hint: string
  /** Without files: http. */
  certificate: CertificateOptions
}

/** @throws when the address can't be listened on, with the hint */
export function listen(
  fetch: Parameters<typeof serve>[0]['fetch'],
  { host, port, hint, certificate }: Address,
): Promise<Serving> {
  const own = readCertificate(certificate.settings)
  const tls = own === undefined ? {} : { createServer: createHttpsServer, serverOptions: own }
  return new Promise((listening, failed) => {
    const server = serve({ fetch, hostname: host, port, ...tls }, () => {
      const { port: chosen } = server.address() as AddressInfo
      if (own !== undefined) renewCertificate(server as HttpsServer, certificate)
      listening({ server: server as Server, port: chosen, url: ownAddress(certificate.settings, host, chosen) })
    })
    server.once('error', ({ message }: Error) => failed(new Error(`${message}; ${hint}`)))
  })
}

/** Requests that are under way may take so long to end. */
const STOP_MS_MAX = 10_000

export async function stopServing({ server }: Serving): Promise<void> {
  const tooLate = setTimeout(() => server.closeAllConnections(), STOP_MS_MAX)
  await new Promise<void>((closed) => {
    server.close(() => closed())
    server.closeIdleConnections()
  })
  clearTimeout(tooLate)
}
