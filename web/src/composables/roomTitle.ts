import { useSession } from '@/stores/session'
import type { RoomEntry } from '@/stores/types'

/** What a room is called on screen: a direct conversation by who is on the other side. */
export function useRoomTitle() {
  const session = useSession()
  const isNotes = (room: Pick<RoomEntry, 'peer'>) => room.peer !== null && room.peer.id === session.user?.id

  function titleOf(room: Pick<RoomEntry, 'name' | 'peer'>): string {
    if (!room.peer) return room.name
    return isNotes(room) ? `${room.peer.username} (you)` : room.peer.fullName || room.peer.username
  }

  return { titleOf, isNotes }
}
