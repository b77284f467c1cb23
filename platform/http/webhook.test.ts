import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { type EgressRules, egressProblem } from './egress.ts'
import { parseRetryAfter, RETRY_AFTER_MS_MAX, sendWebhook } from './webhook.ts'

const secret = `whsec_${Buffer.from('a secret of twenty-four bytes').toString('base64')}`

/** Receivers of tests are on this machine. */
const open: EgressRules = { egressHosts: [], egressHttp: 'on', egressPrivate: ['127.0.0.0/8'] }

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
  const outcome = await sendWebhook({ url: shop.url, id: 'PO-1', body: { lines: [1] }, secrets: [secret] }, open)
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
  expect(await sendWebhook({ url: chat.url, id: 'alert-1', body: { text: 'empty shelf' } }, open)).toMatchObject({
    kind: 'accepted',
    answer: 'ok',
  })
  expect(chat.received[0]!.headers).not.toHaveProperty('webhook-signature')
})

test.each([400, 401, 404, 410, 422, 302])('%i is a refusal: the same again can not help', async (status) => {
  await using shop = await answering(status, { location: 'http://127.0.0.1:1/' }, 'unknown product')
  const outcome = await sendWebhook({ url: shop.url, id: '1', body: {}, secrets: [secret] }, open)
  expect(outcome).toMatchObject({ kind: 'refused' })
  expect(JSON.stringify(outcome)).toContain(`answered ${status}: unknown product`)
  expect(JSON.stringify(outcome)).not.toContain('not-for-logs')
})

test.each([408, 429, 500, 503])('%i may pass', async (status) => {
  await using shop = await answering(status, { 'retry-after': '7' })
  const outcome = await sendWebhook({ url: shop.url, id: '1', body: {}, secrets: [secret] }, open)
  expect(outcome).toMatchObject({ kind: 'postponed', retryAfterMs: 7_000 })
})

test('a receiver that accepts and hangs is asked again with the same id', async () => {
  await using shop = await receiver((response, count) => {
    if (count > 1) response.writeHead(200).end()
  })
  const message = { url: shop.url, id: 'PO-7', body: { total: '12.50' }, secrets: [secret] }
  const first = await sendWebhook({ ...message, timeoutMs: 1_000 }, open)
  expect(first).toMatchObject({ kind: 'postponed' })
  expect(JSON.stringify(first)).toContain('no answer in time')
  expect(await sendWebhook(message, open)).toMatchObject({ kind: 'accepted' })
  expect(shop.received.map(({ headers, body }) => [headers['webhook-id'], body])).toEqual([
    ['PO-7', '{"total":"12.50"}'],
    ['PO-7', '{"total":"12.50"}'],
  ])
})

test('no one there may pass; a date to come back on is understood', async () => {
  const nobody = await sendWebhook({ url: 'http://127.0.0.1:1/', id: '1', body: {} }, open)
  expect(nobody).toMatchObject({ kind: 'postponed' })
  expect(JSON.stringify(nobody)).toContain('127.0.0.1:1')
  await using shop = await answering(503, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() })
  const outcome = await sendWebhook({ url: shop.url, id: '1', body: {} }, open)
  expect(outcome.kind === 'postponed' && outcome.retryAfterMs).toBeGreaterThan(50_000)
})

test('a URL or a secret that is none is a refusal, and the secret is not shown', async () => {
  expect(await sendWebhook({ url: 'ftp://shop/', id: '1', body: {} }, open)).toMatchObject({ kind: 'refused' })
  const outcome = await sendWebhook({ url: 'http://127.0.0.1:1/', id: '1', body: {}, secrets: ['whsec_%%%'] }, open)
  expect(outcome).toEqual({ kind: 'refused', reason: 'the secret for 127.0.0.1:1 is not whsec_ and base64' })
})

test('an answer without an end is read as far as it matters', async () => {
  await using shop = await receiver((response) => {
    response.writeHead(200)
    const more = () => response.writable && response.write('x'.repeat(1_000), more)
    more()
  })
  const outcome = await sendWebhook({ url: shop.url, id: '1', body: {} }, open)
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

test('while a secret is rotated it is signed with both: the receiver may know either', async () => {
  const next = `whsec_${Buffer.from('another secret of 24 bytes and more').toString('base64')}`
  await using shop = await answering(200)
  await sendWebhook({ url: shop.url, id: '1', body: {}, secrets: [secret, next] }, open)
  const { headers, body } = shop.received[0]!
  for (const known of [secret, next]) {
    expect(new Webhook(known).verify(body, headers as Record<string, string>)).toEqual({})
  }
})

describe('where webhooks may go', () => {
  const closed: EgressRules = { egressHosts: [], egressHttp: 'off', egressPrivate: [] }
  const reasonOf = async (url: string, rules: Partial<EgressRules>) => {
    const outcome = await sendWebhook({ url, id: '1', body: {}, timeoutMs: 5_000 }, { ...closed, ...rules })
    return outcome.kind === 'refused' ? outcome.reason : outcome.kind
  }

  test('to https only, unless http is allowed', async () => {
    expect(await reasonOf('http://shop.example/', {})).toContain('only https is allowed')
  })

  test('to the hosts that are listed', async () => {
    const egressHosts = ['orders.example.com', '*.example.org']
    for (const host of ['shop.example', 'example.org', 'evil-example.org', 'orders.example.com.evil.example']) {
      expect(await reasonOf(`https://${host}/`, { egressHosts }), host).toContain('is not among the hosts')
    }
    expect(egressProblem('https://Orders.Example.com/', { ...closed, egressHosts })).toBeUndefined()
    expect(egressProblem('https://a.b.example.org:8443/', { ...closed, egressHosts })).toBeUndefined()
  })

  test.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[fd00::1]/',
    'http://169.254.169.254/latest/meta-data',
    'http://10.0.0.1/',
    'http://192.168.1.1/',
    'http://172.31.255.255/',
    'http://100.64.0.1/',
    'http://0.0.0.0/',
    'http://localhost/',
  ])('to public addresses only: %s is refused', async (url) => {
    expect(await reasonOf(url, { egressHttp: 'on' })).toContain('is no public address')
  })

  test('a name is looked at when the connection is made, with all its addresses', async () => {
    await using shop = await answering(200)
    const { port } = new URL(shop.url)
    const url = `http://localhost:${port}/`
    expect(await reasonOf(url, { egressHttp: 'on' })).toContain('is no public address')
    expect(shop.received).toEqual([])
    expect(await reasonOf(url, { egressHttp: 'on', egressPrivate: ['127.0.0.0/8', '::1/128'] })).toBe('accepted')
  })

  test('a redirect is not followed', async () => {
    await using other = await answering(200)
    await using shop = await answering(307, { location: other.url })
    expect(await sendWebhook({ url: shop.url, id: '1', body: {} }, open)).toMatchObject({ kind: 'refused' })
    expect(other.received).toEqual([])
  })
})
