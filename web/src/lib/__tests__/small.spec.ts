import { describe, expect, it, vi } from 'vitest'

import { draftsOf } from '../drafts'
import { memoryStore, readJson } from '../storage'
import { formatDay, formatRelative } from '../time'
import { uuid } from '../uuid'

describe('time', () => {
  const now = new Date(2026, 4, 10, 12, 0)
  const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString()

  it.each([
    [0, 'just now'],
    [1, '1 minute ago'],
    [59, '59 minutes ago'],
    [61, '1 hour ago'],
    [11 * 60, '11 hours ago'],
    [13 * 60, 'yesterday'],
    [3 * 1440, '3 days ago'],
  ])('%i minutes', (minutes, text) => {
    expect(formatRelative(ago(minutes), now)).toBe(text)
  })

  it('names days', () => {
    expect(formatDay(ago(0), now)).toBe('Today')
    expect(formatDay(ago(1440), now)).toBe('Yesterday')
    // A clock that runs ahead.
    expect(formatDay(ago(-1440), now)).not.toBe('Today')
  })
})

describe('uuid', () => {
  const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

  it('works where the page is not secure', () => {
    vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array) => bytes.fill(0xff) })
    expect(uuid()).toMatch(pattern)
  })

  it('differs', () => {
    expect(uuid()).toMatch(pattern)
    expect(uuid()).not.toBe(uuid())
  })
})

describe('drafts', () => {
  it('keeps one per room and account, and none that is blank', () => {
    const store = memoryStore()
    draftsOf(1, store).save(7, 'hello')
    expect(draftsOf(1, store).load(7)).toBe('hello')
    expect(draftsOf(2, store).load(7)).toBe('')
    draftsOf(1, store).save(7, '  ')
    expect(store.keys('')).toEqual([])
  })

  it('keeps a bounded number', () => {
    const store = memoryStore()
    for (let room = 0; room < 60; room += 1) draftsOf(1, store).save(room, 'x')
    expect(store.keys('')).toHaveLength(50)
    expect(draftsOf(1, store).load(59)).toBe('x')
  })
})

it('reads broken JSON as nothing', () => {
  const store = memoryStore()
  store.set('a', '{')
  expect(readJson(store, 'a')).toBeNull()
  expect(readJson(store, 'b')).toBeNull()
})
