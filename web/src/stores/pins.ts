import { defineStore } from 'pinia'
import { ref, shallowRef, watch } from 'vue'

import { messageOf } from '@/api/errors'
import { useApi } from '@/api/rest'
import { type QuotedMessage, toQuoted } from '@/lib/quoted'
import { onRoomFrame } from '@/realtime/current'
import type { RoomFrame } from '@/realtime/frames'

import { useSession } from './session'
import type { LoadState } from './types'

export interface PinEntry {
  message: QuotedMessage
  /** Empty where the account was erased. */
  pinnedBy: string
  pinnedAt: string
}

export interface PinsStore {
  readonly roomId: number
  /** The newest pin first. */
  readonly list: readonly PinEntry[]
  readonly state: LoadState
  readonly error: string | null
  load(): Promise<void>
}

/** A room has 50 by default, and the list is asked for whole. */
const MOST = 100

function setup(roomId: number) {
  const { rest } = useApi()
  const session = useSession()
  const list = shallowRef<readonly PinEntry[]>([])
  const state = ref<LoadState>('idle')
  const error = ref<string | null>(null)
  /** Something changed while the list was on its way: ask once more. */
  let stale = false
  let loading: Promise<void> | null = null

  async function fetchAll(): Promise<void> {
    if (state.value !== 'ready') state.value = 'loading'
    error.value = null
    const userId = session.user?.id
    try {
      do {
        stale = false
        const page = await rest.pins(roomId, { limit: MOST })
        if (session.user?.id !== userId) return
        list.value = page.items.map((pin) => ({
          message: toQuoted(pin.message),
          pinnedBy: pin.pinned_by ?? '',
          pinnedAt: pin.pinned_at,
        }))
      } while (stale)
      state.value = 'ready'
    } catch (caught) {
      error.value = messageOf(caught)
      // An old list is better than none.
      if (state.value !== 'ready') state.value = 'error'
    }
  }

  function load(): Promise<void> {
    stale = true
    loading ??= fetchAll().finally(() => (loading = null))
    return loading
  }

  function drop(messageId: number): void {
    list.value = list.value.filter((pin) => pin.message.messageId !== messageId)
    if (loading) stale = true
  }

  function receive(frame: RoomFrame): void {
    if (state.value === 'idle') return
    switch (frame.type) {
      case 'pinned':
        if (frame.on) void load()
        else drop(frame.message_id)
        return
      case 'message_deleted':
        drop(frame.message_id)
        return
      case 'message_updated':
        list.value = list.value.map((pin) =>
          pin.message.messageId === frame.message_id
            ? { ...pin, message: { ...pin.message, body: frame.content } }
            : pin,
        )
        return
      case 'reset':
        void load()
        return
      default:
    }
  }

  onRoomFrame(roomId, receive)
  watch(
    () => session.user?.id,
    () => {
      list.value = []
      state.value = 'idle'
    },
  )
  return { roomId, list, state, error, load }
}

const stores = new Map<number, () => PinsStore>()

/** The pinned messages of one room; the same object for the same id. */
export function usePins(roomId: number): PinsStore {
  let store = stores.get(roomId)
  if (!store) {
    store = defineStore(`pins ${roomId}`, () => setup(roomId)) as () => PinsStore
    stores.set(roomId, store)
  }
  return store()
}
