import type { Command } from 'commander'
import colors from 'picocolors'
import { loadSettings } from '../../platform/settings/settings.ts'
import { type TraceNode, traceOrder } from '../../services/replenishment/trace.ts'
import { withLake, withPool } from '../connections.ts'
import { print, printJson } from '../output.ts'

export function register(program: Command): void {
  program
    .command('trace')
    .description('Trace an order back to its forecast, model, features and partitions, and to the offsets in Kafka')
    .argument('<order>')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline trace PO-dairy-W1-20170301')
    .action(trace)
}

async function trace(order: string, { json }: { json?: boolean }): Promise<void> {
  const settings = loadSettings()
  const root = await withPool(settings, (pool) => withLake(settings, ({ lake }) => traceOrder(pool, lake, order)))
  if (json) return printJson(root)
  for (const line of treeLines(root)) print(line)
}

/** The tree as lines of text: each thing below what was made from it. */
export function treeLines(node: TraceNode): string[] {
  const facts = Object.entries(node.facts).map(([name, value]) => `${name} ${value}`)
  const lines = [`${colors.bold(node.name)}  ${colors.dim(facts.join(' · '))}`]
  for (const [index, child] of node.from.entries()) {
    const isLast = index === node.from.length - 1
    const [first, ...rest] = treeLines(child)
    lines.push(`${isLast ? '└─ ' : '├─ '}${first}`)
    for (const line of rest) lines.push(`${isLast ? '   ' : '│  '}${line}`)
  }
  return lines
}
