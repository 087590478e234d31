import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'

import { messageOf } from '@/api/errors'
import { useApi } from '@/api/rest'
import type { WireMember } from '@/api/wire'
import type { RoomFrame } from '@/realtime/frames'
import { onRoomFrame } from '@/realtime/current'

import { useConversation } from './conversation'
import { useSession } from './session'
import type { LoadState, MemberEntry, MembersStore, Role, SanctionOptions } from './types'

type Stored = Omit<MemberEntry, 'online'>

const PAGE = 100
const RANK: Readonly<Record<Role, number>> = { owner: 0, moderator: 1, member: 2 }
const rank = (role: Role | null): number => (role === null ? 3 : RANK[role])

function toStored(wire: WireMember): Stored {
  return {
    userId: wire.user_id,
    username: wire.username,
    fullName: wire.full_name ?? null,
    role: wire.role ?? null,
    joinedAt: wire.joined_at ?? null,
    muted: wire.is_muted,
    mutedUntil: wire.muted_until ?? null,
    banned: wire.is_banned,
    bannedUntil: wire.banned_until ?? null,
  }
}

function setup(roomId: number) {
  const { rest } = useApi()
  const session = useSession()
  const conversation = useConversation(roomId)
  const members = shallowRef<ReadonlyMap<number, Stored>>(new Map())
  const state = ref<LoadState>('idle')
  const error = ref<string | null>(null)
  const total = ref(0)
  const nextOffset = ref<number | null>(null)
  const loadingMore = ref(false)

  const list = computed(() => {
    const present = new Set(conversation.present)
    const entries = [...members.value.values()].map((member) => ({
      ...member,
      online: member.role !== null && present.has(member.username),
    }))
    return entries.sort(
      (a, b) =>
        Number(b.online) - Number(a.online) ||
        rank(a.role) - rank(b.role) ||
        a.username.localeCompare(b.username),
    )
  })

  function put(member: Stored): void {
    members.value = new Map(members.value).set(member.userId, member)
  }

  async function fetchPage(offset: number): Promise<void> {
    const page = await rest.members(roomId, { limit: PAGE, offset })
    const next = new Map(offset === 0 ? [] : members.value)
    for (const wire of page.items) next.set(wire.user_id, toStored(wire))
    members.value = next
    total.value = page.total
    nextOffset.value = page.next_offset ?? null
  }

  async function load(): Promise<void> {
    if (state.value === 'loading') return
    if (state.value !== 'ready') state.value = 'loading'
    error.value = null
    try {
      await fetchPage(0)
      state.value = 'ready'
    } catch (caught) {
      error.value = messageOf(caught)
      if (state.value !== 'ready') state.value = 'error'
    }
  }

  async function loadMore(): Promise<void> {
    if (loadingMore.value || nextOffset.value === null) return
    loadingMore.value = true
    error.value = null
    try {
      await fetchPage(nextOffset.value)
    } catch (caught) {
      error.value = messageOf(caught)
    } finally {
      loadingMore.value = false
    }
  }

  async function toggle(
    userId: number,
    what: 'moderator' | 'mute' | 'ban',
    on: boolean,
    more?: SanctionOptions,
  ) {
    put(toStored(await rest.toggleMember(roomId, userId, what, { on, ...more })))
  }

  function receive(frame: RoomFrame): void {
    if (state.value !== 'ready') return
    if (frame.type === 'member_joined') {
      if (members.value.get(frame.user_id)?.role == null) void load()
    } else if (frame.type === 'member_left') {
      const next = new Map(members.value)
      if (!next.delete(frame.user_id)) return
      members.value = next
      total.value = Math.max(0, total.value - 1)
    } else if (frame.type === 'member_update') {
      const known = members.value.get(frame.user_id)
      if (!known) return
      put({
        ...known,
        role: frame.role ?? known.role,
        muted: frame.is_muted ?? known.muted,
        mutedUntil: frame.is_muted === undefined ? known.mutedUntil : (frame.muted_until ?? null),
        banned: frame.is_banned ?? known.banned,
        bannedUntil: frame.is_banned === undefined ? known.bannedUntil : (frame.banned_until ?? null),
      })
    }
  }

  onRoomFrame(roomId, receive)
  watch(
    () => session.user?.id,
    () => {
      members.value = new Map()
      state.value = 'idle'
      total.value = 0
      nextOffset.value = null
    },
  )

  return {
    roomId,
    list,
    state,
    error,
    total,
    hasMore: computed(() => nextOffset.value !== null),
    loadingMore,
    load,
    loadMore,
    setModerator: (userId: number, on: boolean) => toggle(userId, 'moderator', on),
    setMuted: (userId: number, on: boolean, options?: SanctionOptions) => toggle(userId, 'mute', on, options),
    setBanned: (userId: number, on: boolean, options?: SanctionOptions) => toggle(userId, 'ban', on, options),
  }
}

const stores = new Map<number, () => MembersStore>()

/** The members of one room; the same object for the same id. */
export function useMembers(roomId: number): MembersStore {
  let store = stores.get(roomId)
  if (!store) {
    store = defineStore(`members ${roomId}`, () => setup(roomId)) as () => MembersStore
    stores.set(roomId, store)
  }
  return store()
}
