import type { RouteLocationRaw } from 'vue-router'

/** The address of a room. The id decides; the words after it are for people. */
export function roomPath(room: { id: number; name: string }): RouteLocationRaw {
  const slug = room.name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 48)
  return { name: 'room', params: { roomId: String(room.id), slug: slug || null } }
}
