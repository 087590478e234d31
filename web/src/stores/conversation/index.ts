import { useEventListener } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { ApiError } from '@/api/errors'
import { excerptOf } from '@/lib/excerpt'
import { fromAck, fromOutbox, type Me } from '@/lib/timeline'
import { uuid } from '@/lib/uuid'
import { currentLink, onLinkChange } from '@/realtime/current'
import { type DurableFrame, isDurable, type LossReason, type RoomFrame } from '@/realtime/frames'
import type { Link, RoomListener } from '@/realtime/link'

import { useFiles } from '../files'
import { useRooms } from '../rooms'
import { useSession } from '../session'
import type {
  ChatMessage,
  Conversation,
  ConversationState,
  LostReason,
  ReplyPreview,
  SendOptions,
} from '../types'
import { useDraft } from './draft'
import { useMarks } from './marks'
import { useReading } from './reading'
import { useStanding } from './standing'
import { useTyping } from './typing'
import { useUploads } from './uploads'
import { useWindow } from './window'

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
    () => me().username,
    (seq) => link.value?.signal({ type: 'read', room_id: roomId, seq }) ?? false,
  )
  const marks = useMarks(
    () => me().username,
    (seq) => link.value?.signal({ type: 'delivered', room_id: roomId, seq }) ?? false,
  )
  const standing = useStanding()
  const typing = useTyping((on) => link.value?.signal({ type: 'typing', room_id: roomId, isTyping: on }))
  const draft = useDraft(roomId, () => link.value?.userId)
  const uploads = useUploads(() => link.value?.limits.uploadBytes ?? null)

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
      excerpt: there ? excerptOf(there) : '',
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
    marks.clear()
    showPending()
  }

  function receiveEvent(frame: DurableFrame): void {
    log.receive(frame)
    if (frame.type === 'member_update' && frame.user_id === me().id) standing.updated(frame)
    if (frame.type === 'member_left') marks.gone(frame.username)
    if (frame.type !== 'chat') return
    if (frame.user_id !== me().id) marks.receive(frame.seq)
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
        reading.joined(frame.read_seq)
        marks.joined(frame.marks, frame.head)
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
        // The room can be told of it once this frame is through.
        queueMicrotask(() => {
          reading.flush()
          marks.flush()
        })
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
        if (frame.user === me().username) readElsewhere(frame.seq)
        else marks.moved(frame.user, { read: frame.seq })
        return
      case 'delivered':
        marks.moved(frame.user, { delivered: frame.seq })
        return
      case 'marked_unread':
        reading.rewind(frame.seq, log.liveHasOlder.value)
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

  /** My own mark, moved on another device. */
  function readElsewhere(seq: number): void {
    reading.synced(seq)
    rooms.noteRead(roomId, reading.left.value)
  }

  function open(): void {
    inView.value = true
    reading.letGo()
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
    marks.clear()
    draft.load()
    uploads.clear()
    showPending()
    if (next && inView.value) open()
  })
  showPending()

  // A page that goes away has no later.
  useEventListener(window, 'pagehide', () => {
    draft.save()
    reading.flush()
  })

  function connected(): Link {
    if (!link.value) throw ApiError.of('signed_out')
    return link.value
  }

  function send(body: string, options: SendOptions = {}): void {
    const { sender, limits } = connected()
    const { replyTo = null, attachments = [] } = options
    if (body.trim() === '' && attachments.length === 0)
      throw new ApiError('There is nothing to send.', { code: 'invalid' })
    if (Array.from(body).length > limits.messageChars) {
      const most = limits.messageChars.toLocaleString()
      throw new ApiError(`That is too long: at most ${most} characters.`, { code: 'invalid' })
    }
    if (sender.outbox.full)
      throw new ApiError('Too many messages wait to be sent already.', { code: 'outbox_full' })
    log.toLatest()
    reading.letGo()
    reading.firstUnreadSeq.value = null
    typing.set(false)
    attachments.forEach(useFiles().remember)
    sender.add({ clientId: uuid(), roomId, body, replyTo, attachments, createdAt: Date.now(), error: null })
  }

  function markRead(seq: number): void {
    if (!reading.mark(seq)) return
    marks.read(seq)
    rooms.noteRead(roomId, reading.left.value)
  }

  async function markUnread(messageId: number): Promise<void> {
    // What this device has read but not told yet would come after it.
    reading.flush()
    await connected().command({ type: 'mark_unread', room_id: roomId, message_id: messageId })
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
    direct: computed(() => rooms.byId(roomId)?.kind === 'direct'),
    marks: marks.others,
    draft: draft.text,
    uploads,
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
    pin: async (messageId: number, on: boolean) =>
      void (await connected().command({ type: 'pin', room_id: roomId, message_id: messageId, on })),
    markRead,
    markUnread,
    setTyping: typing.set,
  }
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
