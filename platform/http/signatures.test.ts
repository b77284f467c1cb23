import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { type SignatureOptions, type SignatureScheme, verifySignature } from './signatures.ts'

const secret = `whsec_${Buffer.from('a secret of twenty-four bytes').toString('base64')}`
const other = `whsec_${Buffer.from('another one of thirty-two bytes.').toString('base64')}`
const nowMs = Date.parse('2024-03-01T12:00:00Z')
const seconds = String(nowMs / 1000)
const url = 'https://shop.example/ingest/v1/square'
const body = Buffer.from('{"price":"12.50","name":"Käse"}')

const hmac = (key: string, ...parts: (string | Buffer)[]) =>
  parts.reduce((sum, part) => sum.update(part), createHmac('sha256', key)).digest()

/** What each platform sends, made as its documentation shows it. */
const signed: Record<SignatureScheme, (sent: Buffer, key: string) => Record<string, string>> = {
  'standard-webhooks': (sent, key) => ({
    'webhook-id': 'msg_1',
    'webhook-timestamp': seconds,
    'webhook-signature': new Webhook(key).sign('msg_1', new Date(nowMs), sent.toString()),
  }),
  shopify: (sent, key) => ({ 'x-shopify-hmac-sha256': hmac(key, sent).toString('base64') }),
  stripe: (sent, key) => ({
    'stripe-signature': `t=${seconds},v0=00,v1=${hmac(key, `${seconds}.`, sent).toString('hex')}`,
  }),
  square: (sent, key) => ({ 'x-square-hmacsha256-signature': hmac(key, url, sent).toString('base64') }),
  hmac: (sent, key) => ({ 'x-hub-signature-256': `sha256=${hmac(key, sent).toString('hex')}` }),
}
const schemes = Object.keys(signed) as SignatureScheme[]
const withTime: readonly SignatureScheme[] = ['standard-webhooks', 'stripe']

const options = (scheme: SignatureScheme): SignatureOptions => ({
  scheme,
  header: scheme === 'hmac' ? 'x-hub-signature-256' : null,
  url: scheme === 'square' ? url : null,
  toleranceSeconds: 300,
})

describe.each(schemes)('%s', (scheme) => {
  const verify = (headers: Record<string, string>, sent: Buffer, keys = [secret], atMs = nowMs) =>
    verifySignature(options(scheme), keys, headers, sent, atMs)

  test('what its platform signs is right, with either of two secrets', () => {
    expect(verify(signed[scheme](body, secret), body)).toEqual({ ok: true })
    expect(verify(signed[scheme](body, other), body, [secret, other])).toEqual({ ok: true })
  })

  test('another secret, another body, and no signature are refused', () => {
    const wrong = { ok: false, problem: 'its signature does not match' }
    expect(verify(signed[scheme](body, other), body)).toEqual(wrong)
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(body)
        changed[at]! ^= change
        expect(verify(signed[scheme](body, secret), changed).ok).toBe(false)
      }),
    )
    expect(verify({}, body)).toMatchObject({ ok: false, problem: expect.stringContaining('must not be missing') })
  })

  test('no header makes it throw or accept', () => {
    const names = Object.keys(signed[scheme](body, secret))
    fc.assert(
      fc.property(fc.tuple(...names.map(() => fc.string({ unit: 'binary' }))), (values) => {
        const headers = Object.fromEntries(names.map((name, index) => [name, values[index]!]))
        expect(verify(headers, body).ok).toBe(false)
      }),
    )
  })

  test.runIf(withTime.includes(scheme))('a time stamp of more than five minutes ago, or to come, is refused', () => {
    const headers = signed[scheme](body, secret)
    expect(verify(headers, body, [secret], nowMs + 299_000).ok).toBe(true)
    for (const apart of [301_000, -301_000]) {
      expect(verify(headers, body, [secret], nowMs + apart)).toEqual({
        ok: false,
        problem: 'its time stamp is 301 s away from this clock; at most 300 s are allowed',
      })
    }
  })
})
