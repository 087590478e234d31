import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { ApiError } from '@/api/errors'

import { Socket, type SocketHooks, type SocketStatus } from '../socket'
import { FakeSocket, installFakeSocket, settle } from './fake-socket'

function setup(overrides: Partial<SocketHooks> = {}) {
  const seen: SocketStatus[] = []
  const hooks = {
    token: vi.fn<SocketHooks['token']>(() => Promise.resolve('t1')),
    verify: vi.fn(() => Promise.resolve()),
    onStatus: vi.fn((status: SocketStatus) => void seen.push(status)),
    onOnline: vi.fn(),
    onOffline: vi.fn(),
    onFrame: vi.fn(),
    onSignedOut: vi.fn(),
    ...overrides,
  }
  // Without chance: the middle of every range.
  const socket = new Socket(
    () => 'ws://host/ws',
    hooks,
    () => 0.5,
  )
  const status = () => seen.at(-1)
  return { socket, hooks, status }
}

beforeEach(() => {
  vi.useFakeTimers()
  installFakeSocket()
})

const running: Socket[] = []
afterEach(() => {
  for (const socket of running.splice(0)) socket.stop()
  vi.useRealTimers()
})

async function online(overrides: Partial<SocketHooks> = {}) {
  const made = setup(overrides)
  running.push(made.socket)
  made.socket.start()
  await settle()
  FakeSocket.last.banner()
  return made
}

describe('connecting', () => {
  it('offers the protocol and the token, and is online with the banner', async () => {
    const { socket, hooks, status } = setup()
    running.push(socket)
    socket.start()
    await settle()
    expect(FakeSocket.last.protocols).toEqual(['hallway.v1', 'bearer.t1'])
    expect(status()?.state).toBe('connecting')
    FakeSocket.last.accept()
    expect(socket.online).toBe(false)
    expect(socket.send({ type: 'ping' })).toBe(false)
    FakeSocket.last.banner()
    expect(status()).toMatchObject({ state: 'online', attempt: 0, nextAttemptAt: null })
    expect(hooks.onOnline).toHaveBeenCalledOnce()
  })

  it('gives up a handshake that takes too long', async () => {
    const { socket, status } = setup()
    running.push(socket)
    socket.start()
    await settle()
    const first = FakeSocket.last
    await vi.advanceTimersByTimeAsync(15_000)
    expect(first.closedWith).not.toBeNull()
    expect(status()?.state).toBe('reconnecting')
  })

  it('does not open a socket once it was stopped while it waited for a token', async () => {
    let give: (token: string) => void = () => undefined
    const { socket } = setup({ token: () => new Promise((resolve) => (give = resolve)) })
    socket.start()
    socket.stop()
    give('late')
    await settle()
    expect(FakeSocket.all).toHaveLength(0)
  })
})

