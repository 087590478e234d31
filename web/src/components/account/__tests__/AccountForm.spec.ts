import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { ApiError } from '@/stores/types'

import AccountForm from '../AccountForm.vue'

const signIn = vi.fn<(username: string, password: string) => Promise<void>>()
const signUp = vi.fn<(input: object) => Promise<void>>()
vi.mock('@/stores/session', () => ({ useSession: () => ({ signIn, signUp }) }))

beforeEach(() => {
  signIn.mockReset().mockResolvedValue()
  signUp.mockReset().mockResolvedValue()
})

async function fill(mode: 'sign-in' | 'sign-up', values: Record<string, string>) {
  const form = mount(AccountForm, { props: { mode }, attachTo: document.body })
  for (const [name, value] of Object.entries(values)) await form.find(`input[name=${name}]`).setValue(value)
  await form.find('form').trigger('submit')
  await flushPromises()
  return form
}

describe('signing in', () => {
  it('asks the server and says that it is done', async () => {
    const form = await fill('sign-in', { username: ' ada ', password: 'short' })
    expect(signIn).toHaveBeenCalledWith('ada', 'short')
    expect(form.emitted('done')).toHaveLength(1)
  })

  it('points at what is missing, and moves there', async () => {
    const form = await fill('sign-in', { password: 'x' })
    expect(signIn).not.toHaveBeenCalled()
    expect(form.text()).toContain('Enter your username.')
    expect(document.activeElement).toBe(form.find('input[name=username]').element)
    const described = form.find('input[name=username]').attributes('aria-describedby')
    expect(form.find(`#${described}`).text()).toContain('Enter your username.')
    form.unmount()
  })

  it('says how long to wait', async () => {
    signIn.mockRejectedValue(new ApiError('x', { status: 429, retryAfterMs: 42_000 }))
    const form = await fill('sign-in', { username: 'ada', password: 'guess' })
    expect(form.find('[role=alert]').text()).toContain('Try again in 42 seconds.')
    expect(form.emitted('done')).toBeUndefined()
  })
})

describe('signing up', () => {
  const good = { username: 'Ada Lovelace', password: 'correct horse' }

  it('leaves out what was left empty, and shows the name as it will be', async () => {
    const form = await fill('sign-up', { ...good, email: '  ' })
    expect(signUp).toHaveBeenCalledWith({ username: 'Ada Lovelace', password: 'correct horse' })
    expect(form.text()).toContain('Will be saved as ada_lovelace')
  })

  it.each([
    ['password1', 'too easy to guess'],
    ['11111111', 'too easy to guess'],
  ])('refuses the password %s', async (password, text) => {
    const form = await fill('sign-up', { ...good, password })
    expect(signUp).not.toHaveBeenCalled()
    expect(form.text()).toContain(text)
  })

  it('leaves to the server how long a password has to be', async () => {
    const text = 'Password too short: use at least 14 characters.'
    signUp.mockRejectedValue(new ApiError(text, { fieldErrors: { password: text } }))
    const form = await fill('sign-up', { ...good, password: 'short horse' })
    expect(signUp).toHaveBeenCalled()
    expect(form.find('input[name=password]').attributes('aria-invalid')).toBe('true')
    expect(form.text()).toContain(text)
  })

  it('shows what the server says about a field beside the field', async () => {
    signUp.mockRejectedValue(new ApiError('x', { fieldErrors: { username: 'That username is taken.' } }))
    const form = await fill('sign-up', good)
    expect(form.find('input[name=username]').attributes('aria-invalid')).toBe('true')
    expect(form.text()).toContain('That username is taken.')
  })
})
