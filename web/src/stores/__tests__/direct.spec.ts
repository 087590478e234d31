import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { FakeSocket, settle } from '@/realtime/__tests__/fake-socket'

import { useConnection } from '../connection'
import { useConversation } from '../conversation'
import { usePeople } from '../people'
import { useRooms } from '../rooms'
import { useSession } from '../session'
import { ackOf, chat, joined, label, opened, openPage, page, reconnect, room, ts } from './server'

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
})
afterEach(async () => {
  await useSession().signOut()
  vi.useRealTimers()
})

const peer = (id: number, username: string) => ({ id, username, full_name: null })
const direct = (id: number, user: ReturnType<typeof peer>, more: object = {}) =>
  room(id, `@${user.username}`, { kind: 'direct', peer: user, last_message_at: ts, ...more })
const bob = peer(2, 'bob')
const said = (type: string, more: object = {}) => ({ type, ...label, ...more })

describe('direct conversations', () => {
  it('stand beside the rooms, and what is said in them is for me', async () => {
    await openPage({
      'GET /rooms/': page([
        room(7, 'den', { unread: 5, mentions: 1 }),
        room(8, 'loud', { unread: 9, mentions: 4, notify: 'nothing' }),
      ]),
      'GET /direct': page([
        direct(20, bob, { unread: 2 }),
        direct(21, peer(3, 'cleo'), { unread: 3, mentions: 1, notify: 'mentions' }),
      ]),
    })
    await useRooms().load()
    const rooms = useRooms()
    expect(rooms.places.map((each) => each.name)).toEqual(['loud', 'den'])
    expect(rooms.directs.map((each) => each.peer?.username)).toEqual(['cleo', 'bob'])
    expect(rooms.byPeer('bob')?.id).toBe(20)
    // 1 mention in the den, 2 of bob's, 1 mention of cleo's; nothing of what is muted.
    expect(rooms.totalCalls).toBe(4)
    expect(rooms.totalUnread).toBe(10)
  })

  it('that just began stay, although no list has them yet', async () => {
    const answers = await openPage({ 'POST /direct': direct(20, bob, { last_message_at: null }) })
    await useRooms().load()
    const begun = await useRooms().direct('@bob')
    expect(begun).toMatchObject({ id: 20, name: '@bob', kind: 'direct' })
    answers['GET /direct'] = page([])
    await useRooms().load()
    expect(useRooms().byPeer('bob')?.id).toBe(20)
  })

  it('that somebody else began are shown with the first message', async () => {
    const answers = await openPage({ 'GET /rooms/20': direct(20, bob, { last_message_at: null }) })
    await useRooms().load()
    FakeSocket.last.banner()
    await settle()
    FakeSocket.last.say({ type: 'room_added', room: '@bob', room_id: 20 })
    await settle()
    expect(useRooms().directs).toEqual([])
    answers['GET /rooms/20'] = direct(20, bob, { unread: 1 })
    FakeSocket.last.say({ type: 'room_activity', room: '@bob', room_id: 20, seq: 3, unread: 1, mentions: 0 })
    await settle()
    expect(useRooms().byPeer('bob')).toMatchObject({ unread: 1 })
  })

  it('are not lost to a list that was asked for before', async () => {
    const answers = await openPage({ 'POST /direct': direct(20, bob) })
    const loading = useRooms().load()
    await useRooms().direct('bob')
    await loading
    expect(useRooms().byPeer('bob')?.id).toBe(20)
    answers['DELETE /rooms/7/leave'] = {}
    const again = useRooms().load()
    await useRooms().leave(7)
    await again
    expect(useRooms().byId(7)).toBeUndefined()
  })
})

