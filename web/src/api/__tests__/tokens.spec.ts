import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { type KeyValue, memoryStore } from '@/lib/storage'

import { ApiError } from '../errors'
import { authorisedFetch } from '../http'
import { type Tokens, TokenStore } from '../tokens'

const tokens = (name: string, livesMs = 900_000): Tokens => ({
  access: `a-${name}`,
  refresh: `r-${name}`,
  expiresAt: Date.now() + livesMs,
})
const refused = () => new ApiError('no', { status: 401, code: 'bad_refresh_token' })

let store: KeyValue
const made: TokenStore[] = []
function open(
  exchange: (refresh: string) => Promise<Tokens>,
  first: Tokens | null = tokens('1'),
): TokenStore {
  if (first) store.set('hallway.login', JSON.stringify(first))
  const opened = new TokenStore(exchange, store)
  made.push(opened)
  return opened
}

beforeEach(() => void (store = memoryStore()))
afterEach(() => made.splice(0).forEach((each) => each.dispose()))

describe('TokenStore', () => {
  it('renews one time for all that ask', async () => {
    const exchange = vi.fn(() => Promise.resolve(tokens('2')))
    const kept = open(exchange, tokens('1', 10_000))
    expect(await Promise.all([kept.fresh(), kept.fresh(), kept.fresh()])).toEqual(['a-2', 'a-2', 'a-2'])
    expect(exchange).toHaveBeenCalledOnce()
    expect(exchange).toHaveBeenCalledWith('r-1')
  })

  it('does not renew what is good', async () => {
    const exchange = vi.fn()
    expect(await open(exchange).fresh()).toBe('a-1')
    expect(exchange).not.toHaveBeenCalled()
  })

  it('takes what another tab has renewed', async () => {
    const exchange = vi.fn()
    const kept = open(exchange)
    store.set('hallway.login', JSON.stringify(tokens('2')))
    expect((await kept.refresh('a-1')).access).toBe('a-2')
    expect(exchange).not.toHaveBeenCalled()
  })

  it('hears of another tab, signing in, renewing and out', () => {
    const kept = open(vi.fn())
    const heard = vi.fn()
    kept.subscribe(heard)
    const tell = () => window.dispatchEvent(new StorageEvent('storage', { key: 'hallway.login' }))
    store.set('hallway.login', JSON.stringify(tokens('2')))
    tell()
    expect(heard).toHaveBeenLastCalledWith(expect.objectContaining({ access: 'a-2' }), null)
    store.remove('hallway.login')
    tell()
    expect(heard).toHaveBeenLastCalledWith(null, expect.stringContaining('another tab'))
  })

  it('ends the login when the refresh token is refused', async () => {
    const kept = open(() => Promise.reject(refused()))
    const heard = vi.fn()
    kept.subscribe(heard)
    await expect(kept.refresh('a-1')).rejects.toMatchObject({ code: 'signed_out' })
    expect(kept.current).toBeNull()
    expect(store.get('hallway.login')).toBeNull()
    expect(heard).toHaveBeenCalledWith(null, expect.any(String))
  })

  it('keeps the login when the server is away', async () => {
    const kept = open(() => Promise.reject(ApiError.of('network')))
    await expect(kept.refresh('a-1')).rejects.toMatchObject({ code: 'network' })
    expect(kept.current?.access).toBe('a-1')
  })

  it('stays signed out when the answer to a refresh comes late', async () => {
    let answer: (next: Tokens) => void = () => undefined
    const kept = open(() => new Promise((resolve) => (answer = resolve)))
    const pending = kept.refresh('a-1')
    await vi.waitFor(() => expect(answer.length).toBe(1))
    kept.set(null)
    answer(tokens('2'))
    await expect(pending).rejects.toMatchObject({ code: 'signed_out' })
    expect(store.get('hallway.login')).toBeNull()
  })

  it.each(['{', '{"access":1}', 'null', '"x"'])('ignores broken storage: %s', (text) => {
    store.set('hallway.login', text)
    expect(open(vi.fn(), null).current).toBeNull()
  })
})

describe('authorisedFetch', () => {
  const answer = (status: number, body: unknown = {}) => new Response(JSON.stringify(body), { status })
  const request = () => new Request('http://localhost/api/v1/users/me', { method: 'PATCH', body: '{"a":1}' })
  const bearer = (call: unknown[]) => (call[0] as Request).headers.get('authorization')

  it('sends once more with a new token after 401, body and all', async () => {
    const fetched = vi.fn().mockResolvedValueOnce(answer(401)).mockResolvedValueOnce(answer(200))
    vi.stubGlobal('fetch', fetched)
    const response = await authorisedFetch(open(() => Promise.resolve(tokens('2'))))(request())
    expect(response.status).toBe(200)
    expect(fetched.mock.calls.map(bearer)).toEqual(['Bearer a-1', 'Bearer a-2'])
    expect(await (fetched.mock.calls[1]?.[0] as Request).text()).toBe('{"a":1}')
  })

  it('signs out when the new token is refused too', async () => {
    vi.stubGlobal(
      'fetch',
      vi.fn(() => Promise.resolve(answer(401, { code: 'session_revoked', detail: 'x' }))),
    )
    const kept = open(() => Promise.resolve(tokens('2')))
    await expect(authorisedFetch(kept)(request())).rejects.toMatchObject({ status: 401 })
    expect(kept.current).toBeNull()
  })

  it('tells what went wrong in words', async () => {
    vi.stubGlobal(
      'fetch',
      vi.fn(() => Promise.reject(new TypeError('failed'))),
    )
    await expect(authorisedFetch(open(vi.fn()))(request())).rejects.toMatchObject({
      code: 'network',
      status: 0,
      message: 'The server cannot be reached.',
    })
  })
})
