import { type DurableFrame, isDurable, type ClientFrame, type RoomFrame } from './frames'

/**
 * `out`: not joined on this connection. `joining`: asked to. `syncing`: history or missed events are coming in.
 * `live`: every event is the next one. `filling`: one was missing, and was asked for.
 */
export type FeedPhase = 'out' | 'joining' | 'syncing' | 'live' | 'filling'

export interface FeedHooks {
  send(frame: ClientFrame): void
  /** In order, each event of the log once. */
  deliver(frame: RoomFrame): void
  /** The server does not answer, although the connection stands. */
  stalled(): void
}

const ANSWER_MS = 15_000
const HEAD_MS = 3_000
const MAX_HELD = 2_000
const MAX_TRIES = 3

/** Follows the log of one room over losses of the connection: every event once, in the order of the log. */
export class RoomFeed {
  private phaseNow: FeedPhase = 'out'
  private epoch: number | null = null
  /** Place of the last event that was delivered; null: nothing is held of this room. */
  private last: number | null = null
  private held: DurableFrame[] = []
  private timer: ReturnType<typeof setTimeout> | undefined
  private headTimer: ReturnType<typeof setTimeout> | undefined
  private tries = 0

  constructor(
    readonly roomId: number,
    private readonly hooks: FeedHooks,
  ) {}

  get phase(): FeedPhase {
    return this.phaseNow
  }

  get position(): number | null {
    return this.last
  }

  /** Joins, or resumes where it was. */
  join(): void {
    this.held = []
    this.enter('joining')
    const since = this.last === null ? {} : { since: this.last, epoch: this.epoch ?? undefined }
    this.hooks.send({ type: 'join', room_id: this.roomId, ...since })
  }

  /** The connection is gone; what was delivered stays. */
  disconnected(): void {
    this.tries = 0
    this.held = []
    this.enter('out')
  }

  /** Nothing is held any more: the next join begins with history. */
  forget(): void {
    this.last = null
    this.epoch = null
    this.disconnected()
  }

  receive(frame: RoomFrame): void {
    if (isDurable(frame)) {
      this.receiveEvent(frame)
      return
    }
    if (this.phaseNow === 'out') return
    switch (frame.type) {
      case 'joined':
        if (this.phaseNow !== 'joining') return
        this.epoch = frame.epoch
        this.enter('syncing')
        this.hooks.deliver(frame)
        return
      case 'reset':
        this.epoch = frame.epoch
        this.last = frame.head
        this.held = this.held.filter((event) => event.seq > frame.head)
        this.hooks.deliver(frame)
        // While joining, `synced` still follows; in the middle of the log nothing does.
        if (this.phaseNow === 'filling') this.becomeLive()
        return
      case 'synced':
        if (this.phaseNow !== 'syncing') return
        this.last = Math.max(this.last ?? 0, frame.seq)
        this.tries = 0
        this.hooks.deliver(frame)
        this.becomeLive()
        return
      case 'fetched':
        if (this.phaseNow !== 'filling') return
        this.last = Math.max(this.last ?? 0, frame.to)
        this.tries = 0
        this.becomeLive()
        return
      default:
        this.hooks.deliver(frame)
    }
  }

  /** The server says how far the log goes: finds out when the last events were lost. */
  checkHead(head: number): void {
    if (this.phaseNow !== 'live' || this.last === null || head <= this.last || this.headTimer !== undefined)
      return
    this.headTimer = setTimeout(() => {
      this.headTimer = undefined
      if (this.phaseNow === 'live' && this.last !== null && head > this.last) this.fill(head)
    }, HEAD_MS)
  }

  private receiveEvent(frame: DurableFrame): void {
    if (this.last !== null && frame.seq <= this.last) return
    switch (this.phaseNow) {
      case 'out':
      case 'joining':
        return
      case 'syncing':
        // Without a place to begin at, history stands for all that was before: events wait for `synced`.
        if (this.last === null) this.hold(frame)
        else this.pass(frame)
        return
      case 'live':
        if (frame.seq === (this.last ?? 0) + 1) {
          this.pass(frame)
          return
        }
        this.hold(frame)
        this.fill(frame.seq - 1)
        return
      case 'filling':
        if (frame.seq === (this.last ?? 0) + 1) this.pass(frame)
        else this.hold(frame)
    }
  }

  private pass(frame: DurableFrame): void {
    this.last = frame.seq
    this.hooks.deliver(frame)
  }

  private hold(frame: DurableFrame): void {
    this.held.push(frame)
    // More than this is cheaper to begin anew.
    if (this.held.length > MAX_HELD) this.join()
  }

  private fill(to: number): void {
    this.enter('filling')
    this.hooks.send({ type: 'fetch', room_id: this.roomId, from: (this.last ?? 0) + 1, to })
  }

  private becomeLive(): void {
    const waiting = this.held.sort((a, b) => a.seq - b.seq)
    this.held = []
    this.enter('live')
    for (const frame of waiting) this.receiveEvent(frame)
  }

  private enter(phase: FeedPhase): void {
    this.phaseNow = phase
    clearTimeout(this.timer)
    if (phase !== 'live') {
      clearTimeout(this.headTimer)
      this.headTimer = undefined
    }
    if (phase === 'out' || phase === 'live') return
    this.timer = setTimeout(() => this.unanswered(), ANSWER_MS)
  }

  private unanswered(): void {
    this.tries += 1
    if (this.tries < MAX_TRIES) {
      this.join()
      return
    }
    this.tries = 0
    this.hooks.stalled()
  }
}
