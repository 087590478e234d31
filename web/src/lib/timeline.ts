import { toAttachment } from '@/lib/attachments'
import { plainExcerpt } from '@/lib/markdown'
import type { AckFrame, ChatFrame, DurableFrame, ReactionGroup } from '@/realtime/frames'
import type { OutboxEntry } from '@/realtime/outbox'
import type { ChatMessage, Reaction, ReplyPreview } from '@/stores/types'

/**
 * A stretch of a room's messages and what events do to it. Pure: every function takes a list in order of `seq` and
 * gives another one, or the same where nothing changed. Repeating an event changes nothing.
 */
export type Timeline = readonly ChatMessage[]

export interface Me {
  id: number
  username: string
}

function replyOf(frame: ChatFrame): ReplyPreview | null {
  if (frame.reply) {
    return {
      messageId: frame.reply.message_id,
      username: frame.reply.user ?? '',
      excerpt: plainExcerpt(frame.reply.message),
    }
  }
  return frame.reply_to === undefined ? null : { messageId: frame.reply_to, username: '', excerpt: '' }
}

function reactionsOf(groups: readonly ReactionGroup[], me: Me): Reaction[] {
  return groups.map(({ emoji, users }) => ({ emoji, users, mine: users.includes(me.username) }))
}

function fromFrame(frame: ChatFrame, me: Me): ChatMessage {
  const mine = frame.user_id === me.id
  // Only my own ids are believed: anybody may choose an id, also one of somebody else's.
  const clientId = mine ? (frame.id ?? null) : null
  return {
    key: clientId ?? `m${frame.message_id}`,
    clientId,
    messageId: frame.message_id,
    seq: frame.seq,
    author: { id: frame.user_id, username: frame.user },
    body: frame.message,
    sentAt: frame.ts,
    editedAt: frame.edited_at ?? null,
    deleted: frame.deleted_at !== undefined,
    replyTo: replyOf(frame),
    mentions: frame.mentions ?? [],
    mentionsHere: frame.mentions_here ?? false,
    attachments: (frame.attachments ?? []).map(toAttachment),
    pinned: frame.pinned ?? false,
    reactions: reactionsOf(frame.reactions ?? [], me),
    status: 'sent',
    error: null,
    mine,
  }
}

/** Something that is not acknowledged yet, as it is shown. */
export function fromOutbox(entry: OutboxEntry, me: Me, replyTo: ReplyPreview | null): ChatMessage {
  return {
    key: entry.clientId,
    clientId: entry.clientId,
    messageId: null,
    seq: null,
    author: { id: me.id, username: me.username },
    body: entry.body,
    sentAt: new Date(entry.createdAt).toISOString(),
    editedAt: null,
    deleted: false,
    replyTo,
    mentions: [],
    mentionsHere: false,
    attachments: entry.attachments,
    pinned: false,
    reactions: [],
    status: entry.error === null ? 'sending' : 'failed',
    error: entry.error,
    mine: true,
  }
}

/** What an acknowledged entry is until its own frame comes by. */
export function fromAck(
  entry: OutboxEntry,
  ack: AckFrame,
  me: Me,
  replyTo: ReplyPreview | null,
): ChatMessage {
  const sent = fromOutbox({ ...entry, error: null }, me, replyTo)
  return { ...sent, messageId: ack.message_id, seq: ack.seq ?? null, sentAt: ack.ts, status: 'sent' }
}

/** Where `seq` belongs. */
function indexOfSeq(timeline: Timeline, seq: number): number {
  let low = 0
  let high = timeline.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((timeline[middle]?.seq ?? Infinity) < seq) low = middle + 1
    else high = middle
  }
  return low
}

/** Puts a message in its place; one that is there already is replaced, but keeps its key. */
export function insert(timeline: Timeline, message: ChatMessage): Timeline {
  if (message.seq === null) return timeline
  const index = indexOfSeq(timeline, message.seq)
  const there = timeline[index]
  if (there?.seq === message.seq) return timeline.with(index, { ...message, key: there.key })
  return timeline.toSpliced(index, 0, message)
}

/** Adds a page of history; deleted messages that are not on screen stay away. */
export function merge(timeline: Timeline, frames: readonly ChatFrame[], me: Me): Timeline {
  const known = new Map(timeline.map((message) => [message.seq, message]))
  for (const frame of frames) {
    const there = known.get(frame.seq)
    if (frame.deleted_at !== undefined && !there) continue
    const message = fromFrame(frame, me)
    known.set(frame.seq, there ? { ...message, key: there.key } : message)
  }
  return [...known.values()].sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0))
}

function change(timeline: Timeline, messageId: number, by: (message: ChatMessage) => ChatMessage): Timeline {
  const index = timeline.findLastIndex((message) => message.messageId === messageId)
  const there = timeline[index]
  if (!there) return timeline
  const changed = by(there)
  return changed === there ? timeline : timeline.with(index, changed)
}

/** Replies show the first words of what they answer. */
function changeExcerpts(timeline: Timeline, messageId: number, excerpt: string): Timeline {
  if (!timeline.some((message) => message.replyTo?.messageId === messageId)) return timeline
  return timeline.map((message) =>
    message.replyTo?.messageId === messageId
      ? { ...message, replyTo: { ...message.replyTo, excerpt } }
      : message,
  )
}

function withReaction(message: ChatMessage, emoji: string, user: string, on: boolean, me: Me): ChatMessage {
  const group = message.reactions.find((reaction) => reaction.emoji === emoji)
  if ((group?.users.includes(user) ?? false) === on) return message
  const others = group?.users.filter((name) => name !== user) ?? []
  const users = on ? [...others, user] : others
  const next: Reaction = { emoji, users, mine: users.includes(me.username) }
  const reactions = group
    ? message.reactions.map((reaction) => (reaction === group ? next : reaction))
    : [...message.reactions, next]
  return { ...message, reactions: reactions.filter((reaction) => reaction.users.length > 0) }
}

/** What an event of the log does to the messages on screen. */
export function apply(timeline: Timeline, frame: DurableFrame, me: Me): Timeline {
  switch (frame.type) {
    case 'chat': {
      if (frame.deleted_at === undefined) return insert(timeline, fromFrame(frame, me))
      return change(timeline, frame.message_id, (message) => ({
        ...message,
        deleted: true,
        body: '',
        attachments: [],
        pinned: false,
      }))
    }
    case 'message_updated':
      return changeExcerpts(
        change(timeline, frame.message_id, (message) =>
          message.deleted
            ? message
            : {
                ...message,
                body: frame.content,
                editedAt: frame.edited_at,
                mentions: frame.mentions ?? [],
                mentionsHere: frame.mentions_here ?? false,
              },
        ),
        frame.message_id,
        plainExcerpt(frame.content),
      )
    case 'message_deleted':
      return changeExcerpts(
        change(timeline, frame.message_id, (message) => ({
          ...message,
          deleted: true,
          body: '',
          mentions: [],
          mentionsHere: false,
          attachments: [],
          pinned: false,
          reactions: [],
        })),
        frame.message_id,
        '',
      )
    case 'reaction':
      return change(timeline, frame.message_id, (message) =>
        withReaction(message, frame.emoji, frame.user, frame.on, me),
      )
    case 'pinned':
      return change(timeline, frame.message_id, (message) =>
        message.pinned === frame.on || message.deleted ? message : { ...message, pinned: frame.on },
      )
    default:
      return timeline
  }
}

/** The newest `count`. */
export function newest(timeline: Timeline, count: number): Timeline {
  return timeline.length <= count ? timeline : timeline.slice(-count)
}
