import type { ChatMessage } from '@/stores/types'

import { dayKey, formatDay } from './time'

/** What the message list shows, one row after another. */
export type Row =
  | { kind: 'day'; key: string; label: string }
  | { kind: 'unread'; key: string }
  | {
      kind: 'message'
      key: string
      message: ChatMessage
      /** Continues the block above: name and picture are not repeated. */
      grouped: boolean
    }

/** Messages of one author within this time stand together. */
const GROUP_MS = 5 * 60_000

function belongsTo(previous: ChatMessage, message: ChatMessage): boolean {
  const sameAuthor =
    previous.author.id === message.author.id && previous.author.username === message.author.username
  const gap = Date.parse(message.sentAt) - Date.parse(previous.sentAt)
  return sameAuthor && gap < GROUP_MS && gap > -GROUP_MS && message.replyTo === null && !previous.deleted
}

/** Puts day separators and the new-message divider between messages, and groups what one person wrote in one go. */
export function buildRows(
  messages: readonly ChatMessage[],
  options: { firstUnreadSeq?: number | null; now?: Date } = {},
): Row[] {
  const rows: Row[] = []
  const firstUnread = options.firstUnreadSeq ?? null
  let previous: ChatMessage | null = null
  let day = ''
  let divided = false
  for (const message of messages) {
    const key = dayKey(message.sentAt)
    let separated = false
    if (key !== day) {
      // A clock that runs ahead may bring a day twice; keys stay unique.
      rows.push({
        kind: 'day',
        key: `day-${key}-${message.key}`,
        label: formatDay(message.sentAt, options.now),
      })
      day = key
      separated = true
    }
    if (!divided && firstUnread !== null && message.seq !== null && message.seq >= firstUnread) {
      divided = true
      // Above the very first message there is nothing read to divide from.
      if (previous !== null || message.seq > 1) rows.push({ kind: 'unread', key: `unread-${firstUnread}` })
      separated = true
    }
    const grouped: boolean = previous !== null && !separated && belongsTo(previous, message)
    rows.push({ kind: 'message', key: message.key, message, grouped })
    previous = message
  }
  return rows
}
