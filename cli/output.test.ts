import { describe, expect, test, vi } from 'vitest'
import { estimateLeft, plainLines, print, printJson, printTable, widthsOf } from './output.ts'

function progressOf(title: string, total: number, done = 0) {
  const lines: string[] = []
  const clock = { nowMs: 0 }
  const output = { write: (line: string) => lines.push(line), nowMs: () => clock.nowMs }
  return { lines, clock, progress: plainLines(title, total, done, output) }
}

test('prints a line every 30 s where there is no terminal, with what is left', () => {
  const { progress, clock, lines } = progressOf('replay', 1_000)
  for (let second = 1; second <= 65; second += 1) {
    clock.nowMs = second * 1_000
    progress.update(second * 5, 'on its way')
  }
  progress.finish()
  expect(lines).toEqual([
    'replay: 150 of 1,000 (15 %) after 30.0 s, about 3 min left, on its way\n',
    'replay: 300 of 1,000 (30 %) after 1 min 0 s, about 2 min left, on its way\n',
    'replay: 1,000 of 1,000 (100 %) after 1 min 5 s, done\n',
  ])
})

test('stays at what was reached when the work fails', () => {
  const { progress, lines } = progressOf('backfill', 10, 4)
  progress.update(6)
  progress.stop('failed')
  expect(lines).toEqual(['backfill: 6 of 10 (60 %) after 0 ms, failed\n'])
})

test('estimates from the rate of this run, and not before it is known', () => {
  expect(estimateLeft(1_000, 5, 5)).toBe('')
  expect(estimateLeft(10_000, 0, 5)).toBe('')
  expect(estimateLeft(10_000, 1, 1_000)).toBe('')
  expect(estimateLeft(10_000, 5, 20)).toBe('about 40 s left')
  expect(estimateLeft(60_000, 10, 100)).toBe('about 10 min left')
})

describe('a table', () => {
  test('is as wide as its texts where they fit', () => {
    expect(
      widthsOf(
        [
          ['a', 'heading'],
          ['text', 'b'],
        ],
        40,
      ),
    ).toEqual([4, 7])
  })

  test('is folded between words first, then within them', () => {
    const rows = [
      ['id', 'why'],
      ['PO-dairy-W1-20170301', 'the rest is discontinued'],
    ]
    expect(widthsOf(rows, 40)).toEqual([20, 13])
    expect(widthsOf(rows, 30)).toEqual([11, 12])
    expect(widthsOf(rows, 5)).toEqual([10, 10])
  })
})

describe('text that others have written', () => {
  const printed = (run: () => void): string => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    try {
      run()
      return write.mock.calls.map(([text]) => String(text)).join('')
    } finally {
      write.mockRestore()
    }
  }
  const name = 'evil\u001b]0;own\u0007\u001b[2J\u009b2J\u202egnp.exe'

  test('does not steer the terminal, in a line or in a table', () => {
    for (const text of [printed(() => print(name)), printed(() => printTable(['name'], [[name]]))]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there, but for colours
      expect(text).not.toMatch(/\u001b(?!\[[0-9;]*m)|[\u0007\u009b\u202e]/)
      expect(text).toContain('evil')
    }
  })

  test('is the same text for a program', () => {
    const text = printed(() => printJson({ name }))
    expect(text).not.toMatch(/[\u009b\u202e]/)
    expect(JSON.parse(text)).toEqual({ name })
  })

  test('may not hide colours of ours', () => {
    expect(printed(() => print('\u001b[1mbold\u001b[22m'))).toBe('\u001b[1mbold\u001b[22m\n')
  })
})
