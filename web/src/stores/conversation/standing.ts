import { ref } from 'vue'

import type { JoinedFrame, MemberUpdateFrame } from '@/realtime/frames'
import type { Role, Standing } from '@/stores/types'

/** Timers cannot wait longer than this. */
const MAX_TIMER_MS = 2 ** 31 - 1

function standing(role: Role | null, muted: boolean, mutedUntil: string | null): Standing {
  const moderates = role === 'owner' || role === 'moderator'
  return { role, muted, mutedUntil: muted ? mutedUntil : null, canModerate: moderates, canManage: moderates }
}

/** My own position in a room. A mute ends by the clock, without a word from the server. */
export function useStanding() {
  const me = ref<Standing>(standing(null, false, null))
  let timer: ReturnType<typeof setTimeout> | undefined

  function set(next: Standing): void {
    clearTimeout(timer)
    me.value = next
    if (!next.muted || next.mutedUntil === null) return
    const left = Date.parse(next.mutedUntil) - Date.now()
    if (left < MAX_TIMER_MS)
      timer = setTimeout(() => set(standing(next.role, false, null)), Math.max(0, left))
  }

  return {
    me,
    joined: (frame: JoinedFrame) => set(standing(frame.role, frame.is_muted, frame.muted_until ?? null)),
    updated(frame: MemberUpdateFrame): void {
      const role = frame.role ?? me.value.role
      const muted = frame.is_muted ?? me.value.muted
      set(
        standing(
          role,
          muted,
          frame.is_muted === undefined ? me.value.mutedUntil : (frame.muted_until ?? null),
        ),
      )
    },
    clear: () => set(standing(null, false, null)),
  }
}
