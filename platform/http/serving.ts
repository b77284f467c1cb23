import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'

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
}

/** @throws when the address can't be listened on, with the hint */
export function listen(fetch: Parameters<typeof serve>[0]['fetch'], { host, port, hint }: Address): Promise<Serving> {
  return new Promise((listening, failed) => {
    const server = serve({ fetch, hostname: host, port }, () => {
      const { port: own } = server.address() as AddressInfo
      const name = host.includes(':') ? `[${host}]` : host
      listening({ server: server as Server, port: own, url: `http://${name}:${own}` })
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
