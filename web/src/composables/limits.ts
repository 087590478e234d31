import { computed } from 'vue'

import { useConnection } from '@/stores/connection'

/** The counter begins to show in the last part of the allowed length: a twentieth, or 400 characters. */
const NEAR_SHARE = 0.05
const NEAR_MOST = 400

/** Characters as people count them, more or less: code points, as the server does. */
export function lengthOf(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) count += 1
  return count
}

/** How long a message may be, as the server said. Until it has said so there is no limit here; it has the last word. */
export function useMessageLimit() {
  const connection = useConnection()
  const most = computed(() => connection.messageChars ?? Infinity)
  const near = computed(() => most.value - Math.min(NEAR_MOST, Math.ceil(most.value * NEAR_SHARE)))
  return { most, near }
}
