import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { ErrorFrame } from '@/realtime/frames'
import { FakeSocket, settle } from '@/realtime/__tests__/fake-socket'

import { useConnection } from '../connection'
import { useConversation } from '../conversation'
import { useRooms } from '../rooms'
import { useSession } from '../session'
import {
  ackOf,
  bodies,
  chat,
  joined,
  label,
  mine,
  opened,
  openPage,
  reconnect,
  sent,
  ts,
  welcome,
} from './server'

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
})
afterEach(async () => {
  await useSession().signOut()
  vi.useRealTimers()
})

describe('opening', () => {
  it('joins, shows history and who is there', async () => {
    const conversation = await opened()
    expect(conversation.state).toBe('ready')
    expect(bodies()).toEqual(['m1', 'm2'])
    expect(conversation.present).toEqual(['alice', 'bob'])
    expect(conversation.me).toMatchObject({ role: 'member', canModerate: false, muted: false })
  })

  it('is ready in a room without messages', async () => {
    await openPage()
    FakeSocket.last.banner()
    const conversation = useConversation(7)
    conversation.open()
    FakeSocket.last.say(joined(0)).say({ type: 'synced', ...label, seq: 0 })
    expect(conversation).toMatchObject({ state: 'ready', hasOlder: false, messages: [] })
  })

  it('opens before there is a connection', async () => {
    await openPage()
    const conversation = useConversation(7)
    conversation.open()
    expect(conversation.state).toBe('loading')
    FakeSocket.last.banner()
    welcome([chat(1)])
    expect(conversation.state).toBe('ready')
  })

  it.each<[ErrorFrame['code'], string]>([
    ['room_not_found', 'not_found'],
    ['room_is_private', 'private'],
    ['banned', 'banned'],
  ])('is lost for %s', async (code, reason) => {
    await openPage()
    FakeSocket.last.banner()
    const conversation = useConversation(7)
    conversation.open()
    FakeSocket.last.say({ type: 'error', message: 'x', code, retry: 'never' })
    expect(conversation).toMatchObject({ state: 'lost', lostReason: reason })
  })

  it('is lost when it is taken away, and what was to be sent fails', async () => {
    const conversation = await opened()
    conversation.send('late')
    FakeSocket.last.say({ type: 'room_removed', ...label, reason: 'banned' })
    expect(conversation).toMatchObject({ state: 'lost', lostReason: 'banned' })
    expect(conversation.messages).toMatchObject([{ body: 'late', status: 'failed' }])
  })

  it('puts the divider above the first message that is new', async () => {
    await openPage()
    FakeSocket.last.banner()
    const conversation = useConversation(7)
    conversation.open()
    welcome([chat(1), mine('c', 2, 'own'), chat(3)], { read_seq: 1, unread: 1 })
    expect(conversation.firstUnreadSeq).toBe(3)
    expect(conversation.newCount).toBe(1)
    conversation.markRead(3)
    expect(conversation.newCount).toBe(0)
    expect(conversation.firstUnreadSeq).toBe(3)
    await vi.advanceTimersByTimeAsync(400)
    expect(FakeSocket.last.sentOf('read')).toEqual([{ type: 'read', room_id: 7, seq: 3 }])
  })
})

describe('changing', () => {
  it('edits, deletes and reacts, and says when it did not work', async () => {
    const conversation = await opened([mine('c1', 1, 'old'), chat(2)])
    const editing = conversation.edit(101, 'new')
    const [frame] = FakeSocket.last.sentOf('edit')
    FakeSocket.last
      .say({ type: 'message_updated', ...label, message_id: 101, content: 'new', edited_at: ts, seq: 3, ts })
      .say(ackOf(frame!.id, 3))
    await editing
    expect(bodies()).toEqual(['new', 'm2'])

    const refused = conversation.remove(102)
    const { id } = FakeSocket.last.sentOf('delete')[0]!
    FakeSocket.last.say({
      type: 'error',
      id,
      message: 'not permitted',
      code: 'not_permitted',
      retry: 'never',
    })
    await expect(refused).rejects.toMatchObject({ code: 'not_permitted', message: 'You may not do that.' })

    const unanswered = conversation.react(102, '👍', true)
    const expectation = expect(unanswered).rejects.toMatchObject({ code: 'offline' })
    FakeSocket.last.cut()
    await expectation
    await expect(conversation.react(102, '👍', true)).rejects.toMatchObject({ code: 'offline' })
  })
})