describe('coming back', () => {
  it.each([1001, 1006, 1011, 1012, 4001, 4003, 4008, 4429])('resumes after %i', async (code) => {
    const { hooks, status } = await online()
    FakeSocket.last.cut(code)
    expect(hooks.onOffline).toHaveBeenCalledOnce()
    expect(status()).toMatchObject({ state: 'reconnecting', attempt: 1 })
    expect(status()?.nextAttemptAt).toBe(Date.now() + 750)
    await vi.advanceTimersByTimeAsync(750)
    expect(FakeSocket.all).toHaveLength(2)
    FakeSocket.last.banner()
    expect(status()).toMatchObject({ state: 'online', attempt: 0 })
    expect(hooks.token).toHaveBeenLastCalledWith(false)
  })

  it.each([4400, 4401, 4402])('takes a new token after %i', async (code) => {
    const { hooks } = await online()
    FakeSocket.last.cut(code)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(FakeSocket.all).toHaveLength(2)
    expect(hooks.token).toHaveBeenLastCalledWith(true)
  })

  it.each([4403, 4410])('signs out after %i', async (code) => {
    const { hooks, status } = await online()
    FakeSocket.last.cut(code)
    await vi.advanceTimersByTimeAsync(120_000)
    expect(FakeSocket.all).toHaveLength(1)
    expect(hooks.onSignedOut).toHaveBeenCalledOnce()
    expect(status()?.state).toBe('offline')
  })

  it.each([4413, 4426])('stays away after %i', async (code) => {
    const { hooks, status } = await online()
    FakeSocket.last.cut(code)
    await vi.advanceTimersByTimeAsync(120_000)
    expect(FakeSocket.all).toHaveLength(1)
    expect(hooks.onSignedOut).not.toHaveBeenCalled()
    expect(status()?.state).toBe('offline')
    expect(status()?.lastError).toBeTruthy()
  })

  it('waits longer each time, up to the server bound', async () => {
    const { status } = await online()
    const waits: number[] = []
    FakeSocket.last.cut()
    for (let attempt = 0; attempt < 9; attempt += 1) {
      const wait = (status()?.nextAttemptAt ?? 0) - Date.now()
      waits.push(wait)
      await vi.advanceTimersByTimeAsync(wait)
      FakeSocket.last.cut()
      await settle()
    }
    expect(waits.slice(0, 4)).toEqual([750, 1250, 2250, 4250])
    expect(waits.at(-1)).toBe(15_250)
  })

  it('keeps to the wait that the server asked for', async () => {
    const { status } = await online()
    FakeSocket.last.say({ type: 'bye', after_ms: 4000, resume: true })
    FakeSocket.last.cut(4001)
    expect((status()?.nextAttemptAt ?? 0) - Date.now()).toBe(2000 + 250)
    await vi.advanceTimersByTimeAsync(2250)
    FakeSocket.last.banner().cut(4429, '{"after_ms":9000}')
    expect((status()?.nextAttemptAt ?? 0) - Date.now()).toBe(9000 + 250)
  })

  it('asks over REST when a handshake fails, and signs out when the login is gone', async () => {
    const { hooks, status } = await online({ verify: vi.fn(() => Promise.reject(ApiError.of('signed_out'))) })
    FakeSocket.last.cut()
    await vi.advanceTimersByTimeAsync(750)
    FakeSocket.last.cut()
    await settle()
    expect(hooks.onSignedOut).toHaveBeenCalledOnce()
    expect(status()?.state).toBe('offline')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(FakeSocket.all).toHaveLength(2)
  })

  it('goes on when REST is away too', async () => {
    const { hooks, status } = await online({ verify: vi.fn(() => Promise.reject(ApiError.of('network'))) })
    FakeSocket.last.cut()
    await vi.advanceTimersByTimeAsync(750)
    FakeSocket.last.cut()
    await settle()
    expect(hooks.onSignedOut).not.toHaveBeenCalled()
    expect(status()?.state).toBe('reconnecting')
  })

  it('retries when no token is to be had for the moment', async () => {
    const token = vi.fn().mockRejectedValueOnce(ApiError.of('network')).mockResolvedValue('t2')
    const { socket, status } = setup({ token })
    running.push(socket)
    socket.start()
    await settle()
    expect(status()).toMatchObject({ state: 'reconnecting', lastError: 'The server cannot be reached.' })
    await vi.advanceTimersByTimeAsync(750)
    expect(FakeSocket.last.protocols[1]).toBe('bearer.t2')
  })

  it('tries at once when asked to', async () => {
    const { socket, status } = await online()
    FakeSocket.last.cut()
    socket.retryNow()
    await settle()
    expect(FakeSocket.all).toHaveLength(2)
    expect(status()?.nextAttemptAt).toBeNull()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(FakeSocket.all).toHaveLength(2)
  })

  it('hears nothing any more of a socket it let go', async () => {
    const { socket, hooks } = await online()
    const old = FakeSocket.last
    socket.reauthenticate()
    await settle()
    FakeSocket.last.banner()
    old.say({ type: 'pong', ts: 1 })
    old.cut(4410)
    expect(hooks.onFrame).not.toHaveBeenCalled()
    expect(hooks.onSignedOut).not.toHaveBeenCalled()
    expect(socket.online).toBe(true)
  })
})

describe('the network', () => {
  it('is offline until the device is online again', async () => {
    const { status } = await online()
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
    window.dispatchEvent(new Event('offline'))
    expect(status()?.state).toBe('offline')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(FakeSocket.all).toHaveLength(1)
    window.dispatchEvent(new Event('online'))
    await settle()
    expect(FakeSocket.all).toHaveLength(2)
  })
})

describe('the heartbeat', () => {
  it('pings, and goes on when anything is heard', async () => {
    await online()
    await vi.advanceTimersByTimeAsync(25_000)
    expect(FakeSocket.last.sentOf('ping')).toHaveLength(1)
    FakeSocket.last.say({ type: 'pong', ts: 1 })
    await vi.advanceTimersByTimeAsync(25_000)
    expect(FakeSocket.last.sentOf('ping')).toHaveLength(2)
    expect(FakeSocket.all).toHaveLength(1)
  })

  it('takes silence after a ping for a dead connection', async () => {
    const { hooks, status } = await online()
    await vi.advanceTimersByTimeAsync(35_000)
    expect(hooks.onOffline).toHaveBeenCalledOnce()
    expect(status()?.state).toBe('reconnecting')
  })
})
