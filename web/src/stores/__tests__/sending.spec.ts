import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { FakeSocket, settle } from '@/realtime/__tests__/fake-socket'

import { useConversation } from '../conversation'
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

describe('sending', () => {
  it('shows at once, and once', async () => {
    const conversation = await opened()
    conversation.send('hello')
    expect(conversation.messages.at(-1)).toMatchObject({ body: 'hello', status: 'sending', messageId: null })
    const { id } = sent()[0]!
    const key = conversation.messages.at(-1)?.key
    FakeSocket.last.say(ackOf(id, 3)).say(mine(id, 3, 'hello'))
    expect(bodies()).toEqual(['m1', 'm2', 'hello'])
    expect(conversation.messages.at(-1)).toMatchObject({ status: 'sent', messageId: 103, key })
  })

  it('shows once when the message comes before its ack', async () => {
    const conversation = await opened()
    conversation.send('hello')
    const { id } = sent()[0]!
    FakeSocket.last.say(mine(id, 3, 'hello'))
    expect(bodies()).toEqual(['m1', 'm2', 'hello'])
    FakeSocket.last.say(ackOf(id, 3))
    expect(bodies()).toEqual(['m1', 'm2', 'hello'])
    expect(conversation.messages.at(-1)?.status).toBe('sent')
  })

  it('sends again under the same id when the ack was lost, and shows it once', async () => {
    const conversation = await opened()
    conversation.send('hello')
    const { id } = sent()[0]!
    FakeSocket.last.cut()
    await vi.advanceTimersByTimeAsync(31_000)
    FakeSocket.last
      .banner()
      .say(joined(2))
      .say({ type: 'synced', ...label, seq: 2 })
    await settle()
    expect(sent()).toEqual([{ type: 'chat', room_id: 7, message: 'hello', id }])
    FakeSocket.last.say(ackOf(id, 3, true))
    expect(bodies()).toEqual(['m1', 'm2', 'hello'])
  })

  it('does not send again what a resume brings back', async () => {
    const conversation = await opened()
    conversation.send('hello')
    const { id } = sent()[0]!
    await reconnect()
    expect(FakeSocket.last.sentOf('join')).toEqual([{ type: 'join', room_id: 7, since: 2, epoch: 1 }])
    FakeSocket.last
      .say(joined(3))
      .say(mine(id, 3, 'hello'))
      .say({ type: 'synced', ...label, seq: 3 })
    await settle()
    expect(sent()).toEqual([])
    expect(conversation.messages.map((message) => message.status)).toEqual(['sent', 'sent', 'sent'])
  })

  it('sends what was written while offline, in order, once back', async () => {
    const conversation = await opened()
    FakeSocket.last.cut()
    conversation.send('one')
    conversation.send('two')
    expect(bodies()).toEqual(['m1', 'm2', 'one', 'two'])
    await vi.advanceTimersByTimeAsync(31_000)
    FakeSocket.last
      .banner()
      .say(joined(2))
      .say({ type: 'synced', ...label, seq: 2 })
    await settle()
    expect(sent().map((frame) => frame.message)).toEqual(['one', 'two'])
  })

  it('sends after a reload what was not acknowledged, also in a room that is not open', async () => {
    const conversation = await opened()
    conversation.send('before the reload')
    const { id } = sent()[0]!
    await openPage()
    FakeSocket.last.banner()
    expect(FakeSocket.last.sentOf('join')).toEqual([{ type: 'join', room_id: 7 }])
    welcome([chat(1), chat(2)])
    await settle()
    expect(sent()).toEqual([{ type: 'chat', room_id: 7, message: 'before the reload', id }])
    FakeSocket.last.say(ackOf(id, 3)).say(mine(id, 3, 'before the reload'))
    // The room was followed without being shown: opening it begins with history.
    useConversation(7).open()
    welcome([chat(1), chat(2), mine(id, 3, 'before the reload')])
    expect(bodies()).toEqual(['m1', 'm2', 'before the reload'])
  })

  it('takes history for an answer after a reload', async () => {
    const conversation = await opened()
    conversation.send('hello')
    const { id } = sent()[0]!
    await openPage()
    FakeSocket.last.banner()
    useConversation(7).open()
    welcome([chat(1), chat(2), mine(id, 3, 'hello')])
    await settle()
    expect(sent()).toEqual([])
    expect(bodies()).toEqual(['m1', 'm2', 'hello'])
  })

  it('says why it failed, and tries again under the same id', async () => {
    const conversation = await opened()
    conversation.send('hello')
    const { id } = sent()[0]!
    FakeSocket.last.say({ type: 'error', id, message: 'muted', code: 'muted', retry: 'never' })
    const failed = conversation.messages.at(-1)!
    expect(failed).toMatchObject({ status: 'failed', error: 'You are muted in this room.' })
    conversation.retry(failed.key)
    expect(conversation.messages.at(-1)?.status).toBe('sending')
    expect(sent().map((frame) => frame.id)).toEqual([id, id])
    FakeSocket.last.say({ type: 'error', id, message: 'muted', code: 'muted', retry: 'never' })
    conversation.discard(failed.key)
    expect(bodies()).toEqual(['m1', 'm2'])
  })

  it('waits as long as the server says', async () => {
    const conversation = await opened()
    conversation.send('hello')
    const { id } = sent()[0]!
    FakeSocket.last.say({
      type: 'error',
      id,
      message: 'x',
      code: 'rate_limited',
      retry: 'after',
      after_ms: 2_000,
    })
    await vi.advanceTimersByTimeAsync(1_900)
    expect(sent()).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(200)
    expect(sent()).toHaveLength(2)
    expect(conversation.messages.at(-1)?.status).toBe('sending')
  })

  it('asks again without an answer, and fails in the end', async () => {
    const conversation = await opened()
    conversation.send('hello')
    for (let step = 0; step < 50; step += 1) {
      await vi.advanceTimersByTimeAsync(1_000)
      FakeSocket.last.say({ type: 'pong', ts: 1 })
    }
    expect(sent()).toHaveLength(4)
    expect(conversation.messages.at(-1)?.status).toBe('failed')
  })

  it('keeps below the rate that the server takes', async () => {
    const conversation = await opened()
    for (let index = 0; index < 60; index += 1) conversation.send(`n${index}`)
    expect(sent()).toHaveLength(20)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(sent().length).toBeLessThanOrEqual(29)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(sent().map((frame) => frame.message)).toEqual(
      Array.from({ length: 60 }, (_, index) => `n${index}`),
    )
  })

  it.each(['', '  \n', 'x'.repeat(8_001)])('refuses what cannot be sent', async (body) => {
    const conversation = await opened()
    expect(() => conversation.send(body)).toThrow()
    expect(sent()).toEqual([])
  })

  it('quotes what it answers while it is on its way', async () => {
    const conversation = await opened()
    conversation.send('yes', { replyTo: 101 })
    expect(conversation.messages.at(-1)?.replyTo).toEqual({ messageId: 101, username: 'bob', excerpt: 'm1' })
    expect(sent()[0]).toMatchObject({ reply_to: 101 })
  })
})
