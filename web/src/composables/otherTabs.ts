const CHANNEL = 'hallway.attention'
/** Long enough for a tab to answer, too short to be noticed. */
const ANSWER_MS = 150

/** Somebody looks at this page. */
export const isLookedAt = (): boolean => document.visibilityState === 'visible' && document.hasFocus()

let channel: BroadcastChannel | null = null
const waiting = new Set<() => void>()

function open(): BroadcastChannel | null {
  if (typeof BroadcastChannel === 'undefined') return null
  if (channel) return channel
  channel = new BroadcastChannel(CHANNEL)
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (data === 'who' && isLookedAt()) channel?.postMessage('me')
    else if (data === 'me') for (const answered of [...waiting]) answered()
  }
  return channel
}

/** From now on this tab answers others. */
export function answerOtherTabs(): void {
  open()
}

/** Whether somebody looks at the app in another tab: what is on screen there need not be told here. */
export function otherTabIsLookedAt(): Promise<boolean> {
  const line = open()
  if (!line) return Promise.resolve(false)
  return new Promise((resolve) => {
    const end = (seen: boolean) => {
      clearTimeout(timer)
      waiting.delete(answered)
      resolve(seen)
    }
    const answered = () => end(true)
    const timer = setTimeout(() => end(false), ANSWER_MS)
    waiting.add(answered)
    line.postMessage('who')
  })
}
