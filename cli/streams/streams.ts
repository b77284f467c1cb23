import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { type TopicName, topicNames } from '../../contracts/topics.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { readWorkers } from '../../platform/workers.ts'
import { RAW_SINK, rawTopics } from '../../streams/raw/raw-sink.ts'
import { acceptLog, acceptLoss } from '../../streams/runtime/accepted-losses.ts'
import { pausedProcessors, setPaused } from '../../streams/runtime/controls.ts'
import { numberedRange } from '../../streams/runtime/log-numbers.ts'
import { type ProcessorState, processorStates } from '../../streams/runtime/processor-states.ts'
import { processorNames, productProcessors } from '../../streams/runtime/runtime.ts'
import { listSkips, parsePlace, requestSkip } from '../../streams/runtime/skips.ts'
import { type PartitionStatus, streamStatus } from '../../streams/runtime/status.ts'
import { parseChoice } from '../arguments.ts'
import { withPool, withTopicLogs } from '../connections.ts'
import { print, printJson, printTable, UsageError } from '../output.ts'
import { registerVerify } from './state.ts'

interface JsonOption {
  json?: boolean
}

export function register(program: Command): void {
  const streams = program.command('streams').description('What the stream processors do')
  registerStatus(streams)
  registerControls(streams)
  registerVerify(streams, 'streams')
  registerSkip(streams)
  registerAcceptLoss(streams)
  registerAcceptLog(streams)
}

interface AcceptFlags extends JsonOption {
  why: string
  by?: string
}

const acceptanceOf = ({ by, why }: AcceptFlags) => ({ by: by ?? userInfo().username, why })

function registerAcceptLoss(streams: Command): void {
  streams
    .command('accept-loss')
    .description('Continue after messages that Kafka has deleted, or that nobody can read')
    .argument('[processor]', 'Only this one')
    .requiredOption('--why <text>', 'Why')
    .option('--by <name>', 'Who; default: your login')
    .option('--json', 'Print what was accepted as JSON')
    .addHelpText('after', '\nExample:\n  shelfline streams accept-loss sales_state --why "retention was too short"')
    .action(async (processor: string | undefined, flags: AcceptFlags) => {
      const chosen = processor && parseChoice('processor', processor, processorNames)
      const accepted = await withTopicLogs(loadSettings(), (pool, topicLogs) =>
        acceptLoss(pool, topicLogs, kafkaTopic, acceptanceOf(flags), chosen),
      )
      if (flags.json) return printJson({ accepted })
      if (accepted.length === 0) return print('no partition has stopped because of lost messages')
      for (const { processor, topic, partition, from, to } of accepted) {
        print(`${processor} ${topic}/${partition}: continues at ${to}, was at ${from}`)
      }
    })
}

