/**
 * Faults against the whole platform, on servers of its own, from a seed:
 *
 *   node bench/chaos/run.ts [--seed 1] [--only kill,servers,network,disk,zombie,clock] [--short | --shortest] [--json FILE]
 *
 * `--shortest` kills stream workers for half a minute, on the running instance (`shelfline stack up`), which is left as it was.
 * Otherwise each scenario has an instance of its own, events whose sums are known, and a backfill that builds day after day; when all
 * faults have struck, what is left is compared with Kafka, with a recomputation, and with an undisturbed run on the same events.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { printTable } from '../../cli/output.ts'
import { seeded } from '../../models/statistics/random.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { machine, median } from '../measure.ts'
import { Fleet } from './fleet.ts'
import { eventually, Watch } from './progress.ts'
import { type Form, type Scenario, scenarios } from './scenarios.ts'
import { type Outcome, type Say, Session } from './session.ts'
import { runShortest } from './shortest.ts'
import { OwnInstance } from './site.ts'
import { Workload } from './workload.ts'

const HEALTHY_MS_MAX = 300_000
const CONSUMED_MS_MAX = 600_000
const STREAM_WORKERS = ['stream-1', 'stream-2']
const BATCH_WORKERS = ['batch-1', 'batch-2']

const { values: flags } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: scenarios.map(({ name }) => name).join(',') },
    short: { type: 'boolean', default: false },
    shortest: { type: 'boolean', default: false },
    json: { type: 'string', default: 'chaos.json' },
  },
})
const seed = Number(flags.seed)
const form = flags.shortest ? 'shortest' : flags.short ? 'short' : 'full'
const wanted = flags.only.split(',').map((name) => {
  const found = scenarios.find((scenario) => scenario.name === name)
  if (found === undefined)
    throw new Error(`--only ${name}: it is one of ${scenarios.map((one) => one.name).join(', ')}`)
  return found
})
const results: Record<string, Outcome> = {}
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort(new Error(signal)))
console.log(`${machine()}, ${form} form, seed ${seed}`)
if (flags.shortest) keep('shortest', await runShortest(loadSettings(), seed, console.log))
else for (const scenario of wanted) keep(scenario.name, await run(scenario))
table()
if (Object.values(results).some(({ problems }) => problems.length > 0)) process.exitCode = 1

/** Written after each scenario, so that a run that is broken off leaves its figures. */
function keep(name: string, outcome: Outcome): void {
  results[name] = outcome
  writeFileSync(flags.json, `${JSON.stringify({ machine: machine(), form, seed, results }, null, 2)}\n`)
  for (const problem of outcome.problems) console.log(`${name}: ${problem}`)
}

async function run(scenario: Scenario): Promise<Outcome> {
  const say = (line: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${scenario.name}: ${line}`)
  const load = scenario.load[form as Form]
  await using resources = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), `shelfline-chaos-${scenario.name}-`))
  const instance = await OwnInstance.start(folder)
  resources.defer(async () => {
    await instance.close()
    rmSync(folder, { recursive: true, force: true })
  })
  if (scenario.name === 'disk') await instance.useSmallDisks()
  const watch = resources.adopt(await Watch.open(instance), (open) => open.close())
  const workload = resources.adopt(await Workload.open(instance, load.historyDays, load.historyEvents), (open) =>
    open.close(),
  )
  const onEnd = ({ name }: { name: string }, why: string) => say(`${name} ${why}`)
  const fleet = resources.adopt(await Fleet.open(instance, { proxied: scenario.proxied, onEnd }), (open) =>
    open.close(),
  )
  const session = new Session(instance, fleet, watch, workload, say)

  try {
    await strike(scenario, session, instance, say)
  } catch (error) {
    // What was struck and found until then counts, too.
    session.findings.problems.push((error as Error).message)
  }
  return session.outcome()
}

async function strike(scenario: Scenario, session: Session, instance: OwnInstance, say: Say): Promise<void> {
  const { fleet, watch, workload } = session
  const load = scenario.load[form as Form]
  await workload.sendMasterData()
  await workload.sendHistory()
  for (const name of STREAM_WORKERS) await fleet.start('stream', name)
  for (const name of BATCH_WORKERS) await fleet.start('batch', name)
  await fleet.untilHealthy('stream', HEALTHY_MS_MAX)
  await fleet.untilHealthy('batch', HEALTHY_MS_MAX)
  const history = await watch.logs()
  await eventually('the history is consumed', CONSUMED_MS_MAX, async () => (await watch.behind(history)) === 0)
  say(`${load.historyEvents} events of ${load.historyDays} days are consumed; faults begin`)

  const struck = new AbortController()
  const sending = workload.sendLive(load.events, load.ratePerSecond, struck.signal)
  const building = session.backfillUntil(struck.signal)
  try {
    const lanes = scenario.lanes(session, instance, form as Form)
    await Promise.all(lanes.map((lane, index) => session.runLane(seeded(seed + index), lane, stopping.signal)))
  } finally {
    struck.abort()
    await Promise.all([sending, building])
  }
  say('all faults have struck; waiting until nothing is left to do')
  await session.settle(true)
  await fleet.close()
  say('checking')
  await session.check()
  say('the same events once more, undisturbed')
  await session.compareWithUndisturbed(true)
}

function table(): void {
  const rows = Object.entries(results).map(([name, { lost, doubled, differing, compared, recoveries, ...rest }]) => {
    const times = recoveries.flatMap(({ seconds }) => seconds ?? [])
    const stuck = recoveries.length - times.length
    return [
      name,
      recoveries.length,
      rest.events,
      lost,
      doubled,
      differing,
      compared,
      times.length > 0 ? median(times).toFixed(1) : '',
      times.length > 0 ? Math.max(...times).toFixed(1) : '',
      stuck,
      rest.workerEnds,
      rest.problems.length,
      `${Math.round(rest.seconds / 60)} min`,
    ]
  })
  const headings = [
    'faults',
    'struck',
    'events',
    'lost',
    'doubled',
    'differing',
    'compared',
    'recovery median s',
    'worst s',
    'not recovered',
    'worker ends',
    'problems',
    'took',
  ]
  printTable(headings, rows)
}
