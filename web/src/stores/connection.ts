import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'

import { useApi } from '@/api/rest'
import { announceRoomFrame, setCurrentLink } from '@/realtime/current'
import { Link } from '@/realtime/link'
import { Socket, type SocketStatus } from '@/realtime/socket'

import { useNotifications } from './notifications'
import { usePeople } from './people'
import { useRooms } from './rooms'
import { useSession } from './session'
import type { ConnectionStore } from './types'

const IDLE: SocketStatus = { state: 'idle', nextAttemptAt: null, attempt: 0, lastError: null }

function socketUrl(): string {
  const url = new URL('/ws', window.location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return url.href
}

/** The live connection: there is one as long as somebody is signed in. */
export const useConnection: () => ConnectionStore = defineStore('connection', () => {
  const { tokens, rest } = useApi()
  const session = useSession()
  const status = shallowRef<SocketStatus>(IDLE)
  const link = shallowRef<Link | null>(null)
  const messageChars = shallowRef<number | null>(null)

  function open(userId: number): void {
    const next = new Link(
      userId,
      {
        token: async (renew) => {
          const current = tokens.current
          return renew && current ? (await tokens.refresh(current.access)).access : await tokens.fresh()
        },
        verify: async () => void (await rest.me()),
        onStatus: (changed) => {
          if (changed.state !== 'online') usePeople().disconnected()
          status.value = changed
        },
        onSignedOut: (reason) => tokens.set(null, reason),
        onOnline: (banner) => {
          messageChars.value = banner.limits.message_chars
          usePeople().connected()
          // What changed in the list while there was no connection is not told again.
          if (useRooms().state !== 'idle') void useRooms().load()
        },
        onRoomFrame: (frame) => {
          // It compares with the numbers from before.
          useNotifications().receive(frame)
          useRooms().receive(frame)
          usePeople().notice(frame)
          announceRoomFrame(frame)
        },
        onPeopleFrame: (frame) => usePeople().receive(frame),
      },
      (hooks) => new Socket(socketUrl, hooks),
    )
    link.value = next
    setCurrentLink(next)
    next.start()
  }

  function close(): void {
    link.value?.stop()
    link.value = null
    status.value = IDLE
    setCurrentLink(null)
  }

  tokens.subscribe((next) => {
    if (next) link.value?.present(next.access)
  })

  watch(
    () => (session.status === 'signed-in' ? session.user?.id : undefined),
    (userId) => {
      close()
      if (userId !== undefined) open(userId)
    },
    { immediate: true, flush: 'sync' },
  )

  return {
    state: computed(() => status.value.state),
    nextAttemptAt: computed(() => status.value.nextAttemptAt),
    attempt: computed(() => status.value.attempt),
    lastError: computed(() => status.value.lastError),
    messageChars,
    retryNow: () => link.value?.retryNow(),
  }
})
