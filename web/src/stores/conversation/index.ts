import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { ApiError } from '@/api/errors'
import { draftsOf } from '@/lib/drafts'
import { plainExcerpt } from '@/lib/markdown'
import { fromAck, fromOutbox, type Me } from '@/lib/timeline'
import { uuid } from '@/lib/uuid'
import { currentLink, onLinkChange } from '@/realtime/current'
import { type DurableFrame, isDurable, type LossReason, type RoomFrame } from '@/realtime/frames'
import type { Link, RoomListener } from '@/realtime/link'

import { useRooms } from '../rooms'
import { useSession } from '../session'
import type { ChatMessage, Conversation, ConversationState, LostReason, ReplyPreview } from '../types'
import { useReading } from './reading'
import { useStanding } from './standing'
import { useTyping } from './typing'
import { useWindow } from './window'

const DRAFT_MS = 300

const LOST_BY_CODE: Readonly<Record<string, LostReason>> = {
  room_not_found: 'not_found',
  room_missing: 'not_found',
  room_is_private: 'private',
  banned: 'banned',
}

function setup(roomId: number) {
  const session = useSession()
  const rooms = useRooms()
  const link = shallowRef<Link | null>(currentLink())
  const state = ref<ConversationState>('idle')
  const error = ref<string | null>(null)
  const lostReason = ref<LostReason | null>(null)
  const present = shallowRef<readonly string[]>([])
  const pending = shallowRef<readonly ChatMessage[]>([])
  const inView = ref(false)

  const me = (): Me => ({ id: session.user?.id ?? 0, username: session.user?.username ?? '' })
  const log = useWindow(roomId, me, () => link.value)
  const reading = useReading(
    log.live,
    (seq) => link.value?.signal({ type: 'read', room_id: roomId, seq }) ?? false,
  )
  const standing = useStanding()
  const typing = useTyping((on) => link.value?.signal({ type: 'typing', room_id: roomId, isTyping: on }))
  const draft = useDraft(roomId, () => link.value?.userId)

  const messages = computed(() => {
    const shown = log.shown.value
    return log.hasNewer.value || pending.value.length === 0 ? shown : [...shown, ...pending.value]
  })

  function previewOf(replyTo: number | null): ReplyPreview | null {
    if (replyTo === null) return null
    const there = [...log.shown.value, ...log.live.value].find((message) => message.messageId === replyTo)
    return {
      messageId: replyTo,
      username: there?.author.username ?? '',
      excerpt: there ? plainExcerpt(there.body) : '',
    }
  }

  function showPending(): void {
    const entries = link.value?.sender.outbox.ofRoom(roomId) ?? []
    const before = new Map(pending.value.map((message) => [message.key, message]))
    pending.value = entries.map((entry) => {
      const replyTo = before.get(entry.clientId)?.replyTo ?? previewOf(entry.replyTo)
      return fromOutbox(entry, me(), replyTo)
    })
  }

  function lose(reason: LostReason): void {
    state.value = 'lost'
    lostReason.value = reason
    present.value = []
    typing.clear()
    log.clear()
    reading.clear()
    showPending()
  }

  function receiveEvent(frame: DurableFrame): void {
    log.receive(frame)
    if (frame.type === 'member_update' && frame.user_id === me().id) standing.updated(frame)
    if (frame.type !== 'chat') return
    typing.heard(frame.user, false)
    const looking = inView.value && document.visibilityState === 'visible'
    if (!looking && frame.user_id !== me().id && frame.deleted_at === undefined) reading.unseen(frame.seq)
  }

  function receive(frame: RoomFrame): void {
    if (isDurable(frame)) {
      receiveEvent(frame)
      return
    }
    switch (frame.type) {
      case 'joined':
        standing.joined(frame)
        reading.synced(frame.read_seq)
        return
      case 'history':
        log.replace(frame.messages)
        return
      case 'reset':
        log.clear()
        return
      case 'synced':
        if (state.value !== 'ready') reading.placeDivider(log.liveHasOlder.value)
        state.value = 'ready'
        error.value = null
        reading.flush()
        return
      case 'presence_state':
        present.value = frame.users
        return
      case 'presence_diff': {
        const others = present.value.filter(
          (user) => !frame.leave.includes(user) && !frame.join.includes(user),
        )
        present.value = [...others, ...frame.join].sort()
        for (const user of frame.leave) typing.heard(user, false)
        return
      }
      case 'typing':
        if (frame.user !== me().username) typing.heard(frame.user, frame.isTyping)
        return
      case 'read':
        // My own mark, moved on another device.
        if (frame.user === me().username) reading.synced(frame.seq)
        return
      case 'room_removed':
        lose(frame.reason satisfies LossReason)
        return
      default:
    }
  }

  const listener: RoomListener = {
    frame: receive,
    acked: (entry, ack) => {
      log.place(fromAck(entry, ack, me(), previewOf(entry.replyTo)))
    },
    pendingChanged: showPending,
    offline: () => typing.clear(),
    refused(code, text) {
      const reason = LOST_BY_CODE[code]
      if (reason) {
        lose(reason)
      } else {
        state.value = 'error'
        error.value = text
      }
    },
  }

  function open(): void {
    inView.value = true
    showPending()
    if (!link.value) return
    const held = state.value === 'ready'
    if (held) reading.placeDivider(log.liveHasOlder.value)
    else state.value = 'loading'
    lostReason.value = null
    error.value = null
    link.value.follow(roomId, listener, !held)
  }

  function close(): void {
    inView.value = false
    typing.set(false)
    reading.flush()
    reading.firstUnreadSeq.value = null
    draft.save()
    log.shrink()
  }

  function reload(): void {
    state.value = 'idle'
    open()
  }

  onLinkChange((next) => {
    link.value = next
    state.value = 'idle'
    present.value = []
    typing.clear()
    standing.clear()
    log.clear()
    reading.clear()
    draft.load()
    showPending()
    if (next && inView.value) open()
  })
  showPending()

  function connected(): Link {
    if (!link.value) throw ApiError.of('signed_out')
    return link.value
  }

  function send(body: string, options: { replyTo?: number | null } = {}): void {
    const { sender, limits } = connected()
    if (body.trim() === '') throw new ApiError('There is nothing to send.', { code: 'invalid' })
    if (Array.from(body).length > limits.messageChars) {
      const most = limits.messageChars.toLocaleString()
      throw new ApiError(`That is too long: at most ${most} characters.`, { code: 'invalid' })
    }
    if (sender.outbox.full)
      throw new ApiError('Too many messages wait to be sent already.', { code: 'outbox_full' })
    log.toLatest()
    reading.firstUnreadSeq.value = null
    typing.set(false)
    const replyTo = options.replyTo ?? null
    sender.add({ clientId: uuid(), roomId, body, replyTo, createdAt: Date.now(), error: null })
  }

  function markRead(seq: number): void {
    if (reading.mark(seq)) rooms.noteRead(roomId, reading.unreadCount.value)
  }

  return {
    roomId,
    messages,
    state,
    error,
    lostReason,
    hasOlder: log.hasOlder,
    loadingOlder: log.loadingOlder,
    olderError: log.olderError,
    hasNewer: log.hasNewer,
    loadingNewer: log.loadingNewer,
    newCount: reading.unreadCount,
    firstUnreadSeq: reading.firstUnreadSeq,
    typing: typing.users,
    present,
    me: standing.me,
    draft: draft.text,
    open,
    close,
    reload,
    loadOlder: log.loadOlder,
    loadNewer: log.loadNewer,
    loadAround: log.loadAround,
    jumpToLatest: log.toLatest,
    send,
    retry: (key: string) => link.value?.sender.retry(key),
    discard: (key: string) => link.value?.sender.discard(key),
    edit: async (messageId: number, message: string) =>
      void (await connected().command({ type: 'edit', room_id: roomId, message_id: messageId, message })),
    remove: async (messageId: number) =>
      void (await connected().command({ type: 'delete', room_id: roomId, message_id: messageId })),
    react: async (messageId: number, emoji: string, on: boolean) =>
      void (await connected().command({ type: 'react', room_id: roomId, message_id: messageId, emoji, on })),
    markRead,
    setTyping: typing.set,
  }
}

/** What is being written, kept over reloads. */
function useDraft(roomId: number, userId: () => number | undefined) {
  const stored = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined

  function save(): void {
    clearTimeout(timer)
    timer = undefined
    const id = userId()
    if (id !== undefined) draftsOf(id).save(roomId, stored.value)
  }

  function load(): void {
    clearTimeout(timer)
    timer = undefined
    const id = userId()
    stored.value = id === undefined ? '' : draftsOf(id).load(roomId)
  }

  const text = computed({
    get: () => stored.value,
    set(value: string) {
      stored.value = value
      timer ??= setTimeout(save, DRAFT_MS)
    },
  })
  load()
  return { text, save, load }
}

const stores = new Map<number, () => Conversation>()

/** The conversation of one room; the same object for the same id. */
export function useConversation(roomId: number): Conversation {
  let store = stores.get(roomId)
  if (!store) {
    store = defineStore(`conversation ${roomId}`, () => setup(roomId)) as () => Conversation
    stores.set(roomId, store)
  }
  return store()
}
