/** Clients and servers of ours over TLS, with an authority that the test makes: mail, tokens of Kafka, and our own https. */
import { mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import { createServer as createHttpsServer, get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { Registry } from 'prom-client'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultLimits } from '../../contracts/limits.ts'
import { readCertificate, renewCertificate } from '../../platform/http/certificate.ts'
import { serveHealth } from '../../platform/http/http.ts'
import { createMailer } from '../../platform/http/mail.ts'
import { kafkaSecurity } from '../../platform/kafka/security.ts'
import { createLogger } from '../../platform/log.ts'
import { createRegistry } from '../../platform/process.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { hashOfSecret } from '../../services/access/secrets.ts'
import { publishAsDevice } from '../../services/sources/publishing.ts'
import { Bridge } from '../../sources/mqtt/bridge.ts'
import { Devices } from '../../sources/mqtt/device.ts'
import { createMqttMetrics } from '../../sources/mqtt/metrics.ts'
import { Statuses } from '../../sources/mqtt/statuses.ts'
import { type Authority, createAuthority, type Pair } from './authority.ts'

const folder = mkdtempSync(join(tmpdir(), 'shelfline-tls-'))
const settings = loadSettings({ SHELFLINE_HOME: folder })
const logger = createLogger({ logLevel: 'silent' }, 'test')
const closing: (() => unknown)[] = []
let authority: Authority
let caFile: string
let strangerCa: string
let pair: Pair

beforeAll(async () => {
  authority = await createAuthority('Test')
  caFile = file('ca.pem', authority.certificate)
  strangerCa = file('stranger.pem', (await createAuthority('Stranger')).certificate)
  pair = await authority.issue({ commonName: 'server', hosts: ['127.0.0.1', 'localhost'] })
})
afterAll(() => Promise.all(closing.map((close) => close())))

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

/** A mail server that takes everything. */
async function mailServer(options: ConstructorParameters<typeof SMTPServer>[0]) {
  const got = { mails: 0, secure: false, signedIn: false }
  const server = new SMTPServer({
    authOptional: true,
    onAuth: (_auth, _session, done) => {
      got.signedIn = true
      done(null, { user: 'ok' })
    },
    onData: (stream, session, done) => {
      got.secure = session.secure
      stream.on('end', () => {
        got.mails += 1
        done()
      })
      stream.resume()
    },
    ...options,
  })
  server.on('error', () => undefined)
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  closing.push(() => new Promise<void>((closed) => server.close(() => closed())))
  return { got, port: (server.server.address() as AddressInfo).port }
}

const mail = { messageId: '1', to: 'a@example.org', subject: 's', text: 't', html: 't' }
const send = (smtpUrl: string, given: { caFile: string; smtpTls?: 'auto' | 'required' | 'optional' }) =>
  createMailer({ mailFrom: 'b@example.org', smtpTls: 'required', ...given, smtpUrl }).send(mail)

test('mail goes out encrypted, to a server that is who it should be, or not at all', async () => {
  const { got, port } = await mailServer({ key: pair.key, cert: pair.certificate })
  const url = `smtp://user:password@127.0.0.1:${port}`
  expect(await send(url, { caFile })).toEqual({ kind: 'accepted' })
  expect(got).toEqual({ mails: 1, secure: true, signedIn: true })
  got.signedIn = false
  expect(await send(url, { caFile: strangerCa })).toMatchObject({ kind: 'postponed', reason: /certificate/ })
  expect(await send(url, { caFile: '' })).toMatchObject({ kind: 'postponed', reason: /certificate/ })
  expect(got).toEqual({ mails: 1, secure: true, signedIn: false })
})

test('a server that takes STARTTLS back gets neither mail nor password', async () => {
  const { got, port } = await mailServer({ disabledCommands: ['STARTTLS'], allowInsecureAuth: true })
  const url = `smtp://user:password@127.0.0.1:${port}`
  expect(await send(url, { caFile })).toMatchObject({ kind: expect.stringMatching(/postponed|refused/) })
  expect(got).toEqual({ mails: 0, secure: false, signedIn: false })
  // On this machine no one is in between.
  expect(await send(url, { caFile, smtpTls: 'auto' })).toEqual({ kind: 'accepted' })
})

test('a mail server with a certificate for another host is refused', async () => {
  const other = await authority.issue({ commonName: 'other', hosts: ['mail.example.org'] })
  const { got, port } = await mailServer({ secure: true, key: other.key, cert: other.certificate })
  const outcome = await send(`smtps://127.0.0.1:${port}`, { caFile })
  expect(outcome).toMatchObject({ kind: 'postponed', reason: expect.stringMatching(/altnames|not in the cert/i) })
  expect(got.mails).toBe(0)
})

test('tokens of Kafka are requested from who it should be, once, and again before they end', async () => {
  const asked: string[] = []
  let seconds = 3_600
  const server = createHttpsServer({ key: pair.key, cert: pair.certificate }, async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    asked.push(`${request.headers.authorization} ${body}`)
    const isKnown = request.headers.authorization === `Basic ${Buffer.from('stream:right').toString('base64')}`
    response.setHeader('content-type', 'application/json').statusCode = isKnown ? 200 : 401
    response.end(
      JSON.stringify(
        isKnown
          ? { access_token: `token ${asked.length}`, token_type: 'bearer', expires_in: seconds }
          : { error: 'invalid_client' },
      ),
    )
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  closing.push(() => server.close())
  const kafkaTokenUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}/token`
  const provider = (given: object) => {
    const { sasl } = kafkaSecurity({
      ...settings,
      caFile,
      kafkaProtocol: 'sasl_ssl',
      kafkaMechanism: 'oauthbearer',
      kafkaUser: 'stream',
      kafkaPassword: 'right',
      kafkaTokenUrl,
      kafkaTokenScope: 'kafka',
      ...given,
    })
    return (sasl as unknown as { oauthBearerProvider: () => Promise<{ value: string }> }).oauthBearerProvider
  }
  const token = provider({})
  expect(await Promise.all([token(), token()])).toEqual([{ value: 'token 1' }, { value: 'token 1' }])
  expect(await token()).toEqual({ value: 'token 1' })
  expect(asked).toHaveLength(1)
  expect(asked[0]).toContain('scope=kafka')
  seconds = 10
  const short = provider({})
  expect([await short(), await short()]).toEqual([{ value: 'token 2' }, { value: 'token 3' }])
  await expect(provider({ kafkaPassword: 'wrong-secret' })()).rejects.toThrow(/gives no token to stream/)
  await expect(provider({ kafkaPassword: 'wrong-secret' })()).rejects.not.toThrow(/wrong-secret/)
  await expect(provider({ caFile: strangerCa })()).rejects.toThrow(/certificate/)
})

/** The name in the certificate that a server shows. */
const shownBy = (port: number): Promise<string> =>
  new Promise((answered, failed) => {
    const request = get(
      { host: '127.0.0.1', port, path: '/healthz', ca: authority.certificate, agent: false },
      (answer) => {
        answer.resume()
        answered(String((answer.socket as TLSSocket).getPeerCertificate().subject.CN))
      },
    )
    request.once('error', failed)
  })

test('our own servers take a new certificate without a restart, and keep the old one while the files do not fit', async () => {
  const own = {
    httpsCertificateFile: file('https.pem', pair.certificate),
    httpsKeyFile: file('https.key', pair.key),
  }
  const health = await serveHealth({
    host: '127.0.0.1',
    port: 0,
    metrics: new Registry(),
    check: () => undefined,
    certificate: { settings: own, logger },
  })
  closing.push(health.close)
  expect(await shownBy(health.port)).toBe('server')
  const next = await authority.issue({ commonName: 'next', hosts: ['127.0.0.1'] })
  const put = (path: string, content: string) => renameSync(file('new', content), path)
  put(own.httpsCertificateFile, next.certificate)
  // More than two looks at files of which only one is new.
  const until = performance.now() + 5_000
  await expect.poll(() => performance.now() > until, { timeout: 10_000, interval: 250 }).toBe(true)
  expect(await shownBy(health.port)).toBe('server')
  put(own.httpsKeyFile, next.key)
  await expect.poll(() => shownBy(health.port), { timeout: 20_000 }).toBe('next')
  await expect(fetch(`http://127.0.0.1:${health.port}/healthz`)).rejects.toThrow()
})

test('without files there is no certificate, and nothing to renew', () => {
  expect(readCertificate({ httpsCertificateFile: '', httpsKeyFile: '' })).toBeUndefined()
  expect(renewCertificate).toBeInstanceOf(Function)
})

test('devices send over TLS, and a renewed certificate is used without a restart', async () => {
  const files = {
    httpsCertificateFile: file('mqtt.pem', pair.certificate),
    httpsKeyFile: file('mqtt-key.pem', pair.key),
  }
  const device = {
    deviceId: 'scale',
    storeId: 's1',
    sourceIds: [],
    sensor: 'shelf' as const,
    shelfId: null,
    timeZone: null,
    passwordHash: hashOfSecret('password').toString('base64'),
    previousHash: null,
    previousUntil: null,
  }
  const devices = await Devices.open(async () => [device], logger)
  const stored: string[] = []
  const store = {
    send: async (messages: readonly { value: Buffer }[]) => {
      stored.push(...messages.map(({ value }) => value.toString()))
    },
  }
  const statuses = new Statuses({ store, sourceId: 'devices', timeZone: 'UTC', logger })
  const bridge = await Bridge.open({
    devices,
    find: () => undefined,
    store,
    statuses,
    metrics: createMqttMetrics(createRegistry(), () => undefined, { connections: () => 0, messages: () => 0 }),
    logger,
    limits: defaultLimits,
    problem: () => undefined,
    host: '127.0.0.1',
    port: 0,
    hint: '',
    certificate: { settings: files, logger },
    connectionsMax: 10,
    packetBytesMax: 10_000,
  })
  closing.push(
    () => devices.close(),
    () => bridge.stop().then(() => statuses.stop()),
  )
  expect(bridge.url).toMatch(/^mqtts:/)
  const publishing = { address: bridge.url, deviceId: 'scale', password: 'password', topic: 'devices/scale/state' }
  const send = (payload: string, certificateAuthorities: string) =>
    publishAsDevice({
      ...publishing,
      payloads: [Buffer.from(payload)],
      certificateAuthorities: Buffer.from(certificateAuthorities),
    })
  const stranger = await createAuthority('Another')
  expect(await send('well', authority.certificate)).toBe(1)
  await expect(send('well', stranger.certificate)).rejects.toThrow(/certificate|self-signed/)
  await expect(
    publishAsDevice({ ...publishing, address: bridge.url.replace('mqtts:', 'mqtt:'), payloads: [] }),
  ).rejects.toThrow()
  const renewed = await stranger.issue({ commonName: 'server', hosts: ['127.0.0.1'] })
  file('mqtt.pem', renewed.certificate)
  file('mqtt-key.pem', renewed.key)
  await expect.poll(() => send('renewed', stranger.certificate).catch(() => 0), { timeout: 20_000 }).toBe(1)
  expect(stored.filter((text) => text.includes('"reported":"renewed"'))).toHaveLength(1)
})
