/**
 * What the stores show to components. Every store is a reactive object: read fields directly (`rooms.list`) or in a
 * `computed`; do not destructure. Actions that return a promise reject with `ApiError`, whose message is fit to show.
 */
import type { Attachment } from '@/lib/attachments'
import type { UploadList } from './conversation/uploads'

export { ApiError } from '@/api/errors'
export type { Attachment }

/** The states of anything that is loaded. */
export type LoadState = 'idle' | 'loading' | 'ready' | 'error'

/** A page of a list, as the server counts it. */
export interface Page<T> {
  items: T[]
  total: number
  limit: number
  offset: number
  has_more: boolean
  next_offset: number | null
}

// ---------------------------------------------------------------- session

export interface User {
  id: number
  username: string
  /** Shown to its owner only. */
  email: string | null
  full_name: string | null
  is_admin: boolean
  created_at: string
}

export interface SignUpInput {
  username: string
  password: string
  email?: string
  full_name?: string
}

/** `null` removes the value. */
export interface ProfilePatch {
  email?: string | null
  full_name?: string | null
}

/** A login of this account on some device. */
export interface LoginSession {
  id: string
  user_agent: string | null
  ip: string | null
  created_at: string
  last_used_at: string
  expires_at: string
  current: boolean
}

export interface SessionStore {
  readonly user: User | null
  readonly status: 'unknown' | 'anonymous' | 'signed-in'
  /** Why the user was signed out without asking for it; shown on the sign-in screen. */
  readonly signedOutReason: string | null
  signIn(username: string, password: string): Promise<void>
  /** Registers and signs in. */
  signUp(input: SignUpInput): Promise<void>
  signOut(): Promise<void>
  /** Takes the stored login up again; call once at start (main.ts does). Never rejects. */
  restore(): Promise<void>
  updateProfile(patch: ProfilePatch): Promise<void>

  readonly sessions: readonly LoginSession[]
  readonly sessionsState: LoadState
  readonly sessionsHaveMore: boolean
  readonly sessionsError: string | null
  /** The first page; with `more`, the next one. */
  loadSessions(options?: { more?: boolean }): Promise<void>
  revokeSession(id: string): Promise<void>
  /** Ends all other logins; how many there were. */
  revokeOthers(): Promise<number>
}

// ---------------------------------------------------------------- connection

export type ConnectionState = 'idle' | 'connecting' | 'online' | 'reconnecting' | 'offline'

export interface ConnectionStore {
  readonly state: ConnectionState
  /** Milliseconds since the Unix epoch of the next attempt, while one is planned. */
  readonly nextAttemptAt: number | null
  /** Attempts since the connection was lost. */
  readonly attempt: number
  readonly lastError: string | null
  /** The longest message that this server takes; null: it has not said yet. */
  readonly messageChars: number | null
  retryNow(): void
}

// ---------------------------------------------------------------- rooms

export type RoomKind = 'public' | 'private' | 'direct'
export type Role = 'owner' | 'moderator' | 'member'
/** What a room may tell me of. */
export type NotifyLevel = 'all' | 'mentions' | 'nothing'

/** Somebody else, as far as everybody may know. */
export interface Person {
  id: number
  username: string
  fullName: string | null
}

export interface RoomEntry {
  id: number
  /** `@username` for a direct conversation. */
  name: string
  /** The other side of a direct conversation; I myself where it is for notes. */
  peer: Person | null
  topic: string | null
  kind: RoomKind
  /** Null: not a member. */
  role: Role | null
  unread: number
  /** Those of them that mention me, as the server counts. */
  mentions: number
  notify: NotifyLevel
  memberCount: number
  lastSeq: number
  createdAt: string
  /** When something last happened, in ms since the epoch: the newest message, or what this page has seen. */
  activeAt: number
}

export interface RoomInput {
  name: string
  topic?: string
  private: boolean
  /** Usernames of those who are members from the beginning. */
  members?: string[]
}

