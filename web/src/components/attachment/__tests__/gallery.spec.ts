import { enableAutoUnmount, flushPromises, mount } from '@vue/test-utils'
import { afterEach, expect, it, vi } from 'vitest'
import { defineComponent, h, ref } from 'vue'

import type { Gallery } from '@/composables/gallery'

import AttachmentGallery from '../AttachmentGallery.vue'

vi.mock('@/stores/files', () => ({
  useFiles: () => ({ address: () => ({ url: '/f', thumbnailUrl: null }), renew: vi.fn(), download: vi.fn() }),
}))
vi.mock('@/stores/notices', () => ({ useNotices: () => ({ push: vi.fn() }) }))
enableAutoUnmount(afterEach)

const image = (id: number) => ({
  file: {
    id,
    name: `${id}.png`,
    contentType: 'image/png',
    size: 1,
    width: 8,
    height: 4,
    blurhash: null,
    url: '/f',
    thumbnailUrl: null,
  },
  messageId: 100 + id,
  username: 'ben',
  sentAt: '2026-03-01T09:00:00Z',
})

async function open(at: number) {
  const gallery = ref<Gallery | null>({ images: [image(1), image(2), image(3)], at })
  const jump = vi.fn()
  const Host = defineComponent(
    () => () =>
      h(AttachmentGallery, {
        modelValue: gallery.value,
        'onUpdate:modelValue': (value: Gallery | null) => (gallery.value = value),
        onJump: jump,
      }),
  )
  mount(Host, { attachTo: document.body })
  await flushPromises()
  const box = () => document.querySelector<HTMLElement>('[data-testid=gallery]')
  const press = async (key: string, more: KeyboardEventInit = {}) => {
    box()?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }))
    await flushPromises()
  }
  const button = (name: string) => document.querySelector<HTMLButtonElement>(`[aria-label="${name}"]`)
  return { gallery, jump, box, press, button }
}

it('goes from image to image with the keyboard, and not beyond the last', async () => {
  const { gallery, press, box, button } = await open(1)
  expect(box()?.textContent).toContain('2 of 3')
  await press('ArrowRight')
  await press('ArrowRight')
  expect(gallery.value?.at).toBe(2)
  expect(button('Next image')?.disabled).toBe(true)
  await press('Home')
  expect(gallery.value?.at).toBe(0)
  await press('ArrowLeft')
  expect(gallery.value?.at).toBe(0)
  await press('ArrowRight', { ctrlKey: true })
  expect(gallery.value?.at).toBe(0)
})

it('zooms, and then the arrows are for looking around', async () => {
  const { gallery, press, button } = await open(0)
  const picture = () => document.querySelector<HTMLElement>('.picture')?.style.inlineSize
  expect(picture()).toBe('8px')
  await press('+')
  expect(picture()).toBe('12px')
  await press('ArrowRight')
  expect(gallery.value?.at).toBe(0)
  await press('0')
  expect(picture()).toBe('8px')
  expect(button('Zoom out')?.disabled).toBe(true)
  await press('-')
  expect(picture()).toBe('8px')
  await press('+')
  await press('End')
  expect(gallery.value?.at).toBe(2)
  expect(picture()).toBe('8px')
})

it('closes, and leads to the message', async () => {
  const { gallery, jump, button } = await open(1)
  button('Show in conversation')?.click()
  await flushPromises()
  expect(gallery.value).toBeNull()
  expect(jump).toHaveBeenCalledExactlyOnceWith(102)
})
