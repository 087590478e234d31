import { createPinia, setActivePinia } from 'pinia'
import { vi } from 'vitest'

import { resetApi } from '@/api/rest'
import { setCurrentLink } from '@/realtime/current'
import type { ChatFrame } from '@/realtime/frames'
import { FakeSocket, installFakeSocket, settle } from '@/realtime/__tests__/fake-socket'

import { useConnection } from '../connection'
import { useConversation } from '../conversation'
import { useSession } from '../session'

export const ts = '2026-01-01T00:00:00.000000Z'
export const label = { room: 'den', room_id: 7 }
export const alice = {
  id: 1,
  username: 'alice',
  email: null,
  full_name: null,
  disabled: false,
  is_active: true,
  created_at: ts,
}

export const chat = (seq: number, more: Partial<ChatFrame> = {}): ChatFrame => ({
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
export const joined = (head: number, more: object = {}) => ({
  type: 'joined',
  ...label,
  role: 'member',
  epoch: 1,
  head,
  read_seq: head,
  unread: 0,
  mentions: 0,
  is_muted: false,
  ...more,
})
export const room = (id: number, name: string, more: object = {}) => ({
  id,
  name,
  is_private: false,
  created_at: ts,
  kind: 'public',
  topic: null,
  role: 'member',
  member_count: 2,
  peer: null,
  unread: 0,
  mentions: 0,
  notify: 'all',
  last_seq: 0,
  epoch: 1,
  last_message_at: null,
  ...more,
})
export const page = <T>(items: T[]) => ({
  items,
  total: items.length,
  limit: 200,
  offset: 0,
  has_more: false,
  next_offset: null,
})

/** Answers of REST, by `METHOD /path`; tests change them as they go. */
export type Routes = Record<string, unknown>

/** A page that was just opened, with alice's login on the device. */
export async function openPage(routes: Routes = {}): Promise<Routes> {
  setActivePinia(createPinia())
  resetApi()
  setCurrentLink(null)
  installFakeSocket()
  const expiresAt = Date.now() + 900_000
  localStorage.setItem('hallway.login', JSON.stringify({ access: 'a1', refresh: 'r1', expiresAt }))
  const answers: Routes = {
    'GET /users/me': alice,
    'GET /rooms/': page([room(7, 'den')]),
    'GET /direct': page([]),
    ...routes,
  }
  vi.stubGlobal('fetch', (request: Request) => {
    const path = new URL(request.url).pathname.replace('/api/v1', '')
    const answer = answers[`${request.method} ${path}`]
    if (answer instanceof Response) return Promise.resolve(answer.clone())
    if (answer === undefined) return Promise.resolve(new Response('{"code":"not_found"}', { status: 404 }))
    return Promise.resolve(new Response(JSON.stringify(answer)))
  })
  await useSession().restore()
  useConnection()
  await settle()
  return answers
}

/** What a server says to a join: the room with these messages. */
export function welcome(messages: ChatFrame[], more: object = {}): void {
  const head = messages.at(-1)?.seq ?? 0
  FakeSocket.last
    .say(joined(head, more))
    .say({ type: 'presence_state', ...label, users: ['alice', 'bob'], ts })
    .say({ type: 'history', ...label, messages })
    .say({ type: 'synced', ...label, seq: head })
}

export const bodies = () => useConversation(7).messages.map((message) => message.body)
export const ackOf = (id: string, seq: number, duplicate = false) => ({
  type: 'ack',
  id,
  ...label,
  message_id: 100 + seq,
  seq,
  ts,
  duplicate,
})
export const mine = (id: string, seq: number, message: string) =>
  chat(seq, { id, user: 'alice', user_id: 1, message })

export async function opened(messages = [chat(1), chat(2)]) {
  await openPage()
  FakeSocket.last.banner()
  const conversation = useConversation(7)
  conversation.open()
  welcome(messages)
  await settle()
  return conversation
}

export async function reconnect() {
  FakeSocket.last.cut()
  await vi.advanceTimersByTimeAsync(31_000)
  FakeSocket.last.banner()
  await settle()
}

export const sent = () => FakeSocket.last.sentOf('chat')
