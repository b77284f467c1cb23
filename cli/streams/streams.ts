import type { Command } from 'commander'
import { loadSettings } from '../../platform/settings/settings.ts'
import {
  acceptLostMessages,
  acceptNewLog,
  parsePlace,
  pauseProcessors,
  processorNames,
  readLags,
  readSkips,
  readStreams,
  type Streams,
  skipMessage,
  waitsFor,
} from '../../services/streams/streams.ts'
import { actor } from '../acting.ts'
import { parseCount } from '../arguments.ts'
import { withPool, withTopicLogs } from '../connections.ts'
import { identify } from '../identity.ts'
import { print, printJson, printTable, UsageError } from '../output.ts'

interface JsonOption {
  json?: boolean
}

interface DecisionFlags extends JsonOption {
  why: string
}

export function register(program: Command): void {
  const streams = program
    .command('streams')
    .description('The stream processors: what they do, and what a person decides')
  registerStatus(streams)
  registerControls(streams)
  registerSkip(streams)
  registerAcceptLoss(streams)
  registerAcceptLog(streams)
}

function registerStatus(streams: Command): void {
  streams
    .command('status', { isDefault: true })
    .description(
      'Show the position of each processor in each partition, and the outcome of the messages; exit code 1 when a processor has no worker or has stopped, or a topic is missing',
    )
    .option('--json', 'Print processors and partitions as JSON')
    .addHelpText('after', '\nExample:\n  shelfline streams status')
    .action(async ({ json }: JsonOption) => {
      const streams = await withTopicLogs(loadSettings(), (pool, topicLogs) => readStreams({ pool, topicLogs }))
      const isDown = streams.processors.some(({ state }) => state === 'stopped' || state === 'no worker')
      if (isDown || streams.missingTopics.length > 0) process.exitCode = 1
      if (json) printJson(streams)
      else printStreams(streams)
    })
  streams
    .command('lag')
    .description('Show how many messages wait, by processor and topic')
    .option('--json', 'Print the lags as JSON')
    .addHelpText('after', '\nExample:\n  shelfline streams lag --json')
    .action(async ({ json }: JsonOption) => {
      const lags = await withTopicLogs(loadSettings(), (pool, topicLogs) => readLags({ pool, topicLogs }))
      if (json) return printJson({ lags })
      if (lags.length === 0) return print('no processor has read anything yet; `shelfline worker stream` starts them')
      printTable(
        ['processor', 'topic', 'lag'],
        lags.map(({ processor, topic, lag }) => [processor, topic, lag]),
      )
    })
}

function printStreams({ processors, partitions, missingTopics, problems }: Streams): void {
  const idle = processors.filter(({ workers }) => workers === 0).map(({ processor }) => processor)
  if (partitions.length === 0) print('no processor has read anything yet')
  else {
    printTable(
      ['processor', 'topic', '#', 'position', 'lag', 'applied', 'duplicate', 'late', 'dead', 'state', 'age'],
      partitions.map((at) => [
        at.processor,
        at.topic,
        at.partition,
        at.position,
        at.lag,
        at.applied,
        at.duplicate,
        at.late,
        at.dead,
        at.problem !== null
          ? 'STOPPED'
          : idle.includes(at.processor)
            ? 'no worker'
            : at.isPaused
              ? 'paused'
              : 'running',
        ageOf(at.updatedAt),
      ]),
    )
  }
  for (const { processor, topic, partition, problem } of partitions) {
    if (problem !== null) print(`${processor} ${topic}/${partition} has stopped: ${problem}`)
  }
  for (const { topic, processors: waiting } of missingTopics) print(waitsFor(topic, waiting))
  for (const { host, pid, problem } of problems) print(`worker ${pid} on ${host}: ${problem}`)
  if (idle.length === 0) return
  const which = idle.length === processors.length ? 'any processor' : idle.join(', ')
  print(`no worker runs ${which}; \`shelfline worker stream\` starts one`)
}

