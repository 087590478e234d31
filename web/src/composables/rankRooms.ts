import type { RoomEntry } from '@/stores/types'

/** How well a name fits what was typed; 0: not at all. */
function fit(name: string, wanted: string): number {
  const text = name.toLocaleLowerCase()
  if (text === wanted) return 5
  if (text.startsWith(wanted)) return 4
  if (text.split(/[\s._-]+/).some((word) => word.startsWith(wanted))) return 3
  if (text.includes(wanted)) return 2
  let at = 0
  for (const letter of wanted) {
    at = text.indexOf(letter, at) + 1
    if (at === 0) return 0
  }
  return 1
}

/** Rooms that fit, best first; without a query, those with something unread first. */
export function rankRooms(rooms: readonly RoomEntry[], query: string): RoomEntry[] {
  const wanted = query.trim().toLocaleLowerCase()
  const score = (room: RoomEntry) => (wanted === '' ? Number(room.unread > 0) + 1 : fit(room.name, wanted))
  return rooms
    .map((room, order) => ({ room, order, score: score(room) }))
    .filter((entry) => entry.score > 0)
    .sort((a, b) => b.score - a.score || a.order - b.order)
    .map((entry) => entry.room)
}
