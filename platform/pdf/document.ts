/** Documents on A4 with headings, tables and bars, and as many pages as they need. */
import { buffer } from 'node:stream/consumers'
import PDFDocument from 'pdfkit'

/** Points: 72 are an inch. */
const MARGIN = 48
const ROW = 18
const SIZE = { title: 16, heading: 11, text: 9 }
const FONT = { text: 'Helvetica', bold: 'Helvetica-Bold' }
const LINE = '#cccccc'
const BAR = '#0b5cab'
const BAR_BEFORE = '#b9c4cf'
const BARS_HEIGHT = 90

export interface PdfColumn<Row> {
  heading: string
  /** Share of the width. */
  width: number
  isNumber?: boolean
  of(row: Row): string
}

export interface Bar {
  label: string
  value: number
  /** Of the time before, beside it. */
  before?: number
}

export interface PdfDocument {
  /** Lines of text, each by itself. */
  lines(texts: readonly string[]): void
  heading(text: string): void
  /** @param total cells of a last row in bold */
  table<Row>(columns: readonly PdfColumn<Row>[], rows: readonly Row[], total?: readonly string[]): void
  /** Columns from zero, side by side. */
  bars(all: readonly Bar[]): void
  end(): Promise<Uint8Array<ArrayBuffer>>
}

/** @param title its first line, and the name at the foot of every page */
export function createPdf(title: string, creator: string): PdfDocument {
  const paper = new PDFDocument({
    size: 'A4',
    margin: MARGIN,
    bufferPages: true,
    info: { Title: title, Creator: creator },
  })
  const content = buffer(paper)
  const width = paper.page.width - 2 * MARGIN
  const bottom = paper.page.height - MARGIN
  /** Begins a page when there is less room than this. */
  const require = (height: number) => {
    if (paper.y + height > bottom) paper.addPage()
  }
  paper.font(FONT.bold).fontSize(SIZE.title).text(printable(title), MARGIN, MARGIN)
  paper.font(FONT.text).fontSize(SIZE.text).moveDown(0.5)

  function row<Row>(columns: readonly PdfColumn<Row>[], cells: readonly string[], font: string): void {
    require(ROW)
    const { y } = paper
    let x = MARGIN
    for (const [index, { width: share, isNumber }] of columns.entries()) {
      const options = { width: share * width - 6, height: ROW, ellipsis: true, lineBreak: false }
      paper.font(font).text(printable(cells[index] ?? ''), x, y, { ...options, align: isNumber ? 'right' : 'left' })
      x += share * width
    }
    paper.y = y + ROW
    paper
      .moveTo(MARGIN, y + ROW - 5)
      .lineTo(MARGIN + width, y + ROW - 5)
      .lineWidth(0.5)
      .stroke(LINE)
  }

  return {
    lines(texts) {
      for (const text of texts) paper.font(FONT.text).text(printable(text), MARGIN)
      paper.moveDown()
    },
    heading(text) {
      // With its first rows: none is left alone at the foot of a page.
      require(4 * ROW)
      paper.moveDown(0.5).font(FONT.bold).fontSize(SIZE.heading).text(printable(text), MARGIN)
      paper.font(FONT.text).fontSize(SIZE.text).moveDown(0.4)
    },
    table(columns, rows, total) {
      const headings = columns.map(({ heading }) => heading)
      row(columns, headings, FONT.bold)
      for (const one of rows) {
        row(
          columns,
          columns.map(({ of }) => of(one)),
          FONT.text,
        )
      }
      if (total) row(columns, total, FONT.bold)
    },
    bars(all) {
      const most = Math.max(0, ...all.flatMap(({ value, before = 0 }) => [value, before]))
      if (most === 0) return
      require(BARS_HEIGHT + 2 * ROW)
      const step = width / all.length
      const base = paper.y + BARS_HEIGHT
      const draw = (x: number, value: number, colour: string) => {
        const height = (BARS_HEIGHT * Math.max(0, value)) / most
        paper.rect(x, base - height, 0.3 * step, height).fill(colour)
      }
      for (const [index, { label, value, before }] of all.entries()) {
        const x = MARGIN + index * step
        if (before !== undefined) draw(x, before, BAR_BEFORE)
        draw(x + 0.32 * step, value, BAR)
        paper
          .fill('black')
          .text(printable(label), x, base + 4, { width: 0.7 * step, align: 'center', lineBreak: false })
      }
      paper.y = base + 1.5 * ROW
    },
    async end() {
      numberPages(paper, title)
      paper.end()
      return new Uint8Array(await content)
    },
  }
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
