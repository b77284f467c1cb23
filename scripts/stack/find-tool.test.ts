import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findOnPath, findTool, isAtLeast } from './find-tool.ts'

const folder = mkdtempSync(join(tmpdir(), 'shelfline-tools-'))

afterAll(() => rmSync(folder, { recursive: true }))

function program(name: string, body: string, mode = 0o755): string {
  const file = join(folder, name)
  writeFileSync(file, `#!/bin/sh\n${body}\n`)
  chmodSync(file, mode)
  return file
}

test.each([
  ['1.26', [1, 26], true],
  ['1.26.8', [1, 26], true],
  ['1.25.9', [1, 26], false],
  ['2.0', [1, 26], true],
  ['17', [17], true],
  ['1.8.0', [17], false],
  ['3', [3, 6], false],
])('version %s against %j: %s', (version, minimum, fits) => {
  expect(isAtLeast(version, minimum)).toBe(fits)
})

test('only a file that may be run is found', () => {
  program('text', '', 0o644)
  const tool = program('tool', '')
  expect(findOnPath('text', { PATH: folder })).toBeUndefined()
  expect(findOnPath('tool', { PATH: `/nowhere:${folder}` })).toBe(tool)
})

test('a tool that is too old, or does not run, is none', async () => {
  const pattern = /version (\d+\.\d+)/
  const fit = program('fit', 'printf "\\033[1mversion 1.30\\033[m\\n"')
  expect(await findTool(fit, [], pattern, [1, 26])).toEqual({ path: fit, version: '1.30' })
  expect(await findTool(program('old', 'echo version 1.20'), [], pattern, [1, 26])).toBeUndefined()
  expect(await findTool(program('broken', 'echo version 1.30; exit 1'), [], pattern, [1, 26])).toBeUndefined()
})
