import { inject, provide, reactive, type InjectionKey } from 'vue'

import { plainExcerpt } from '@/lib/markdown'
import { useNotices } from '@/stores/notices'
import { useSession } from '@/stores/session'
import type { ChatMessage, Conversation } from '@/stores/types'

import { useConfirm } from './confirm'
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

  const fail = (error: unknown) => notices.push({ kind: 'error', text: problemText(error) })
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
        text: `“${plainExcerpt(message.body, 120)}” will be gone for everyone. This cannot be undone.`,
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
    async copy(message) {
      try {
        await navigator.clipboard.writeText(message.body)
        notices.push({ kind: 'success', text: 'Copied' })
      } catch {
        notices.push({ kind: 'error', text: 'The browser did not allow copying.' })
      }
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
