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

/** The best fit among the names of a room or a person. */
export function fitOf(names: readonly (string | null | undefined)[], query: string): number {
  const wanted = query.trim().toLocaleLowerCase().replace(/^[@#]/, '')
  return Math.max(0, ...names.map((name) => (name ? fit(name, wanted) : 0)))
}

function namesOf(room: RoomEntry): (string | null)[] {
  return room.peer ? [room.peer.username, room.peer.fullName] : [room.name]
}

/** Rooms that fit, best first; without a query, those that wait for me first. */
export function rankRooms(rooms: readonly RoomEntry[], query: string): RoomEntry[] {
  const waits = (room: RoomEntry) => Number(room.unread > 0) + 2 * Number(room.mentions > 0) + 1
  const score = (room: RoomEntry) => (query.trim() === '' ? waits(room) : fitOf(namesOf(room), query))
  return rooms
    .map((room, order) => ({ room, order, score: score(room) }))
    .filter((entry) => entry.score > 0)
    .sort((a, b) => b.score - a.score || a.order - b.order)
    .map((entry) => entry.room)
}
