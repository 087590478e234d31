import { guessFilesHeight } from '@/lib/attachments'
import { buildRows } from '@/lib/rows'
import type { ChatMessage, Conversation } from '@/stores/types'

/** One entry of the message list. What stands above a message (day, divider) belongs to it, so its key is stable. */
export interface MessageItem {
  kind: 'message'
  key: string
  message: ChatMessage
  /** Continues the block above. */
  grouped: boolean
  day: string | null
  unread: boolean
}
export type ListItem = MessageItem | { kind: 'start'; key: 'start' }

/** Folds the rows of a conversation into entries; `start` stands above its very first message. */
export function buildItems(
  conversation: Pick<Conversation, 'messages' | 'firstUnreadSeq' | 'hasOlder'>,
): ListItem[] {
  const items: ListItem[] = conversation.hasOlder ? [] : [{ kind: 'start', key: 'start' }]
  let day: string | null = null
  let unread = false
  for (const row of buildRows(conversation.messages, { firstUnreadSeq: conversation.firstUnreadSeq })) {
    if (row.kind === 'day') day = row.label
    else if (row.kind === 'unread') unread = true
    else {
      items.push({ kind: 'message', key: row.key, message: row.message, grouped: row.grouped, day, unread })
      day = null
      unread = false
    }
  }
  return items
}

/** A guess for rows that were not measured yet; close, so that the scrollbar does not jump. */
export function guessHeight(item: ListItem | undefined): number {
  if (!item) return 40
  if (item.kind === 'start') return 190
  const { body, attachments } = item.message
  const lines =
    body === '' ? 0 : body.split('\n').reduce((sum, line) => sum + 1 + Math.floor(line.length / 95), 0)
  return (
    (item.grouped ? 4 : 40) +
    Math.min(lines, 40) * 23 +
    (item.day ? 48 : 0) +
    (item.unread ? 32 : 0) +
    (item.message.replyTo ? 26 : 0) +
    guessFilesHeight(attachments) +
    (item.message.reactions.length > 0 ? 34 : 0)
  )
}
