import { describe, expect, it } from 'vitest'

import { filtersOf, toQuery, toWanted } from '@/composables/searchFilters'

import { newsBetween, worthTelling } from '../notifyRules'
import { markedPieces } from '../quoted'

describe('marked pieces', () => {
  const text = (pieces: ReturnType<typeof markedPieces>) =>
    pieces.map((piece) => (piece.marked ? `[${piece.text}]` : piece.text)).join('')

  it('put marks where they are, counted from the beginning of the message', () => {
    expect(text(markedPieces('the lathe is on', 0, [[4, 9]]))).toBe('the [lathe] is on')
    expect(
      text(
        markedPieces('lathe is on', 104, [
          [104, 109],
          [113, 115],
        ]),
      ),
    ).toBe('[lathe] is [on]')
    expect(
      text(
        markedPieces('上海 and 🎉 more', 0, [
          [0, 2],
          [7, 9],
        ]),
      ),
    ).toBe('[上海] and [🎉] more')
  })

  it('leave out marks beyond the part, and cut those at its edge', () => {
    expect(
      text(
        markedPieces('bcd', 1, [
          [0, 2],
          [3, 9],
          [20, 22],
        ]),
      ),
    ).toBe('[b]c[d]')
    expect(text(markedPieces('plain', 0, []))).toBe('plain')
    expect(markedPieces('', 0, [[0, 3]])).toEqual([])
  })

  it('never lose or repeat a letter, however marks overlap', () => {
    const pieces = markedPieces('abcdef', 0, [
      [0, 4],
      [2, 5],
      [1, 2],
    ])
    expect(pieces.map((piece) => piece.text).join('')).toBe('abcdef')
  })
})

describe('the address of a search', () => {
  it('is read and written the same', () => {
    const query = {
      q: 'tea',
      from: 'ada',
      in: 'den',
      after: '2026-01-02',
      before: '2026-03-04',
      has: 'file,link',
    }
    expect(toQuery(filtersOf(query))).toEqual(query)
    expect(toQuery(filtersOf({}))).toEqual({})
  })

  it('may hold nonsense', () => {
    const filters = filtersOf({ q: ['a', 'b'], after: 'yesterday', has: 'file,teeth', from: null })
    expect(filters).toEqual({ q: '', from: '', in: '', after: '', before: '', has: ['file'] })
  })

  it('asks with days of this place, the last one included', () => {
    const wanted = toWanted(
      filtersOf({ q: ' tea ', from: '@ada', after: '2026-01-02', before: '2026-01-31' }),
    )
    expect(wanted).toEqual({
      q: 'tea',
      from: 'ada',
      after: new Date(2026, 0, 2).toISOString(),
      before: new Date(2026, 1, 1).toISOString(),
    })
    expect(toWanted(filtersOf({ q: '   ' }))).toBeNull()
    expect(toWanted(filtersOf({ has: 'pin,file' }))).toEqual({ has: 'file,pin' })
  })
})

describe('what is worth a notification', () => {
  it.each([
    ['all', 1, 0, true],
    ['all', 0, 0, false],
    ['mentions', 3, 0, false],
    ['mentions', 3, 1, true],
    ['nothing', 3, 3, false],
  ] as const)('%s: %i messages, %i mentions: %s', (level, messages, mentions, told) => {
    expect(worthTelling(level, { messages, mentions })).toBe(told)
  })

  it('is what came since, not what was marked as unread', () => {
    const before = { unread: 2, mentions: 1, lastSeq: 10 }
    expect(newsBetween(before, { unread: 4, mentions: 1, seq: 12 })).toEqual({ messages: 2, mentions: 0 })
    expect(newsBetween(before, { unread: 7, mentions: 3, seq: 10 })).toEqual({ messages: 0, mentions: 0 })
    expect(newsBetween(before, { unread: 0, mentions: 0, seq: 12 })).toEqual({ messages: 0, mentions: 0 })
  })
})
