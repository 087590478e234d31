import { computed, reactive, ref } from 'vue'

import { normalUsername } from '@/lib/mentions'
import { ApiError } from '@/stores/types'
import { useSession } from '@/stores/session'

import { problemText } from './problem'

export type AccountMode = 'sign-in' | 'sign-up'
type Field = 'username' | 'password' | 'email' | 'full_name'

const USERNAME = /^[a-z0-9_.]{3,32}$/

/** The first that anybody tries; the server knows many more. */
const COMMON = /^(?:password|passw0rd|qwerty|letmein|welcome|iloveyou|admin|abc|hallway)?[\d!.]*$|^(.)\1*$/i

function isCommon(password: string): boolean {
  return COMMON.test(password)
}

/** The fields, checks and errors of signing in and signing up. */
export function useAccountForm(mode: () => AccountMode) {
  const session = useSession()
  const values = reactive({ username: '', password: '', email: '', full_name: '' })
  const errors = reactive<Partial<Record<Field, string>>>({})
  const problem = ref<string | null>(null)
  const busy = ref(false)

  const rules = computed(() => [
    // How long it has to be is a setting of the server, which says so where it is too short.
    { text: 'Not one that everybody uses', met: values.password !== '' && !isCommon(values.password) },
  ])
  const savedAs = computed(() => {
    const name = normalUsername(values.username)
    return name !== '' && name !== values.username ? name : null
  })

  function clear() {
    problem.value = null
    for (const field of Object.keys(errors) as Field[]) delete errors[field]
  }

  function check(): boolean {
    clear()
    if (values.username.trim() === '') errors.username = 'Enter your username.'
    if (values.password === '') errors.password = 'Enter your password.'
    if (mode() === 'sign-up') {
      if (values.username.trim() !== '' && !USERNAME.test(normalUsername(values.username))) {
        errors.username = 'Use 3 to 32 letters, digits, dots or underscores.'
      }
      if (values.password !== '' && isCommon(values.password)) {
        errors.password = 'This password is too easy to guess.'
      }
      if (values.email.trim() !== '' && !/^\S+@\S+$/.test(values.email.trim())) {
        errors.email = 'This does not look like an e-mail address.'
      }
    }
    return Object.keys(errors).length === 0
  }

  async function submit(): Promise<boolean> {
    if (busy.value || !check()) return false
    busy.value = true
    try {
      const { username, password } = values
      if (mode() === 'sign-in') await session.signIn(username.trim(), password)
      else {
        await session.signUp({
          username: username.trim(),
          password,
          ...(values.email.trim() ? { email: values.email.trim() } : {}),
          ...(values.full_name.trim() ? { full_name: values.full_name.trim() } : {}),
        })
      }
      return true
    } catch (error) {
      show(error)
      return false
    } finally {
      busy.value = false
    }
  }

  function show(error: unknown) {
    if (error instanceof ApiError) {
      for (const field of ['username', 'password', 'email', 'full_name'] as const) {
        const text = error.fieldErrors[field]
        if (text) errors[field] = text
      }
    }
    if (Object.keys(errors).length === 0) problem.value = problemText(error)
  }

  return { values, errors, problem, busy, rules, savedAs, clear, submit }
}
