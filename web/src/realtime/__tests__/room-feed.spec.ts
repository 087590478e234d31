import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { ClientFrame, RoomFrame } from '../frames'
import { RoomFeed } from '../room-feed'

const label = { room: 'den', room_id: 7 }
const ts = '2026-01-01T00:00:00.000000Z'

const joined = (head: number, epoch = 1): RoomFrame => ({
  type: 'joined',
  ...label,
  role: 'member',
  epoch,
  head,
  read_seq: 0,
  unread: 0,
  mentions: 0,
  is_muted: false,
})
const synced = (seq: number): RoomFrame => ({ type: 'synced', ...label, seq })
const event = (seq: number): RoomFrame => ({
  type: 'member_joined',
  ...label,
  user_id: 2,
  username: 'bob',
  seq,
  ts,
})
const fetched = (from: number, to: number): RoomFrame => ({ type: 'fetched', ...label, from, to })
const reset = (head: number, epoch = 2): RoomFrame => ({
  type: 'reset',
  ...label,
  reason: 'too_far',
  epoch,
  head,
})

function setup() {
  const sent: ClientFrame[] = []
  const delivered: RoomFrame[] = []
  const stalled = vi.fn()
  const feed = new RoomFeed(7, {
    send: (frame) => void sent.push(frame),
    deliver: (frame) => void delivered.push(frame),
    stalled,
  })
  const take = (...frames: RoomFrame[]) => frames.forEach((frame) => feed.receive(frame))
  const seqs = () => delivered.flatMap((frame) => (frame.type === 'member_joined' ? [frame.seq] : []))
  return { feed, sent, delivered, stalled, take, seqs }
}

