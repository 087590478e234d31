import { describe, expect, it } from 'vitest'

import type { ChatMessage } from '@/stores/types'

import { buildRows } from '../rows'

const now = new Date(2026, 4, 10, 12, 0)
let count = 0
function message(author: string, at: Date, more: Partial<ChatMessage> = {}): ChatMessage {
  count += 1
  return {
    key: `k${count}`,
    clientId: null,
    messageId: count,
    seq: count,
    author: { id: author.length, username: author },
    body: 'x',
    sentAt: at.toISOString(),
    editedAt: null,
    deleted: false,
    replyTo: null,
    mentions: [],
    mentionsHere: false,
    attachments: [],
    pinned: false,
    reactions: [],
    status: 'sent',
    error: null,
    mine: false,
    ...more,
  }
}
const shape = (rows: ReturnType<typeof buildRows>) =>
  rows.map((row) => (row.kind === 'message' ? (row.grouped ? 'grouped' : 'message') : row.kind))

describe('buildRows', () => {
  it('groups what one person wrote in one go', () => {
    const rows = buildRows(
      [
        message('ann', new Date(2026, 4, 10, 9, 0)),
        message('ann', new Date(2026, 4, 10, 9, 1)),
        message('bob', new Date(2026, 4, 10, 9, 1)),
        message('ann', new Date(2026, 4, 10, 9, 2)),
        message('ann', new Date(2026, 4, 10, 9, 20)),
      ],
      { now },
    )
    expect(shape(rows)).toEqual(['day', 'message', 'grouped', 'message', 'message', 'message'])
  })

  it('begins a block for replies and after deleted messages', () => {
    const replyTo = { messageId: 1, username: 'bob', excerpt: 'x' }
    const rows = buildRows(
      [
        message('ann', new Date(2026, 4, 10, 9, 0)),
        message('ann', new Date(2026, 4, 10, 9, 0), { replyTo }),
        message('ann', new Date(2026, 4, 10, 9, 0), { deleted: true }),
        message('ann', new Date(2026, 4, 10, 9, 0)),
      ],
      { now },
    )
    expect(shape(rows)).toEqual(['day', 'message', 'message', 'grouped', 'message'])
  })

  it('separates days with words', () => {
    const rows = buildRows(
      [
        message('ann', new Date(2025, 0, 2, 23, 59)),
        message('ann', new Date(2026, 4, 9, 23, 59)),
        message('ann', new Date(2026, 4, 10, 0, 1)),
      ],
      { now },
    )
    const labels = rows.flatMap((row) => (row.kind === 'day' ? [row.label] : []))
    expect(labels).toHaveLength(3)
    expect(labels[0]).toContain('2025')
    expect(labels.slice(1)).toEqual(['Yesterday', 'Today'])
    expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length)
  })

  it('puts the divider above the first unread message, once', () => {
    const messages = [1, 2, 3].map(() => message('ann', new Date(2026, 4, 10, 9, 0)))
    const rows = buildRows(messages, { now, firstUnreadSeq: messages[1]?.seq })
    expect(shape(rows)).toEqual(['day', 'message', 'unread', 'message', 'grouped'])
  })

  it('leaves out a divider above the very first message of a room', () => {
    const first = { ...message('ann', new Date(2026, 4, 10, 9, 0)), seq: 1 }
    expect(shape(buildRows([first], { now, firstUnreadSeq: 1 }))).toEqual(['day', 'message'])
  })

  it('is empty for nothing', () => {
    expect(buildRows([])).toEqual([])
  })
})