export interface RoomPatchInput {
  name?: string
  /** `null` removes it. */
  topic?: string | null
  private?: boolean
}

export interface RoomsStore {
  /** My rooms and direct conversations, the most recently active first. */
  readonly list: readonly RoomEntry[]
  /** Those of them that are rooms, and those that are direct. */
  readonly places: readonly RoomEntry[]
  readonly directs: readonly RoomEntry[]
  readonly state: LoadState
  readonly error: string | null
  /** Unread messages over all rooms that are not muted. */
  readonly totalUnread: number
  /** Those that are for me: mentions, and what was said to me directly. */
  readonly totalCalls: number
  byId(id: number): RoomEntry | undefined
  byName(name: string): RoomEntry | undefined
  /** The direct conversation with somebody, if it is in the list. */
  byPeer(username: string): RoomEntry | undefined
  load(): Promise<void>
  /** Finds a room that is not in the list yet (a link that was followed); undefined: not there or not for me. */
  find(name: string): Promise<RoomEntry | undefined>
  /** All rooms that I may see, mine among them. */
  browse(query: { q?: string; offset?: number; limit?: number }): Promise<Page<RoomEntry>>
  create(input: RoomInput): Promise<RoomEntry>
  /** Finds or begins the direct conversation with somebody. */
  direct(username: string): Promise<RoomEntry>
  join(id: number): Promise<RoomEntry>
  leave(id: number): Promise<void>
  update(id: number, patch: RoomPatchInput): Promise<RoomEntry>
  remove(id: number): Promise<void>
  addMember(id: number, username: string): Promise<void>
  setNotify(id: number, level: NotifyLevel): Promise<void>
}

// ---------------------------------------------------------------- people

export interface PeopleStore {
  /** Whether somebody with whom I have a direct conversation is online; undefined: not known. */
  isOnline(username: string): boolean | undefined
  /** People whose name has this in it, me among them. */
  search(query: string, limit?: number): Promise<Person[]>
}

// ---------------------------------------------------------------- conversation

export interface Reaction {
  emoji: string
  /** Usernames, in the order in which they reacted. */
  users: string[]
  mine: boolean
}

export interface ReplyPreview {
  messageId: number
  username: string
  /** Plain text, cut; empty where the message was deleted. */
  excerpt: string
}

export type MessageStatus = 'sent' | 'sending' | 'failed'

export interface ChatMessage {
  /** Stable over the life of the entry, also when a message that is being sent becomes a sent one. */
  key: string
  clientId: string | null
  /** Null until the server has it. */
  messageId: number | null
  seq: number | null
  author: { id: number | null; username: string }
  body: string
  /** RFC 3339; of a message that is being sent: the local time. */
  sentAt: string
  editedAt: string | null
  deleted: boolean
  replyTo: ReplyPreview | null
  /** Usernames of members whom it mentions, as the server decided. */
  mentions: readonly string[]
  mentionsHere: boolean
  attachments: readonly Attachment[]
  pinned: boolean
  reactions: Reaction[]
  status: MessageStatus
  /** Why it failed. */
  error: string | null
  mine: boolean
}

/** Places in the log up to which somebody has read, and their devices have received. */
export interface Mark {
  read: number
  delivered: number
}

/** My own position in a room. */
export interface Standing {
  role: Role | null
  muted: boolean
  /** RFC 3339, while muted; null: until lifted. */
  mutedUntil: string | null
  canModerate: boolean
  canManage: boolean
}

/** `lost`: the room is gone for me (left, removed, banned, deleted); `lostReason` says which. */
export type ConversationState = LoadState | 'lost'
export type LostReason = 'left' | 'kicked' | 'banned' | 'made_private' | 'deleted' | 'not_found' | 'private'

export interface SendOptions {
  replyTo?: number | null
  /** Uploaded, and in no message yet. With some the text may be blank. */
  attachments?: readonly Attachment[]
}