describe('who is online', () => {
  it('comes with the connection, changes, and is not known without one', async () => {
    await openPage()
    const online = () => ['bob', 'cleo', 'alice'].map((name) => usePeople().isOnline(name))
    expect(online()).toEqual([undefined, undefined, undefined])
    FakeSocket.last.banner()
    expect(online()).toEqual([false, false, true])
    FakeSocket.last.say({ type: 'online_state', users: ['bob'] })
    FakeSocket.last.say({ type: 'online', user: 'cleo', user_id: 3, online: true })
    FakeSocket.last.say({ type: 'online', user: 'bob', user_id: 2, online: false })
    expect(online()).toEqual([false, true, true])
    FakeSocket.last.say({ type: 'typing', room: '@bob', room_id: 20, user: 'bob', isTyping: true, ts })
    FakeSocket.last.say({ type: 'typing', ...label, user: 'dan', isTyping: true, ts })
    expect(usePeople().isOnline('bob')).toBe(true)
    expect(usePeople().isOnline('dan')).toBe(false)
    FakeSocket.last.cut()
    expect(online()).toEqual([undefined, undefined, undefined])
  })

  it('is not claimed of somebody whom I have just met', async () => {
    await openPage({ 'POST /direct': direct(20, bob) })
    FakeSocket.last.banner()
    await useRooms().direct('bob')
    FakeSocket.last.say({ type: 'room_added', room: '@cleo', room_id: 21 })
    expect([usePeople().isOnline('bob'), usePeople().isOnline('cleo')]).toEqual([undefined, undefined])
    FakeSocket.last.say({ type: 'online', user: 'bob', user_id: 2, online: false })
    FakeSocket.last.say({ type: 'presence_state', room: '@cleo', room_id: 21, users: ['cleo'], ts })
    expect([usePeople().isOnline('bob'), usePeople().isOnline('cleo')]).toEqual([false, true])
  })

  it('finds people, but nobody who is gone', async () => {
    const user = (id: number, username: string, disabled = false) => ({
      id,
      username,
      disabled,
      full_name: null,
    })
    await openPage({ 'GET /users/': [user(2, 'bob'), user(3, 'bobby', true)] })
    expect(await usePeople().search('@bo')).toEqual([{ id: 2, username: 'bob', fullName: null }])
  })
})

describe('counts', () => {
  it('are those of the server, not guesses', async () => {
    await openPage()
    await useRooms().load()
    FakeSocket.last.banner()
    FakeSocket.last.say(said('room_activity', { seq: 9, unread: 4, mentions: 2 }))
    expect(useRooms().byId(7)).toMatchObject({ unread: 4, mentions: 2 })
    FakeSocket.last.say(said('marked_unread', { seq: 2, unread: 6, mentions: 3 }))
    expect(useRooms().byId(7)).toMatchObject({ unread: 6, mentions: 3, lastSeq: 9 })
  })

  it('of a room that is followed come by the frames; a deletion is counted again by the server', async () => {
    await opened()
    await useRooms().load()
    FakeSocket.last.say(chat(3, { message: 'all', mentions_here: true })).say(chat(4, { message: '@alice' }))
    expect(useRooms().byId(7)).toMatchObject({ unread: 2, mentions: 1 })
    const answers = await openPage()
    answers['GET /rooms/7'] = room(7, 'den', { unread: 1, mentions: 0, last_seq: 5 })
    await useRooms().load()
    FakeSocket.last.banner()
    useConversation(7).open()
    FakeSocket.last.say(joined(4, { unread: 2, mentions: 1, read_seq: 2 })).say(said('synced', { seq: 4 }))
    FakeSocket.last.say(said('message_deleted', { message_id: 103, seq: 5, ts }))
    await vi.advanceTimersByTimeAsync(600)
    expect(useRooms().byId(7)).toMatchObject({ unread: 1, mentions: 0 })
  })

  it('follow my other devices', async () => {
    await opened()
    await useRooms().load()
    FakeSocket.last.say(chat(3, { mentions: ['alice'] })).say(chat(4))
    FakeSocket.last.say(said('read', { user: 'alice', seq: 3 }))
    expect(useRooms().byId(7)).toMatchObject({ unread: 1, mentions: 0 })
  })
})

