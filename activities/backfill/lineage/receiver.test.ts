import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createReceiver } from './receiver.ts'

test('a redirect is no refusal: the events wait until the address is corrected', async () => {
  let status = 301
  const server = createServer((_, response) => {
    response.writeHead(status, { location: '/elsewhere' }).end()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  try {
    const lineageUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/lineage`
    const receiver = createReceiver({ lineageUrl, lineageToken: '' })!
    for (status of [301, 302, 303, 307, 308])
      await expect(receiver.send([{}])).rejects.toThrow(`${lineageUrl} answers ${status}`)
    status = 400
    expect(await receiver.send([{}])).toBe(`${lineageUrl} answers 400`)
  } finally {
    server.close()
    server.closeAllConnections()
  }
})
