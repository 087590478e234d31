import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'

import { ApiError, messageOf } from '@/api/errors'
import { useApi } from '@/api/rest'
import type { WireRoom } from '@/api/wire'
import { type DurableFrame, isDurable, mentions, type RoomFrame } from '@/realtime/frames'

import { usePeople } from './people'
import { useSession } from './session'
import type { LoadState, NotifyLevel, Page, RoomEntry, RoomInput, RoomPatchInput, RoomsStore } from './types'

/** What the other stores tell this one; components use `RoomsStore`. */
export interface RoomsFeed {
  receive(frame: RoomFrame): void
  /** I have read a room, but for these. */
  noteRead(id: number, left: Unread): void
}

/** Messages of others, and those of them that mention me. */
export interface Unread {
  unread: number
  mentions: number
}

const PAGE = 200
const MAX_PAGES = 5
const RECOUNT_MS = 500

function toEntry(wire: WireRoom): RoomEntry {
  return {
    id: wire.id,
    name: wire.name,
    peer: wire.peer
      ? { id: wire.peer.id, username: wire.peer.username, fullName: wire.peer.full_name ?? null }
      : null,
    topic: wire.topic ?? null,
    kind: wire.kind,
    role: wire.role ?? null,
    unread: wire.unread,
    mentions: wire.mentions,
    notify: wire.notify,
    memberCount: wire.member_count,
    lastSeq: wire.last_seq,
    createdAt: wire.created_at,
    activeAt: Date.parse(wire.last_message_at ?? wire.created_at),
  }
}

type Fetch = (page: { limit: number; offset: number }) => Promise<{
  items: WireRoom[]
  next_offset?: number | null
}>

/** All pages of a list, as far as it is worth it. */
async function allOf(list: Fetch): Promise<WireRoom[]> {
  const found: WireRoom[] = []
  for (let page = 0, offset: number | null = 0; offset !== null && page < MAX_PAGES; page += 1) {
    const part: Awaited<ReturnType<Fetch>> = await list({ limit: PAGE, offset })
    found.push(...part.items)
    offset = part.next_offset ?? null
  }
  return found
}

/** What is for me: all that is said to me directly, and elsewhere what mentions me. */
function callsOf(room: RoomEntry): number {
  if (room.notify === 'nothing') return 0
  return room.kind === 'direct' && room.notify === 'all' ? room.unread : room.mentions
}

