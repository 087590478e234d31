import { describe, expect, it } from 'vitest'

import { buildItems, guessHeight, type MessageItem } from '../messageItems'
import { message } from './samples'

const keys = (items: ReturnType<typeof buildItems>) => items.map((item) => item.key)
const at = (items: ReturnType<typeof buildItems>, key: string) =>
  items.find((item): item is MessageItem => item.key === key && item.kind === 'message')

describe('buildItems', () => {
  it('keeps the keys of messages when older ones come in front', () => {
    const late = [message(3), message(4)]
    const before = buildItems({ messages: late, firstUnreadSeq: null, hasOlder: true })
    const after = buildItems({
      messages: [message(1), message(2), ...late],
      firstUnreadSeq: null,
      hasOlder: true,
    })
    expect(keys(before)).toEqual(['m3', 'm4'])
    expect(keys(after)).toEqual(['m1', 'm2', 'm3', 'm4'])
    expect(at(before, 'm3')?.day).not.toBeNull()
    expect(at(after, 'm3')?.day).toBeNull()
  })

  it('marks the beginning only where nothing is older', () => {
    expect(keys(buildItems({ messages: [], firstUnreadSeq: null, hasOlder: false }))).toEqual(['start'])
    expect(keys(buildItems({ messages: [], firstUnreadSeq: null, hasOlder: true }))).toEqual([])
  })

  it('puts the divider above the first unread message and nowhere else', () => {
    const items = buildItems({
      messages: [message(1), message(2), message(3)],
      firstUnreadSeq: 2,
      hasOlder: false,
    })
    expect(items.map((item) => item.kind === 'message' && item.unread)).toEqual([false, false, true, false])
  })
})

it('guessHeight grows with what there is to show', () => {
  const [, short] = buildItems({ messages: [message(1)], firstUnreadSeq: null, hasOlder: false })
  const [, long] = buildItems({
    messages: [message(1, { body: 'line\n'.repeat(30) })],
    firstUnreadSeq: null,
    hasOlder: false,
  })
  expect(guessHeight(long)).toBeGreaterThan(guessHeight(short) + 300)
})
