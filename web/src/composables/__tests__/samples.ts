import { reactive } from 'vue'

import { useUploads } from '@/stores/conversation/uploads'
import type { ChatMessage, Conversation, RoomEntry } from '@/stores/types'

export function room(id: number, name: string, rest: Partial<RoomEntry> = {}): RoomEntry {
  return {
    id,
    name,
    peer: null,
    topic: null,
    kind: 'public',
    role: 'member',
    unread: 0,
    mentions: 0,
    notify: 'all',
    memberCount: 2,
    lastSeq: 0,
    createdAt: '2026-03-01T09:00:00Z',
    activeAt: Date.UTC(2026, 2, 1, 9),
    ...rest,
  }
}

export function message(seq: number, rest: Partial<ChatMessage> = {}): ChatMessage {
  return {
    key: `m${seq}`,
    clientId: null,
    messageId: 1000 + seq,
    seq,
    author: { id: 2, username: 'ben' },
    body: `message ${seq}`,
    sentAt: new Date(Date.UTC(2026, 2, 1, 9, seq)).toISOString(),
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
    ...rest,
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** A conversation that remembers what was asked of it. */
export function conversation(rest: Partial<Conversation> = {}) {
  const asked: [what: string, ...args: unknown[]][] = []
  const note =
    (what: string) =>
    (...args: unknown[]) => {
      asked.push([what, ...args])
      return Promise.resolve()
    }
  const store = reactive({
    roomId: 1,
    messages: [],
    state: 'ready',
    error: null,
    lostReason: null,
    hasOlder: false,
    loadingOlder: false,
    olderError: null,
    hasNewer: false,
    loadingNewer: false,
    newCount: 0,
    firstUnreadSeq: null,
    typing: [],
    present: [],
    me: { role: 'member', muted: false, mutedUntil: null, canModerate: false, canManage: false },
    direct: false,
    marks: null,
    draft: '',
    uploads: useUploads(() => null),
    open: note('open'),
    close: note('close'),
    reload: note('reload'),
    loadOlder: note('loadOlder'),
    loadNewer: note('loadNewer'),
    loadAround: note('loadAround'),
    jumpToLatest: note('jumpToLatest'),
    send: note('send'),
    retry: note('retry'),
    discard: note('discard'),
    edit: note('edit'),
    remove: note('remove'),
    react: note('react'),
    pin: note('pin'),
    markRead: note('markRead'),
    markUnread: note('markUnread'),
    setTyping: note('setTyping'),
    ...rest,
  }) as unknown as Writable<Conversation>
  return { store, asked }
}
