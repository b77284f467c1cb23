import { describe, expect, it } from 'vitest'
import { fold } from './folding.ts'

const total = (widths: readonly number[]) => widths.reduce((sum, width) => sum + width + 1, 1)

describe('a table that is wider than the terminal', () => {
  const rows = [
    ['topic', 'bytes', 'error'],
    ['purchase_orders', '1,200,000', 'the request is larger than the maximum that the broker takes '.repeat(3)],
  ]

  it('is folded in its widest column of text', () => {
    const { widths } = fold(rows, [true, false, true], 80)
    expect(widths!.slice(0, 2)).toEqual(['purchase_orders'.length + 2, '1,200,000'.length + 2])
    expect(total(widths!)).toBe(80)
  })

  it('keeps numbers whole, and breaks only words that no column could hold', () => {
    const path = `/${'folder/'.repeat(20)}`
    const folded = fold(
      [
        ['at', 'bytes'],
        [path, '1,200,000'],
      ],
      [true, false],
      50,
    )
    expect(folded.widths).toEqual([34 + 2, 9 + 2])
    expect(folded.rows[1]![0]!.replaceAll(' ', '')).toBe(path)
    expect(fold(rows, [true, false, true], 10).widths![1]).toBe('1,200,000'.length + 2)
  })

  it('is left as it is when it fits', () => {
    expect(fold(rows, [true, false, true], 400)).toEqual({ rows, widths: undefined })
  })
})
