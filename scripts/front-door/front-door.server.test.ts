/**
 * The way in, as a new user takes it: an instance that `./scripts/run` has started, every command that README and docs/ give to
 * type, in their order, and every command there is, each as a process.
 */
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jsonDocuments } from '../../cli/json-keys.ts'
import { addDays } from '../../contracts/calendar.ts'
import { type Case, cases } from './cases.ts'
import { type KnownCommand, knownCommands } from './commands.ts'
import { type FrontDoor, openFrontDoor, type Typed } from './instance.ts'
import { documentedCommands } from './markdown.ts'
import { isTyped, typedFor } from './rules.ts'
import { type ExampleWorld, makeExampleWorld, writeExampleFiles } from './world.ts'

const MINUTE_MS = 60_000
/** Guards against hanging: a busy machine is slow, not wrong. */
const START_MS_MAX = 30 * MINUTE_MS
const TRIED_MS_MAX = 30 * MINUTE_MS
/** With more of them a real model is trained, and the run takes longer. */
const DAYS = Number(process.env.FRONT_DOOR_DAYS ?? 3)
/** Three weeks of features train a model of demand. */
const DAYS_TO_TRAIN = 22
const root = join(import.meta.dirname, '..', '..')
/** The examples of commands.md are those of help, which the second half runs. */
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md') && name !== 'commands.md')
    .map((name) => `docs/${name}`),
]
const known = await knownCommands()

let door: FrontDoor
let world: ExampleWorld
let mail: SMTPServer
let plan = ''
const done = new Map<string, Promise<Typed>>()
/** Commands that the documentation has had typed: what they print for people was seen there. */
const seen = new Set<string>()

beforeAll(async () => {
  mail = new SMTPServer({ authOptional: true, disabledCommands: ['STARTTLS'] })
  mail.listen(0, '127.0.0.1')
  await once(mail.server, 'listening')
  const { port } = mail.server.address() as AddressInfo
  door = await openFrontDoor({
    words: ['--free-ports', '--days', String(DAYS), '--stores', '2', '--only', 'daily'],
    lastDay: addDays('2017-01-01', DAYS - 1),
    environment: { SHELFLINE_SMTP_URL: `smtp://127.0.0.1:${port}` },
  })
  // What they would do every minute is not what is tried here.
  for (const name of ['minute-jobs', 'stock-out-risk', 'notify', 'data-quality', 'bi-refresh']) {
    expect(await door.type(`./shelfline schedules pause ${name}`)).toMatchObject({ code: 0 })
  }
  await writeExampleFiles(door.checkout)
  world = await makeExampleWorld(door.settings)
}, START_MS_MAX)

afterAll(async () => {
  await world?.close()
  await door?.stop()
  mail?.close()
}, 3 * MINUTE_MS)

const filled = (command: string): string =>
  typedFor(command, { lastDay: door.lastDay, plan, order: 'PO-dairy-W1-20170302', alert: '14' })

/** Runs a line once, however many pages have it. */
function type(command: string): Promise<Typed> {
  const line = filled(command)
  const before = done.get(line)
  if (before !== undefined) return before
  const typed = door.type(line).then((answer) => {
    plan = /backfill apply (\S+)\s*$/.exec(answer.out)?.[1] ?? plan
    return answer
  })
  done.set(line, typed)
  return typed
}

const hasBrokenText = /\bundefined\b|\bNaN\b|\[object Object\]/

describe('the commands of the documentation', () => {
  beforeAll(async () => {
    await Promise.all([
      ...['PO-dairy-W1-20170302', 'PO-dairy-W1-20240506'].map(world.order),
      ...[2, 3, 4, 5, 6, 7].map((day) => world.order(`PO-acme-W1-2026110${day}`)),
    ])
    // A champion that can't predict replaces one that this few days can't train: predictions come before it.
    // Of a day without features it would be refused.
    await type('./shelfline run feature-engineering --date 2017-01-28 --wait')
    for (const more of ['', ' --json']) await type(`./shelfline run batch-prediction --date 2017-01-28 --wait${more}`)
  }, START_MS_MAX)

  for (const page of pages) {
    const commands = documentedCommands(readFileSync(join(root, page), 'utf8')).filter(
      (documented) => isTyped(documented) && !isName(documented.command),
    )
    if (commands.length === 0) continue
    test(page, { timeout: TRIED_MS_MAX }, async () => {
      for (const { command, line } of commands) {
        const { code, out, error } = await type(command)
        if (command.includes('run train-models') && page === 'README.md' && DAYS < DAYS_TO_TRAIN) await world.models()
        expect.soft({ at: `${page}:${line}`, command, code, error: code === 0 ? '' : error }).toEqual({
          at: `${page}:${line}`,
          command,
          code: 0,
          error: '',
        })
        expect.soft(out, `${page}:${line} ${command}`).not.toMatch(hasBrokenText)
        const path = pathOf(command)
        if (path !== undefined && code === 0) seen.add(path)
        if (path !== undefined && !/--help| > /.test(command) && !cases[path]!.shows.test(''))
          expect.soft(out, `${page}:${line} ${command}`).not.toBe('')
      }
    })
  }
})

