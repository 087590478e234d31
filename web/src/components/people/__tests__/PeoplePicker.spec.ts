import { enableAutoUnmount, flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ref } from 'vue'

import { ApiError, type Person } from '@/stores/types'

import PeoplePicker from '../PeoplePicker.vue'

const search = vi.fn<(query: string) => Promise<Person[]>>()
vi.mock('@/stores/people', () => ({ usePeople: () => ({ search }) }))
vi.mock('@/stores/session', () => ({ useSession: () => ({ user: { id: 1, username: 'ada' } }) }))
enableAutoUnmount(afterEach)

const person = (id: number, username: string): Person => ({ id, username, fullName: null })
const ALL = [person(1, 'ada'), person(2, 'ben'), person(3, 'bea'), person(4, 'cleo')]

beforeEach(() => {
  vi.useFakeTimers()
  search
    .mockReset()
    .mockImplementation((query) => Promise.resolve(ALL.filter((each) => each.username.includes(query))))
})
afterEach(() => void vi.useRealTimers())

function picker(most = 10) {
  const chosen = ref<Person[]>([])
  const wrapper = mount(PeoplePicker, {
    attachTo: document.body,
    props: {
      modelValue: chosen.value,
      most,
      'onUpdate:modelValue': (next: Person[]) => {
        chosen.value = next
        void wrapper.setProps({ modelValue: next })
      },
    },
  })
  const field = wrapper.find('input')
  const names = () => wrapper.findAll('[role=option]').map((each) => each.text())
  const type = async (text: string) => {
    await field.trigger('focus')
    await field.setValue(text)
    await vi.advanceTimersByTimeAsync(300)
    await flushPromises()
  }
  const press = (key: string) => field.trigger('keydown', { key })
  return { wrapper, field, names, type, press, chosen: () => chosen.value.map((each) => each.username) }
}

it('offers others, not me and not who is chosen, and takes them with the keyboard', async () => {
  const { field, names, type, press, chosen } = picker()
  await type('')
  expect(names()).toEqual(['ben', 'bea', 'cleo'])
  await type('be')
  expect(names()).toEqual(['ben', 'bea'])
  await press('ArrowDown')
  const active = document.getElementById(field.attributes('aria-activedescendant') ?? '')
  expect(active?.textContent).toContain('bea')
  await press('Enter')
  expect(chosen()).toEqual(['bea'])
  await type('be')
  expect(names()).toEqual(['ben'])
  await press('Enter')
  expect(chosen()).toEqual(['bea', 'ben'])
  await press('Backspace')
  expect(chosen()).toEqual(['bea'])
})

it('takes no more than there may be', async () => {
  const { field, type, press, chosen } = picker(1)
  await type('be')
  await press('Enter')
  expect(chosen()).toEqual(['ben'])
  expect(field.attributes('disabled')).toBeDefined()
})

it('says that there is nobody, and what went wrong', async () => {
  const { wrapper, type } = picker()
  await type('zzz')
  expect(wrapper.find('[role=status]').text()).toBe('Nobody else by that name.')
  search.mockRejectedValue(new ApiError('The server cannot be reached.'))
  await type('zzzz')
  expect(wrapper.find('[role=status]').text()).toBe('The server cannot be reached.')
})

it('shows the answer to the last question only', async () => {
  const { names, type } = picker()
  let late: (people: Person[]) => void = () => undefined
  search.mockImplementationOnce(() => new Promise((resolve) => (late = resolve)))
  await type('b')
  await type('cl')
  expect(names()).toEqual(['cleo'])
  late([person(2, 'ben')])
  await flushPromises()
  expect(names()).toEqual(['cleo'])
})
