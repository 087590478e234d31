import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { FakeSocket, settle } from '@/realtime/__tests__/fake-socket'

import { useConversation } from '../conversation'
import { useMembers } from '../members'
import { useRooms } from '../rooms'
import { useSession } from '../session'
import { chat, joined, label, opened, openPage, page, reconnect, room, ts } from './server'

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
})
afterEach(async () => {
  await useSession().signOut()
  vi.useRealTimers()
})

const names = () => useRooms().list.map((entry) => entry.name)

describe('rooms', () => {
  it('puts the one with the latest message first, also on a new device', async () => {
    const at = (minute: number) => `2026-01-01T09:${String(minute).padStart(2, '0')}:00.000000Z`
    const stale = room(1, 'one', { last_message_at: at(1) })
    const busy = room(2, 'two', { last_message_at: at(30), created_at: at(0) })
    const silent = room(3, 'silent', { created_at: at(10) })
    await openPage({ 'GET /rooms/': page([stale, busy, silent, room(7, 'den')]) })
    await useRooms().load()
    expect(names()).toEqual(['two', 'silent', 'one', 'den'])
  })

  it('puts the one with something going on first, and keeps it there when the list is loaded again', async () => {
    await openPage({ 'GET /rooms/': page([room(1, 'one'), room(2, 'two'), room(7, 'den')]) })
    await useRooms().load()
    expect(names()).toEqual(['den', 'two', 'one'])
    FakeSocket.last.banner()
    FakeSocket.last.say({ type: 'room_activity', room: 'one', room_id: 1, seq: 4, unread: 3 })
    expect(names()).toEqual(['one', 'den', 'two'])
    expect(useRooms().byId(1)).toMatchObject({ unread: 3, lastSeq: 4 })
    expect(useRooms().totalUnread).toBe(3)
    await useRooms().load()
    expect(names()).toEqual(['one', 'den', 'two'])
    FakeSocket.last.say(chat(1, { room: 'two', room_id: 2, ts: new Date(Date.now() + 60_000).toISOString() }))
    expect(names()).toEqual(['two', 'one', 'den'])
  })

  it('does not count again what a resume brings again', async () => {
    await opened()
    await useRooms().load()
    FakeSocket.last.say(chat(3))
    expect(useRooms().byId(7)?.unread).toBe(1)
    await reconnect()
    const newcomer = { type: 'member_joined', ...label, user_id: 9, username: 'zoe', seq: 4, ts }
    FakeSocket.last
      .say(joined(5, { unread: 2, read_seq: 2 }))
      .say(newcomer)
      .say(chat(5))
    FakeSocket.last.say({ type: 'synced', ...label, seq: 5 })
    await settle()
    expect(useRooms().byId(7)).toMatchObject({ unread: 2, lastSeq: 5, memberCount: 2 })
    FakeSocket.last.say({ ...newcomer, seq: 6, user_id: 10, username: 'yan' })
    expect(useRooms().byId(7)).toMatchObject({ memberCount: 3 })
  })

  it('loads the list again after a reconnect', async () => {
    const answers = await openPage()
    await useRooms().load()
    FakeSocket.last.banner()
    answers['GET /rooms/'] = page([room(7, 'den'), room(8, 'made meanwhile')])
    await reconnect()
    expect(names()).toContain('made meanwhile')
  })

  it('follows renaming, and removal', async () => {
    await opened()
    await useRooms().load()
    FakeSocket.last.say({
      ...label,
      type: 'room_updated',
      name: 'nest',
      topic: 'eggs',
      kind: 'private',
      is_private: true,
      seq: 3,
      ts,
    })
    expect(useRooms().byName('nest')).toMatchObject({ topic: 'eggs', kind: 'private' })
    FakeSocket.last.say({ type: 'room_removed', ...label, reason: 'kicked' })
    expect(names()).toEqual([])
    expect(useConversation(7)).toMatchObject({ state: 'lost', lostReason: 'kicked' })
  })

  it('finds a room that it was added to', async () => {
    const answers = await openPage()
    await useRooms().load()
    FakeSocket.last.banner()
    answers['GET /rooms/9'] = room(9, 'secret', { kind: 'private', member_count: 5 })
    FakeSocket.last.say({ type: 'room_added', room: 'secret', room_id: 9 })
    await settle()
    expect(useRooms().byId(9)).toMatchObject({ name: 'secret', memberCount: 5, role: 'member' })
  })

  it('joins although it is in already, and says why not', async () => {
    const answers = await openPage()
    answers['POST /rooms/7/join'] = new Response('{"code":"already_member","detail":"already member"}', {
      status: 409,
    })
    answers['GET /rooms/7'] = room(7, 'den')
    expect(await useRooms().join(7)).toMatchObject({ name: 'den' })
    answers['POST /rooms/7/join'] = new Response('{"code":"room_is_private","detail":"x"}', { status: 403 })
    await expect(useRooms().join(7)).rejects.toMatchObject({ code: 'room_is_private' })
  })

  it('says that the list did not load, but keeps an old one', async () => {
    const answers = await openPage({ 'GET /rooms/': new Response('{}', { status: 503 }) })
    await useRooms().load()
    expect(useRooms()).toMatchObject({ state: 'error', list: [] })
    answers['GET /rooms/'] = page([room(7, 'den')])
    await useRooms().load()
    answers['GET /rooms/'] = new Response('{}', { status: 503 })
    await useRooms().load()
    expect(useRooms()).toMatchObject({ state: 'ready', list: [{ name: 'den' }] })
    expect(useRooms().error).toBeTruthy()
  })
})

