/** Summary and review as files, for mails: to read on paper, and to calculate with. */
import type { Attachment } from '../../platform/http/mail.ts'
import { createPdf } from '../../platform/pdf/document.ts'
import { reviewPdf, reviewXlsx, xlsxOf } from '../reports/review-files.ts'
import { type Notice, type StoreSummary, sectionsOf, subjectOf } from './message.ts'

const PDF = 'application/pdf'
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

/** None for messages that are read at once. */
export async function attachmentsOf(notice: Notice): Promise<Attachment[]> {
  if (notice.kind === 'review') {
    const name = `review-${notice.content.from}`
    return [
      { filename: `${name}.pdf`, contentType: PDF, content: await reviewPdf(notice.content) },
      { filename: `${name}.xlsx`, contentType: XLSX, content: await reviewXlsx(notice.content) },
    ]
  }
  if (notice.kind === 'summary') {
    const name = `summary-${notice.content.day}`
    return [
      { filename: `${name}.pdf`, contentType: PDF, content: await summaryPdf(notice) },
      { filename: `${name}.xlsx`, contentType: XLSX, content: await summaryXlsx(notice.content.stores) },
    ]
  }
  return []
}

function summaryPdf(notice: Notice): Promise<Uint8Array<ArrayBuffer>> {
  const paper = createPdf(subjectOf(notice), 'Shelfline')
  for (const { heading, lines, bars = [] } of sectionsOf(notice)) {
    paper.heading(heading)
    paper.lines(lines)
    paper.bars(bars.map(({ label, share }) => ({ label, value: share })))
  }
  return paper.end()
}

const numberOf = (value: string | null): number | null => (value === null ? null : Number(value))

function summaryXlsx(stores: readonly StoreSummary[]): Promise<Uint8Array<ArrayBuffer>> {
  return xlsxOf([
    [
      'Stores',
      [
        'store',
        'name',
        'currency',
        'revenue',
        'week before',
        'receipts',
        'visitors',
        'empty shelves',
        'shelves',
        'units that expire',
        'open alerts',
        'critical alerts',
        'deliveries expected',
      ],
      stores.map((store) => [
        store.store_id,
        store.store,
        store.currency,
        numberOf(store.revenue),
        numberOf(store.revenue_week_before),
        store.transactions,
        store.entries,
        store.empty_shelves,
        store.shelves,
        numberOf(store.expiring_units),
        store.alerts.open,
        store.alerts.critical,
        store.orders_expected,
      ]),
    ],
    [
      'Hours',
      ['store', 'hour', 'revenue'],
      stores.flatMap(({ store_id, revenue_by_hour }) =>
        (revenue_by_hour ?? []).map(([hour, revenue]) => [store_id, hour, revenue]),
      ),
    ],
    [
      'Alerts',
      ['store', 'severity', 'alert', 'costs'],
      stores.flatMap(({ store_id, dearest }) =>
        (dearest ?? []).map(({ severity, message, impact }) => [store_id, severity, message, numberOf(impact)]),
      ),
    ],
  ])
}
