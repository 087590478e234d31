import type {
  ChatFrame,
  ClientFrame as AnyClientFrame,
  MemberJoinedFrame,
  MemberLeftFrame,
  MemberUpdateFrame,
  MessageDeletedFrame,
  MessageUpdatedFrame,
  OnlineFrame,
  OnlineStateFrame,
  PinnedFrame,
  ReactionFrame,
  RoomUpdatedFrame,
  ServerFrame,
  SystemFrame,
} from './frames.gen'

export type {
  AckFrame,
  ChatFrame,
  ErrorFrame,
  HistoryAroundFrame,
  JoinedFrame,
  LossReason,
  Mark as MarkRecord,
  MemberUpdateFrame,
  Reaction as ReactionGroup,
  ServerFrame,
} from './frames.gen'

/** The first frame of a connection. */
export type Banner = SystemFrame &
  Required<Pick<SystemFrame, 'heartbeatInterval' | 'limits' | 'retry' | 'user'>>

/** Events of a room's log, each with its place. */
export type DurableFrame =
  | ChatFrame
  | MessageUpdatedFrame
  | MessageDeletedFrame
  | ReactionFrame
  | PinnedFrame
  | MemberJoinedFrame
  | MemberLeftFrame
  | MemberUpdateFrame
  | RoomUpdatedFrame

/** Everything that is about one room. */
export type RoomFrame = Extract<ServerFrame, { room: string; room_id: number }>

/** Who of those with whom one has a direct conversation is online. */
export type PeopleFrame = OnlineFrame | OnlineStateFrame

/** What this app sends: rooms by number, and an id wherever there may be one. */
type Strict<T> = T extends { type: 'ping' | 'auth' }
  ? T
  : T & { room_id: number } & (T extends {
        type: 'chat' | 'edit' | 'delete' | 'react' | 'pin' | 'mark_unread'
      }
        ? { id: string }
        : unknown)
export type ClientFrame = Strict<AnyClientFrame>

/** One text of the wire as a frame; null where it is none. What is inside is trusted as far as the schema goes. */
export function parseFrame(text: unknown): ServerFrame | null {
  if (typeof text !== 'string') return null
  try {
    const value = JSON.parse(text) as unknown
    const isFrame = typeof value === 'object' && value !== null && 'type' in value
    return isFrame && typeof value.type === 'string' ? (value as ServerFrame) : null
  } catch {
    return null
  }
}

/** The first frame of a connection; other notices of the type `system` are about a room. */
export function isBanner(frame: ServerFrame): frame is Banner {
  return frame.type === 'system' && !('room_id' in frame) && 'heartbeatInterval' in frame
}

/** Frames with a `seq` that is not their own place in the log. */
const POINTERS: ReadonlySet<string> = new Set([
  'ack',
  'read',
  'delivered',
  'marked_unread',
  'room_activity',
  'synced',
])

/** Whether the frame is an event with a place in its room's log, also of a sort that this app does not know. */
export function isDurable(frame: RoomFrame): frame is DurableFrame {
  return 'seq' in frame && typeof frame.seq === 'number' && !POINTERS.has(frame.type)
}

/** Whether a message mentions somebody, by name or with everybody. */
export function mentions(message: Pick<ChatFrame, 'mentions' | 'mentions_here'>, username: string): boolean {
  return message.mentions_here === true || (message.mentions ?? []).includes(username)
}

export function roomOf(frame: ServerFrame): number | null {
  return 'room_id' in frame && typeof frame.room_id === 'number' ? frame.room_id : null
}
