import { computed, type ComputedRef } from 'vue'
import { useRoute } from 'vue-router'

import { normalUsername } from '@/lib/mentions'
import { useRooms } from '@/stores/rooms'
import type { RoomEntry } from '@/stores/types'

/** The room whose page is open, as far as it is known. */
export function useCurrentRoom(): ComputedRef<RoomEntry | undefined> {
  const route = useRoute()
  const rooms = useRooms()
  return computed(() => {
    // By the id alone: the words in the address may be old.
    if (route.name === 'room') return rooms.byId(Number(route.params.roomId))
    return route.name === 'direct' ? rooms.byPeer(normalUsername(String(route.params.username))) : undefined
  })
}
