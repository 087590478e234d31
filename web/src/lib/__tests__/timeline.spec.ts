import { describe, expect, it } from 'vitest'

import type { ChatFrame, DurableFrame } from '@/realtime/frames'

import { apply, fromAck, insert, merge, type Timeline } from '../timeline'

const me = { id: 1, username: 'alice' }
const label = { room: 'den', room_id: 7 }
const ts = '2026-01-01T00:00:00.000000Z'
const chat = (seq: number, more: Partial<ChatFrame> = {}): ChatFrame => ({
  type: 'chat',
  ...label,
  user: 'bob',
  user_id: 2,
  message: `m${seq}`,
  message_id: 100 + seq,
  seq,
  ts,
  kind: 'text',
  ...more,
})
const run = (frames: DurableFrame[], from: Timeline = []) =>
  frames.reduce<Timeline>((timeline, frame) => apply(timeline, frame, me), from)
const updated = (seq: number, id: number, content: string): DurableFrame => ({
  type: 'message_updated',
  ...label,
  message_id: id,
  content,
  edited_at: ts,
  seq,
  ts,
})
const deleted = (seq: number, id: number): DurableFrame => ({
  type: 'message_deleted',
  ...label,
  message_id: id,
  seq,
  ts,
})
const reaction = (seq: number, user: string, on: boolean, emoji = '👍'): DurableFrame => ({
  type: 'reaction',
  ...label,
  message_id: 101,
  user,
  user_id: 9,
  emoji,
  on,
  seq,
  ts,
})

describe('timeline', () => {
  it('keeps the order of the log whatever the order of coming', () => {
    const timeline = run([chat(3), chat(1), chat(2)])
    expect(timeline.map((message) => message.seq)).toEqual([1, 2, 3])
  })

  it('shows a message once', () => {
    expect(run([chat(1), chat(1)])).toHaveLength(1)
    expect(merge(run([chat(1), chat(2)]), [chat(1), chat(2), chat(3)], me)).toHaveLength(3)
  })

  it('edits in place', () => {
    const [message] = run([chat(1), updated(2, 101, 'better')])
    expect(message).toMatchObject({ body: 'better', editedAt: ts })
  })

  it('leaves a tombstone, which no late edit brings back', () => {
    const [message] = run([chat(1), reaction(2, 'bob', true), deleted(3, 101), updated(2, 101, 'late')])
    expect(message).toMatchObject({ deleted: true, body: '', reactions: [] })
  })

  it('carries edits and deletes into replies', () => {
    const reply = chat(2, { reply_to: 101, reply: { message_id: 101, user: 'bob', message: 'm1' } })
    expect(run([chat(1), reply, updated(3, 101, '**new** words')])[1]?.replyTo?.excerpt).toBe('new words')
    expect(run([chat(1), reply, deleted(3, 101)])[1]?.replyTo?.excerpt).toBe('')
  })

  it('counts a reaction once per person', () => {
    const [message] = run([
      chat(1),
      reaction(2, 'bob', true),
      reaction(2, 'bob', true),
      reaction(3, 'alice', true),
    ])
    expect(message?.reactions).toEqual([{ emoji: '👍', users: ['bob', 'alice'], mine: true }])
  })

  it('takes a reaction back, and the group with the last one', () => {
    const on = [chat(1), reaction(2, 'bob', true), reaction(3, 'alice', true)]
    expect(run([...on, reaction(4, 'alice', false)])[0]?.reactions).toEqual([
      { emoji: '👍', users: ['bob'], mine: false },
    ])
    expect(run([...on, reaction(4, 'alice', false), reaction(5, 'bob', false)])[0]?.reactions).toEqual([])
  })

  it('ends the same when a replay shows the present state first', () => {
    const events = [reaction(2, 'bob', true), updated(3, 101, 'final'), reaction(4, 'bob', false)]
    const direct = run([chat(1), ...events])
    const present = chat(1, { message: 'final', edited_at: ts })
    expect(run([present, ...events])).toEqual(direct)
    expect(run(events, direct)).toEqual(direct)
  })

  it('does not show a message that was deleted before it was seen', () => {
    expect(run([chat(1, { deleted_at: ts, message: '' })])).toEqual([])
    expect(merge([], [chat(1, { deleted_at: ts, message: '' })], me)).toEqual([])
  })

  it('ignores events about messages that are not held', () => {
    const timeline = run([chat(1)])
    expect(run([updated(2, 999, 'x'), deleted(3, 999)], timeline)).toBe(timeline)
  })

  it('keeps the key of an acknowledged message when its own frame comes', () => {
    const entry = {
      clientId: 'c1',
      roomId: 7,
      body: 'hi',
      replyTo: null,
      attachments: [],
      createdAt: 1,
      error: null,
    }
    const ack = { type: 'ack', id: 'c1', ...label, message_id: 104, seq: 4, ts, duplicate: false } as const
    const sent = insert(run([chat(1)]), fromAck(entry, ack, me, null))
    const after = run([chat(4, { id: 'c1', user_id: 1, user: 'alice', message: 'hi' })], sent)
    expect(after.map((message) => message.key)).toEqual(['m101', 'c1'])
    expect(after[1]).toMatchObject({ status: 'sent', messageId: 104, mine: true })
  })

  it('does not believe the client ids of others', () => {
    const [message] = run([chat(1, { id: 'c1' })])
    expect(message).toMatchObject({ key: 'm101', clientId: null, mine: false })
  })
})
