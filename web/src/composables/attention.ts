import { watchEffect, type Ref } from 'vue'

function setIcon(href: string) {
  let link = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
  if (!link) {
    link = document.createElement('link')
    link.rel = 'icon'
    link.type = 'image/svg+xml'
    document.head.append(link)
  }
  if (link.getAttribute('href') !== href) link.setAttribute('href', href)
}

/**
 * The window title and the tab icon: where one is, how much there is for me (mentions, and what was said to me directly),
 * and whether anything else is unread.
 */
export function useAttention(place: Ref<string | null>, calls: Ref<number>, unread: Ref<boolean>) {
  watchEffect(() => {
    const count = calls.value > 0 ? `(${calls.value > 99 ? '99+' : calls.value}) ` : ''
    const dot = count === '' && unread.value ? '• ' : ''
    document.title = `${count}${dot}${place.value ? `${place.value} · ` : ''}Hallway`
    setIcon(calls.value > 0 ? '/favicon-mention.svg' : unread.value ? '/favicon-unread.svg' : '/favicon.svg')
  })
}
