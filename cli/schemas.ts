import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { loadSettings } from '../platform/settings/settings.ts'
import { withProducer } from '../services/kafka.ts'
import { checkSchemas, publishSchemas, sendInAvro } from '../services/schemas/schemas.ts'
import { withKafka } from './connections.ts'
import { counted, print, printJson, printTable, UsageError } from './output.ts'

export function register(program: Command): void {
  const schemas = program.command('schemas').description('Schemas of the contracts, in Avro')
  schemas
    .command('check')
    .description('Compare every contract with that of the last release; exits with 1 if one is not compatible')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline schemas check')
    .action(check)
  schemas
    .command('publish')
    .description("Publish every contract to a schema registry with Confluent's API")
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline schemas publish')
    .action(publish)
  schemas
    .command('send <topic> <file>')
    .description('Send events to TOPIC.avro as another system would: in Avro, with the id of the schema')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline schemas send price_changes data/examples/price-changes.jsonl')
    .action(send)
}

function check({ json }: { json?: boolean }): void {
  const checked = checkSchemas()
  const problems = checked.flatMap((schema) => schema.problems)
  if (problems.length > 0) process.exitCode = 1
  if (json) {
    printJson({ schemas: checked })
    return
  }
  printTable(
    ['topic', 'since the last release'],
    checked.map(({ topic, state }) => [topic, state]),
  )
  for (const problem of problems) print(problem)
}

async function publish({ json }: { json?: boolean }): Promise<void> {
  const settings = loadSettings()
  const published = await publishSchemas(settings)
  if (json) return printJson({ schemas: published })
  printTable(
    ['topic', 'subject', 'id'],
    published.map(({ topic, subject, id }) => [topic, subject, String(id)]),
  )
  print(`${counted(published.length, 'schema')} published`)
}

async function send(topic: string, file: string, { json }: { json?: boolean }): Promise<void> {
  const settings = loadSettings()
  const lines = readLines(file)
  const done = await withKafka(settings, (kafka) =>
    withProducer(kafka, (producer) => sendInAvro(settings, producer, { topic, lines })),
  )
  if (json) return printJson(done)
  print(`${counted(done.sent, 'event')} sent to ${done.edge} with schema ${done.id}`)
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
  } catch (error) {
    throw new UsageError(`${path} can't be read (${(error as NodeJS.ErrnoException).code})`)
  }
}
