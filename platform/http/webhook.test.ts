import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { parseRetryAfter, RETRY_AFTER_MS_MAX, sendWebhook } from './webhook.ts'

const secret = `whsec_${Buffer.from('a secret of twenty-four bytes').toString('base64')}`

interface Received {
  headers: IncomingHttpHeaders
  body: string
}

/** A receiver that keeps what it got and answers as the test sets; what it never answers ends when it closes. */
async function receiver(answer: (response: ServerResponse, count: number) => void) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    received.push({ headers: request.headers, body })
    answer(response, received.length)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/orders?token=not-for-logs`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

const answering = (status: number, headers: Record<string, string> = {}, text = '') =>
  receiver((response) => response.writeHead(status, headers).end(text))

test('a message is signed so that the standard library verifies it', async () => {
  await using shop = await answering(202, {}, '{"reference":"A-1"}')
  const outcome = await sendWebhook({ url: shop.url, id: 'PO-1', body: { lines: [1] }, secret })
  expect(outcome).toEqual({ kind: 'accepted', status: 202, answer: '{"reference":"A-1"}' })
  const { headers, body } = shop.received[0]!
  expect(headers['webhook-id']).toBe('PO-1')
  expect(headers['idempotency-key']).toBe('PO-1')
  expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual({ lines: [1] })
  const forged = `${body} `
  expect(() => new Webhook(secret).verify(forged, headers as Record<string, string>)).toThrow('signature')
})

test('without a secret it is not signed', async () => {
  await using chat = await answering(200, {}, 'ok')
  expect(await sendWebhook({ url: chat.url, id: 'alert-1', body: { text: 'empty shelf' } })).toMatchObject({
    kind: 'accepted',
    answer: 'ok',
  })
  expect(chat.received[0]!.headers).not.toHaveProperty('webhook-signature')
})

test.each([400, 401, 404, 410, 422, 302])('%i is a refusal: the same again can not help', async (status) => {
  await using shop = await answering(status, { location: 'http://127.0.0.1:1/' }, 'unknown product')
  const outcome = await sendWebhook({ url: shop.url, id: '1', body: {}, secret })
  expect(outcome).toMatchObject({ kind: 'refused' })
  expect(JSON.stringify(outcome)).toContain(`answered ${status}: unknown product`)
  expect(JSON.stringify(outcome)).not.toContain('not-for-logs')
})

test.each([408, 429, 500, 503])('%i may pass', async (status) => {
  await using shop = await answering(status, { 'retry-after': '7' })
  const outcome = await sendWebhook({ url: shop.url, id: '1', body: {}, secret })
  expect(outcome).toMatchObject({ kind: 'postponed', retryAfterMs: 7_000 })
})

test('a receiver that accepts and hangs is asked again with the same id', async () => {
  await using shop = await receiver((response, count) => {
    if (count > 1) response.writeHead(200).end()
  })
  const message = { url: shop.url, id: 'PO-7', body: { total: '12.50' }, secret }
  const first = await sendWebhook({ ...message, timeoutMs: 1_000 })
  expect(first).toMatchObject({ kind: 'postponed' })
  expect(JSON.stringify(first)).toContain('no answer in time')
  expect(await sendWebhook(message)).toMatchObject({ kind: 'accepted' })
  expect(shop.received.map(({ headers, body }) => [headers['webhook-id'], body])).toEqual([
    ['PO-7', '{"total":"12.50"}'],
    ['PO-7', '{"total":"12.50"}'],
  ])
})

test('no one there may pass; a date to come back on is understood', async () => {
  const nobody = await sendWebhook({ url: 'http://127.0.0.1:1/', id: '1', body: {} })
  expect(nobody).toMatchObject({ kind: 'postponed' })
  expect(JSON.stringify(nobody)).toContain('127.0.0.1:1')
  await using shop = await answering(503, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() })
  const outcome = await sendWebhook({ url: shop.url, id: '1', body: {} })
  expect(outcome.kind === 'postponed' && outcome.retryAfterMs).toBeGreaterThan(50_000)
})

test('a URL or a secret that is none is a refusal, and the secret is not shown', async () => {
  expect(await sendWebhook({ url: 'ftp://shop/', id: '1', body: {} })).toMatchObject({ kind: 'refused' })
  const outcome = await sendWebhook({ url: 'http://127.0.0.1:1/', id: '1', body: {}, secret: 'whsec_%%%' })
  expect(outcome).toEqual({ kind: 'refused', reason: 'the secret for 127.0.0.1:1 is not whsec_ and base64' })
})

test('an answer without an end is read as far as it matters', async () => {
  await using shop = await receiver((response) => {
    response.writeHead(200)
    const more = () => response.writable && response.write('x'.repeat(1_000), more)
    more()
  })
  const outcome = await sendWebhook({ url: shop.url, id: '1', body: {} })
  expect(outcome.kind === 'accepted' && outcome.answer.length).toBe(4_000)
})

test.each([
  ['0', 0],
  ['120', 120_000],
  ['86400', RETRY_AFTER_MS_MAX],
  ['99999999999999999999999999', RETRY_AFTER_MS_MAX],
  ['9'.repeat(400), RETRY_AFTER_MS_MAX],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
  ['Sun Nov  6 08:49:37 1994', 37_000],
  ['Sun, 06 Nov 1994 08:00:00 GMT', 0],
  ['Sat, 01 Jan 9999 00:00:00 GMT', RETRY_AFTER_MS_MAX],
  ['1e300', undefined],
  ['Infinity', undefined],
  ['-5', undefined],
  ['1.5', undefined],
  ['0x10', undefined],
  ['', undefined],
  [' ', undefined],
  ['soon', undefined],
  ['2030-01-01', undefined],
  ['Sun, 99 Nov 1994 08:49:37 GMT', undefined],
])('Retry-After: %s is a pause of %s ms', (value, pauseMs) => {
  expect(parseRetryAfter(value, Date.UTC(1994, 10, 6, 8, 49))).toBe(pauseMs)
})
