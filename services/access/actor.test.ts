import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')

test('a text becomes an actor only where a person is authenticated', () => {
  const folders = ['activities', 'cli', 'scripts', 'services', 'sources', 'streams', 'web', 'workers', 'workflows']
  const files = folders.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: ROOT }))
  const made = files.filter((file) => / as (unknown as )?Actor\b/.test(readFileSync(join(ROOT, file), 'utf8')))
  expect(made.sort()).toEqual(['services/access/actor.ts', 'services/access/actors.ts', 'services/access/testing.ts'])
  const users = files.filter((file) => readFileSync(join(ROOT, file), 'utf8').includes("access/testing.ts'"))
  expect(users.filter((file) => !/test(ing)?\.ts$/.test(file))).toEqual([])
})
