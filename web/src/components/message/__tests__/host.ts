import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { TooltipProvider } from 'reka-ui'
import { defineComponent, h, type Component } from 'vue'

import { provideMessages, type MessageContext } from '@/composables/messageContext'
import type { Conversation } from '@/stores/types'

/** Mounts a part of a conversation with what it expects around it. */
export function mountIn(store: Conversation, part: Component, props: Record<string, unknown> = {}) {
  let context: MessageContext | undefined
  setActivePinia(createPinia())
  const Host = defineComponent({
    setup() {
      context = provideMessages(store)
      return () => h(TooltipProvider, () => h(part, props))
    },
  })
  const wrapper = mount(Host, { attachTo: document.body })
  if (!context) throw new Error('not mounted')
  return { wrapper, context }
}