describe('marking as unread', () => {
  it('stands, here and on my other devices, until the room is opened anew', async () => {
    const conversation = await opened([chat(1), chat(2), chat(3)])
    await useRooms().load()
    const marking = conversation.markUnread(102)
    const [frame] = FakeSocket.last.sentOf('mark_unread')
    expect(frame).toMatchObject({ room_id: 7, message_id: 102 })
    FakeSocket.last.say(said('marked_unread', { seq: 1, unread: 2, mentions: 0 }))
    FakeSocket.last.say(ackOf(String(frame?.id), 2))
    await marking
    expect(conversation).toMatchObject({ newCount: 2, firstUnreadSeq: 2 })
    expect(useRooms().byId(7)).toMatchObject({ unread: 2 })
    // It is in view, and still it stays.
    conversation.markRead(3)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(conversation.newCount).toBe(2)
    expect(FakeSocket.last.sentOf('read')).toEqual([])
    conversation.close()
    conversation.open()
    conversation.markRead(3)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(FakeSocket.last.sentOf('read')).toMatchObject([{ seq: 3 }])
    expect(useRooms().byId(7)).toMatchObject({ unread: 0 })
  })

  it('that happened while there was no connection is taken over', async () => {
    const conversation = await opened([chat(1), chat(2), chat(3)])
    await reconnect()
    FakeSocket.last.say(joined(3, { read_seq: 1, unread: 2 })).say(said('synced', { seq: 3 }))
    expect(conversation.newCount).toBe(2)
  })

  it('but what was read and could not be told is not forgotten', async () => {
    const conversation = await opened([chat(1)])
    FakeSocket.last.say(chat(2))
    conversation.markRead(2)
    await reconnect()
    FakeSocket.last.say(joined(2, { read_seq: 1, unread: 1 })).say(said('synced', { seq: 2 }))
    await settle()
    expect(conversation.newCount).toBe(0)
    expect(FakeSocket.last.sentOf('read')).toMatchObject([{ seq: 2 }])
  })
})

describe('marks of others', () => {
  const mark = (user: string, user_id: number, read_seq: number, delivered_seq = read_seq) => ({
    user,
    user_id,
    read_seq,
    delivered_seq,
  })

  it('come with joining and move on, never back', async () => {
    const conversation = await opened()
    await reconnect()
    FakeSocket.last
      .say(joined(2, { marks: [mark('alice', 1, 2), mark('bob', 2, 1)] }))
      .say(said('synced', { seq: 2 }))
    expect([...(conversation.marks ?? [])]).toEqual([['bob', { read: 1, delivered: 1 }]])
    FakeSocket.last.say(said('delivered', { user: 'bob', seq: 2 }))
    expect(conversation.marks?.get('bob')).toEqual({ read: 1, delivered: 2 })
    FakeSocket.last.say(said('read', { user: 'bob', seq: 2 })).say(said('read', { user: 'bob', seq: 1 }))
    expect(conversation.marks?.get('bob')).toEqual({ read: 2, delivered: 2 })
    FakeSocket.last.say(said('member_left', { user_id: 2, username: 'bob', seq: 3, ts }))
    expect(conversation.marks?.size).toBe(0)
  })

  it('are not kept in a large room, and nothing is told there', async () => {
    const conversation = await opened()
    FakeSocket.last.say(said('read', { user: 'bob', seq: 2 })).say(chat(3))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(conversation.marks).toBeNull()
    expect(FakeSocket.last.sentOf('delivered')).toEqual([])
  })

  it('what arrives and is not read is told as delivered, once for all that comes together', async () => {
    await opened()
    await reconnect()
    FakeSocket.last
      .say(joined(2, { marks: [mark('alice', 1, 2), mark('bob', 2, 2)] }))
      .say(said('synced', { seq: 2 }))
    FakeSocket.last.say(chat(3)).say(chat(4))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(FakeSocket.last.sentOf('delivered')).toMatchObject([{ room_id: 7, seq: 4 }])
    FakeSocket.last.say(chat(5))
    useConversation(7).markRead(5)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(FakeSocket.last.sentOf('delivered')).toHaveLength(1)
    expect(FakeSocket.last.sentOf('read')).toMatchObject([{ seq: 5 }])
  })
})

describe('what a room may tell', () => {
  it('is set at once, taken back where it was refused, and follows other devices', async () => {
    const answers = await openPage({ 'PUT /rooms/7/notifications': {} })
    await useRooms().load()
    FakeSocket.last.banner()
    await settle()
    await useRooms().setNotify(7, 'nothing')
    expect(useRooms().byId(7)?.notify).toBe('nothing')
    answers['PUT /rooms/7/notifications'] = new Response('{}', { status: 503 })
    await expect(useRooms().setNotify(7, 'all')).rejects.toMatchObject({ status: 503 })
    expect(useRooms().byId(7)?.notify).toBe('nothing')
    FakeSocket.last.say(said('notify_changed', { level: 'mentions' }))
    expect(useRooms().byId(7)?.notify).toBe('mentions')
  })
})

it('knows how long a message may be on this server', async () => {
  await openPage()
  expect(useConnection().messageChars).toBeNull()
  FakeSocket.last.banner()
  expect(useConnection().messageChars).toBe(8000)
})
