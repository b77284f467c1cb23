import type { Command } from 'commander'
import { createLogger } from '../platform/log.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { type ImportResult, importFile, type Preview } from '../sources/import.ts'
import { profileFile } from '../sources/profile-file.ts'
import { parseCount } from './arguments.ts'
import { formatDuration, print, printJson, printTable, startProgress, UsageError } from './output.ts'
import { printProfile } from './profile.ts'
import { asUsage, countSent, untilInterrupted } from './replay.ts'

interface ImportFlags {
  map?: string
  profile?: boolean
  dryRun?: boolean
  rejects?: string
  maxRejects: string
  json?: boolean
}

export function register(program: Command): void {
  program
    .command('import')
    .description('Send the rows of a CSV, JSON lines, Parquet, Arrow or XLSX file to Kafka; repeating it adds nothing')
    .argument('<file>')
    .option('--map <map>', 'YAML file that maps columns to fields (docs/sources.md)')
    .option('--profile', 'Show what each column of the file holds, and send nothing; it needs no map')
    .option('--dry-run', 'Show the first rows, counts and rejected rows, and send nothing')
    .option('--rejects <file>', 'Write the rejected rows to this file, one JSON object per line')
    .option('--max-rejects <rows>', 'If more rows are rejected, send nothing and exit with 1', '0')
    .option('--json', 'Print what was sent as JSON')
    .addHelpText(
      'after',
      `
Examples:
  shelfline import data/examples/till.csv --map data/examples/till.yaml --dry-run --max-rejects 4
  shelfline import data/examples/daily.jsonl --map data/examples/daily.yaml --rejects rejected.jsonl --max-rejects 2
  shelfline import data/examples/till.csv --profile`,
    )
    .action(run)
}

async function run(file: string, { map, dryRun, rejects, json, profile, ...flags }: ImportFlags): Promise<void> {
  if (profile) return runProfile(file, map, json)
  if (map === undefined) throw new UsageError('import needs --map MAP.yaml; --profile shows what the file holds')
  const maxRejects = parseCount('--max-rejects', flags.maxRejects, 0)
  const progress = startProgress(`import ${file}`, 0)
  const interrupted = untilInterrupted()
  let shown: Preview | undefined
  let result: ImportResult
  try {
    result = await asUsage(() =>
      importFile({
        file,
        map,
        dryRun,
        rejects,
        maxRejects,
        settings: loadSettings(),
        logger: createLogger({ logLevel: 'silent' }, 'import'),
        signal: interrupted.signal,
        onPreview: (preview) => {
          shown = preview
        },
        onProgress(done, total) {
          progress.setTotal(total)
          progress.update(done)
        },
      }),
    )
  } catch (error) {
    progress.stop('failed')
    throw error
  } finally {
    interrupted.release()
  }
  if (result.completed && !result.isRefused) progress.finish()
  else progress.stop(result.isRefused ? 'refused' : 'stopped')
  if (!result.completed) process.exitCode = EXIT_INTERRUPTED
  if (json) printJson({ ...result, preview: shown })
  else {
    if (shown) printPreview(shown)
    printResult(result, rejects)
  }
  if (result.isRefused) throw new Error(refusal(result))
}

async function runProfile(file: string, map: string | undefined, json = false): Promise<void> {
  const profiled = await asUsage(() => profileFile({ file, map, settings: loadSettings() }))
  if (json) return printJson({ file, ...profiled })
  printProfile(file, profiled)
  if (profiled.broken > 0) print(`rows that cannot be split into columns, and are left out: ${profiled.broken}`)
}

const refusal = ({ rejected, rows, maxRejects }: ImportResult): string =>
  `import: ${rejected} of ${rows} rows are rejected, and --max-rejects allows ${maxRejects}: nothing was sent; ` +
  `correct them, or skip them with --max-rejects ${rejected}`

const EXIT_INTERRUPTED = 130
const TEXT_SHOWN_MAX = 80

/** Fields with the same value on every row are left out, so that the table fits a terminal. */
const CONSTANT = new Set(['event_id', 'source', 'schema_version', 'synthetic'])

function printPreview({ topic, events }: Preview): void {
  const fields = Object.keys(events[0] ?? {}).filter((field) => !CONSTANT.has(field))
  print(`First rows, as ${topic}:`)
  printTable(
    fields,
    events.map((event) => fields.map((field) => (event[field] === null ? '' : String(event[field])))),
  )
}

function printResult(result: ImportResult, rejectsFile: string | undefined): void {
  const { rows, repeated, rejected, examples, sent, dryRun, completed, milliseconds } = result
  if (rejected > 0) {
    print(`Rejected${rejected > examples.length ? `, the first ${examples.length} of ${rejected}` : ''}:`)
    printTable(
      ['row', 'problem', 'why'],
      examples.map(({ row, problem, error, text }) => [
        String(row ?? ''),
        problem,
        text === undefined ? error : `${error}: ${text.slice(0, TEXT_SHOWN_MAX)}`,
      ]),
    )
    if (rejectsFile) print(`all rejected rows are in ${rejectsFile}`)
  }
  for (const [topic, count] of Object.entries(sent)) {
    print(`${topic}: ${count.toLocaleString('en-GB')} events ${dryRun ? 'would be sent' : 'sent'}`)
  }
  if (repeated > 0)
    print(`rows: ${repeated.toLocaleString('en-GB')} repeat the key of an earlier row and are counted as duplicates`)
  const rate = Math.round(countSent(sent) / (milliseconds / 1000)).toLocaleString('en-GB')
  print(
    `${rows.toLocaleString('en-GB')} rows read, ${rejected.toLocaleString('en-GB')} rejected, in ${formatDuration(milliseconds)} (${rate} events/s)`,
  )
  if (!completed) print('stopped before the end; repeat the command to send the rest: no event is counted twice')
}
