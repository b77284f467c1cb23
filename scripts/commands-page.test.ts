import { expect, test } from 'vitest'
import { jsonDocuments } from '../cli/json-keys.ts'
import { cases } from './front-door/cases.ts'
import { knownCommands } from './front-door/commands.ts'

const known = await knownCommands()
const paths = known.map(({ path }) => path).sort()

test('has a case for every command that is tried as a process, and none for what is no command', () => {
  expect(Object.keys(cases).sort()).toEqual(paths)
})

test('has an example in the help of every command', () => {
  expect(known.filter(({ examples }) => examples.length === 0).map(({ path }) => path)).toEqual([])
})

test('documents what every command prints with --json', () => {
  const withJson = known.filter(({ hasJson }) => hasJson).map(({ path }) => path)
  expect([...jsonDocuments.keys()].sort()).toEqual(withJson.sort())
})