/** Time since an instant, as short as a column requires: `75 s`, `6 min`, `5 h`, `12 d`. */
function ageOf(instant: Date): string {
  const seconds = Math.max(0, Math.round((Date.now() - instant.getTime()) / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  const hours = Math.round(seconds / 3_600)
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`
}

const toSecond = (instant: Date): string => instant.toISOString().slice(0, 19).replace('T', ' ')

function registerControls(streams: Command): void {
  for (const [verb, isPaused] of [['pause', true] as const, ['resume', false] as const]) {
    const title = `${verb[0]!.toUpperCase()}${verb.slice(1)}`
    streams
      .command(verb)
      .hook('preAction', identify)
      .description(`${title} processors in every worker, without a restart`)
      .argument('[processors...]', `Names: ${processorNames.join(', ')}`)
      .option('--all', `${title} every processor`)
      .option('--json', 'Print the processors that changed, and those that are paused now, as JSON')
      .addHelpText('after', `\nExample:\n  shelfline streams ${verb} sales_state`)
      .action(async (names: string[], { all, json }: JsonOption & { all?: boolean }) => {
        const processors = chooseProcessors(verb, names, all === true)
        const { changed, paused } = await withPool(loadSettings(), (pool) =>
          pauseProcessors(pool, { processors, isPaused }),
        )
        if (json) return printJson({ changed, paused })
        for (const name of changed) print(`${name} ${verb}d`)
        for (const name of names.filter((name) => !changed.includes(name))) {
          print(isPaused ? `${name} was paused before; nothing changed` : `${name} was not paused; nothing changed`)
        }
        print(paused.length === 0 ? 'no processor is paused' : `paused: ${paused.join(', ')}`)
      })
  }
}

/** @throws UsageError unless names or --all choose them */
function chooseProcessors(verb: string, names: readonly string[], all: boolean): readonly string[] | 'all' {
  if (all && names.length > 0) throw new UsageError(`streams ${verb}: give names or --all, not both`)
  if (all) return 'all'
  if (names.length > 0) return [...new Set(names)]
  throw new UsageError(
    `streams ${verb}: no processors are chosen: give their names (${processorNames.join(', ')}) or --all`,
  )
}

function registerSkip(streams: Command): void {
  streams
    .command('skip')
    .description('Skip a message that stops a processor: it becomes a dead letter without being read')
    .argument('<processor>', 'The processor that stops at the message')
    .argument('<message>', 'TOPIC/PARTITION@OFFSET; the offset is the position that `streams status` shows')
    .requiredOption('--why <text>', 'Reason, kept with your name')
    .hook('preAction', identify)
    .option('--json', 'Print what is skipped as JSON')
    .addHelpText(
      'after',
      "\nA running worker skips it within a second or two, else the next one that starts. Undo it with `dlq replay`.\n\nExample:\n  shelfline streams skip sales_state pos_transactions/0@1234 --why 'ends the worker'",
    )
    .action(async (processor: string, text: string, { why, json }: DecisionFlags) => {
      const message = parsePlace(text)
      if (message === undefined) {
        throw new UsageError(`message "${text}" is not TOPIC/PARTITION@OFFSET, for example pos_transactions/0@1234`)
      }
      const by = actor()
      const skipped = await withTopicLogs(loadSettings(), (pool, topicLogs) =>
        skipMessage({ pool, topicLogs }, { processor, message, why, by }),
      )
      if (json) return printJson({ skipped: { processor, ...skipped, why, requestedBy: by } })
      print(`${processor} skips ${text}: it becomes a dead letter; \`shelfline streams skips\` shows when`)
    })
  streams
    .command('skips')
    .description('List skipped messages: who skipped them, why, and the result')
    .option('--limit <skips>', 'Number of skips at most, the newest first', '50')
    .option('--json', 'Print them as JSON')
    .addHelpText('after', '\nExample:\n  shelfline streams skips')
    .action(async ({ limit, json }: JsonOption & { limit: string }) => {
      const count = parseCount('--limit', limit)
      const skips = await withPool(loadSettings(), (pool) => readSkips(pool, count))
      if (json) return printJson({ skips })
      if (skips.length === 0) return print('no message was skipped; `shelfline streams skip --help` shows how')
      printTable(
        ['processor', 'message', 'status', 'letter', 'by', 'at (UTC)', 'why'],
        skips.map(({ processor, topic, partition, offset, status, letterId, requestedBy, requestedAt, why }) => [
          processor,
          `${topic}/${partition}@${offset}`,
          status,
          letterId ?? '',
          requestedBy,
          toSecond(requestedAt),
          why,
        ]),
      )
    })
}

function registerAcceptLoss(streams: Command): void {
  streams
    .command('accept-loss')
    .description('Continue after messages that Kafka has deleted, or that cannot be read')
    .argument('[processor]', 'Only this processor')
    .requiredOption('--why <text>', 'Reason, kept with your name')
    .hook('preAction', identify)
    .option('--json', 'Print what was accepted as JSON')
    .addHelpText('after', '\nExample:\n  shelfline streams accept-loss sales_state --why "retention was too short"')
    .action(async (processor: string | undefined, { why, json }: DecisionFlags) => {
      const accepted = await withTopicLogs(loadSettings(), (pool, topicLogs) =>
        acceptLostMessages({ pool, topicLogs }, { processor, why, by: actor() }),
      )
      if (json) return printJson({ accepted })
      if (accepted.length === 0) return print('no partition has stopped because of lost messages; nothing changed')
      for (const { processor: name, topic, partition, from, to } of accepted) {
        print(`${name} ${topic}/${partition}: ${to - from} offsets are lost; it continues at ${to}, after ${from}`)
      }
    })
}

function registerAcceptLog(streams: Command): void {
  streams
    .command('accept-log')
    .description('Continue with the new log of a topic that was created again, or that has lost its newest messages')
    .argument('<topic>', 'Name of the topic')
    .requiredOption('--why <text>', 'Reason, kept with your name')
    .hook('preAction', identify)
    .option('--json', 'Print what was accepted as JSON')
    .addHelpText('after', '\nExample:\n  shelfline streams accept-log foot_traffic --why "Kafka was set up again"')
    .action(async (topic: string, { why, json }: DecisionFlags) => {
      const accepted = await withTopicLogs(loadSettings(), (pool, topicLogs) =>
        acceptNewLog({ pool, topicLogs }, { topic, why, by: actor() }),
      )
      if (json) return printJson({ accepted: accepted ?? null })
      if (accepted === undefined) return print(`${topic} has the log that was read before; there is nothing to accept`)
      print(`${topic}: the new log is read; ${accepted.base} is added to its offsets`)
    })
}