function registerSkip(streams: Command): void {
  streams
    .command('skip')
    .description('Make a message that a processor can not pass a dead letter, without reading it')
    .argument('<processor>', 'Which stands before it')
    .argument('<message>', 'Where it is: TOPIC/PARTITION@OFFSET, as `streams status` shows the position')
    .requiredOption('--why <text>', 'Kept with your login as the record of it')
    .option('--json', 'Print what is skipped as JSON')
    .addHelpText(
      'after',
      "\nA running worker skips it within a second or two, else the next one that starts. Undo it with `dlq replay`.\n\nExample:\n  shelfline streams skip sales_state pos_transactions/0@1234 --why 'ends the worker'",
    )
    .action(async (name: string, message: string, { why, json }: JsonOption & { why: string }) => {
      const { topic, ...place } = parseMessage(message)
      const processor = parseChoice('processor', name, processorNames)
      const at = { topic: parseChoice(`topic of ${processor}`, topic, topicsOf(processor)) as TopicName, ...place }
      if (!/\S/.test(why) || why.length > WHY_CHARACTERS_MAX || why.includes('\u0000')) {
        throw new UsageError(`--why wants a text of 1 to ${WHY_CHARACTERS_MAX} characters`)
      }
      const by = userInfo().username
      await withTopicLogs(loadSettings(), async (pool, topicLogs) => {
        const log = await numberedRange(pool, topicLogs, kafkaTopic, at)
        if (typeof log === 'string') throw new UsageError(log)
        await requestSkip(pool, processor, at, { why, by, log })
      })
      if (json) return printJson({ skipped: { processor, ...at, why, requestedBy: by } })
      print(`${processor} skips ${message}: it becomes a dead letter; \`shelfline streams skips\` shows when it has`)
    })
  streams
    .command('skips')
    .description('Messages that were to be skipped: by whom, why, and what became of them')
    .option('--json', 'Print them as JSON')
    .addHelpText('after', '\nExample:\n  shelfline streams skips')
    .action(async ({ json }: JsonOption) => {
      const skips = await withPool(loadSettings(), listSkips)
      if (json) return printJson({ skips })
      if (skips.length === 0) return print('no message was skipped')
      printTable(
        ['processor', 'message', 'status', 'letter', 'asked by', 'at', 'why'],
        skips.map(({ processor, topic, partition, offset, status, letterId, requestedBy, requestedAt, why }) => [
          ...[processor, `${topic}/${partition}@${offset}`, status, letterId ?? ''],
          ...[requestedBy, requestedAt.toISOString().slice(0, 19).replace('T', ' '), why],
        ]),
      )
    })
}

const WHY_CHARACTERS_MAX = 500

function parseMessage(text: string) {
  const place = parsePlace(text)
  if (place === undefined) {
    throw new UsageError(`message "${text}" is not TOPIC/PARTITION@OFFSET, for example pos_transactions/0@1234`)
  }
  return place
}

const topicsOf = (processor: string): readonly string[] =>
  processor === RAW_SINK ? rawTopics : productProcessors.find(({ name }) => name === processor)!.topics

function registerAcceptLog(streams: Command): void {
  streams
    .command('accept-log')
    .description('Read a topic that was deleted and created again, or that has lost its newest messages')
    .argument('<topic>', 'Which')
    .requiredOption('--why <text>', 'Why')
    .option('--by <name>', 'Who; default: your login')
    .option('--json', 'Print what was accepted as JSON')
    .addHelpText('after', '\nExample:\n  shelfline streams accept-log foot_traffic --why "Kafka was set up again"')
    .action(async (name: string, flags: AcceptFlags) => {
      const topic = parseChoice('topic', name, topicNames)
      const accepted = await withTopicLogs(loadSettings(), (pool, topicLogs) =>
        acceptLog(pool, topicLogs, kafkaTopic, topic, acceptanceOf(flags)),
      )
      if (flags.json) return printJson({ accepted: accepted ?? null })
      if (accepted === undefined) return print(`${topic} is the topic that was read before: there is nothing to accept`)
      print(`${topic}: its new log is read; offsets of it are shown with ${accepted.base} added`)
    })
}

