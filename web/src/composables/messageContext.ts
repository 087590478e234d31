import { inject, provide, reactive, type InjectionKey } from 'vue'

import { excerptOf } from '@/lib/excerpt'
import { useNotices } from '@/stores/notices'
import { useSession } from '@/stores/session'
import { useRooms } from '@/stores/rooms'
import type { Attachment, ChatMessage, Conversation } from '@/stores/types'

import { useConfirm } from './confirm'
import { type Gallery, galleryOf, type ImageSource } from './gallery'
import { problemText } from './problem'

/** What the parts of one open conversation share: its store, what is being edited or answered, and what can be done. */
export interface MessageContext {
  readonly conversation: Conversation
  readonly myName: string
  editing: string | null
  replyTo: ChatMessage | null
  mayEdit(message: ChatMessage): boolean
  mayRemove(message: ChatMessage): boolean
  reply(message: ChatMessage): void
  edit(message: ChatMessage): void
  /** The last message that I wrote; false: there is none. */
  editLast(): boolean
  askRemove(message: ChatMessage): void
  react(message: ChatMessage, emoji: string): Promise<void>
  copy(message: ChatMessage): Promise<void>
  /** Copies the address of a message. */
  copyLink(message: ChatMessage): Promise<void>
  markUnread(message: ChatMessage): Promise<void>
  /** Whether I may pin and unpin in this room at all. */
  readonly mayPinHere: boolean
  mayPin(message: ChatMessage): boolean
  pin(message: ChatMessage): Promise<void>
  /** Files for the next message. */
  addFiles(files: readonly File[]): void
  /** What the gallery shows; null: closed. */
  gallery: Gallery | null
  /** Opens an image, among all others of the conversation that are loaded. */
  openImage(message: ImageSource, file: Attachment): void
  /** Set by the list and the composer, which own the elements. */
  jump: (messageId: number) => void
  focusComposer: () => void
  toEnd: () => void
}

const KEY: InjectionKey<MessageContext> = Symbol('message-context')

export function provideMessages(conversation: Conversation): MessageContext {
  const session = useSession()
  const notices = useNotices()
  const confirm = useConfirm()
  const rooms = useRooms()

  const fail = (error: unknown) => notices.push({ kind: 'error', text: problemText(error) })
  async function toClipboard(text: string, done: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text)
      notices.push({ kind: 'success', text: done })
    } catch {
      notices.push({ kind: 'error', text: 'The browser did not allow copying.' })
    }
  }
  const settled = (message: ChatMessage) => message.messageId !== null && !message.deleted

  const context: MessageContext = reactive({
    conversation,
    get myName() {
      return session.user?.username ?? ''
    },
    editing: null,
    replyTo: null,
    mayEdit: (message) => message.mine && settled(message),
    mayRemove: (message) => settled(message) && (message.mine || conversation.me.canModerate),
    reply(message) {
      context.replyTo = message
      context.focusComposer()
    },
    edit(message) {
      context.editing = message.key
    },
    editLast() {
      const last = [...conversation.messages].reverse().find(context.mayEdit)
      if (last) context.editing = last.key
      return last !== undefined
    },
    askRemove(message) {
      const { messageId } = message
      if (messageId === null) return
      confirm.ask({
        title: 'Delete this message?',
        text: `“${excerptOf(message, 120)}” will be gone for everyone. This cannot be undone.`,
        yes: 'Delete',
        danger: true,
        run: () => conversation.remove(messageId),
      })
    },
    async react(message, emoji) {
      if (message.messageId === null) return
      const mine = message.reactions.find((reaction) => reaction.emoji === emoji)?.mine ?? false
      await conversation.react(message.messageId, emoji, !mine).catch(fail)
    },
    copy: (message) => toClipboard(message.body, 'Copied'),
    copyLink(message) {
      const { origin, pathname } = window.location
      return toClipboard(`${origin}${pathname}?message=${message.messageId}`, 'Link copied')
    },
    async markUnread(message) {
      if (message.messageId !== null) await conversation.markUnread(message.messageId).catch(fail)
    },
    get mayPinHere() {
      return conversation.me.canModerate || rooms.byId(conversation.roomId)?.kind === 'direct'
    },
    mayPin: (message) => settled(message) && context.mayPinHere,
    async pin(message) {
      if (message.messageId !== null) await conversation.pin(message.messageId, !message.pinned).catch(fail)
    },
    addFiles(files) {
      if (conversation.me.muted) return
      const problem = conversation.uploads.add(files)
      if (problem !== null) notices.push({ kind: 'warning', text: problem })
      context.focusComposer()
    },
    gallery: null,
    openImage(message, file) {
      context.gallery = galleryOf(conversation.messages, message, file)
    },
    jump: () => undefined,
    focusComposer: () => undefined,
    toEnd: () => undefined,
  })
  provide(KEY, context)
  return context
}

export function useMessages(): MessageContext {
  const context = inject(KEY)
  if (!context) throw new Error('useMessages is for parts of a conversation')
  return context
}
