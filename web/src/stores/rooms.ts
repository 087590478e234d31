import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'

import { ApiError, messageOf } from '@/api/errors'
import { useApi } from '@/api/rest'
import type { WireRoom } from '@/api/wire'
import { type DurableFrame, isDurable, type RoomFrame } from '@/realtime/frames'

import { useSession } from './session'
import type { LoadState, Page, RoomEntry, RoomPatchInput, RoomsStore } from './types'

/** What the other stores tell this one; components use `RoomsStore`. */
export interface RoomsFeed {
  receive(frame: RoomFrame): void
  /** I have read a room, but for `left` messages of others. */
  noteRead(id: number, left: number): void
}

const PAGE = 200
const MAX_PAGES = 5

function toEntry(wire: WireRoom): RoomEntry {
  return {
    id: wire.id,
    name: wire.name,
    topic: wire.topic ?? null,
    kind: wire.kind,
    role: wire.role ?? null,
    unread: wire.unread,
    mentions: 0,
    memberCount: wire.member_count,
    lastSeq: wire.last_seq,
    createdAt: wire.created_at,
    activeAt: Date.parse(wire.last_message_at ?? wire.created_at),
  }
}

function mentionOf(username: string): RegExp {
  const escaped = username.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(^|[^\\w@.])@(${escaped}|all|here)(?![\\w])`, 'i')
}

/** The rooms that I am a member of, and the way to others. */
export const useRooms: () => RoomsStore & RoomsFeed = defineStore('rooms', () => {
  const { rest } = useApi()
  const session = useSession()
  const entries = shallowRef<ReadonlyMap<number, RoomEntry>>(new Map())
  const state = ref<LoadState>('idle')
  const error = ref<string | null>(null)
  let loading: Promise<void> | null = null

  watch(
    () => session.user?.id,
    () => {
      entries.value = new Map()
      state.value = 'idle'
      error.value = null
      loading = null
    },
    { immediate: true, flush: 'sync' },
  )

  const list = computed(() => {
    const mine = [...entries.value.values()].filter((room) => room.role !== null)
    return mine.sort((a, b) => b.activeAt - a.activeAt || b.id - a.id)
  })
  const totalUnread = computed(() => list.value.reduce((sum, room) => sum + room.unread, 0))

  function put(entry: RoomEntry): RoomEntry {
    entries.value = new Map(entries.value).set(entry.id, entry)
    return entry
  }

  function patch(id: number, change: Partial<RoomEntry>): void {
    const known = entries.value.get(id)
    if (known) put({ ...known, ...change })
  }

  function drop(id: number): void {
    const next = new Map(entries.value)
    next.delete(id)
    entries.value = next
  }

  /** What the server says now. It does not tell of mentions, nor of what is activity besides messages. */
  function renewed(wire: WireRoom): RoomEntry {
    const entry = toEntry(wire)
    const known = entries.value.get(wire.id)
    if (!known) return entry
    const mentions = entry.unread > 0 ? known.mentions : 0
    return { ...entry, mentions, activeAt: Math.max(entry.activeAt, known.activeAt) }
  }

  function noteActivity(id: number, at: number): void {
    const known = entries.value.get(id)
    if (known && known.activeAt < at) patch(id, { activeAt: at })
  }

  async function loadAll(): Promise<void> {
    state.value = state.value === 'ready' ? 'ready' : 'loading'
    error.value = null
    const userId = session.user?.id
    try {
      const found = new Map<number, RoomEntry>()
      for (let page = 0, offset: number | null = 0; offset !== null && page < MAX_PAGES; page += 1) {
        const part: Awaited<ReturnType<typeof rest.rooms>> = await rest.rooms({
          mine: true,
          limit: PAGE,
          offset,
        })
        for (const wire of part.items) found.set(wire.id, renewed(wire))
        offset = part.next_offset ?? null
      }
      if (session.user?.id !== userId) return
      entries.value = found
      state.value = 'ready'
    } catch (caught) {
      error.value = messageOf(caught)
      // An old list is better than none.
      if (state.value !== 'ready') state.value = 'error'
    }
  }

  function load(): Promise<void> {
    loading ??= loadAll().finally(() => (loading = null))
    return loading
  }

  async function find(name: string): Promise<RoomEntry | undefined> {
    try {
      return put(renewed(await rest.roomByName(name)))
    } catch (caught) {
      if (caught instanceof ApiError && (caught.status === 404 || caught.status === 403)) return undefined
      throw caught
    }
  }

  async function refresh(id: number): Promise<void> {
    try {
      put(renewed(await rest.room(id)))
    } catch (caught) {
      if (caught instanceof ApiError && caught.status === 404) drop(id)
    }
  }

  async function browse(query: { q?: string; offset?: number; limit?: number }): Promise<Page<RoomEntry>> {
    const { q, offset = 0, limit = 50 } = query
    const page = await rest.rooms({ q: q?.trim() || undefined, offset, limit })
    return { ...page, next_offset: page.next_offset ?? null, items: page.items.map(toEntry) }
  }

  async function create(input: { name: string; topic?: string; private: boolean }): Promise<RoomEntry> {
    const topic = input.topic?.trim() || undefined
    const wire = await rest.createRoom({ name: input.name.trim(), is_private: input.private, topic })
    return put({ ...toEntry(wire), activeAt: Date.now() })
  }

  async function join(id: number): Promise<RoomEntry> {
    try {
      await rest.joinRoom(id)
    } catch (caught) {
      // Being in already is what was wanted.
      if (!(caught instanceof ApiError) || caught.code !== 'already_member') throw caught
    }
    return put({ ...renewed(await rest.room(id)), activeAt: Date.now() })
  }

  async function leave(id: number): Promise<void> {
    await rest.leaveRoom(id)
    drop(id)
  }

  async function update(id: number, change: RoomPatchInput): Promise<RoomEntry> {
    const wire = await rest.updateRoom(id, {
      name: change.name?.trim(),
      topic: change.topic === undefined ? undefined : change.topic?.trim() || null,
      is_private: change.private,
    })
    const known = entries.value.get(id)
    const { name, topic, kind } = toEntry(wire)
    return put(known ? { ...known, name, topic, kind } : toEntry(wire))
  }

  async function remove(id: number): Promise<void> {
    await rest.deleteRoom(id)
    drop(id)
  }

  async function addMember(id: number, username: string): Promise<void> {
    await rest.addMember(id, username.trim().replace(/^@/, ''))
  }

  function noteRead(id: number, left: number): void {
    const known = entries.value.get(id)
    if (known && known.unread !== left) {
      patch(id, { unread: left, mentions: left === 0 ? 0 : known.mentions })
    }
  }

  function receiveChat(frame: Extract<RoomFrame, { type: 'chat' }>, known: RoomEntry): void {
    noteActivity(known.id, Date.parse(frame.ts))
    const me = session.user
    const counts = frame.user_id !== me?.id && frame.deleted_at === undefined
    const mentioned = counts && me !== null && mentionOf(me.username).test(frame.message)
    patch(known.id, {
      unread: known.unread + (counts ? 1 : 0),
      mentions: known.mentions + (mentioned ? 1 : 0),
    })
  }

  function receiveNews(frame: DurableFrame, known: RoomEntry): void {
    patch(known.id, { lastSeq: frame.seq })
    switch (frame.type) {
      case 'chat':
        receiveChat(frame, known)
        return
      case 'room_updated':
        patch(known.id, { name: frame.name ?? known.name, topic: frame.topic, kind: frame.kind })
        return
      case 'member_update':
        if (frame.user_id === session.user?.id && frame.role) patch(known.id, { role: frame.role })
        return
      case 'member_joined':
        patch(known.id, { memberCount: known.memberCount + 1 })
        return
      case 'member_left':
        patch(known.id, { memberCount: Math.max(1, known.memberCount - 1) })
        return
      default:
    }
  }

  function receive(frame: RoomFrame): void {
    const known = entries.value.get(frame.room_id)
    if (frame.type === 'room_removed') drop(frame.room_id)
    else if (frame.type === 'room_added') void refresh(frame.room_id)
    if (!known) {
      if (frame.type === 'joined' || frame.type === 'room_activity') void refresh(frame.room_id)
      return
    }
    if (isDurable(frame)) {
      // What a resume brings again is in the numbers already that came with `joined`.
      if (frame.seq > known.lastSeq) receiveNews(frame, known)
      return
    }
    switch (frame.type) {
      case 'joined': {
        const { role, unread, head } = frame
        patch(known.id, { role, unread, lastSeq: head, mentions: unread === 0 ? 0 : known.mentions })
        return
      }
      case 'history': {
        const last = frame.messages.at(-1)
        if (last) noteActivity(known.id, Date.parse(last.ts))
        return
      }
      case 'room_activity':
        if (frame.unread > known.unread) noteActivity(known.id, Date.now())
        patch(known.id, { unread: frame.unread, lastSeq: frame.seq })
        return
      default:
    }
  }

  return {
    list,
    state,
    error,
    totalUnread,
    byId: (id: number) => entries.value.get(id),
    byName: (name: string) => [...entries.value.values()].find((room) => room.name === name),
    load,
    find,
    browse,
    create,
    join,
    leave,
    update,
    remove,
    addMember,
    receive,
    noteRead,
  }
})
