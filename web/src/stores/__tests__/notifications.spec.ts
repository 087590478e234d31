import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { FakeSocket } from '@/realtime/__tests__/fake-socket'

import { useNotifications } from '../notifications'
import { useRooms } from '../rooms'
import { chat, label, openPage, opened, page, room, ts, welcome } from './server'

class FakeNotification {
  static permission: NotificationPermission = 'default'
  static all: FakeNotification[] = []
  static asked = 0
  static answer: NotificationPermission = 'granted'
  static requestPermission() {
    FakeNotification.asked += 1
    FakeNotification.permission = FakeNotification.answer
    return Promise.resolve(FakeNotification.answer)
  }
  static get open() {
    return FakeNotification.all.filter((one) => !one.closed)
  }
  closed = false
  onclick: (() => void) | null = null
  onclose: (() => void) | null = null
  constructor(
    readonly title: string,
    readonly options: NotificationOptions,
  ) {
    FakeNotification.all.push(this)
  }
  close() {
    this.closed = true
    this.onclose?.()
  }
}

let focused = false
beforeEach(() => {
  vi.useFakeTimers()
  FakeNotification.permission = 'granted'
  FakeNotification.all = []
  FakeNotification.asked = 0
  FakeNotification.answer = 'granted'
  focused = false
  vi.stubGlobal('Notification', FakeNotification)
  vi.stubGlobal('BroadcastChannel', undefined)
  vi.spyOn(document, 'hasFocus').mockImplementation(() => focused)
  localStorage.clear()
  localStorage.setItem('hallway.notifications', 'true')
})
afterEach(() => {
  vi.useRealTimers()
  localStorage.clear()
})

const pass = (ms = 700) => vi.advanceTimersByTimeAsync(ms)
const told = () => FakeNotification.all.map(({ title, options }) => [title, options.body])

async function listening(more: object = {}) {
  const answers = await openPage({ 'GET /rooms/': page([room(7, 'den', more)]) })
  await useRooms().load()
  useNotifications()
  FakeSocket.last.banner()
  await pass(1)
  return answers
}
const activity = (seq: number, unread: number, mentions = 0) =>
  FakeSocket.last.say({ type: 'room_activity', ...label, seq, unread, mentions })

describe('permission', () => {
  it('is asked for on an action, and only then', async () => {
    FakeNotification.permission = 'default'
    localStorage.clear()
    await listening()
    expect(FakeNotification.asked).toBe(0)
    const notifications = useNotifications()
    expect(notifications).toMatchObject({ permission: 'unasked', on: false, sound: false })
    await notifications.turnOn()
    expect(FakeNotification.asked).toBe(1)
    expect(notifications.on).toBe(true)
  })

  it('may be refused', async () => {
    FakeNotification.permission = 'default'
    FakeNotification.answer = 'denied'
    await listening()
    await useNotifications().turnOn()
    expect(useNotifications()).toMatchObject({ permission: 'denied', on: false })
  })
})

describe('a message in a room that is open in the background', () => {
  it('is told once, with those that came with it, in silence', async () => {
    await opened()
    await useRooms().load()
    FakeSocket.last.say(chat(3, { message: '**one**' })).say(chat(4, { message: 'two' }))
    await pass()
    expect(told()).toEqual([['bob in den', 'two']])
    expect(FakeNotification.all[0]?.options).toMatchObject({ silent: true, tag: 'hallway-room-7' })
  })

  it('is not told while somebody looks, nor are my own', async () => {
    await opened()
    await useRooms().load()
    FakeSocket.last.say(chat(3, { user: 'alice', user_id: 1 }))
    await pass()
    focused = true
    FakeSocket.last.say(chat(4))
    await pass()
    expect(told()).toEqual([])
  })

  it('says nothing of its text where that is not wanted', async () => {
    localStorage.setItem('hallway.notifications.preview', 'false')
    await opened()
    await useRooms().load()
    FakeSocket.last.say(chat(3, { message: 'secret' }))
    await pass()
    expect(told()).toEqual([['den', '1 new message']])
  })
})

describe('what happens in a room that is not open', () => {
  it('is told with the text of the last message', async () => {
    const answers = await listening()
    answers['GET /rooms/7/messages'] = page([
      {
        id: 105,
        room_id: 7,
        seq: 5,
        username: 'bob',
        user_id: 2,
        content: 'lunch?',
        mentions: [],
        created_at: ts,
      },
    ])
    activity(5, 2)
    await pass()
    expect(told()).toEqual([['bob in den', 'lunch?']])
  })

  it.each([
    ['nothing', 0],
    ['mentions', 0],
    ['all', 1],
  ])('follows the level %s', async (notify, count) => {
    await listening({ notify })
    activity(5, 2, 0)
    await pass()
    expect(FakeNotification.all).toHaveLength(count)
  })

  it('tells of mentions where only they count', async () => {
    await listening({ notify: 'mentions' })
    activity(5, 2, 1)
    await pass()
    expect(told()).toEqual([['den', 'You were mentioned']])
  })

  it('is not told when a message was only marked as unread', async () => {
    await listening({ last_seq: 9 })
    activity(9, 4, 1)
    await pass()
    expect(told()).toEqual([])
  })

  it('is taken back once it is read on another device, and not told when that was sooner', async () => {
    await listening()
    activity(5, 2)
    await pass()
    expect(FakeNotification.open).toHaveLength(1)
    activity(5, 0)
    await pass(1)
    expect(FakeNotification.open).toHaveLength(0)
    activity(6, 1)
    await pass(10)
    activity(6, 0)
    await pass()
    expect(FakeNotification.all).toHaveLength(1)
  })
})

it('opens the room when it is clicked', async () => {
  await listening()
  const open = vi.fn()
  useNotifications().onOpen(open)
  activity(5, 1)
  await pass()
  FakeNotification.all[0]?.onclick?.()
  expect(open).toHaveBeenCalledWith(expect.objectContaining({ id: 7 }))
  expect(FakeNotification.open).toHaveLength(0)
})

it('goes when it is turned off', async () => {
  await listening()
  activity(5, 1)
  await pass()
  useNotifications().turnOff()
  expect(FakeNotification.open).toHaveLength(0)
  activity(6, 2)
  await pass()
  expect(FakeNotification.all).toHaveLength(1)
})

it('tells once more of a room after a reconnect with what was missed', async () => {
  await opened()
  await useRooms().load()
  FakeSocket.last.cut()
  await pass(31_000)
  FakeSocket.last.banner()
  await pass(1)
  welcome([chat(3)], { unread: 1, read_seq: 2 })
  await pass()
  expect(FakeNotification.all).toHaveLength(1)
})