/** The rooms that I am a member of, and the way to others. */
export const useRooms: () => RoomsStore & RoomsFeed = defineStore('rooms', () => {
  const { rest } = useApi()
  const session = useSession()
  const entries = shallowRef<ReadonlyMap<number, RoomEntry>>(new Map())
  const state = ref<LoadState>('idle')
  const error = ref<string | null>(null)
  let loading: Promise<void> | null = null
  const recounts = new Map<number, ReturnType<typeof setTimeout>>()

  watch(
    () => session.user?.id,
    () => {
      entries.value = new Map()
      state.value = 'idle'
      error.value = null
      loading = null
      for (const timer of recounts.values()) clearTimeout(timer)
      recounts.clear()
    },
    { immediate: true, flush: 'sync' },
  )

  const list = computed(() => {
    const mine = [...entries.value.values()].filter((room) => room.role !== null)
    return mine.sort((a, b) => b.activeAt - a.activeAt || b.id - a.id)
  })
  const places = computed(() => list.value.filter((room) => room.kind !== 'direct'))
  const directs = computed(() => list.value.filter((room) => room.kind === 'direct'))
  const totalUnread = computed(() =>
    list.value.reduce((sum, room) => sum + (room.notify === 'nothing' ? 0 : room.unread), 0),
  )
  const totalCalls = computed(() => list.value.reduce((sum, room) => sum + callsOf(room), 0))

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

  /** What the server says now. It does not tell of what is activity besides messages. */
  function renewed(wire: WireRoom): RoomEntry {
    const entry = toEntry(wire)
    const known = entries.value.get(wire.id)
    return known ? { ...entry, activeAt: Math.max(entry.activeAt, known.activeAt) } : entry
  }

  function noteActivity(id: number, at: number): void {
    const known = entries.value.get(id)
    if (known && known.activeAt < at) patch(id, { activeAt: at })
  }

  async function loadAll(): Promise<void> {
    state.value = state.value === 'ready' ? 'ready' : 'loading'
    error.value = null
    const userId = session.user?.id
    const before = entries.value
    try {
      const [rooms, talks] = await Promise.all([
        allOf((part) => rest.rooms({ mine: true, ...part })),
        allOf((part) => rest.directs(part)),
      ])
      if (session.user?.id !== userId) return
      const found = new Map([...rooms, ...talks].map((wire) => [wire.id, renewed(wire)]))
      // What came or went meanwhile is newer than the list; a conversation that just began is in none, and never ends.
      for (const id of before.keys()) if (!entries.value.has(id)) found.delete(id)
      for (const [id, room] of entries.value) {
        if (!found.has(id) && (!before.has(id) || room.kind === 'direct')) found.set(id, room)
      }
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
      const wire = await rest.room(id)
      // Somebody opened a conversation with me, and has not said anything yet.
      if (wire.peer && wire.last_message_at == null && !entries.value.has(id)) return
      put(renewed(wire))
    } catch (caught) {
      if (caught instanceof ApiError && caught.status === 404) drop(id)
    }
  }

  async function browse(query: { q?: string; offset?: number; limit?: number }): Promise<Page<RoomEntry>> {
    const { q, offset = 0, limit = 50 } = query
    const page = await rest.rooms({ q: q?.trim() || undefined, offset, limit })
    return { ...page, next_offset: page.next_offset ?? null, items: page.items.map(toEntry) }
  }

  async function create(input: RoomInput): Promise<RoomEntry> {
    const topic = input.topic?.trim() || undefined
    const members = input.members?.length ? input.members : undefined
    const wire = await rest.createRoom({ name: input.name.trim(), is_private: input.private, topic, members })
    return put({ ...toEntry(wire), activeAt: Date.now() })
  }

  async function direct(username: string): Promise<RoomEntry> {
    const wire = await rest.direct(username.trim().replace(/^@/, ''))
    if (wire.peer && !entries.value.has(wire.id)) usePeople().met(wire.peer.username)
    return put(renewed(wire))
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

  async function setNotify(id: number, level: NotifyLevel): Promise<void> {
    const before = entries.value.get(id)?.notify
    patch(id, { notify: level })
    try {
      await rest.setNotify(id, level)
    } catch (caught) {
      if (before !== undefined) patch(id, { notify: before })
      throw caught
    }
  }

  function noteRead(id: number, left: Unread): void {
    const known = entries.value.get(id)
    if (known && (known.unread !== left.unread || known.mentions !== left.mentions)) patch(id, left)
  }

  /** The server counts again; once for all that happens in a moment. */
  function recount(id: number): void {
    if (recounts.has(id)) return
    const timer = setTimeout(() => {
      recounts.delete(id)
      if (entries.value.has(id)) void refresh(id).catch(() => undefined)
    }, RECOUNT_MS)
    recounts.set(id, timer)
  }

  function receiveChat(frame: Extract<RoomFrame, { type: 'chat' }>, known: RoomEntry): void {
    noteActivity(known.id, Date.parse(frame.ts))
    const me = session.user
    const counts = frame.user_id !== me?.id && frame.deleted_at === undefined
    const mentioned = counts && me !== null && mentions(frame, me.username)
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
      case 'message_deleted':
      case 'message_updated':
        // It may be one of those that count, and it may be older than what is held here.
        if (known.unread > 0) recount(known.id)
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
        const { role, unread, mentions: mentioned, head } = frame
        patch(known.id, { role, unread, mentions: mentioned, lastSeq: head })
        return
      }
      case 'history': {
        const last = frame.messages.at(-1)
        if (last) noteActivity(known.id, Date.parse(last.ts))
        return
      }
      case 'room_activity':
        if (frame.unread > known.unread) noteActivity(known.id, Date.now())
        patch(known.id, { unread: frame.unread, mentions: frame.mentions, lastSeq: frame.seq })
        return
      case 'marked_unread':
        patch(known.id, { unread: frame.unread, mentions: frame.mentions })
        return
      case 'notify_changed':
        patch(known.id, { notify: frame.level })
        return
      default:
    }
  }

  return {
    list,
    places,
    directs,
    state,
    error,
    totalUnread,
    totalCalls,
    byId: (id: number) => entries.value.get(id),
    byName: (name: string) => [...entries.value.values()].find((room) => room.name === name),
    byPeer: (username: string) =>
      [...entries.value.values()].find((room) => room.peer?.username === username),
    load,
    find,
    browse,
    create,
    direct,
    join,
    leave,
    update,
    remove,
    addMember,
    setNotify,
    receive,
    noteRead,
  }
})
