import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { asWritten, withSecrets } from '../../platform/connect/secrets.ts'
import { InvalidError } from '../errors.ts'
import { knownClasses, lintConnector } from './connector-rules.ts'
import { readConnector } from './connectors.ts'

const folder = join(import.meta.dirname, '..', '..', 'data', 'examples', 'connectors')
const files = globSync('*.yaml', { cwd: folder })
const example = (file: string) => readFileSync(join(folder, file), 'utf8')

describe('the examples of connectors', () => {
  test.each(files)('%s follows the rules of its kind', (file) => {
    const { config } = readConnector(example(file))
    expect(knownClasses).toContain(config['connector.class'])
  })

  test('there is one of each kind', () => {
    const classes = files.map((file) => readConnector(example(file)).config['connector.class'])
    expect(classes.sort()).toEqual([...knownClasses].sort())
  })
})

describe('a connector is refused', () => {
  const { config } = readConnector(example('erp-postgres.yaml'))

  test.each([
    [
      'decimal.handling.mode',
      'double',
      /decimal\.handling\.mode "double" must be string: a decimal is exact as text only/,
    ],
    ['skipped.operations', 't', /must be none: a truncated table/],
    ['heartbeat.interval.ms', '0', /must be a whole number from 1000/],
    ['topic.creation.default.partitions', '3', /must be 1/],
    ['transforms', 'unwrap', /without an unwrapping one/],
    ['errors.tolerance', 'all', /must be other than all/],
    ['slot.name', 'Shelf-Line', /must be a name of lower-case letters/],
    ['database.password', 'hunter2hunter2', /database\.password must be a secret of a file/],
  ])('with %s %s', (key, value, why) => {
    const findings = lintConnector({ ...config, [key]: value })
    expect(findings).toHaveLength(1)
    expect(findings[0]).toMatch(why)
    expect(findings[0]).not.toContain('hunter2')
  })

  test('that is no connector', () => {
    for (const content of ['[]', 'name: erp', 'name: Erp\nconfig: {}', 'name: erp\nconfig: {}', 'name: [', '']) {
      expect(() => readConnector(content), content).toThrow(InvalidError)
    }
  })
})

test('a secret is named where a person writes it, found where Connect looks, and never shown', () => {
  const config = { 'database.password': `\${secret:erp}`, 'topic.prefix': 'erp' }
  const given = withSecrets(config, '/run/secrets/connect')
  expect(given).toEqual({ ...config, 'database.password': `\${secrets:/run/secrets/connect:erp}` })
  expect(asWritten(given)).toEqual(config)
  expect(asWritten({ 'database.password': 'hunter2' })).toEqual({ 'database.password': '(hidden)' })
})
