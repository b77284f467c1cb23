import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { unawaitedReturns } from './returned-promises.ts'

test('awaits what is returned while something is still open, in all of our code', () => {
  expect(unawaitedReturns()).toEqual([])
})

test('finds such a return behind `using` and in `try`, and nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'returned-promises-'))
  try {
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
    writeFileSync(join(folder, 'example.ts'), EXAMPLE)
    expect(unawaitedReturns(folder).map((place) => place.replace(/^example.ts:\d+: return /, ''))).toEqual([
      "later('closed too early')",
      "later('closed too early, in a branch')",
      "isOpen ? later('perhaps a promise') : undefined",
      "later('before finally')",
      "later('not caught')",
      "later('caught, before finally')",
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

const compilerOptions = {
  target: 'es2022',
  lib: ['es2024', 'esnext.disposable'],
  module: 'nodenext',
  types: [],
  strict: true,
  noEmit: true,
}

const EXAMPLE = `
export interface Resource extends AsyncDisposable { isOpen: boolean }
declare function open(): Resource
declare function later(what: string): Promise<string>

export async function behindUsing() {
  if (Math.random() > 1) return later('not open yet')
  await using resource = open()
  if (!resource.isOpen) return await later('awaited')
  return later('closed too early')
}

export async function inBranch() {
  for (const isOpen of [true]) {
    await using resource = open()
    if (isOpen) return later('closed too early, in a branch')
    return resource.isOpen
  }
  return later('closed already')
}

export async function perhaps(isOpen: boolean) {
  await using resource = open()
  const inside = () => {
    return later('of a function of its own')
  }
  await inside()
  if (resource.isOpen) return 1
  return isOpen ? later('perhaps a promise') : undefined
}

export function notEvenAsync() {
  try {
    return later('before finally')
  } finally {
    open()
  }
}

export async function caught() {
  try {
    return later('not caught')
  } catch {
    return later('after the catch')
  }
}

export async function caughtBeforeFinally() {
  try {
    return 1
  } catch {
    return later('caught, before finally')
  } finally {
    open()
  }
}
`
