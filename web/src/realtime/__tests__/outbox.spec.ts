import { beforeEach, describe, expect, it } from 'vitest'

import { type KeyValue, memoryStore } from '@/lib/storage'

import { Outbox, type OutboxEntry } from '../outbox'

const entry = (clientId: string, more: Partial<OutboxEntry> = {}): OutboxEntry => ({
  clientId,
  roomId: 7,
  body: `text of ${clientId}`,
  replyTo: null,
  attachments: [],
  createdAt: 1_000,
  error: null,
  ...more,
})

let store: KeyValue
beforeEach(() => (store = memoryStore()))
const open = (userId = 1, now = 2_000) => new Outbox(userId, store, now)

describe('Outbox', () => {
  it('keeps entries over a reload, in order, until they are removed', () => {
    const before = open()
    before.put(entry('b', { createdAt: 2_000 }))
    before.put(entry('a', { createdAt: 1_000 }))
    before.put(entry('c', { createdAt: 3_000, roomId: 8 }))
    const after = open()
    expect(after.ofRoom(7).map((found) => found.clientId)).toEqual(['a', 'b'])
    expect(after.waitingRooms().sort()).toEqual([7, 8])
    after.remove('a')
    expect(open().ofRoom(7)).toEqual([entry('b', { createdAt: 2_000 })])
  })

  it('belongs to one account', () => {
    open(1).put(entry('a'))
    expect(open(12).ofRoom(7)).toEqual([])
    open(12).clear()
    expect(open(1).ofRoom(7)).toHaveLength(1)
  })

  it('leaves the entries of another tab alone', () => {
    const one = open()
    const other = open()
    one.put(entry('a'))
    other.put(entry('b'))
    one.remove('a')
    expect(
      open()
        .ofRoom(7)
        .map((found) => found.clientId),
    ).toEqual(['b'])
  })

  it('does not send by itself what has waited for a day', () => {
    open().put(entry('a'))
    const later = open(1, 1_000 + 25 * 3_600_000)
    expect(later.waitingRooms()).toEqual([])
    expect(later.get('a')?.error).toBeTruthy()
  })

  it('is full at its bound', () => {
    const box = open()
    for (let index = 0; index < 200; index += 1) box.put(entry(`e${index}`))
    expect(box.full).toBe(true)
  })

  it.each(['{', 'null', '[]', '{"clientId":5}'])('throws away broken storage: %s', (text) => {
    store.set('hallway.outbox.1.x', text)
    expect(open().ofRoom(7)).toEqual([])
    expect(store.keys('hallway.outbox.')).toEqual([])
  })
})
