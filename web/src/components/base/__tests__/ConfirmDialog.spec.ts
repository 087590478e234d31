import { enableAutoUnmount, flushPromises, mount } from '@vue/test-utils'
import { afterEach, expect, it, vi } from 'vitest'

import { useConfirm } from '@/composables/confirm'
import { ApiError } from '@/stores/types'

import ConfirmDialog from '../ConfirmDialog.vue'

const { ask, close, question } = useConfirm()
enableAutoUnmount(afterEach)
afterEach(close)

const button = (text: string) =>
  [...document.querySelectorAll<HTMLButtonElement>('[role=alertdialog] button')].find(
    (each) => each.textContent?.trim() === text,
  )
async function submit() {
  document.querySelector('form')?.dispatchEvent(new Event('submit', { cancelable: true }))
  await flushPromises()
}

it('does nothing until the name was typed', async () => {
  const run = vi.fn(() => Promise.resolve())
  mount(ConfirmDialog, { attachTo: document.body })
  ask({ title: 'Delete den?', text: 'For good.', yes: 'Delete room', typed: 'den', run })
  await flushPromises()
  expect(button('Delete room')?.disabled).toBe(true)
  await submit()
  expect(run).not.toHaveBeenCalled()

  const field = document.querySelector<HTMLInputElement>('[role=alertdialog] input')
  if (!field) throw new Error('no field')
  field.value = 'den'
  field.dispatchEvent(new Event('input'))
  await flushPromises()
  expect(button('Delete room')?.disabled).toBe(false)
  await submit()
  expect(run).toHaveBeenCalledOnce()
  expect(question.value).toBeNull()
})

it('stays open and says why when it did not work', async () => {
  mount(ConfirmDialog, { attachTo: document.body })
  const run = () => Promise.reject(new ApiError('The last moderator cannot leave.'))
  ask({ title: 'Leave?', text: '', yes: 'Leave', run })
  await flushPromises()
  await submit()
  expect(document.querySelector('[role=alert]')?.textContent).toContain('The last moderator cannot leave.')
  expect(question.value).not.toBeNull()
})