function registerStatus(streams: Command): void {
  streams
    .command('status', { isDefault: true })
    .description(
      'Where each processor is in each partition, and what became of the messages; exit code 1 when a processor has no worker or has stopped',
    )
    .option('--json', 'Print processors and partitions as JSON')
    .addHelpText('after', '\nExample:\n  shelfline streams status')
    .action(async ({ json }: JsonOption) => {
      const [partitions, workers] = await withTopicLogs(loadSettings(), async (pool, topicLogs) => [
        await streamStatus(pool, topicLogs, kafkaTopic),
        await readWorkers(pool),
      ])
      const processors = processorStates(processorNames, partitions, workers)
      if (processors.some(({ state }) => state === 'stopped' || state === 'no worker')) process.exitCode = 1
      if (json) return printJson({ processors, partitions })
      const idle = processors.filter(({ workers: count }) => count === 0).map(({ processor }) => processor)
      if (partitions.length === 0) print('nothing was read yet')
      else printPartitions(partitions, idle)
      for (const { processor, topic, partition, problem } of partitions) {
        if (problem !== null) print(`${processor} ${topic}/${partition} has stopped: ${problem}`)
      }
      if (idle.length > 0) print(noWorker(idle, processors))
    })
  streams
    .command('lag')
    .description('Messages that wait, by processor and topic')
    .option('--json', 'Print the lags as JSON')
    .addHelpText('after', '\nExample:\n  shelfline streams lag --json')
    .action(async ({ json }: JsonOption) => {
      const partitions = await withTopicLogs(loadSettings(), (pool, topicLogs) =>
        streamStatus(pool, topicLogs, kafkaTopic),
      )
      const lags = new Map<string, { processor: string; topic: string; lag: number }>()
      for (const { processor, topic, lag } of partitions) {
        const sum = lags.get(`${processor}/${topic}`) ?? { processor, topic, lag: 0 }
        lags.set(`${processor}/${topic}`, { ...sum, lag: sum.lag + (lag ?? 0) })
      }
      if (json) return printJson({ lags: [...lags.values()] })
      const rows = [...lags.values()].map(({ processor, topic, lag }) => [processor, topic, lag])
      printTable(['processor', 'topic', 'lag'], rows)
    })
}

function registerControls(streams: Command): void {
  for (const [verb, paused] of [['pause', true] as const, ['resume', false] as const]) {
    streams
      .command(verb)
      .description(`${verb} processors in every worker, without a restart`)
      .argument('[processors...]', 'Their names')
      .option('--all', `${verb} every processor`)
      .option('--json', 'Print the paused processors as JSON')
      .addHelpText('after', `\nExample:\n  shelfline streams ${verb} sales_state`)
      .action(async (names: string[], { all, json }: JsonOption & { all?: boolean }) => {
        const chosen = chooseProcessors(verb, names, all === true)
        const now = await withPool(loadSettings(), async (pool) => {
          await setPaused(pool, chosen, paused)
          return [...(await pausedProcessors(pool))].sort()
        })
        if (json) return printJson({ paused: now })
        print(now.length === 0 ? 'no processor is paused' : `paused: ${now.join(', ')}`)
      })
  }
}

/** @throws UsageError unless names or --all say which */
function chooseProcessors(verb: string, names: readonly string[], all: boolean): readonly string[] {
  if (all && names.length > 0) throw new UsageError(`streams ${verb}: give names or --all, not both`)
  if (all) return processorNames
  if (names.length > 0) return names.map((name) => parseChoice('processor', name, processorNames))
  throw new UsageError(`streams ${verb}: which processors? Give their names (${processorNames.join(', ')}) or --all`)
}

const kafkaTopic = (topic: string) => topic

function printPartitions(partitions: readonly PartitionStatus[], idle: readonly string[]): void {
  printTable(
    ['processor', 'topic', '#', 'position', 'end', 'lag', 'applied', 'duplicate', 'late', 'dead', 'state', 'last'],
    partitions.map((at) => [
      ...[at.processor, at.topic, at.partition, at.position, at.logEnd, at.lag],
      ...[at.applied, at.duplicate, at.late, at.dead, stateOf(at, idle), ago(at.updatedAt)],
    ]),
  )
}

function stateOf({ processor, problem, isPaused }: PartitionStatus, idle: readonly string[]): string {
  if (problem !== null) return 'STOPPED'
  return idle.includes(processor) ? 'no worker' : isPaused ? 'paused' : 'running'
}

const noWorker = (idle: readonly string[], all: readonly ProcessorState[]): string =>
  `no worker runs ${idle.length === all.length ? 'any processor' : idle.join(', ')}; \`shelfline worker stream\` starts one`

function ago(instant: Date): string {
  const seconds = Math.max(0, Math.round((Date.now() - instant.getTime()) / 1000))
  if (seconds < 120) return `${seconds} s ago`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min ago`
  return instant.toISOString().slice(0, 16).replace('T', ' ')
}
