import type { Command } from 'commander'
import { ownAddress } from '../platform/http/certificate.ts'
import { failureReason } from '../platform/http/failure.ts'
import { trustOwnServers } from '../platform/http/trusted-authorities.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import type { AgentStatus } from '../sources/agent/process.ts'
import { counted, print, printJson, printTable } from './output.ts'
import { asUsage } from './replay.ts'

export function register(program: Command): void {
  const agent = program
    .command('agent')
    .description("Run a store's till agent, which keeps events while the line is down; show what waits")
  agent
    .command('run', { isDefault: true })
    .description('Take events of tills, store them, and send them to the receiver until it is stopped')
    .addHelpText('after', '\nExample:\n  shelfline agent run')
    .action(async () => {
      const { runAgent } = await import('../sources/agent/process.ts')
      await asUsage(() => runAgent(loadSettings()))
    })
  agent
    .command('status')
    .description('Show what the agent of this machine has stored and sent, and the totals of its tills')
    .option('--to <url>', 'Address of the agent; default: that of the settings')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline agent status')
    .action(status)
}

async function status({ to, json }: { to?: string; json?: boolean }): Promise<void> {
  const settings = loadSettings()
  trustOwnServers(settings)
  const address = to ?? ownAddress(settings, settings.agentHost, settings.agentPort)
  const found = await readStatus(address)
  if (found.fullSince !== null) process.exitCode = 1
  if (json) return printJson(found)
  if (found.fullSince !== null) print(`There is no room since ${found.fullSince}: events are refused`)
  print(`${counted(found.unsentEvents, 'event')} not sent yet (${found.unsentBytes} bytes)`)
  printTable(
    ['source', 'sent', 'rejected', 'failed attempts', 'error'],
    found.sources.map(({ source, sent, rejected, failures, lastError }) => [
      source,
      sent,
      rejected,
      failures,
      lastError,
    ]),
  )
  if (found.totals.length === 0) return
  print('')
  printTable(
    ['day', 'source', 'store', 'till', 'lines', 'paid', 'missing numbers'],
    found.totals.map((total) => [
      total.businessDay,
      total.source,
      total.storeId,
      total.tillId,
      total.lines,
      total.paid,
      total.missingSequences,
    ]),
  )
}

async function readStatus(address: string): Promise<AgentStatus> {
  try {
    const response = await fetch(`${address}/status`, { signal: AbortSignal.timeout(10_000) })
    return (await response.json()) as AgentStatus
  } catch (error) {
    throw new Error(`no agent answers at ${address} (${failureReason(error)}): \`shelfline agent run\` starts one`)
  }
}
