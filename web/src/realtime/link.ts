import { ApiError } from '@/api/errors'
import { explain } from '@/api/wording'
import { uuid } from '@/lib/uuid'

import {
  type AckFrame,
  type Banner,
  type ChatFrame,
  type ClientFrame,
  type ErrorFrame,
  type HistoryAroundFrame,
  type PeopleFrame,
  roomOf,
  type RoomFrame,
  type ServerFrame,
} from './frames'
import { Outbox, type OutboxEntry } from './outbox'
import { errorOf, Requests } from './requests'
import { RoomFeed } from './room-feed'
import { Sender } from './sender'
import type { Socket, SocketHooks, SocketStatus } from './socket'

/** Who shows a room hears this of it. */
export interface RoomListener {
  /** Events of the log in order, each once, and the signals between them. */
  frame(frame: RoomFrame): void
  acked(entry: OutboxEntry, ack: AckFrame): void
  pendingChanged(): void
  /** The connection is gone; it will come back. */
  offline(): void
  /** The room cannot be joined (`code`), now or at all. */
  refused(code: string, text: string): void
}

export interface LinkHooks {
  token(renew: boolean): Promise<string>
  verify(): Promise<void>
  onStatus(status: SocketStatus): void
  onSignedOut(reason: string): void
  /** A connection stands (again). */
  onOnline(banner: Banner): void
  /** Every frame about any room, after the room's own listener. */
  onRoomFrame(frame: RoomFrame): void
  onPeopleFrame(frame: PeopleFrame): void
}

type WithoutId<T> = T extends { id: string } ? Omit<T, 'id'> : never
/** A frame that is answered with an ack. */
export type Command = WithoutId<
  Extract<ClientFrame, { type: 'edit' | 'delete' | 'react' | 'pin' | 'mark_unread' }>
>

const MAX_JOINED = 12
const REFUSALS: ReadonlySet<string> = new Set([
  'room_not_found',
  'room_missing',
  'room_is_private',
  'room_archived',
  'banned',
  'not_a_member',
  'invalid',
])
const REJOIN_MS = 2_000

/** Everything live of one login: the socket, the rooms that are followed over it, and what is to be sent. */
export class Link {
  readonly sender: Sender
  /** `uploadBytes`: null until the server has said so. */
  limits: { messageChars: number; uploadBytes: number | null } = { messageChars: 8_000, uploadBytes: null }
  private readonly socket: Socket
  private readonly feeds = new Map<number, RoomFeed>()
  private readonly listeners = new Map<number, RoomListener>()
  private readonly requests = new Requests()
  /** Rooms to be followed, the one in view first. */
  private followed: number[] = []
  /** Joins without an answer, in order: errors about them carry no id. */
  private joins: number[] = []

  constructor(
    readonly userId: number,
    private readonly hooks: LinkHooks,
    makeSocket: (hooks: SocketHooks) => Socket,
    outbox = new Outbox(userId),
  ) {
    this.sender = new Sender(outbox, {
      send: (frame) => this.socket.send(frame),
      ready: (roomId) => this.isLive(roomId),
      acked: (entry, ack) => this.listeners.get(entry.roomId)?.acked(entry, ack),
      changed: (roomId) => this.listeners.get(roomId)?.pendingChanged(),
      resync: (roomId) => this.join(this.feed(roomId)),
      reauthenticate: () => this.socket.reauthenticate(),
    })
    this.socket = makeSocket({
      token: hooks.token,
      verify: hooks.verify,
      onStatus: hooks.onStatus,
      onSignedOut: hooks.onSignedOut,
      onOnline: (banner) => this.onOnline(banner),
      onOffline: () => this.onOffline(),
      onFrame: (frame) => this.onFrame(frame),
    })
  }

  start(): void {
    this.socket.start()
  }

  stop(): void {
    this.socket.stop()
  }

  retryNow(): void {
    this.socket.retryNow()
  }

  /** The access token was renewed. */
  present(token: string): void {
    this.socket.send({ type: 'auth', token })
  }

  /** The room is in view. `fresh`: nothing of it is held, begin with history. */
  follow(roomId: number, listener: RoomListener, fresh: boolean): void {
    this.listeners.set(roomId, listener)
    this.followed = [roomId, ...this.followed.filter((other) => other !== roomId)]
    const feed = this.feed(roomId)
    if (fresh) feed.forget()
    if (feed.phase === 'out' && this.socket.online) this.join(feed)
    this.letGoOfOldest()
  }

  /** Stops following, for good. */
  unfollow(roomId: number): void {
    this.followed = this.followed.filter((other) => other !== roomId)
    this.feeds.get(roomId)?.forget()
    this.feeds.delete(roomId)
  }

  isLive(roomId: number): boolean {
    const phase = this.feeds.get(roomId)?.phase
    return this.socket.online && (phase === 'live' || phase === 'filling')
  }

  /** True: follows the room now, so its frames keep counts right. */
  isFollowed(roomId: number): boolean {
    return this.isLive(roomId)
  }

  /** Without an answer. False: not connected. */
  signal(frame: Extract<ClientFrame, { type: 'typing' | 'read' | 'delivered' }>): boolean {
    return this.isLive(frame.room_id) && this.socket.send(frame)
  }

  command(command: Command): Promise<AckFrame> {
    const id = uuid()
    return this.ask<AckFrame>(command.room_id, id, { ...command, id })
  }

  older(roomId: number, beforeId: number): Promise<{ messages: ChatFrame[]; more: boolean }> {
    return this.ask(roomId, `more ${roomId}`, { type: 'history_more', room_id: roomId, before_id: beforeId })
  }