describe('history', () => {
  const fifty = Array.from({ length: 50 }, (_, index) => chat(201 + index))

  it('pages back until there is no more', async () => {
    const conversation = await opened(fifty)
    expect(conversation.hasOlder).toBe(true)
    const loading = conversation.loadOlder()
    expect(FakeSocket.last.sentOf('history_more')).toEqual([
      { type: 'history_more', room_id: 7, before_id: 301 },
    ])
    FakeSocket.last.say({ type: 'history_more', ...label, messages: [chat(199), chat(200)], more: false })
    await loading
    expect(conversation.messages[0]?.body).toBe('m199')
    expect(conversation.hasOlder).toBe(false)
  })

  it('says when a page did not come', async () => {
    const conversation = await opened(fifty)
    const loading = conversation.loadOlder()
    FakeSocket.last.cut()
    await loading
    expect(conversation).toMatchObject({ loadingOlder: false, olderError: 'You are not connected.' })
  })

  it('shows a place in the past, and comes back to the end', async () => {
    const conversation = await opened(fifty)
    const loading = conversation.loadAround(110)
    FakeSocket.last.say({
      type: 'history_around',
      ...label,
      message_id: 110,
      messages: [chat(9), chat(10), chat(11)],
      before: true,
      after: true,
    })
    await loading
    expect(bodies()).toEqual(['m9', 'm10', 'm11'])
    FakeSocket.last.say(chat(251))
    expect(bodies()).toEqual(['m9', 'm10', 'm11'])
    expect(conversation).toMatchObject({ hasNewer: true, newCount: 1 })
    conversation.jumpToLatest()
    expect(bodies().at(-1)).toBe('m251')
    expect(conversation.hasNewer).toBe(false)
  })

  it('joins both parts once they meet', async () => {
    const conversation = await opened(fifty)
    const around = conversation.loadAround(299)
    FakeSocket.last.say({
      type: 'history_around',
      ...label,
      message_id: 299,
      messages: [chat(198), chat(199)],
      before: true,
      after: true,
    })
    await around
    const newer = conversation.loadNewer()
    FakeSocket.last.say({
      type: 'history_around',
      ...label,
      message_id: 299,
      messages: [chat(199), chat(200), chat(201)],
      before: true,
      after: true,
    })
    await newer
    expect(conversation.hasNewer).toBe(false)
    expect(bodies()).toEqual(Array.from({ length: 53 }, (_, index) => `m${198 + index}`))
  })

  it('begins anew after a reset and keeps what waits', async () => {
    const conversation = await opened()
    conversation.send('waiting')
    await reconnect()
    FakeSocket.last
      .say(joined(900, { epoch: 2 }))
      .say({ type: 'reset', ...label, reason: 'epoch_changed', epoch: 2, head: 900 })
      .say({ type: 'history', ...label, messages: [chat(899), chat(900)] })
      .say({ type: 'synced', ...label, seq: 900 })
    await settle()
    expect(bodies()).toEqual(['m899', 'm900', 'waiting'])
    expect(sent()).toHaveLength(1)
  })
})

describe('people', () => {
  it('shows who types until they stop, speak, leave or fall silent', async () => {
    const conversation = await opened()
    const typing = (user: string, isTyping = true) => ({ type: 'typing', ...label, user, isTyping, ts })
    for (const user of ['bob', 'carol', 'dave', 'erin', 'alice']) FakeSocket.last.say(typing(user))
    expect(conversation.typing).toEqual(['bob', 'carol', 'dave', 'erin'])
    FakeSocket.last.say(typing('carol', false)).say(chat(3))
    FakeSocket.last.say({ type: 'presence_diff', ...label, join: ['frank'], leave: ['dave'], ts })
    expect(conversation.typing).toEqual(['erin'])
    expect(conversation.present).toEqual(['alice', 'bob', 'frank'])
    await vi.advanceTimersByTimeAsync(5_000)
    expect(conversation.typing).toEqual([])
  })

  it('tells that I type, but not at every key', async () => {
    const conversation = await opened()
    for (let key = 0; key < 20; key += 1) {
      conversation.setTyping(true)
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(FakeSocket.last.sentOf('typing')).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(4_000)
    expect(FakeSocket.last.sentOf('typing').map((frame) => frame.isTyping)).toEqual([true, false])
  })

  it('follows my own standing, and the clock', async () => {
    const conversation = await opened()
    const until = new Date(Date.now() + 60_000).toISOString()
    const update = { type: 'member_update', ...label, user_id: 1, username: 'alice', ts }
    FakeSocket.last.say({ ...update, is_muted: true, muted_until: until, seq: 3 })
    expect(conversation.me).toMatchObject({ muted: true, mutedUntil: until })
    FakeSocket.last.say({ ...update, role: 'moderator', is_moderator: true, seq: 4 })
    expect(conversation.me).toMatchObject({ muted: true, canModerate: true })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(conversation.me).toMatchObject({ muted: false, role: 'moderator' })
  })
})

it('counts what is new in the list, each message once', async () => {
  await opened()
  await useRooms().load()
  FakeSocket.last
    .say(chat(3, { message: 'hey @alice', mentions: ['alice'] }))
    .say(chat(4, { message: '`@alice`' }))
    .say(chat(4))
    .say(mine('x', 5, 'own'))
  expect(useRooms().byId(7)).toMatchObject({ unread: 2, mentions: 1, lastSeq: 5 })
  useConversation(7).markRead(5)
  expect(useRooms().byId(7)).toMatchObject({ unread: 0, mentions: 0 })
})

it('keeps the draft over a reload, and forgets everything on signing out', async () => {
  const conversation = await opened()
  conversation.draft = 'half a thou'
  await vi.advanceTimersByTimeAsync(300)
  conversation.send('unsent')
  await openPage()
  expect(useConversation(7).draft).toBe('half a thou')
  await useSession().signOut()
  expect(useConversation(7).messages).toEqual([])
  expect(useConnection().state).toBe('idle')
  expect(Object.keys(localStorage).filter((key) => /outbox|draft|login|user/.test(key))).toEqual([])
})
