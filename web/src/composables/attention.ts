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

/** The window title and the tab icon: where one is, and whether something waits. */
export function useAttention(place: Ref<string | null>, unread: Ref<number>) {
  watchEffect(() => {
    const count = unread.value > 0 ? `(${unread.value > 99 ? '99+' : unread.value}) ` : ''
    document.title = `${count}${place.value ? `${place.value} · ` : ''}Hallway`
    setIcon(unread.value > 0 ? '/favicon-unread.svg' : '/favicon.svg')
  })
}
