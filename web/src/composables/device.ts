import { useMediaQuery } from '@vueuse/core'

// One listener each for the whole app.
const phone = useMediaQuery('(max-width: 767px)')
const narrow = useMediaQuery('(max-width: 1099px)')
const touch = useMediaQuery('(hover: none)')

/** `phone`: one pane at a time. `narrow`: no room for the member panel. `touch`: nothing to hover with. */
export function useDevice() {
  return { phone, narrow, touch }
}

/** The key that shortcuts are shown with. */
export const commandKey = /mac|iphone|ipad/i.test(navigator.userAgent) ? '⌘' : 'Ctrl'
