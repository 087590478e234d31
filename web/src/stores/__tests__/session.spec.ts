import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { resetApi } from '@/api/rest'
import { FakeSocket, settle } from '@/realtime/__tests__/fake-socket'

import { useConnection } from '../connection'
import { useSession } from '../session'
import { alice, openPage, page, ts } from './server'

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
})
afterEach(async () => {
  await useSession().signOut()
  vi.useRealTimers()
})

const pair = {
  access_token: 'a2',
  refresh_token: 'r2',
  token_type: 'bearer',
  expires_in: 900,
  session_id: 's',
}
const problem = (status: number, code: string) =>
  new Response(JSON.stringify({ code, detail: code }), { status })

describe('restoring', () => {
  it('is anonymous without a login', async () => {
    setActivePinia(createPinia())
    resetApi()
    await useSession().restore()
    expect(useSession()).toMatchObject({ status: 'anonymous', user: null })
  })

  it('is signed in with a login that the server takes', async () => {
    await openPage()
    expect(useSession()).toMatchObject({ status: 'signed-in', user: { username: 'alice' } })
    expect(FakeSocket.last.protocols[1]).toBe('bearer.a1')
  })

  it('opens with the user it knows while the server is away', async () => {
    await openPage()
    await openPage({ 'GET /users/me': problem(503, 'unavailable') })
    expect(useSession()).toMatchObject({ status: 'signed-in', user: { username: 'alice' } })
  })

  it('does not wait for a slow server when it knows the user', async () => {
    await openPage()
    setActivePinia(createPinia())
    resetApi()
    vi.stubGlobal('fetch', () => new Promise(() => undefined))
    await useSession().restore()
    expect(useSession()).toMatchObject({ status: 'signed-in', user: { username: 'alice' } })
  })

  it('signs out when the login that it knew has ended meanwhile', async () => {
    await openPage()
    const ended = {
      'GET /users/me': problem(401, 'session_revoked'),
      'POST /refresh': problem(401, 'bad_refresh_token'),
    }
    await openPage(ended)
    expect(useSession()).toMatchObject({ status: 'anonymous', user: null })
  })

  it('says why when the login has ended', async () => {
    await openPage({
      'GET /users/me': problem(401, 'session_revoked'),
      'POST /refresh': problem(401, 'bad_refresh_token'),
    })
    expect(useSession()).toMatchObject({ status: 'anonymous', user: null })
    expect(useSession().signedOutReason).toMatch(/ended/)
    expect(localStorage.getItem('hallway.login')).toBeNull()
  })
})

describe('signing in', () => {
  it('connects with the new token, and disconnects on signing out', async () => {
    const answers = await openPage({
      'GET /users/me': problem(401, 'x'),
      'POST /refresh': problem(401, 'bad_refresh_token'),
    })
    answers['GET /users/me'] = alice
    answers['POST /token'] = pair
    await useSession().signIn('alice', 'secret')
    await settle()
    expect(FakeSocket.last.protocols[1]).toBe('bearer.a2')
    expect(useConnection().state).toBe('connecting')
    const socket = FakeSocket.last
    await useSession().signOut()
    expect(socket.closedWith).toBe(1000)
    expect(useSession().status).toBe('anonymous')
  })

  it('stays anonymous with a wrong password', async () => {
    const answers = await openPage()
    await useSession().signOut()
    answers['POST /token'] = problem(401, 'wrong_password')
    await expect(useSession().signIn('alice', 'x')).rejects.toMatchObject({
      message: 'That username and password do not match.',
    })
    expect(useSession()).toMatchObject({ status: 'anonymous', signedOutReason: null })
  })

  it('is signed out by a revoked session, with the reason', async () => {
    await openPage()
    FakeSocket.last.banner().cut(4410)
    await settle()
    expect(useSession()).toMatchObject({
      status: 'anonymous',
      signedOutReason: 'You were signed out on this device.',
    })
  })

  it('shows a renewed token to the live connection', async () => {
    const answers = await openPage()
    answers['POST /refresh'] = pair
    FakeSocket.last.banner().say({ type: 'auth_expiring', expires_at: ts })
    await settle()
    expect(FakeSocket.last.sentOf('auth')).toEqual([{ type: 'auth', token: 'a2' }])
    expect(FakeSocket.all).toHaveLength(1)
  })
})

it('pages through logins, and ends them', async () => {
  const login = (id: string, current = false) => ({
    id,
    current,
    user_agent: null,
    ip: null,
    created_at: ts,
    last_used_at: ts,
    expires_at: ts,
  })
  const answers = await openPage({
    'GET /users/me/sessions': {
      ...page([login('a', true), login('b')]),
      total: 3,
      has_more: true,
      next_offset: 2,
    },
  })
  const session = useSession()
  await session.loadSessions()
  expect(session).toMatchObject({ sessionsState: 'ready', sessionsHaveMore: true })
  answers['GET /users/me/sessions'] = page([login('b'), login('c')])
  await session.loadSessions({ more: true })
  expect(session.sessions.map((each) => each.id)).toEqual(['a', 'b', 'c'])
  answers['DELETE /users/me/sessions/b'] = problem(404, 'session_not_found')
  await session.revokeSession('b')
  answers['DELETE /users/me/sessions'] = { revoked: 1 }
  expect(await session.revokeOthers()).toBe(1)
  expect(session.sessions.map((each) => each.id)).toEqual(['a'])
})
