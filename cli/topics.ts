import type { Command } from 'commander'
import { applyTopics, listTopics, wantedTopics } from '../platform/kafka/topics.ts'
import { loadSettings, type Settings } from '../platform/settings/settings.ts'
import { parseCount } from './arguments.ts'
import { withKafka } from './connections.ts'
import { print, printJson, printTable, UsageError } from './output.ts'

interface ApplyOptions {
  partitions?: string[]
  retentionHours?: string
  json?: boolean
}

export function register(program: Command): void {
  const topics = program.command('topics').description('The topics in Kafka')
  topics
    .command('apply')
    .description('Create the topics that are missing and correct their settings; safe to repeat')
    .option('--partitions <topic=count...>', 'Partitions of a topic; they can be added later, not removed')
    .option('--retention-hours <hours>', 'How long Kafka keeps events')
    .option('--json', 'Print the topics as JSON')
    .addHelpText('after', '\nExample:\n  shelfline topics apply --partitions pos_transactions=8 --retention-hours 336')
    .action(async ({ partitions, retentionHours, json }: ApplyOptions) => {
      const settings = overridden(loadSettings(), partitions, retentionHours)
      const applied = await withKafka(settings, (kafka) => applyTopics(kafka, wanted(settings)))
      if (json) return printJson({ topics: applied })
      printTable(
        ['topic', 'partitions', 'clean-up', 'result'],
        applied.map(({ name, partitions, config, action }) => [name, partitions, config['cleanup.policy'], action]),
      )
    })
  topics
    .command('list')
    .description('Show the topics of the catalogue with their partitions and messages')
    .option('--json', 'Print the topics as JSON')
    .addHelpText('after', '\nExample:\n  shelfline topics list')
    .action(async ({ json }: { json?: boolean }) => {
      const settings = loadSettings()
      const catalogue = wanted(settings)
      const listed = await withKafka(settings, (kafka) => listTopics(kafka, catalogue))
      const present = new Map(listed.map((topic) => [topic.name, topic]))
      const rows = catalogue.map(({ name }) => ({ name, ...(present.get(name) ?? { missing: true }) }))
      if (json) return printJson({ topics: rows })
      printTable(
        ['topic', 'partitions', 'messages'],
        catalogue.map(({ name }) => [name, present.get(name)?.partitions ?? 'missing', present.get(name)?.messages]),
      )
      if (present.size < catalogue.length) print('`shelfline topics apply` creates what is missing')
    })
}

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