  around(roomId: number, messageId: number, limit = 50): Promise<HistoryAroundFrame> {
    const key = `around ${roomId}`
    return this.ask(roomId, key, { type: 'history_around', room_id: roomId, message_id: messageId, limit })
  }

  private ask<T>(roomId: number, key: string, frame: ClientFrame): Promise<T> {
    if (!this.isLive(roomId)) return Promise.reject(ApiError.of('offline'))
    const answer = this.requests.wait<T>(key)
    if (!this.socket.send(frame)) this.requests.fail(key, ApiError.of('offline'))
    return answer
  }

  private feed(roomId: number): RoomFeed {
    const known = this.feeds.get(roomId)
    if (known) return known
    const feed = new RoomFeed(roomId, {
      send: (frame) => {
        if (frame.type === 'join') this.joins = [...this.joins.filter((id) => id !== roomId), roomId]
        this.socket.send(frame)
      },
      deliver: (frame) => this.deliver(roomId, frame),
      stalled: () => this.listeners.get(roomId)?.refused('timeout', explain('timeout')),
    })
    this.feeds.set(roomId, feed)
    return feed
  }

  private join(feed: RoomFeed): void {
    if (this.socket.online) feed.join()
  }

  private letGoOfOldest(): void {
    for (const roomId of this.followed.slice(MAX_JOINED)) {
      this.socket.send({ type: 'leave', room_id: roomId })
      this.feeds.get(roomId)?.disconnected()
      this.listeners.get(roomId)?.offline()
    }
    this.followed = this.followed.slice(0, MAX_JOINED)
  }

  private onOnline(banner: Banner): void {
    const { message_chars: messageChars, upload_bytes: uploadBytes } = banner.limits
    this.limits = { messageChars, uploadBytes }
    this.joins = []
    // The room in view first; then those that only have something to send.
    const waiting = this.sender.outbox.waitingRooms()
    for (const roomId of new Set([...this.followed, ...waiting])) this.join(this.feed(roomId))
    this.hooks.onOnline(banner)
  }

  private onOffline(): void {
    this.requests.failAll(ApiError.of('offline'))
    this.sender.disconnected()
    for (const feed of this.feeds.values()) feed.disconnected()
    for (const listener of this.listeners.values()) listener.offline()
  }

  private onFrame(frame: ServerFrame): void {
    switch (frame.type) {
      case 'error':
        this.onError(frame)
        return
      case 'pong':
        for (const [roomId, head] of Object.entries(frame.heads ?? {})) {
          this.feeds.get(Number(roomId))?.checkHead(head)
        }
        return
      case 'auth_expiring':
        // Renewing announces the new token to everybody, this link among them. Failing that, 4402 follows.
        void this.hooks.token(true).catch(() => undefined)
        return
      case 'ack':
        if (!this.requests.answer(frame.id, frame)) this.sender.onAck(frame)
        return
      case 'history_more':
        this.requests.answer(`more ${frame.room_id}`, frame)
        return
      case 'history_around':
        this.requests.answer(`around ${frame.room_id}`, frame)
        return
      case 'online':
      case 'online_state':
        this.hooks.onPeopleFrame(frame)
        return
      default:
    }
    const roomId = roomOf(frame)
    if (roomId === null) return
    const roomFrame = frame as RoomFrame
    const feed = this.feeds.get(roomId)
    if (feed) feed.receive(roomFrame)
    if (!feed || feed.phase === 'out') this.hooks.onRoomFrame(roomFrame)
    if (frame.type === 'room_removed') this.lost(roomId, frame.reason)
  }

  /** What a feed lets through. */
  private deliver(roomId: number, frame: RoomFrame): void {
    if (frame.type === 'joined') this.joins = this.joins.filter((other) => other !== roomId)
    this.listeners.get(roomId)?.frame(frame)
    const messages = frame.type === 'chat' ? [frame] : frame.type === 'history' ? frame.messages : []
    for (const message of messages) {
      if (message.user_id === this.userId && message.id !== undefined) this.sender.onSeen(message.id)
    }
    this.hooks.onRoomFrame(frame)
    // The feed turns live right after; what waited was not seen in the replay, so it goes out again now.
    if (frame.type === 'synced') queueMicrotask(() => this.sender.flush(roomId))
  }

  private lost(roomId: number, reason: string): void {
    this.unfollow(roomId)
    const text = reason === 'banned' ? explain('banned') : explain('not_a_member')
    this.sender.failRoom(roomId, text)
  }

  private onError(error: ErrorFrame): void {
    if (error.id !== undefined && this.requests.fail(error.id, errorOf(error))) return
    if (this.sender.onError(error)) return
    if (error.id !== undefined) return
    const roomId = error.room_id ?? this.joins[0]
    if (roomId === undefined) return
    if (!this.joins.includes(roomId)) {
      this.requests.fail(`more ${roomId}`, errorOf(error))
      this.requests.fail(`around ${roomId}`, errorOf(error))
      return
    }
    this.joins = this.joins.filter((other) => other !== roomId)
    const feed = this.feeds.get(roomId)
    if (error.retry === 'never' && REFUSALS.has(error.code)) {
      const text = explain(error.code, error.message)
      this.unfollow(roomId)
      this.sender.failRoom(roomId, text)
      this.listeners.get(roomId)?.refused(error.code, text)
      return
    }
    setTimeout(() => {
      if (feed?.phase === 'joining') this.join(feed)
    }, error.after_ms ?? REJOIN_MS)
  }
}
