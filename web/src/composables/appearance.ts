import { useLocalStorage, usePreferredDark } from '@vueuse/core'
import { computed, watchEffect } from 'vue'

export type Appearance = 'light' | 'dark' | 'system'

const chosen = useLocalStorage<Appearance>('hallway.appearance', 'system')
const systemDark = usePreferredDark()
const appearance = computed<Appearance>({
  get: () => (chosen.value === 'light' || chosen.value === 'dark' ? chosen.value : 'system'),
  set: (value) => (chosen.value = value),
})

/** Colours of the browser's own bars; the canvas of tokens.css in sRGB. */
const BAR_COLOURS = { light: '#f4f3ee', dark: '#0f1414' }

watchEffect(() => {
  const root = document.documentElement
  if (appearance.value === 'system') delete root.dataset.theme
  else root.dataset.theme = appearance.value

  const dark = appearance.value === 'dark' || (appearance.value === 'system' && systemDark.value)
  let meta = document.querySelector<HTMLMetaElement>('meta[name="theme-color"]')
  if (!meta) {
    meta = document.createElement('meta')
    meta.name = 'theme-color'
    document.head.append(meta)
  }
  meta.content = dark ? BAR_COLOURS.dark : BAR_COLOURS.light
})

/** Light, dark or as the system says; kept in this browser. */
export function useAppearance() {
  return appearance
}
