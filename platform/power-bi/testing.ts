/**
 * A service that behaves as Power BI's REST API is documented, for tests: tokens by client credentials, one refresh at a
 * time, an id in `Location`, a list of refreshes whose state is `Unknown` while they are under way.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { PowerBiSettings } from './power-bi.ts'

export const ids = {
  powerBiWorkspace: 'f089354e-8366-4e18-aea3-4cb4a3a50b48',
  powerBiDataset: 'cfafbeb1-8037-4d0c-896e-a46fb27ff229',
  powerBiTenant: '72f988bf-86f1-41af-91ab-2d7cd011db47',
  powerBiClientId: '0f8fad5b-d9cb-469f-a165-70867728950e',
}
export const clientSecret = 'the secret of the service principal'

interface Refresh {
  requestId: string
  refreshType: 'ViaApi' | 'ViaEnhancedApi'
  startTime: string
  status: string
  extendedStatus?: string
  serviceExceptionJson?: string
}

export interface PowerBiService {
  settings: PowerBiSettings
  /** The newest first. */
  refreshes: Refresh[]
  /** Bodies of the requests to refresh that were taken. */
  bodies: object[]
  /** Tokens that were given. */
  tokens: string[]
  /** Answers to the next requests, in place of its own. */
  next: { status: number; headers?: Record<string, string>; body?: string }[]
  /** What is under way ends so. */
  end(status: string, exception?: object): void
  close(): Promise<void>
}

const refused = (code: string, message = '') => JSON.stringify({ error: { code, message } })

export async function startPowerBi(pair: { certificate: string; key: string }): Promise<PowerBiService> {
  const service = {
    refreshes: [] as Refresh[],
    bodies: [] as object[],
    tokens: [] as string[],
    next: [] as PowerBiService['next'],
  }
  const path = `/v1.0/myorg/groups/${ids.powerBiWorkspace}/datasets/${ids.powerBiDataset}/refreshes`
  const isRunning = ({ status }: Refresh) => status === 'Unknown'

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, body = '', headers: Record<string, string> = {}) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
    const url = new URL(request.url!, 'https://service')
    const body = await text(request)
    if (url.pathname === `/${ids.powerBiTenant}/oauth2/v2.0/token`) return void giveToken(request, body, send)
    const planned = service.next.shift()
    if (planned) return void send(planned.status, planned.body, planned.headers)
    if (!service.tokens.includes(request.headers.authorization?.replace('Bearer ', '') ?? '')) {
      return void send(403, refused('TokenExpired'))
    }
    if (url.pathname !== path) return void send(404, refused('ItemNotFound', 'Dataset is not found'))
    if (request.method === 'GET') {
      const value = service.refreshes.slice(0, Number(url.searchParams.get('$top') ?? 60))
      return void send(200, JSON.stringify({ value }))
    }
    beginRefresh(JSON.parse(body), send)
  }

  function giveToken(request: IncomingMessage, body: string, send: (status: number, body: string) => unknown): void {
    const [, encoded = ''] = request.headers.authorization?.split(' ') ?? []
    const pair = Buffer.from(encoded, 'base64').toString().split(':')
    const given = pair.map((part) => decodeURIComponent(part.replaceAll('+', ' ')))
    const form = new URLSearchParams(body)
    const isKnown = given[0] === ids.powerBiClientId && given[1] === clientSecret
    const isRight =
      form.get('grant_type') === 'client_credentials' &&
      form.get('scope') === 'https://analysis.windows.net/powerbi/api/.default'
    if (!isKnown) return void send(401, JSON.stringify({ error: 'invalid_client', error_description: 'AADSTS7000215' }))
    if (!isRight) return void send(400, JSON.stringify({ error: 'invalid_scope' }))
    const token = randomUUID()
    service.tokens.push(token)
    send(200, JSON.stringify({ token_type: 'Bearer', expires_in: 3599, access_token: token }))
  }

  function beginRefresh(
    body: { notifyOption?: string },
    send: (status: number, body?: string, headers?: Record<string, string>) => unknown,
  ): void {
    if (service.refreshes.some(isRunning)) {
      const message = 'Invalid dataset refresh request. Another refresh request is already executing'
      return void send(400, refused('InvalidRequest', message))
    }
    const isEnhanced = Object.keys(body).some((name) => name !== 'notifyOption')
    if (isEnhanced && body.notifyOption !== undefined) return void send(400, refused('InvalidRequest', 'notifyOption'))
    const requestId = randomUUID()
    service.bodies.push(body)
    service.refreshes.unshift({
      requestId,
      refreshType: isEnhanced ? 'ViaEnhancedApi' : 'ViaApi',
      startTime: new Date().toISOString(),
      status: 'Unknown',
      ...(isEnhanced && { extendedStatus: 'InProgress' }),
    })
    const location = isEnhanced && { location: `https://api.powerbi.com${path}/${requestId}` }
    send(202, '', { 'x-ms-request-id': requestId, ...location })
  }

  const server = createServer({ cert: pair.certificate, key: pair.key }, (request, response) => {
    void answer(request, response)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    ...service,
    settings: {
      ...ids,
      powerBiClientSecret: clientSecret,
      powerBiClientSecretFile: '',
      powerBiCapacity: 'premium',
      powerBiApiUrl: url,
      powerBiSignInUrl: url,
    },
    end(status, exception) {
      const running = service.refreshes.find(isRunning)!
      running.status = status
      if (running.extendedStatus !== undefined) running.extendedStatus = status
      if (exception) running.serviceExceptionJson = JSON.stringify(exception)
    },
    async close() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
