import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { createLogger } from '../platform/log.ts'
import { instanceHome } from '../platform/settings/settings.ts'
import { prepareWorkflowBundle, workflowSources } from './workflow-bundle.ts'

const ROOT = join(import.meta.dirname, '..')
const SOURCE_MAP = /sourceMappingURL=data:application\/json;charset=utf-8;base64,(\S+)/

test('the name of a bundle depends on every file of this repository that is in it', async () => {
  const { codePath } = await prepareWorkflowBundle(instanceHome(), createLogger({ logLevel: 'silent' }, 'test'))
  const [, map] = SOURCE_MAP.exec(readFileSync(codePath, 'utf8'))!
  const { sources } = JSON.parse(Buffer.from(map!, 'base64').toString()) as { sources: string[] }
  const own = sources
    .map((source) => relative(ROOT, source))
    .filter((source) => source.endsWith('.ts') && !source.startsWith('node_modules'))
  expect(own).toContain(join('workflows', 'purchase-orders', 'purchase-order.ts'))
  expect(own.filter((source) => !workflowSources().includes(source))).toEqual([])
})
