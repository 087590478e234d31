import { vi } from 'vitest'

import type { ClientFrame, ServerFrame } from '../frames'

/** Stands for the browser's WebSocket; tests play the server. */
export class FakeSocket {
  static readonly OPEN = 1
  static all: FakeSocket[] = []
  static get last(): FakeSocket {
    const socket = FakeSocket.all.at(-1)
    if (!socket) throw new Error('no socket was opened')
    return socket
  }

  readyState = 0
  sent: ClientFrame[] = []
  closedWith: number | null = null
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: ((event: { code: number; reason: string }) => void) | null = null

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    FakeSocket.all.push(this)
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientFrame)
  }

  close(code: number): void {
    this.readyState = 3
    this.closedWith = code
  }

  // What the server does.
  accept(): this {
    this.readyState = 1
    this.onopen?.()
    return this
  }

  say(frame: ServerFrame | Record<string, unknown>): this {
    this.onmessage?.({ data: JSON.stringify(frame) })
    return this
  }

  banner(): this {
    return this.accept().say({
      type: 'system',
      message: 'connected as alice',
      heartbeatInterval: 25,
      presenceMode: 'heartbeat',
      user: { id: 1, username: 'alice', full_name: null },
      limits: { frame_bytes: 65536, message_chars: 8000, rooms: 200, replay: 1000, upload_bytes: 1e8 },
      retry: { min_ms: 500, max_ms: 30000 },
    })
  }

  cut(code = 1006, reason = ''): void {
    this.readyState = 3
    this.onclose?.({ code, reason })
  }

  sentOf<T extends ClientFrame['type']>(type: T): Extract<ClientFrame, { type: T }>[] {
    return this.sent.filter((frame): frame is Extract<ClientFrame, { type: T }> => frame.type === type)
  }
}

export function installFakeSocket(): void {
  FakeSocket.all = []
  vi.stubGlobal('WebSocket', FakeSocket)
}

/** Lets promises that are settled already take effect. */
export async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0)
}
