import type { NotifyLevel } from '@/stores/types'

/** What came into a room, in numbers: how many messages of others are new, and how many of them are for me. */
export interface News {
  messages: number
  mentions: number
}

/** Whether a room's news are worth a notification. */
export function worthTelling(level: NotifyLevel, news: News): boolean {
  if (level === 'nothing') return false
  return level === 'mentions' ? news.mentions > 0 : news.messages > 0
}

/** What has come since the numbers were last known. Marking as read or unread is not news. */
export function newsBetween(
  before: { unread: number; mentions: number; lastSeq: number },
  after: { unread: number; mentions: number; seq: number },
): News {
  if (after.seq <= before.lastSeq) return { messages: 0, mentions: 0 }
  return {
    messages: Math.max(0, after.unread - before.unread),
    mentions: Math.max(0, after.mentions - before.mentions),
  }
}
