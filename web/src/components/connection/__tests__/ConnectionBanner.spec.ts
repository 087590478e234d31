import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { nextTick, reactive } from 'vue'

import type { ConnectionState } from '@/stores/types'

import ConnectionBanner from '../ConnectionBanner.vue'

const connection = reactive({
  state: 'online' as ConnectionState,
  nextAttemptAt: null as number | null,
  attempt: 0,
  lastError: null,
  retryNow: vi.fn(),
})
vi.mock('@/stores/connection', () => ({ useConnection: () => connection }))

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
  Object.assign(connection, { state: 'online', nextAttemptAt: null })
})
afterEach(() => vi.useRealTimers())

async function pass(ms: number) {
  await vi.advanceTimersByTimeAsync(ms)
  await nextTick()
}
const banner = (wrapper: ReturnType<typeof mount>) => wrapper.find('[data-testid=connection-banner]')
const mounted = () => mount(ConnectionBanner, { global: { stubs: { Transition: false } } })

it('says nothing of a short break', async () => {
  const wrapper = mounted()
  connection.state = 'reconnecting'
  await pass(800)
  connection.state = 'online'
  await pass(3000)
  expect(banner(wrapper).exists()).toBe(false)
  expect(wrapper.find('[role=status]').text()).toBe('')
})

it('counts down, offers to try at once, and says when it is back', async () => {
  const wrapper = mounted()
  connection.state = 'reconnecting'
  connection.nextAttemptAt = Date.now() + 10_000
  await pass(1500)
  expect(banner(wrapper).text()).toContain('Trying again in 9 s.')
  await pass(4000)
  expect(banner(wrapper).text()).toContain('Trying again in 5 s.')
  await wrapper.find('button').trigger('click')
  expect(connection.retryNow).toHaveBeenCalledOnce()

  connection.state = 'connecting'
  await pass(200)
  expect(banner(wrapper).exists()).toBe(true)
  connection.state = 'online'
  await pass(100)
  expect(banner(wrapper).text()).toBe('Back online')
  expect(wrapper.find('[role=status]').text()).toBe('Back online')
  await pass(3000)
  expect(banner(wrapper).exists()).toBe(false)
})
