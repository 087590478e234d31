import { explain } from '@/api/wording'

import type { AckFrame, ClientFrame, ErrorFrame } from './frames'
import type { Outbox, OutboxEntry } from './outbox'

export interface SenderHooks {
  send(frame: ClientFrame): boolean
  /** Whether the room is joined and up to date, so that a message may go out. */
  ready(roomId: number): boolean
  /** The server has it. */
  acked(entry: OutboxEntry, ack: AckFrame): void
  /** What waits in the room, or why, has changed. */
  changed(roomId: number): void
  resync(roomId: number): void
  reauthenticate(): void
}

const ACK_MS = 10_000
const MAX_TRIES = 4
/** The server takes 10 messages a second, 30 at once; this stays below, so that a long outbox is not refused. */
const BURST = 20
const PER_SECOND = 8
const DEFAULT_PAUSE_MS = 1_000

/** Sends what is in the outbox, in order, until each entry is acknowledged or has failed for good. */
export class Sender {
  /** Sent on this connection and not answered yet. */
  private readonly inFlight = new Map<string, ReturnType<typeof setTimeout>>()
  private readonly tries = new Map<string, number>()
  private readonly pausedUntil = new Map<number, number>()
  private allowance = BURST
  private refilledAt = Date.now()
  private wakeUp: ReturnType<typeof setTimeout> | undefined

  constructor(
    readonly outbox: Outbox,
    private readonly hooks: SenderHooks,
  ) {}

  add(entry: OutboxEntry): void {
    this.outbox.put(entry)
    this.hooks.changed(entry.roomId)
    this.flush(entry.roomId)
  }

  /** Tries a failed one again. */
  retry(clientId: string): void {
    const entry = this.outbox.get(clientId)
    if (!entry || entry.error === null) return
    this.tries.delete(clientId)
    this.add({ ...entry, error: null })
  }

  discard(clientId: string): void {
    const entry = this.outbox.get(clientId)
    if (entry) this.forget(entry)
  }

  /** Sends what waits in a room. */
  flush(roomId: number): void {
    if (!this.hooks.ready(roomId)) return
    const pause = (this.pausedUntil.get(roomId) ?? 0) - Date.now()
    if (pause > 0) {
      this.wakeAfter(pause)
      return
    }
    for (const entry of this.outbox.ofRoom(roomId)) {
      if (entry.error !== null || this.inFlight.has(entry.clientId)) continue
      if (!this.takeAllowance()) {
        this.wakeAfter(1000 / PER_SECOND)
        return
      }
      if (!this.transmit(entry)) return
    }
  }

  /** The connection is gone: whatever was not answered is sent again on the next one, under the same id. */
  disconnected(): void {
    for (const timer of this.inFlight.values()) clearTimeout(timer)
    this.inFlight.clear()
    this.pausedUntil.clear()
    clearTimeout(this.wakeUp)
    this.wakeUp = undefined
  }

  onAck(ack: AckFrame): void {
    const entry = this.outbox.get(ack.id)
    if (!entry) return
    this.hooks.acked(entry, ack)
    this.forget(entry)
    this.flush(entry.roomId)
  }

  /** The message itself came by: it is stored, whether or not its ack will still come. */
  onSeen(clientId: string): void {
    const entry = this.outbox.get(clientId)
    if (entry) this.forget(entry)
  }

  /** False: the error is about something else. */
  onError(error: ErrorFrame): boolean {
    const entry = error.id === undefined ? undefined : this.outbox.get(error.id)
    if (!entry) return false
    this.land(entry.clientId)
    switch (error.retry) {
      case 'after':
        this.pausedUntil.set(entry.roomId, Date.now() + (error.after_ms ?? DEFAULT_PAUSE_MS))
        this.flush(entry.roomId)
        break
      case 'reauth':
        this.hooks.reauthenticate()
        break
      case 'resync':
        this.hooks.resync(entry.roomId)
        break
      default:
        this.failed(entry, explain(error.code, error.message))
    }
    return true
  }

  /** Nothing can be delivered to this room any more. */
  failRoom(roomId: number, reason: string): void {
    for (const entry of this.outbox.ofRoom(roomId)) {
      if (entry.error === null) this.failed(entry, reason)
    }
  }

  private transmit(entry: OutboxEntry): boolean {
    const reply = entry.replyTo === null ? {} : { reply_to: entry.replyTo }
    const files = entry.attachments.length > 0 ? { attachments: entry.attachments.map(({ id }) => id) } : {}
    const { roomId, body, clientId } = entry
    if (!this.hooks.send({ type: 'chat', room_id: roomId, message: body, id: clientId, ...reply, ...files }))
      return false
    this.tries.set(clientId, (this.tries.get(clientId) ?? 0) + 1)
    this.inFlight.set(
      clientId,
      setTimeout(() => this.unanswered(clientId), ACK_MS),
    )
    return true
  }

  private unanswered(clientId: string): void {
    this.land(clientId)
    const entry = this.outbox.get(clientId)
    if (!entry) return
    if ((this.tries.get(clientId) ?? 0) >= MAX_TRIES) this.failed(entry, explain('timeout'))
    else this.flush(entry.roomId)
  }

  private failed(entry: OutboxEntry, error: string): void {
    this.land(entry.clientId)
    this.outbox.put({ ...entry, error })
    this.hooks.changed(entry.roomId)
  }

  private forget(entry: OutboxEntry): void {
    this.land(entry.clientId)
    this.tries.delete(entry.clientId)
    this.outbox.remove(entry.clientId)
    this.hooks.changed(entry.roomId)
  }

  private land(clientId: string): void {
    clearTimeout(this.inFlight.get(clientId))
    this.inFlight.delete(clientId)
  }

  private takeAllowance(): boolean {
    const now = Date.now()
    this.allowance = Math.min(BURST, this.allowance + ((now - this.refilledAt) / 1000) * PER_SECOND)
    this.refilledAt = now
    if (this.allowance < 1) return false
    this.allowance -= 1
    return true
  }

  private wakeAfter(ms: number): void {
    this.wakeUp ??= setTimeout(() => {
      this.wakeUp = undefined
      for (const roomId of this.outbox.waitingRooms()) this.flush(roomId)
    }, ms)
  }
}
