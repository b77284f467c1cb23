import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadSettings, SettingsError } from './settings.ts'

const home = () => mkdtempSync(join(tmpdir(), 'shelfline-settings-'))

describe('loadSettings', () => {
  test('takes the environment before the instance and the instance before the default', () => {
    const folder = home()
    writeFileSync(
      join(folder, 'instance.json'),
      JSON.stringify({ kafka: { brokers: ['a:1', 'b:2'] }, temporal: { address: 't:3' } }),
    )
    const settings = loadSettings({ SHELFLINE_HOME: folder, SHELFLINE_TEMPORAL_ADDRESS: 'u:4' })
    expect(settings.kafkaBrokers).toEqual(['a:1', 'b:2'])
    expect(settings.temporalAddress).toBe('u:4')
    expect(settings.objectStoreRegion).toBe('us-east-1')
    expect(Object.isFrozen(settings)).toBe(true)
  })

  test('names every bad setting at once, and shows no secret', () => {
    const read = () =>
      loadSettings({
        SHELFLINE_HOME: home(),
        SHELFLINE_HTTP_PORT: '70000',
        SHELFLINE_DUCKDB_THREADS: 'many',
        SHELFLINE_POSTGRES_URL: 'hunter2',
      })
    expect(read).toThrow(SettingsError)
    expect(read).toThrow(/HTTP_PORT: "70000" is not a whole number from 0 to 65535/)
    expect(read).toThrow(/DUCKDB_THREADS: "many"/)
    expect(read).toThrow(/POSTGRES_URL: \(a secret\) is not a URL/)
    expect(read).not.toThrow(/hunter2/)
  })

  test('names the instance file that is broken', () => {
    const folder = home()
    writeFileSync(join(folder, 'instance.json'), '{')
    expect(() => loadSettings({ SHELFLINE_HOME: folder })).toThrow(/instance\.json is not JSON/)
  })
})
