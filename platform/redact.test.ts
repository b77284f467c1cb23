import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { protectSecrets, redact, redactError } from './redact.ts'
import { loadSettings } from './settings/settings.ts'

const HIDDEN = '[redacted]'

test.each([
  ['at "postgres://app:hunter2@db:5432/x": refused', `at "postgres://app:${HIDDEN}@db:5432/x": refused`],
  ['smtps://a%40b:c%2Fd@mail', `smtps://a%40b:${HIDDEN}@mail`],
  ["host=db password=hunter2 user='x'", `host=db password=${HIDDEN} user='x'`],
  [`host=db password='it\\'s' user=x`, `host=db password=${HIDDEN} user=x`],
  [`create secret s (type postgres, password 'it''s')`, `create secret s (type postgres, password ${HIDDEN})`],
  ['password authentication failed for user "app"', 'password authentication failed for user "app"'],
  ['http://127.0.0.1:9000/lake?at=12:30 and a@b', 'http://127.0.0.1:9000/lake?at=12:30 and a@b'],
  ['postgres://app@db/x', 'postgres://app@db/x'],
])('a password is cut out of %j', (text, wanted) => {
  expect(redact(text)).toBe(wanted)
})

test('the secrets of the settings are known as they are, in a URL and in JSON', () => {
  const webhookSecret = `whsec_${Buffer.from('a secret of twenty-four bytes').toString('base64')}`
  loadSettings({
    SHELFLINE_HOME: mkdtempSync(join(tmpdir(), 'shelfline-redact-')),
    SHELFLINE_POSTGRES_URL: 'postgres://app:p%40ss%22word@db/x',
    SHELFLINE_OBJECT_STORE_SECRET_KEY: 'objectsecret',
    SHELFLINE_SUPPLIER_WEBHOOK_SECRETS: `acme=${webhookSecret}`,
  })
  for (const text of ['p@ss"word', 'p%40ss%22word', '{"a":"p@ss\\"word"}', 'objectsecret', webhookSecret]) {
    expect(redact(`<${text}>`)).toMatch(/^<.*\[redacted\].*>$/)
    expect(redact(`<${text}>`)).not.toMatch(/word|objectsecret|YSBz/)
  }
})

test('what is too short to differ from ordinary words is not looked for', () => {
  protectSecrets(['', 'abc'])
  expect(redact('abc of postgres://u:abc@h')).toBe(`abc of postgres://u:${HIDDEN}@h`)
})

test('JSON stays JSON, whatever it holds', () => {
  const values = ['password=', "password='open", 'password="x"', 'password = ', 'a://b:c', 'a://b:c@', `password 'x`]
  for (const one of values) {
    for (const other of values) {
      const text = JSON.stringify({ one, nested: [other, { password: one }], last: '@' })
      expect(Object.keys(JSON.parse(redact(text)))).toEqual(['one', 'nested', 'last'])
    }
  }
})

test('long texts take time in proportion', () => {
  const texts = ['a.'.repeat(50_000), 'a://b'.repeat(20_000), 'password '.repeat(10_000), '://'.repeat(30_000)]
  const startedAt = performance.now()
  for (const text of texts) redact(text)
  expect(performance.now() - startedAt).toBeLessThan(5_000)
})

test('an error keeps its class and its fields, and loses the secret in its message, stack and causes', () => {
  class Named extends Error {
    code = 'E1'
  }
  const inner = new Error('at postgres://u:hunter2@h')
  const error = new Named('failed at postgres://u:hunter2@h', { cause: inner })
  expect(redactError(error)).toBe(error)
  expect(error).toMatchObject({ code: 'E1', message: `failed at postgres://u:${HIDDEN}@h` })
  expect(`${error.stack}${inner.message}${inner.stack}`).not.toContain('hunter2')
  expect(redactError('no error')).toBe('no error')
})

test('a log line holds no secret, wherever the line has it', () => {
  const log = join(import.meta.dirname, 'log.ts')
  const script = `
    const { createLogger } = await import(${JSON.stringify(log)})
    const logger = createLogger({ logLevel: 'info' }, 'test')
    const text = 'at "postgres://u:hunter2@h": no'
    logger.error({ error: text, deep: [{ it: text }], err: new Error(text) }, text)`
  const line = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })
  expect(JSON.parse(line)).toMatchObject({ process: 'test', message: `at "postgres://u:${HIDDEN}@h": no` })
  expect(line).not.toContain('hunter2')
})
