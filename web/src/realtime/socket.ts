import { ApiError, messageOf } from '@/api/errors'

import { backoff, DEFAULT_BOUNDS, type RetryBounds } from './backoff'
import { afterClose, closeText, waitFromReason } from './close-codes'
import { type Banner, type ClientFrame, isBanner, parseFrame, type ServerFrame } from './frames'

export type SocketState = 'idle' | 'connecting' | 'online' | 'reconnecting' | 'offline'

export interface SocketStatus {
  state: SocketState
  nextAttemptAt: number | null
  attempt: number
  lastError: string | null
}

export interface SocketHooks {
  /** A good access token; `renew`: the last one was refused. Rejects with `signed_out` where the login has ended. */
  token(renew: boolean): Promise<string>
  /** Asks over REST whether the login still stands; a failed handshake says nothing. */
  verify(): Promise<void>
  onStatus(status: SocketStatus): void
  onOnline(banner: Banner): void
  onOffline(): void
  onFrame(frame: ServerFrame): void
  /** The login has ended. */
  onSignedOut(reason: string): void
}

const HANDSHAKE_MS = 15_000
/** How long any sign of life may take after a ping. */
const PONG_MS = 10_000
const FIRST_PING_S = 25

/**
 * The one socket of this page: connects, authenticates, listens for a heartbeat, and comes back after a loss. Knows
 * no rooms. All its states are left by exactly one of: the socket's own events, its one timer, `retryNow`, `stop`.
 */
export class Socket {
  private status: SocketStatus = { state: 'idle', nextAttemptAt: null, attempt: 0, lastError: null }
  private socket: WebSocket | null = null
  private bounds: RetryBounds = DEFAULT_BOUNDS
  private timer: ReturnType<typeof setTimeout> | undefined
  private heartbeat: ReturnType<typeof setTimeout> | undefined
  private heartbeatSeconds = FIRST_PING_S
  private awaitingPong = false
  private renewToken = false
  /** Names the attempt under way: what an older one still reports is not listened to. */
  private round = 0
  private plannedWaitMs: number | null = null

  constructor(
    private readonly url: () => string,
    private readonly hooks: SocketHooks,
    private readonly random: () => number = Math.random,
  ) {}

  get online(): boolean {
    return this.status.state === 'online'
  }

  start(): void {
    if (this.status.state !== 'idle') return
    window.addEventListener('online', this.onNetwork)
    window.addEventListener('offline', this.onNetworkLost)
    document.addEventListener('visibilitychange', this.onVisible)
    void this.connect('connecting')
  }

  stop(): void {
    window.removeEventListener('online', this.onNetwork)
    window.removeEventListener('offline', this.onNetworkLost)
    document.removeEventListener('visibilitychange', this.onVisible)
    this.drop(1000)
    this.renewToken = false
    this.show({ state: 'idle', nextAttemptAt: null, attempt: 0, lastError: null })
  }

  /** False: not connected, nothing was sent. */
  send(frame: ClientFrame): boolean {
    if (!this.online || this.socket?.readyState !== WebSocket.OPEN) return false
    this.socket.send(JSON.stringify(frame))
    return true
  }

  retryNow(): void {
    if (this.status.state === 'reconnecting' || this.status.state === 'offline')
      void this.connect('reconnecting')
  }

  /** Closes and comes back, with a new token. */
  reauthenticate(): void {
    this.renewToken = true
    this.drop(1000)
    void this.connect('reconnecting')
  }

  private show(change: Partial<SocketStatus>): void {
    this.status = { ...this.status, ...change }
    this.hooks.onStatus(this.status)
  }

  private async connect(state: 'connecting' | 'reconnecting'): Promise<void> {
    this.drop(1000)
    const round = this.round
    this.show({ state, nextAttemptAt: null })
    let token: string
    try {
      token = await this.hooks.token(this.renewToken)
    } catch (error) {
      if (round === this.round) this.failed(error)
      return
    }
    if (round !== this.round) return
    this.renewToken = false
    this.open(token, round)
  }

  private open(token: string, round: number): void {
    const socket = new WebSocket(this.url(), ['hallway.v1', `bearer.${token}`])
    this.socket = socket
    let opened = false
    socket.onopen = () => (opened = true)
    socket.onmessage = (event) => {
      if (round !== this.round) return
      if (this.awaitingPong) this.pingAfter(this.heartbeatSeconds)
      const frame = parseFrame(event.data)
      if (frame) this.received(frame)
    }
    socket.onclose = (event) => {
      if (round === this.round) void this.closed(event.code, event.reason, opened)
    }
    this.timer = setTimeout(() => {
      if (round === this.round) void this.closed(1006, '', true)
    }, HANDSHAKE_MS)
  }

