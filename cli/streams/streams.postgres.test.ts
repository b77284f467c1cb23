import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { processorNames } from '../../streams/runtime/runtime.ts'
import { environmentOf, shelfline } from '../testing.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
})
afterAll(() => database?.drop())

const streams = async (...words: string[]) => {
  const { code, out, error } = await shelfline(['streams', ...words, '--json'], environmentOf(database.settings))
  return { code, error, paused: out === '' ? undefined : (JSON.parse(out) as { paused: string[] }).paused }
}

describe('pausing and resuming processors', () => {
  test('names them, or asks for all with --all', async () => {
    for (const words of [['pause'], ['pause', 'sales_state', '--all'], ['resume'], ['pause', 'sales']]) {
      expect(await streams(...words)).toMatchObject({ code: 2, error: expect.stringMatching(/--all|is unknown/) })
    }
    expect(await streams('pause', 'sales_state')).toMatchObject({ code: 0, paused: ['sales_state'] })
    expect(await streams('pause', '--all')).toMatchObject({ code: 0, paused: [...processorNames].sort() })
    expect(await streams('resume', 'sales_state', 'raw_sink')).toMatchObject({
      code: 0,
      paused: processorNames.filter((name) => !['sales_state', 'raw_sink'].includes(name)).sort(),
    })
    expect(await streams('resume', '--all')).toMatchObject({ code: 0, paused: [] })
  })
})
