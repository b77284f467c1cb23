import type { Command } from 'commander'
import type { Pool } from '../platform/postgres/postgres.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import {
  type Listed,
  listChargeBacks,
  listRefunds,
  listUnpaidSales,
  PAYMENT_DAYS_MAX,
  PAYMENTS_MAX,
  type PaymentFilter,
} from '../services/payments/payments.ts'
import { parseCount } from './arguments.ts'
import { withPool } from './connections.ts'
import { minute, print, printJson, printTable } from './output.ts'

interface Flags {
  store?: string
  days: string
  limit: string
  suspicious?: boolean
  json?: boolean
}

export function register(program: Command): void {
  const payments = program.command('payments').description('Show sales that were not paid, refunds and charge-backs')
  withFilter(payments.command('unpaid'), 'List sales by card that were not paid in full, the dearest first')
    .addHelpText('after', '\nExample:\n  shelfline payments unpaid --store 367')
    .action((flags: Flags) =>
      show(flags, listUnpaidSales, 'Every sale by card is paid', {
        store: ({ storeId }) => storeId,
        transaction: ({ transactionId }) => transactionId,
        till: ({ tillId }) => tillId,
        'sold at (UTC)': ({ soldAt }) => minute(soldAt),
        due: ({ due }) => due,
        paid: ({ paid }) => paid,
        missing: ({ missing }) => missing,
        declines: ({ declines }) => declines,
      }),
    )
  withFilter(payments.command('refunds'), 'List refunds and returns, suspicious ones first')
    .option('--suspicious', 'Only suspicious ones')
    .addHelpText('after', '\nExample:\n  shelfline payments refunds --suspicious')
    .action((flags: Flags) =>
      show(
        flags,
        (pool, filter) => listRefunds(pool, { ...filter, suspicious: flags.suspicious }),
        flags.suspicious ? 'There is no suspicious refund' : 'There is no refund',
        {
          store: ({ storeId }) => storeId,
          transaction: ({ transactionId }) => transactionId,
          sale: ({ originalTransactionId }) => originalTransactionId,
          till: ({ tillId }) => tillId,
          cashier: ({ cashierId }) => cashierId,
          'at (UTC)': ({ refundedAt }) => minute(refundedAt),
          amount: ({ amount }) => amount,
          goods: ({ takenBack }) => takenBack,
          paid: ({ paid }) => paid,
          suspicious: ({ reasons }) => reasons.join(', '),
        },
      ),
    )
  withFilter(payments.command('charge-backs'), 'List transactions whose banks have taken money back')
    .addHelpText('after', '\nExample:\n  shelfline payments charge-backs --days 30')
    .action((flags: Flags) =>
      show(flags, listChargeBacks, 'There is no charge-back', {
        store: ({ storeId }) => storeId,
        transaction: ({ transactionId }) => transactionId,
        till: ({ tillId }) => tillId,
        'sold at (UTC)': ({ soldAt }) => minute(soldAt),
        captured: ({ captured }) => captured,
        'charged back': ({ chargedBack }) => chargedBack,
        'got back': ({ won }) => won,
        'reported at (UTC)': ({ reportedAt }) => minute(reportedAt),
      }),
    )
}

const withFilter = (command: Command, description: string): Command =>
  command
    .description(description)
    .option('--store <store>', 'Only of this store')
    .option('--days <days>', 'Of the last days', '7')
    .option('--limit <count>', 'At most', '200')
    .option('--json', 'Print JSON')

async function show<Item>(
  { store, days, limit, json }: Flags,
  list: (pool: Pool, filter: PaymentFilter) => Promise<Listed<Item>>,
  none: string,
  columns: Record<string, (item: Item) => string | number | null>,
): Promise<void> {
  const filter = {
    store,
    days: parseCount('--days', days, 1, PAYMENT_DAYS_MAX),
    limit: parseCount('--limit', limit, 1, PAYMENTS_MAX),
  }
  const listed = await withPool(loadSettings(), (pool) => list(pool, filter))
  if (json) return printJson(listed)
  const { items, total } = listed
  if (items.length === 0) return print(none)
  const cells = Object.values(columns)
  printTable(
    Object.keys(columns),
    items.map((item) => cells.map((cell) => cell(item))),
  )
  if (total > items.length) print(`${items.length} of ${total}; --limit shows more`)
}
