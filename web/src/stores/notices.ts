import { defineStore } from 'pinia'
import { ref } from 'vue'

import type { Notice, NoticesStore } from './types'

const MAX_SHOWN = 5
const LIFETIME_MS = { info: 5_000, success: 4_000, warning: 8_000, error: 10_000 } as const

/** Short messages over the page. */
export const useNotices: () => NoticesStore = defineStore('notices', () => {
  const list = ref<Notice[]>([])
  let lastId = 0

  function dismiss(id: number): void {
    list.value = list.value.filter((notice) => notice.id !== id)
  }

  function push(notice: Omit<Notice, 'id'>): number {
    // The same thing said twice is said once.
    const same = list.value.find((other) => other.kind === notice.kind && other.text === notice.text)
    if (same) return same.id
    const id = ++lastId
    list.value = [...list.value, { ...notice, id }].slice(-MAX_SHOWN)
    setTimeout(() => dismiss(id), LIFETIME_MS[notice.kind])
    return id
  }

  return { list, push, dismiss }
})