function live(head = 5) {
  const made = setup()
  made.feed.join()
  made.take(joined(head), synced(head))
  return made
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('joining', () => {
  it('joins without a place at first, and goes live with synced', () => {
    const { feed, sent, take, seqs } = setup()
    feed.join()
    expect(sent).toEqual([{ type: 'join', room_id: 7 }])
    take(joined(5), { type: 'history', ...label, messages: [] }, synced(5))
    expect(feed.phase).toBe('live')
    expect(feed.position).toBe(5)
    take(event(6), event(7))
    expect(seqs()).toEqual([6, 7])
  })

  it('keeps events that come before synced until then', () => {
    const { feed, take, seqs } = setup()
    feed.join()
    take(joined(5), event(6), event(5))
    expect(seqs()).toEqual([])
    take(synced(5))
    expect(seqs()).toEqual([6])
  })

  it('resumes from where it was, dropping what it had', () => {
    const { feed, sent, take, seqs } = live(5)
    take(event(6))
    feed.disconnected()
    take(event(7))
    feed.join()
    expect(sent.at(-1)).toEqual({ type: 'join', room_id: 7, since: 6, epoch: 1 })
    take(joined(9), event(6), event(7), event(8), event(9), synced(9), event(10))
    expect(seqs()).toEqual([6, 7, 8, 9, 10])
  })

  it('begins anew after reset', () => {
    const { feed, take, delivered, seqs } = live(5)
    feed.disconnected()
    feed.join()
    take(joined(900, 2), reset(900), { type: 'history', ...label, messages: [] }, synced(900), event(901))
    expect(delivered.map((frame) => frame.type)).toContain('reset')
    expect(seqs()).toEqual([901])
    feed.disconnected()
    feed.join()
    expect(feed.position).toBe(901)
  })

  it('asks again when there is no answer, and says so in the end', async () => {
    const { feed, sent, stalled } = setup()
    feed.join()
    await vi.advanceTimersByTimeAsync(31_000)
    expect(sent).toHaveLength(3)
    expect(stalled).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(15_000)
    expect(stalled).toHaveBeenCalledOnce()
  })
})

describe('gaps', () => {
  it('drops repeats', () => {
    const { take, seqs } = live(5)
    take(event(6), event(6), event(3))
    expect(seqs()).toEqual([6])
  })

  it('asks for what is missing and keeps the order', () => {
    const { feed, sent, take, seqs } = live(5)
    take(event(9), event(10))
    expect(feed.phase).toBe('filling')
    expect(sent.at(-1)).toEqual({ type: 'fetch', room_id: 7, from: 6, to: 8 })
    expect(seqs()).toEqual([])
    take(event(6), event(7), event(11), event(8), fetched(6, 8))
    expect(seqs()).toEqual([6, 7, 8, 9, 10, 11])
    expect(feed.phase).toBe('live')
  })

  it('fills a second hole after the first', () => {
    const { sent, take, seqs } = live(5)
    take(event(7), event(10), event(6), fetched(6, 6))
    expect(sent.at(-1)).toEqual({ type: 'fetch', room_id: 7, from: 8, to: 9 })
    take(event(8), event(9), fetched(8, 9))
    expect(seqs()).toEqual([6, 7, 8, 9, 10])
  })

  it('goes on after a fetch that left something out', () => {
    const { feed, take, seqs } = live(5)
    take(event(9), event(6), event(7), fetched(6, 8))
    expect(feed.phase).toBe('live')
    expect(seqs()).toEqual([6, 7, 9])
  })

  it('takes a reset for an answer', () => {
    const { feed, take, seqs } = live(5)
    take(event(50), reset(50, 1), { type: 'history', ...label, messages: [] }, event(51))
    expect(feed.phase).toBe('live')
    expect(seqs()).toEqual([51])
  })

  it('resumes when a fetch is not answered', async () => {
    const { sent, take } = live(5)
    take(event(9))
    await vi.advanceTimersByTimeAsync(15_000)
    expect(sent.at(-1)).toEqual({ type: 'join', room_id: 7, since: 5, epoch: 1 })
  })

  it('passes over events of a sort that it does not know without a hole', () => {
    const { feed, sent, take, seqs } = live(5)
    const unknown = { type: 'poll', ...label, seq: 6, ts } as unknown as RoomFrame
    take(unknown, event(7))
    expect(feed.phase).toBe('live')
    expect(seqs()).toEqual([7])
    expect(sent.filter((frame) => frame.type === 'fetch')).toHaveLength(0)
  })

  it('finds a lost last event by the head', async () => {
    const { feed, sent, take } = live(5)
    feed.checkHead(5)
    feed.checkHead(7)
    take(event(6))
    await vi.advanceTimersByTimeAsync(3_000)
    expect(sent.at(-1)).toEqual({ type: 'fetch', room_id: 7, from: 7, to: 7 })
  })

  it('does not ask when the head was only ahead of frames under way', async () => {
    const { feed, sent, take } = live(5)
    feed.checkHead(6)
    take(event(6))
    await vi.advanceTimersByTimeAsync(3_000)
    expect(sent.filter((frame) => frame.type === 'fetch')).toHaveLength(0)
  })

  it('holds no more than a bound', () => {
    const { sent, take } = live(5)
    for (let seq = 10; seq < 2_020; seq += 1) take(event(seq))
    expect(sent.at(-1)).toMatchObject({ type: 'join', since: 5 })
  })
})

it('delivers any loss, delay and repetition once and in order', () => {
  // A simple generator, so that a failure can be repeated.
  let seed = 42
  const random = () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31
  for (let round = 0; round < 200; round += 1) {
    const { feed, sent, take, seqs } = live(0)
    let head = 0
    const answer = () => {
      for (const frame of sent.splice(0)) {
        if (frame.type === 'fetch') {
          for (let seq = frame.from; seq <= frame.to; seq += 1) take(event(seq))
          take(fetched(frame.from, frame.to))
        } else if (frame.type === 'join') {
          take(joined(head))
          for (let seq = (frame.since ?? 0) + 1; seq <= head; seq += 1) take(event(seq))
          take(synced(head))
        }
      }
    }
    sent.splice(0)
    for (let step = 0; step < 60; step += 1) {
      const dice = random()
      head += 1
      if (dice < 0.5) take(event(head))
      else if (dice < 0.7) take(event(head), event(Math.max(1, head - 2)))
      else if (dice < 0.8) {
        feed.disconnected()
        feed.join()
      }
      if (random() < 0.6) answer()
    }
    head += 1
    take(event(head))
    for (let turn = 0; turn < 100 && sent.length > 0; turn += 1) answer()
    expect(seqs()).toEqual(Array.from({ length: head }, (_, index) => index + 1))
  }
})
