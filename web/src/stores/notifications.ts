import { useEventListener, useLocalStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'

import { useApi } from '@/api/rest'
import type { WireMessage } from '@/api/wire'
import { answerOtherTabs, isLookedAt, otherTabIsLookedAt } from '@/composables/otherTabs'
import { toAttachment } from '@/lib/attachments'
import { excerptOf } from '@/lib/excerpt'
import { type News, newsBetween, worthTelling } from '@/lib/notifyRules'
import { mentions, type RoomFrame } from '@/realtime/frames'

import { useRooms } from './rooms'
import { useSession } from './session'
import type { RoomEntry } from './types'

/** `unsupported`: this browser has none for pages. `unasked`: the user has not said yet. */
export type NotifyPermission = 'unsupported' | 'unasked' | 'granted' | 'denied'

export interface NotificationsStore {
  readonly permission: NotifyPermission
  /** Wanted and allowed. */
  readonly on: boolean
  /** Whether they may make a noise. */
  sound: boolean
  /** Whether they show what was written. */
  preview: boolean
  /** Asks for permission if there is none yet: only on an action of the user. */
  turnOn(): Promise<void>
  turnOff(): void
  /** Before the list of rooms hears of it. */
  receive(frame: RoomFrame): void
  /** Who opens a room when its notification is clicked. */
  onOpen(open: (room: RoomEntry) => void): void
}

/** Messages that come together are told together. */
const GATHER_MS = 400

interface Waiting extends News {
  /** The last message, where it came with its text. */
  text: { author: string; body: string } | null
  timer: ReturnType<typeof setTimeout>
}

function currentPermission(): NotifyPermission {
  if (typeof Notification === 'undefined') return 'unsupported'
  return Notification.permission === 'default' ? 'unasked' : Notification.permission
}

/** Notifications of the browser while nobody looks: by the level of each room, and gone again once it is read. */
export const useNotifications: () => NotificationsStore = defineStore('notifications', () => {
  const { rest } = useApi()
  const session = useSession()
  const rooms = useRooms()
  const permission = ref(currentPermission())
  const wanted = useLocalStorage('hallway.notifications', false)
  const sound = useLocalStorage('hallway.notifications.sound', false)
  const preview = useLocalStorage('hallway.notifications.preview', true)
  const on = computed(() => wanted.value && permission.value === 'granted')
  const shown = new Map<number, Notification>()
  const waiting = new Map<number, Waiting>()
  let openRoom: (room: RoomEntry) => void = () => undefined
  answerOtherTabs()

  useEventListener(window, 'focus', () => (permission.value = currentPermission()))

  async function turnOn(): Promise<void> {
    if (permission.value === 'unasked') {
      await Notification.requestPermission()
      permission.value = currentPermission()
    }
    wanted.value = permission.value === 'granted'
  }

  function retract(id: number): void {
    clearTimeout(waiting.get(id)?.timer)
    waiting.delete(id)
    shown.get(id)?.close()
    shown.delete(id)
  }

  function retractAll(): void {
    for (const id of new Set([...shown.keys(), ...waiting.keys()])) retract(id)
  }

  function turnOff(): void {
    wanted.value = false
    retractAll()
  }

  // Read here, in another tab or on another device, or lost: there is nothing to tell any more.
  watch(
    () => rooms.list.map((room) => [room.id, room.unread > 0 && room.notify !== 'nothing'] as const),
    (list) => {
      const open = new Set(list.flatMap(([id, unread]) => (unread ? [id] : [])))
      for (const id of shown.keys()) if (!open.has(id)) retract(id)
    },
  )
  watch(() => session.user?.id, retractAll)

  function gather(room: RoomEntry, news: News, text: Waiting['text']): void {
    if (!on.value || isLookedAt() || !worthTelling(room.notify, news)) return
    const before = waiting.get(room.id)
    clearTimeout(before?.timer)
    waiting.set(room.id, {
      messages: (before?.messages ?? 0) + news.messages,
      mentions: (before?.mentions ?? 0) + news.mentions,
      text,
      timer: setTimeout(() => void tell(room.id), GATHER_MS),
    })
  }

  /** Of a room that is not followed only the numbers are known. */
  async function lastMessage(roomId: number, told: Waiting): Promise<Waiting['text']> {
    try {
      const [message] = (await rest.messages(roomId, { limit: 1 })).items as WireMessage[]
      const forMe = message?.mentions_here || message?.mentions.includes(session.user?.username ?? '')
      if (!message || message.user_id === session.user?.id || (told.mentions > 0 && !forMe)) return null
      const attachments = (message.attachments ?? []).map(toAttachment)
      return { author: message.username ?? '', body: excerptOf({ body: message.content, attachments }) }
    } catch {
      return null
    }
  }

  async function tell(roomId: number): Promise<void> {
    const told = waiting.get(roomId)
    if (!told) return
    const elsewhere = await otherTabIsLookedAt()
    const text = preview.value && !elsewhere ? (told.text ?? (await lastMessage(roomId, told))) : null
    // Read, or looked at, in the meantime; or more came, which will be told with this.
    if (waiting.get(roomId) !== told) return
    waiting.delete(roomId)
    const room = rooms.byId(roomId)
    if (elsewhere || isLookedAt() || !on.value || !room || room.unread === 0) return
    show(room, told, text)
  }

  function show(room: RoomEntry, told: News, text: Waiting['text']): void {
    const direct = room.kind === 'direct'
    const place = direct ? (room.peer?.fullName ?? room.name) : room.name
    const title = !direct && text ? `${text.author} in ${place}` : place
    const many = `${told.messages} new message${told.messages === 1 ? '' : 's'}`
    const body = text?.body || (told.mentions > 0 && !direct ? 'You were mentioned' : many)
    try {
      // `renotify` is not in the types of all browsers, since not all have it.
      const options = { body, tag: `hallway-room-${room.id}`, icon: '/favicon.svg', silent: !sound.value }
      const notification = new Notification(title, Object.assign(options, { renotify: true }))
      notification.onclick = () => {
        window.focus()
        notification.close()
        openRoom(room)
      }
      notification.onclose = () => {
        if (shown.get(room.id) === notification) shown.delete(room.id)
      }
      shown.set(room.id, notification)
    } catch {
      // Some browsers have them for service workers only.
      permission.value = 'unsupported'
    }
  }

  function receive(frame: RoomFrame): void {
    const room = rooms.byId(frame.room_id)
    if (!room || !on.value) return
    if (frame.type === 'room_activity') gather(room, newsBetween(room, frame), null)
    else if (frame.type === 'joined') gather(room, newsBetween(room, { ...frame, seq: frame.head }), null)
    else if (frame.type === 'chat' && frame.seq > room.lastSeq) {
      const me = session.user
      if (frame.user_id === me?.id || frame.deleted_at !== undefined) return
      const forMe = me !== null && mentions(frame, me.username)
      const attachments = (frame.attachments ?? []).map(toAttachment)
      const body = excerptOf({ body: frame.message, attachments })
      gather(room, { messages: 1, mentions: forMe ? 1 : 0 }, { author: frame.user, body })
    }
  }

  return {
    permission,
    on,
    sound,
    preview,
    turnOn,
    turnOff,
    receive,
    onOpen: (open: (room: RoomEntry) => void) => (openRoom = open),
  }
})
