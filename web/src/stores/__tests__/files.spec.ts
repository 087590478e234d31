import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { toAttachment } from '@/lib/attachments'
import { apply, merge } from '@/lib/timeline'
import { FakeSocket } from '@/realtime/__tests__/fake-socket'
import { Outbox } from '@/realtime/outbox'

import { useConversation } from '../conversation'
import { useFiles } from '../files'
import { usePins } from '../pins'
import { useSession } from '../session'
import { ackOf, chat, label, mine, openPage, opened, page, sent, ts, welcome } from './server'

const wire = (id: number, more: object = {}) => ({
  id,
  name: `${id}.png`,
  content_type: 'image/png',
  size: 9,
  width: 4,
  height: 3,
  url: `/api/v1/attachments/${id}/content`,
  created_at: ts,
  ...more,
})

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
})
afterEach(async () => {
  await useSession().signOut()
  vi.useRealTimers()
})
const settled = () => vi.advanceTimersByTimeAsync(1)

describe('a message with files', () => {
  it('needs no text, goes out with their numbers, and shows them at once', async () => {
    const conversation = await opened()
    expect(() => conversation.send('  ')).toThrow('There is nothing to send.')
    conversation.send('', { attachments: [toAttachment(wire(5)), toAttachment(wire(6))] })
    const [frame] = sent()
    expect(frame).toMatchObject({ message: '', attachments: [5, 6] })
    expect(conversation.messages.at(-1)?.attachments.map(({ id }) => id)).toEqual([5, 6])
    FakeSocket.last.say(ackOf(frame!.id, 3)).say({
      ...mine(frame!.id, 3, ''),
      attachments: [wire(5), wire(6)],
    })
    expect(conversation.messages.at(-1)).toMatchObject({
      status: 'sent',
      attachments: [{ id: 5 }, { id: 6 }],
    })
  })

  it('says nothing of files where there are none', async () => {
    const conversation = await opened()
    conversation.send('plain')
    expect(sent()[0]).not.toHaveProperty('attachments')
  })

  it('keeps them over a reload, and no nonsense', async () => {
    const conversation = await opened()
    FakeSocket.last.cut()
    conversation.send('later', { attachments: [toAttachment(wire(5))] })
    const [key = ''] = Object.keys(localStorage).filter((name) => name.startsWith('hallway.outbox.1.'))
    const entry = JSON.parse(localStorage.getItem(key) ?? '{}') as { attachments: unknown[] }
    localStorage.setItem(
      key,
      JSON.stringify({ ...entry, attachments: [...entry.attachments, { id: 'x' }, 7] }),
    )
    expect(new Outbox(1).ofRoom(7)).toMatchObject([
      { body: 'later', attachments: [{ id: 5, name: '5.png' }] },
    ])
    localStorage.setItem(key, JSON.stringify({ ...entry, attachments: undefined }))
    expect(new Outbox(1).ofRoom(7)).toMatchObject([{ body: 'later', attachments: [] }])
  })
})

describe('in the log', () => {
  const me = { id: 1, username: 'alice' }
  const pinned = (seq: number, on: boolean) =>
    ({ type: 'pinned', ...label, seq, ts, user: 'bob', user_id: 2, message_id: 101, on }) as const

  it('a pin comes and goes, and goes with its message', () => {
    const plain = merge([], [chat(1)], me)
    const on = apply(plain, pinned(2, true), me)
    expect(on[0]?.pinned).toBe(true)
    expect(apply(on, pinned(3, true), me)).toBe(on)
    expect(apply(on, pinned(3, false), me)[0]?.pinned).toBe(false)
    const gone = apply(on, { type: 'message_deleted', ...label, message_id: 101, seq: 3, ts }, me)
    expect(gone[0]).toMatchObject({ pinned: false, attachments: [] })
    expect(merge([], [chat(1, { pinned: true })], me)[0]?.pinned).toBe(true)
  })

  it('files go with their message', () => {
    const withFile = merge([], [chat(1, { attachments: [wire(5)] })], me)
    expect(withFile[0]?.attachments).toHaveLength(1)
    const gone = apply(withFile, { type: 'message_deleted', ...label, message_id: 101, seq: 2, ts }, me)
    expect(gone[0]?.attachments).toEqual([])
  })
})

