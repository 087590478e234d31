import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'

import { ApiError, messageOf } from '@/api/errors'
import { useApi } from '@/api/rest'
import type { WireSession, WireUser } from '@/api/wire'
import { draftsOf } from '@/lib/drafts'
import { localStore, readJson } from '@/lib/storage'
import { Outbox } from '@/realtime/outbox'

import type { LoadState, LoginSession, ProfilePatch, SessionStore, SignUpInput, User } from './types'

const USER_KEY = 'hallway.user'
const SESSIONS_PAGE = 20

function toUser(wire: WireUser): User {
  const { id, username, email, full_name, created_at } = wire
  return {
    id,
    username,
    email: email ?? null,
    full_name: full_name ?? null,
    is_admin: wire.is_admin ?? false,
    created_at,
  }
}

function toLogin(wire: WireSession): LoginSession {
  return { ...wire, user_agent: wire.user_agent ?? null, ip: wire.ip ?? null }
}

/** Who was signed in last. */
function storedUser(): User | null {
  const value = readJson(localStore, USER_KEY)
  const isUser = typeof value === 'object' && value !== null && 'id' in value && 'username' in value
  return isUser ? (value as User) : null
}

/** Who is signed in here. */
export const useSession: () => SessionStore = defineStore('session', () => {
  const { tokens, rest, anonymous } = useApi()
  const user = ref<User | null>(null)
  const status = ref<SessionStore['status']>('unknown')
  const signedOutReason = ref<string | null>(null)
  const sessions = shallowRef<readonly LoginSession[]>([])
  const sessionsState = ref<LoadState>('idle')
  const sessionsHaveMore = ref(false)
  const sessionsError = ref<string | null>(null)
  let signingIn = false

  tokens.subscribe((next, reason) => {
    if (next) {
      // Signed in from another tab.
      if (status.value === 'anonymous' && !signingIn) void restore()
      return
    }
    forget()
    signedOutReason.value = reason
  })

  function forget(): void {
    user.value = null
    status.value = 'anonymous'
    sessions.value = []
    sessionsState.value = 'idle'
    localStore.remove(USER_KEY)
  }

  function remember(next: User): void {
    user.value = next
    localStore.set(USER_KEY, JSON.stringify(next))
  }

  async function restore(): Promise<void> {
    if (!tokens.current) {
      status.value = 'anonymous'
      return
    }
    const known = storedUser()
    if (!known) return verify(null)
    // Shown at once; a server that is slow or away must not keep the page empty.
    user.value = known
    status.value = 'signed-in'
    void verify(known)
  }

  async function verify(known: User | null): Promise<void> {
    try {
      const fresh = toUser(await rest.me())
      if (!tokens.current) return
      remember(fresh)
      status.value = 'signed-in'
    } catch (error) {
      // Without tokens the login was refused, and that is told already. Otherwise the server is away.
      if (!tokens.current || known) return
      status.value = 'anonymous'
      signedOutReason.value = messageOf(error)
    }
  }

  async function signIn(username: string, password: string): Promise<void> {
    signingIn = true
    try {
      tokens.set(await anonymous.login(username, password))
      remember(toUser(await rest.me()))
      signedOutReason.value = null
      status.value = 'signed-in'
    } catch (error) {
      tokens.set(null)
      throw error
    } finally {
      signingIn = false
    }
  }

  async function signUp(input: SignUpInput): Promise<void> {
    const { username, password } = input
    const optional = (value: string | undefined) => (value?.trim() ? value.trim() : undefined)
    const created = await anonymous.register({
      username,
      password,
      email: optional(input.email),
      full_name: optional(input.full_name),
    })
    // The server folds names; the folded one is the one that signs in.
    await signIn(created.username, password)
  }

  function signOut(): Promise<void> {
    const refresh = tokens.current?.refresh
    const id = user.value?.id
    if (id !== undefined) {
      new Outbox(id).clear()
      draftsOf(id).clearAll()
    }
    tokens.set(null)
    // Signed out here whatever the server says, and without waiting; a token that it is not told of runs out by itself.
    if (refresh !== undefined) void anonymous.logout(refresh).catch(() => undefined)
    return Promise.resolve()
  }

  async function updateProfile(patch: ProfilePatch): Promise<void> {
    remember(toUser(await rest.updateMe(patch)))
  }

  async function loadSessions({ more = false } = {}): Promise<void> {
    if (sessionsState.value === 'loading') return
    sessionsState.value = 'loading'
    sessionsError.value = null
    try {
      const offset = more ? sessions.value.length : 0
      const page = await rest.sessions({ limit: SESSIONS_PAGE, offset })
      const before = more ? sessions.value : []
      const known = new Set(before.map((session) => session.id))
      sessions.value = [...before, ...page.items.map(toLogin).filter((session) => !known.has(session.id))]
      sessionsHaveMore.value = page.has_more
      sessionsState.value = 'ready'
    } catch (error) {
      sessionsState.value = 'error'
      sessionsError.value = messageOf(error)
    }
  }

  async function revokeSession(id: string): Promise<void> {
    try {
      await rest.revokeSession(id)
    } catch (error) {
      // Gone already is what was wanted.
      if (!(error instanceof ApiError) || error.status !== 404) throw error
    }
    sessions.value = sessions.value.filter((session) => session.id !== id)
  }

  async function revokeOthers(): Promise<number> {
    const { revoked } = await rest.revokeOtherSessions()
    sessions.value = sessions.value.filter((session) => session.current)
    sessionsHaveMore.value = false
    return revoked
  }

  return {
    user,
    status,
    signedOutReason,
    sessions,
    sessionsState,
    sessionsHaveMore,
    sessionsError,
    signIn,
    signUp,
    signOut,
    restore,
    updateProfile,
    loadSessions,
    revokeSession,
    revokeOthers,
  }
})