export interface Conversation {
  readonly roomId: number
  /** Ascending; messages that are being sent come last. Deleted ones stay as `deleted` while they are on screen. */
  readonly messages: readonly ChatMessage[]
  readonly state: ConversationState
  readonly error: string | null
  readonly lostReason: LostReason | null
  readonly hasOlder: boolean
  readonly loadingOlder: boolean
  readonly olderError: string | null
  /** True while a window in the past is shown (`loadAround`). */
  readonly hasNewer: boolean
  readonly loadingNewer: boolean
  /** Messages of others that came since the view was last at the end. */
  readonly newCount: number
  /** The first message that was unread when the room was opened: the divider goes above it. */
  readonly firstUnreadSeq: number | null
  /** Usernames of others. */
  readonly typing: readonly string[]
  /** Usernames of people who have the room open, me included. */
  readonly present: readonly string[]
  readonly me: Standing
  /** Between two people, or with myself. */
  readonly direct: boolean
  /** How far others have come, in small rooms: by username. Null: the room is too large to tell. */
  readonly marks: ReadonlyMap<string, Mark> | null
  /** What is being written; kept over reloads. */
  draft: string
  /** Files for the next message. */
  readonly uploads: UploadList

  /** The room comes into view: joins and loads. Call `close` when it goes out of view. */
  open(): void
  close(): void
  /** Tries again after `state === 'error'`. */
  reload(): void
  loadOlder(): Promise<void>
  loadNewer(): Promise<void>
  /** Shows the part of the log around a message, which the view may then scroll to. */
  loadAround(messageId: number): Promise<void>
  jumpToLatest(): void
  /** Shown at once as `sending`, delivered when the connection allows. Throws `ApiError` on a body that cannot be sent. */
  send(body: string, options?: SendOptions): void
  retry(key: string): void
  discard(key: string): void
  edit(messageId: number, body: string): Promise<void>
  remove(messageId: number): Promise<void>
  react(messageId: number, emoji: string, on: boolean): Promise<void>
  pin(messageId: number, on: boolean): Promise<void>
  /** Everything up to `seq` was seen. Cheap to call often. */
  markRead(seq: number): void
  /** This message and all after it count as unread again, until the room is opened anew. */
  markUnread(messageId: number): Promise<void>
  setTyping(on: boolean): void
}

// ---------------------------------------------------------------- members

export interface MemberEntry {
  userId: number
  username: string
  fullName: string | null
  /** Null: left, but a mute or ban stands. */
  role: Role | null
  online: boolean
  joinedAt: string | null
  muted: boolean
  /** Null while muted: until lifted. The same for bans. */
  mutedUntil: string | null
  banned: boolean
  bannedUntil: string | null
}

/** Without `seconds`: until lifted. */
export interface SanctionOptions {
  reason?: string
  seconds?: number
}

export interface MembersStore {
  readonly roomId: number
  /** Online first, then by role, then by name. */
  readonly list: readonly MemberEntry[]
  readonly state: LoadState
  readonly error: string | null
  readonly total: number
  readonly hasMore: boolean
  readonly loadingMore: boolean
  load(): Promise<void>
  loadMore(): Promise<void>
  setModerator(userId: number, on: boolean): Promise<void>
  setMuted(userId: number, on: boolean, options?: SanctionOptions): Promise<void>
  setBanned(userId: number, on: boolean, options?: SanctionOptions): Promise<void>
}

// ---------------------------------------------------------------- notices

export type NoticeKind = 'info' | 'success' | 'warning' | 'error'

export interface Notice {
  id: number
  kind: NoticeKind
  text: string
  action?: { label: string; run: () => void }
}

export interface NoticesStore {
  /** At most five; each goes by itself after a while, errors later than others. */
  readonly list: readonly Notice[]
  push(notice: Omit<Notice, 'id'>): number
  dismiss(id: number): void
}
