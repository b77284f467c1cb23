import type { Command } from 'commander'
import { createKafka } from '../platform/kafka/kafka.ts'
import { applyTopics, listTopics, wantedTopics } from '../platform/kafka/topics.ts'
import { createLogger } from '../platform/log.ts'
import { loadSettings, type Settings } from '../platform/settings/settings.ts'
import { parseCount } from './arguments.ts'
import { print, printJson, printTable, UsageError } from './output.ts'

interface ApplyOptions {
  partitions?: string[]
  retentionHours?: string
  json?: boolean
}

export function register(program: Command): void {
  const topics = program.command('topics').description('the topics in Kafka')
  topics
    .command('apply')
    .description('create what is missing and correct what differs; again changes nothing')
    .option('--partitions <topic=count...>', 'partitions of a topic; more can be added later, fewer cannot')
    .option('--retention-hours <hours>', 'how long events are kept')
    .option('--json', 'print the topics as JSON')
    .addHelpText('after', '\nExample:\n  shelfline topics apply --partitions pos_transactions=8 --retention-hours 336')
    .action(async ({ partitions, retentionHours, json }: ApplyOptions) => {
      const settings = overridden(loadSettings(), partitions, retentionHours)
      const applied = await applyTopics(connect(settings), wanted(settings))
      if (json) return printJson({ topics: applied })
      printTable(
        ['topic', 'partitions', 'clean-up', 'what was done'],
        applied.map(({ name, partitions, config, action }) => [name, partitions, config['cleanup.policy'], action]),
      )
    })
  topics
    .command('list')
    .description('the topics of the catalogue, their partitions and messages')
    .option('--json', 'print the topics as JSON')
    .addHelpText('after', '\nExample:\n  shelfline topics list')
    .action(async ({ json }: { json?: boolean }) => {
      const settings = loadSettings()
      const catalogue = wanted(settings)
      const present = new Map((await listTopics(connect(settings), catalogue)).map((topic) => [topic.name, topic]))
      const rows = catalogue.map(({ name }) => ({ name, ...(present.get(name) ?? { missing: true }) }))
      if (json) return printJson({ topics: rows })
      printTable(
        ['topic', 'partitions', 'messages'],
        catalogue.map(({ name }) => [name, present.get(name)?.partitions ?? 'missing', present.get(name)?.messages]),
      )
      if (present.size < catalogue.length) print('`shelfline topics apply` creates what is missing')
    })
}

const connect = (settings: Settings) => createKafka(settings, 'shelfline-topics', createLogger(settings, 'topics'))

function wanted(settings: Settings) {
  try {
    return wantedTopics(settings)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function overridden(settings: Settings, partitions: string[] = [], retentionHours?: string): Settings {
  const counts = partitions.map((pair): [string, number] => {
    const [name, count, ...rest] = pair.split('=')
    if (!name || !count || rest.length > 0) throw new UsageError(`--partitions ${pair} is not topic=count`)
    return [name, parseCount(`--partitions ${name}`, count, 1, 1_000)]
  })
  return {
    ...settings,
    kafkaTopicPartitions: { ...settings.kafkaTopicPartitions, ...Object.fromEntries(counts) },
    ...(retentionHours && {
      kafkaEventRetentionHours: parseCount('--retention-hours', retentionHours, 1, 87_600),
    }),
  }
}