  private received(frame: ServerFrame): void {
    if (isBanner(frame)) {
      clearTimeout(this.timer)
      this.bounds = { minMs: frame.retry.min_ms, maxMs: Math.max(frame.retry.min_ms, frame.retry.max_ms) }
      this.pingAfter(frame.heartbeatInterval || FIRST_PING_S)
      this.show({ state: 'online', nextAttemptAt: null, attempt: 0, lastError: null })
      this.hooks.onOnline(frame)
      return
    }
    if (frame.type === 'bye') this.plannedWaitMs = Math.round(this.random() * frame.after_ms)
    this.hooks.onFrame(frame)
  }

  private pingAfter(seconds: number): void {
    this.heartbeatSeconds = seconds
    this.awaitingPong = false
    clearTimeout(this.heartbeat)
    const spread = 0.9 + 0.2 * this.random()
    this.heartbeat = setTimeout(() => this.ping(), seconds * 1000 * spread)
  }

  /** Sends a ping; the socket counts as dead when nothing at all is heard after it. */
  private ping(): void {
    if (this.awaitingPong || !this.send({ type: 'ping' })) return
    clearTimeout(this.heartbeat)
    this.awaitingPong = true
    const { round } = this
    this.heartbeat = setTimeout(() => {
      if (round === this.round) void this.closed(1006, '', true)
    }, PONG_MS)
  }

  private async closed(code: number, reason: string, opened: boolean): Promise<void> {
    const wait = waitFromReason(reason) ?? this.plannedWaitMs
    this.drop(1000)
    switch (afterClose(code)) {
      case 'sign-out':
        this.show({ state: 'offline', nextAttemptAt: null, lastError: closeText(code) })
        this.hooks.onSignedOut(closeText(code))
        return
      case 'stop':
        this.show({ state: 'offline', nextAttemptAt: null, lastError: closeText(code) })
        return
      case 'refresh':
        this.renewToken = true
        break
      case 'resume':
    }
    const round = this.round
    this.comeBack(closeText(code), wait)
    if (opened) return
    // Browsers do not tell why a handshake failed. Only REST can say that it is the login.
    try {
      await this.hooks.verify()
    } catch (error) {
      if (round === this.round && error instanceof ApiError && error.code === 'signed_out') this.failed(error)
    }
  }

  private failed(error: unknown): void {
    if (error instanceof ApiError && error.code === 'signed_out') {
      this.drop(1000)
      this.show({ state: 'offline', nextAttemptAt: null, lastError: error.message })
      this.hooks.onSignedOut(error.message)
      return
    }
    const wait = error instanceof ApiError ? error.retryAfterMs : null
    this.comeBack(messageOf(error), wait)
  }

  private comeBack(lastError: string, waitMs: number | null): void {
    const attempt = this.status.attempt + 1
    if (navigator.onLine === false) {
      this.show({ state: 'offline', nextAttemptAt: null, attempt, lastError: 'This device is offline.' })
      return
    }
    const delay =
      waitMs === null
        ? backoff(attempt, this.bounds, this.random)
        : waitMs + this.bounds.minMs * this.random()
    this.timer = setTimeout(() => void this.connect('reconnecting'), delay)
    this.show({ state: 'reconnecting', nextAttemptAt: Date.now() + delay, attempt, lastError })
  }

  /** Lets go of the socket and of every timer. */
  private drop(code: number): void {
    const wasOnline = this.online
    const { socket } = this
    this.round += 1
    this.socket = null
    this.plannedWaitMs = null
    this.awaitingPong = false
    clearTimeout(this.timer)
    clearTimeout(this.heartbeat)
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null
      socket.close(code)
    }
    if (wasOnline) {
      this.status = { ...this.status, state: 'reconnecting' }
      this.hooks.onOffline()
    }
  }

  private readonly onNetwork = (): void => this.retryNow()

  private readonly onNetworkLost = (): void => {
    if (this.status.state === 'idle') return
    this.drop(1000)
    this.show({ state: 'offline', nextAttemptAt: null, lastError: 'This device is offline.' })
  }

  private readonly onVisible = (): void => {
    if (document.visibilityState !== 'visible') return
    // Timers of hidden pages run late: find out at once whether the socket is still alive.
    if (this.online) this.ping()
    else this.retryNow()
  }
}
