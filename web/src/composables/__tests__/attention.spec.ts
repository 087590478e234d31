import { expect, it } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'

import { useAttention } from '../attention'

it('the tab says where one is, what is for me, and that something is unread', async () => {
  const [place, calls, unread] = [ref<string | null>('den'), ref(0), ref(false)]
  const scope = effectScope()
  scope.run(() => useAttention(place, calls, unread))
  const tab = () => [document.title, document.querySelector('link[rel=icon]')?.getAttribute('href')]
  expect(tab()).toEqual(['den · Hallway', '/favicon.svg'])
  unread.value = true
  await nextTick()
  expect(tab()).toEqual(['• den · Hallway', '/favicon-unread.svg'])
  calls.value = 3
  await nextTick()
  expect(tab()).toEqual(['(3) den · Hallway', '/favicon-mention.svg'])
  calls.value = 120
  place.value = null
  await nextTick()
  expect(tab()).toEqual(['(99+) Hallway', '/favicon-mention.svg'])
  scope.stop()
})
