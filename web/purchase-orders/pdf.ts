/** An order on paper: what a supplier or a warehouse is handed. */
import { buffer } from 'node:stream/consumers'
import PDFDocument from 'pdfkit'
import type { Order } from '../../services/purchase-orders/orders.ts'
import { formatDay, formatMoney, formatNumber } from '../page/format.ts'
import { texts } from '../texts.ts'

const words = texts.orders

/** Points: 72 are an inch. */
const MARGIN = 48
const ROW = 18
const SIZE = { title: 16, text: 9 }
const FONT = { text: 'Helvetica', bold: 'Helvetica-Bold' }

interface Column {
  heading: string
  width: number
  isNumber?: boolean
  of(line: Order['lines'][number]): string
}

/** On A4, with as many pages as its lines need. */
export async function orderPdf(order: Order, locale: string): Promise<Uint8Array<ArrayBuffer>> {
  const paper = new PDFDocument({
    size: 'A4',
    margin: MARGIN,
    bufferPages: true,
    info: { Title: order.purchaseOrderId, Creator: texts.product },
  })
  const content = buffer(paper)
  const width = paper.page.width - 2 * MARGIN
  const money = (value: string) => formatMoney(locale, value, order.currency)
  const number = (value: string) => formatNumber(locale, value, 3)
  paper.font(FONT.bold).fontSize(SIZE.title).text(printable(order.purchaseOrderId), MARGIN, MARGIN)
  paper.font(FONT.text).fontSize(SIZE.text).moveDown(0.5)
  const about: readonly (readonly [string, string])[] = [
    [words.supplier, order.supplierName ?? order.supplierId],
    [words.location, order.locationId],
    [words.status, words.statuses[order.status]],
    [words.reviewed, formatDay(locale, order.reviewDate)],
    [words.expected, order.expectedOn === null ? words.notKnown : formatDay(locale, order.expectedOn)],
    [words.revision, String(order.revision)],
  ]
  for (const [name, value] of about) paper.text(printable(`${name}: ${value}`))
  paper.moveDown()

  const columns: readonly Column[] = [
    { heading: words.line, width: 0.07, of: ({ lineNo }) => String(lineNo) },
    {
      heading: words.product,
      width: 0.45,
      of: ({ productName, productId }) => `${productName ?? productId} (${productId})`,
    },
    { heading: words.quantity, width: 0.16, isNumber: true, of: ({ quantity }) => number(quantity) },
    { heading: words.unitCost, width: 0.15, isNumber: true, of: ({ unitCost }) => money(unitCost) },
    { heading: words.value, width: 0.17, isNumber: true, of: ({ value }) => money(value) },
  ]
  const row = (cells: readonly string[], font: string): void => {
    if (paper.y + ROW > paper.page.height - MARGIN) paper.addPage()
    const { y } = paper
    let x = MARGIN
    for (const [index, { width: share, isNumber }] of columns.entries()) {
      const options = { width: share * width - 6, height: ROW, ellipsis: true, lineBreak: false }
      paper.font(font).text(printable(cells[index]!), x, y, { ...options, align: isNumber ? 'right' : 'left' })
      x += share * width
    }
    paper.y = y + ROW
    paper
      .moveTo(MARGIN, y + ROW - 5)
      .lineTo(MARGIN + width, y + ROW - 5)
      .lineWidth(0.5)
      .stroke('#cccccc')
  }
  row(
    columns.map(({ heading }) => heading),
    FONT.bold,
  )
  for (const line of order.lines)
    row(
      columns.map(({ of }) => of(line)),
      FONT.text,
    )
  row(['', words.value, '', '', money(order.totalValue)], FONT.bold)
  numberPages(paper, order.purchaseOrderId)
  paper.end()
  return new Uint8Array(await content)
}

function numberPages(paper: PDFKit.PDFDocument, name: string): void {
  const { count } = paper.bufferedPageRange()
  for (let page = 0; page < count; page += 1) {
    paper.switchToPage(page)
    // Below the margin, where text would begin a page of its own.
    const { margins, height } = paper.page
    margins.bottom = 0
    paper
      .font(FONT.text)
      .fontSize(SIZE.text)
      .text(printable(`${name} · ${page + 1}/${count}`), MARGIN, height - MARGIN / 2)
    margins.bottom = MARGIN
  }
}

/** The fonts that every reader has know Western European letters; what they do not know is shown as a question mark. */
const printable = (text: string): string =>
  text
    .replaceAll(/[\u00a0\u202f]/g, ' ')
    .replaceAll('−', '-')
    .replaceAll(/[^\u0020-\u007e\u00a1-\u00ff€–—‘’“”…]/gu, '?')