/** What a sentence calls a command, without what it needs: "`shelfline login`". */
function isName(command: string): boolean {
  const name = command.replace(/^(\.\/)?shelfline /, '')
  const found = known.find(({ path }) => path === name)
  return found?.isNameAlone ?? known.some(({ path }) => path.startsWith(`${name} `))
}

const pathOf = (command: string): string | undefined =>
  known.map(({ path }) => path).find((path) => `${command.replace(/^(\.\/)?shelfline /, '')} `.startsWith(`${path} `))

describe('every command', () => {
  const tried = new Map<string, Promise<Tried>>()

  beforeAll(async () => {
    await Promise.all(Array.from({ length: 10 }, (_, index) => world.order(`PO-dairy-W1-${20170303 + index}`)))
    startAll(tried)
  }, START_MS_MAX)

  for (const { path } of known) {
    test(path, { timeout: TRIED_MS_MAX }, async () => {
      const { example, json, wrong } = await tried.get(path)!
      const { shows } = cases[path]!
      if (example !== undefined) {
        expect.soft(example.code, example.error).toBe(0)
        expect.soft(example.out).toMatch(shows)
        expect.soft(example.out).not.toMatch(hasBrokenText)
      }
      if (json !== undefined) {
        expect.soft(json.code, json.error).toBe(0)
        expect.soft(undocumented(path, json.out)).toEqual({ missing: [], unknown: [] })
      }
      expect.soft(wrong).toMatchObject({ code: 2, out: '' })
      expect.soft(wrong.error).toMatch(/^(shelfline|error): ?\S/m)
      expect.soft(wrong.error).not.toMatch(/ at .*\.ts:\d+/)
    })
  }
})

/** How a document differs from what is documented of it. */
function undocumented(path: string, out: string): { missing: string[]; unknown: string[] } {
  const document = JSON.parse(out) as object | object[]
  const { isList, always, sometimes } = jsonDocuments.get(path)!
  expect(Array.isArray(document)).toBe(isList)
  const entries = Array.isArray(document) ? document : [document]
  const keys = entries.map((entry) => Object.keys(entry))
  return {
    missing: always.filter((key) => keys.some((own) => !own.includes(key))),
    unknown: [...new Set(keys.flat())].filter((key) => ![...always, ...sometimes].includes(key)),
  }
}

interface Tried {
  example?: Typed
  json?: Typed
  wrong: Typed
}

const AT_ONCE = 4

/** Starts all cases: those of a group one after the other, of all groups some at once. */
function startAll(tried: Map<string, Promise<Tried>>): void {
  const groups = Object.groupBy(Object.keys(cases), (path) => cases[path]!.group ?? path)
  const waiting = Object.values(groups) as string[][]
  const settled = new Map(Object.keys(cases).map((path) => [path, Promise.withResolvers<Tried>()]))
  for (const [path, { promise }] of settled) tried.set(path, promise)
  const work = async (): Promise<void> => {
    for (let group = waiting.shift(); group !== undefined; group = waiting.shift()) {
      for (const path of group) {
        const command = known.find((each) => each.path === path)!
        await tryCase(command, cases[path]!).then(settled.get(path)!.resolve, settled.get(path)!.reject)
      }
    }
  }
  for (let index = 0; index < AT_ONCE; index += 1) void work()
}

async function tryCase({ path, examples, hasJson }: KnownCommand, given: Case): Promise<Tried> {
  // A session that can only read: a wrong use that writes fails otherwise than it should.
  const wrong = await door.type(`./shelfline ${path} ${given.wrong}`, { PGOPTIONS: READ_ONLY })
  if (given.elsewhere !== undefined) return { wrong }
  const line = (swap: Case['swap']) => {
    const example = examples[given.example ?? 0]!
    return swap === undefined ? example : example.replace(...swap)
  }
  // Not the command whose output is one of its arguments.
  const isJsonOnly = line(given.swap)
    .replace(/\$\(.*\)/, '')
    .includes('--json')
  const run = given.isTypedAnew ? (command: string) => door.type(filled(command)) : type
  const toJson = async () => await run(`${line(given.swapJson ?? given.swap)} --json`)
  // The commands of a group work on what those before them have made.
  if (hasJson && !isJsonOnly && seen.has(path) && given.group === undefined) return { json: await toJson(), wrong }
  const example = await run(line(given.swap))
  if (!hasJson || isJsonOnly) return { example, ...(isJsonOnly && { json: example }), wrong }
  return { example, json: await toJson(), wrong }
}

const READ_ONLY = '-c default_transaction_read_only=on'
