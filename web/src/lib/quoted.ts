import type { WireMessage } from '@/api/wire'
import { type Attachment, toAttachment } from '@/lib/attachments'

/** A message outside of its conversation, as lists of pins and of what was found show it. */
export interface QuotedMessage {
  messageId: number
  roomId: number
  seq: number
  author: { id: number | null; username: string }
  sentAt: string
  body: string
  attachments: readonly Attachment[]
}

export function toQuoted(wire: WireMessage): QuotedMessage {
  return {
    messageId: wire.id,
    roomId: wire.room_id,
    seq: wire.seq,
    author: { id: wire.user_id ?? null, username: wire.username ?? '' },
    sentAt: wire.created_at,
    body: wire.content,
    attachments: (wire.attachments ?? []).map(toAttachment),
  }
}

/** A text in pieces, some of them marked. `start`: where the text begins in what the marks count from. */
export function markedPieces(
  text: string,
  start: number,
  marks: readonly (readonly number[])[],
): { text: string; marked: boolean }[] {
  const pieces: { text: string; marked: boolean }[] = []
  let at = 0
  for (const [from = 0, to = 0] of marks) {
    const begin = Math.max(at, from - start)
    const end = Math.min(text.length, to - start)
    if (end <= begin) continue
    if (begin > at) pieces.push({ text: text.slice(at, begin), marked: false })
    pieces.push({ text: text.slice(begin, end), marked: true })
    at = end
  }
  if (at < text.length) pieces.push({ text: text.slice(at), marked: false })
  return pieces
}
