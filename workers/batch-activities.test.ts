import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { BatchDependencies } from '../activities/dependencies.ts'
import { createBatchActivities } from './batch-activities.ts'

/** Nothing is called: only the names are needed. Without keys, secrets are not sealed. */
const settings = { secretKeys: [], secretKeysFile: [] }
const nothing = new Proxy({}, { get: (_, name) => (name === 'settings' ? settings : {}) }) as BatchDependencies

test('operations.md shows for every activity how often it is tried, and where its owner sees it', () => {
  const page = readFileSync(join(import.meta.dirname, '..', 'docs', 'operations.md'), 'utf8')
  const section = page.slice(page.indexOf('## What is retried'), page.indexOf('## Upgrades'))
  const listed = section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...line.split('|')[1]!.matchAll(/`(\w+)`/g)].map(([, name]) => name!))
  expect(listed.sort()).toEqual(Object.keys(createBatchActivities(nothing)).sort())
})
