import type { Command } from 'commander'
import { loadSettings } from '../platform/settings/settings.ts'
import { nodeFlags, processEnvironment } from '../workers/stream-flags.ts'
import { parseChoice } from './arguments.ts'

export function register(program: Command): void {
  const worker = program.command('worker').description('Run one process of the system until it is stopped')
  worker
    .command('stream')
    .description('Run the stream processors: from Kafka to PostgreSQL and the lake')
    .option('--processors <names>', 'Only these processors, separated by commas')
    .addHelpText('after', '\nExample:\n  shelfline worker stream --processors sales_state,reference_data')
    .action(async ({ processors }: { processors?: string }) => {
      restartWith(nodeFlags, processEnvironment)
      const { processorNames } = await import('../services/streams/streams.ts')
      const { runStreamWorker } = await import('../workers/stream.ts')
      const wanted = processors?.split(',').map((name) => parseChoice('--processors', name.trim(), processorNames))
      await runStreamWorker(loadSettings(process.env, 'stream'), wanted && { processorNames: [...new Set(wanted)] })
    })
  worker
    .command('web')
    .description('Serve the web application and its API')
    .addHelpText('after', '\nExample:\n  shelfline worker web')
    .action(async () => {
      restartWith(webFlags, webEnvironment)
      const { runWebWorker } = await import('../web/process.ts')
      await runWebWorker(loadSettings(process.env, 'web'))
    })
  worker
    .command('receive')
    .description('Receive events by HTTP from registered sources, and send them to Kafka')
    .addHelpText('after', '\nExample:\n  shelfline worker receive')
    .action(async () => {
      restartWith(receiveFlags, receiveEnvironment)
      const { runReceiver } = await import('../sources/receive/process.ts')
      await runReceiver(loadSettings(process.env, 'receive'))
    })
  worker
    .command('cdc')
    .description('Make events of the changes that Debezium reads in other databases')
    .addHelpText('after', '\nExample:\n  shelfline worker cdc')
    .action(async () => {
      restartWith(cdcFlags, cdcEnvironment)
      const { runCdcWorker } = await import('../sources/cdc/process.ts')
      await runCdcWorker(loadSettings(process.env, 'cdc'))
    })
  worker
    .command('files')
    .description('Send the rows of the files of feeds to Kafka, each file once')
    .addHelpText('after', '\nExample:\n  shelfline worker files')
    .action(async () => {
      restartWith(filesFlags, filesEnvironment)
      const { runFilesWorker } = await import('../sources/feeds/process.ts')
      await runFilesWorker(loadSettings(process.env, 'files'))
    })
  worker
    .command('avro')
    .description('Make events of what other systems write in Avro')
    .addHelpText('after', '\nExample:\n  shelfline worker avro')
    .action(async () => {
      restartWith(avroFlags, avroEnvironment)
      const { runAvroWorker } = await import('../workers/avro/process.ts')
      await runAvroWorker(loadSettings(process.env, 'avro'))
    })
  worker
    .command('mqtt')
    .description('Take messages of registered devices by MQTT, and send them to Kafka')
    .addHelpText('after', '\nExample:\n  shelfline worker mqtt')
    .action(async () => {
      restartWith(mqttFlags, mqttEnvironment)
      const { runMqttWorker } = await import('../sources/mqtt/process.ts')
      await runMqttWorker(loadSettings(process.env, 'mqtt'))
    })
  worker
    .command('predict')
    .description('Answer requests for forecasts, by HTTP and by Kafka')
    .addHelpText('after', '\nExample:\n  shelfline worker predict')
    .action(async () => {
      restartWith(predictFlags, predictEnvironment)
      const { runPredictor } = await import('../workers/predict/process.ts')
      await runPredictor(loadSettings(process.env, 'predict'))
    })
  worker
    .command('batch')
    .description('Run workflows and activities')
    .addHelpText('after', '\nExample:\n  shelfline worker batch')
    .action(async () => {
      const { runBatchWorker } = await import('../workers/batch.ts')
      await runBatchWorker(loadSettings(process.env, 'batch'))
    })
}

/**
 * A page is some hundred kilobytes of text that lives for milliseconds: left to itself the heap of a busy process grows beyond 500 MB,
 * mostly of garbage.
 */
const webFlags: readonly string[] = ['--max-semi-space-size=8', '--max-old-space-size=224']
const webEnvironment: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '2' }

/** Bodies live for milliseconds, as pages do; those that are under way have a bound of their own. */
const receiveFlags: readonly string[] = ['--max-semi-space-size=16', '--max-old-space-size=384']
const receiveEnvironment = webEnvironment

/** Messages live for milliseconds, too; a slice of them has 2 MB. */
const cdcFlags = webFlags
const cdcEnvironment = webEnvironment

/** Rows are in DuckDB, and events live for milliseconds. */
const filesFlags = webFlags
const filesEnvironment = webEnvironment

/** Messages live for milliseconds, as those of changes do. */
const avroFlags = cdcFlags
const avroEnvironment = cdcEnvironment

/** Messages live for milliseconds, as bodies of the receiver do. */
const mqttFlags = receiveFlags
const mqttEnvironment = receiveEnvironment

/** Requests and answers live for milliseconds; the features of the series lie outside of the heap. */
const predictFlags: readonly string[] = ['--max-semi-space-size=16', '--max-old-space-size=256']
const predictEnvironment = webEnvironment

/** Replaces this process by one with flags and environment that can only be set at the start. */
function restartWith(flags: readonly string[], environment: Readonly<Record<string, string>>): void {
  const missing = flags.filter((flag) => !process.execArgv.includes(flag))
  if (missing.length === 0 || process.execve === undefined) return
  const [node, ...rest] = process.argv
  const all = { ...environment, ...process.env } as Record<string, string>
  process.execve(node!, [node!, ...process.execArgv, ...missing, ...rest], all)
}