describe('members', () => {
  const member = (user_id: number, username: string, role: string | null, more: object = {}) => ({
    user_id,
    username,
    role,
    full_name: null,
    is_moderator: role !== 'member',
    is_banned: false,
    is_muted: false,
    joined_at: ts,
    muted_until: null,
    banned_until: null,
    ...more,
  })

  it('shows who is here first, and follows roles and comings and goings', async () => {
    const conversation = await opened()
    expect(conversation.present).toEqual(['alice', 'bob'])
    const answers = await openPage({
      'GET /rooms/7/members': page([
        member(3, 'zoe', 'owner'),
        member(2, 'bob', 'member'),
        member(1, 'alice', 'moderator'),
      ]),
    })
    FakeSocket.last.banner()
    useConversation(7).open()
    FakeSocket.last
      .say(joined(2))
      .say({ type: 'presence_state', ...label, users: ['alice', 'bob'], ts })
      .say({ type: 'synced', ...label, seq: 2 })
    const members = useMembers(7)
    await members.load()
    const shown = () => members.list.map((each) => `${each.username}${each.online ? '*' : ''}`)
    expect(shown()).toEqual(['alice*', 'bob*', 'zoe'])
    FakeSocket.last.say({
      type: 'member_update',
      ...label,
      user_id: 2,
      username: 'bob',
      role: 'owner',
      is_moderator: true,
      seq: 3,
      ts,
    })
    FakeSocket.last.say({ type: 'presence_diff', ...label, join: ['zoe'], leave: ['alice'], ts })
    expect(shown()).toEqual(['bob*', 'zoe*', 'alice'])
    FakeSocket.last.say({ type: 'member_left', ...label, user_id: 3, username: 'zoe', seq: 4, ts })
    expect(shown()).toEqual(['bob*', 'alice'])
    expect(members.total).toBe(2)

    answers['POST /rooms/7/members/2/mute'] = member(2, 'bob', 'member', { is_muted: true })
    await members.setMuted(2, true, { seconds: 60 })
    expect(members.list[0]).toMatchObject({ username: 'bob', muted: true, mutedUntil: null })
    answers['POST /rooms/7/members/2/ban'] = new Response('{"code":"outranked","detail":"x"}', {
      status: 403,
    })
    await expect(members.setBanned(2, true)).rejects.toMatchObject({ code: 'outranked' })
    expect(members.list[0]?.banned).toBe(false)
  })
})
