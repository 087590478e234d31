import { defineStore } from 'pinia'
import { shallowRef, watch } from 'vue'

import { useApi } from '@/api/rest'
import type { PeopleFrame, RoomFrame } from '@/realtime/frames'

import { useSession } from './session'
import type { PeopleStore, Person } from './types'

/** What the other stores tell this one; components use `PeopleStore`. */
export interface PeopleFeed {
  receive(frame: PeopleFrame): void
  /** A frame about a room, which may show that somebody is there. */
  notice(frame: RoomFrame): void
  /** A connection stands, and the server will say who is online. */
  connected(): void
  /** Nothing is known any more. */
  disconnected(): void
  /** A conversation with somebody began: the server has not said whether they are there. */
  met(username: string): void
}

const FOUND = 20

/** Other people: who is online, and finding them. */
export const usePeople: () => PeopleStore & PeopleFeed = defineStore('people', () => {
  const { rest } = useApi()
  const session = useSession()
  const online = shallowRef<ReadonlySet<string>>(new Set())
  /** Without a connection nobody knows. */
  const known = shallowRef(false)
  /** Whom I met since the connection stands, and who has not come or gone yet. */
  const unheard = shallowRef<ReadonlySet<string>>(new Set())

  watch(
    () => session.user?.id,
    () => disconnected(),
    { flush: 'sync' },
  )

  function met(username: string): void {
    unheard.value = new Set(unheard.value).add(username)
  }

  function set(username: string, on: boolean): void {
    if (unheard.value.has(username)) {
      unheard.value = new Set([...unheard.value].filter((other) => other !== username))
    }
    if (online.value.has(username) === on) return
    const next = new Set(online.value)
    if (on) next.add(username)
    else next.delete(username)
    online.value = next
  }

  function connected(): void {
    known.value = true
    online.value = unheard.value = new Set()
  }

  function disconnected(): void {
    known.value = false
    online.value = unheard.value = new Set()
  }

  function receive(frame: PeopleFrame): void {
    if (frame.type === 'online') set(frame.user, frame.online)
    else online.value = new Set(frame.users)
  }

  /** The server tells of comings and goings; who was there before a conversation began shows by what they do in it. */
  function notice(frame: RoomFrame): void {
    if (!frame.room.startsWith('@')) return
    const peer = frame.room.slice(1)
    if (frame.type === 'room_added' && !online.value.has(peer)) met(peer)
    const there =
      (frame.type === 'typing' && frame.user === peer) ||
      (frame.type === 'presence_state' && frame.users.includes(peer)) ||
      (frame.type === 'presence_diff' && frame.join.includes(peer))
    if (there) set(peer, true)
  }

  async function search(query: string, limit = FOUND): Promise<Person[]> {
    const q = query.trim().replace(/^@/, '')
    const found = await rest.users({ q: q || undefined, limit })
    return found
      .filter((user) => !user.disabled)
      .map((user) => ({ id: user.id, username: user.username, fullName: user.full_name ?? null }))
  }

  return {
    isOnline(username: string): boolean | undefined {
      if (!known.value) return undefined
      if (username === session.user?.username || online.value.has(username)) return true
      return unheard.value.has(username) ? undefined : false
    },
    search,
    receive,
    notice,
    connected,
    disconnected,
    met,
  }
})
