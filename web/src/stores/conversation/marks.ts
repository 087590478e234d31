import { shallowRef } from 'vue'

import type { MarkRecord } from '@/realtime/frames'
import type { Mark } from '@/stores/types'

const TELL_MS = 400

/**
 * How far the others in a small room have come, and telling them what this device has received. The server says it on
 * joining where the room is small enough, and of each step from then on.
 */
export function useMarks(myName: () => string, tell: (seq: number) => boolean) {
  const others = shallowRef<ReadonlyMap<string, Mark> | null>(null)
  let received = 0
  let told = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  function joined(marks: readonly MarkRecord[] | undefined, head: number): void {
    if (!marks) {
      others.value = null
      return
    }
    const own = marks.find((mark) => mark.user === myName())
    others.value = new Map(
      marks
        .filter((mark) => mark !== own)
        .map((mark) => [mark.user, { read: mark.read_seq, delivered: mark.delivered_seq }]),
    )
    told = Math.max(own?.delivered_seq ?? 0, own?.read_seq ?? 0)
    receive(head)
  }

  function moved(user: string, change: Partial<Mark>): void {
    if (others.value === null || user === myName()) return
    const before = others.value.get(user) ?? { read: 0, delivered: 0 }
    const read = Math.max(before.read, change.read ?? 0)
    const delivered = Math.max(before.delivered, change.delivered ?? 0, read)
    others.value = new Map(others.value).set(user, { read, delivered })
  }

  function gone(user: string): void {
    if (!others.value?.has(user)) return
    const next = new Map(others.value)
    next.delete(user)
    others.value = next
  }

  /** Everything up to here has arrived on this device. */
  function receive(seq: number): void {
    received = Math.max(received, seq)
    if (others.value === null || received <= told) return
    timer ??= setTimeout(flush, TELL_MS)
  }

  /** What was read was received too, and need not be said. */
  function read(seq: number): void {
    told = Math.max(told, seq)
  }

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    if (others.value !== null && received > told && tell(received)) told = received
  }

  function clear(): void {
    clearTimeout(timer)
    timer = undefined
    others.value = null
    received = told = 0
  }

  return { others, joined, moved, gone, receive, read, flush, clear }
}
