import type { RouteLocationRaw } from 'vue-router'

import type { RoomEntry } from '@/stores/types'

/** The address of a room. The id decides; the words after it are for people. A direct conversation is where its peer is. */
export function roomPath(room: Pick<RoomEntry, 'id' | 'name' | 'peer'>): RouteLocationRaw {
  if (room.peer) return personPath(room.peer.username)
  const slug = room.name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 48)
  return { name: 'room', params: { roomId: String(room.id), slug: slug || null } }
}

/** The address of the direct conversation with somebody. */
export function personPath(username: string): RouteLocationRaw {
  return { name: 'direct', params: { username } }
}

/** The address of one message in its conversation. */
export function messagePath(room: { id: number; name: string }, messageId: number): RouteLocationRaw {
  const there = room.name.startsWith('@') ? personPath(room.name.slice(1)) : roomPath({ ...room, peer: null })
  return { ...(there as object), query: { message: String(messageId) } }
}