describe('the address of a file', () => {
  const signed = '/api/v1/attachments/5/content?token=t1'

  it('is its own where it is signed, else it is asked for', async () => {
    await openPage({ 'GET /attachments/5': wire(5, { url: signed, thumbnail_url: `${signed}&small` }) })
    const files = useFiles()
    expect(files.address(toAttachment(wire(5, { url: signed })))?.url).toBe(signed)
    const file = toAttachment(wire(5))
    expect(files.address(file)).toBeNull()
    await files.renew(5)
    expect(files.address(file)).toMatchObject({ url: signed, thumbnailUrl: `${signed}&small` })
  })

  it('is asked for once, however many want it', async () => {
    await openPage({ 'GET /attachments/5': wire(5, { url: signed }) })
    const ask = vi.spyOn(globalThis, 'fetch')
    const files = useFiles()
    await Promise.all([files.renew(5), files.renew(5), files.renew(5)])
    expect(ask).toHaveBeenCalledTimes(1)
  })

  it('of what I send is the one that the upload came with, though my own message comes without', async () => {
    const conversation = await opened()
    conversation.send('', { attachments: [toAttachment(wire(5, { url: signed }))] })
    const { id } = sent()[0]!
    FakeSocket.last.say({ ...mine(id, 3, ''), attachments: [wire(5)] })
    const [file] = conversation.messages.at(-1)!.attachments
    expect(file?.url).not.toContain('token')
    expect(useFiles().address(file!)?.url).toBe(signed)
  })

  it('is told when there is none', async () => {
    await openPage()
    await expect(useFiles().renew(404)).rejects.toMatchObject({ status: 404 })
  })
})

describe('pins', () => {
  const pin = (id: number, content: string) => ({
    message: { id, room_id: 7, seq: id - 100, username: 'bob', user_id: 2, content, created_at: ts },
    pinned_by: 'alice',
    pinned_at: ts,
  })
  const bodies = () => usePins(7).list.map(({ message }) => message.body)

  it('follow what happens in the room', async () => {
    const answers = await openPage({ 'GET /rooms/7/pins': page([pin(102, 'two'), pin(101, 'one')]) })
    const pins = usePins(7)
    await pins.load()
    expect(bodies()).toEqual(['two', 'one'])
    let seq = 2
    const say = (frame: object) => FakeSocket.last.say({ ...label, ts, seq: (seq += 1), ...frame })
    FakeSocket.last.banner()
    useConversation(7).open()
    welcome([chat(1), chat(2)])
    say({ type: 'message_updated', message_id: 101, content: 'ONE', edited_at: ts })
    expect(bodies()).toEqual(['two', 'ONE'])
    say({ type: 'message_deleted', message_id: 102 })
    expect(bodies()).toEqual(['ONE'])
    answers['GET /rooms/7/pins'] = page([pin(103, 'three'), pin(101, 'ONE')])
    say({ type: 'pinned', message_id: 103, on: true, user: 'bob', user_id: 2 })
    await settled()
    expect(bodies()).toEqual(['three', 'ONE'])
    say({ type: 'pinned', message_id: 101, on: false, user: 'bob', user_id: 2 })
    expect(bodies()).toEqual(['three'])
  })

  it('stay what they were when they cannot be loaded again', async () => {
    const answers = await openPage({ 'GET /rooms/7/pins': page([pin(101, 'one')]) })
    const pins = usePins(7)
    await pins.load()
    answers['GET /rooms/7/pins'] = new Response('{"code":"internal"}', { status: 500 })
    await pins.load()
    expect(bodies()).toEqual(['one'])
    expect(pins.error).not.toBeNull()
  })
})
