import { type KeyValue, localStore, readJson } from '@/lib/storage'

import { ApiError } from './errors'

/** A login as it is kept on the device. */
export interface Tokens {
  access: string
  refresh: string
  /** By this device's clock, in milliseconds since the Unix epoch. */
  expiresAt: number
}

export type TokenListener = (tokens: Tokens | null, reason: string | null) => void

const KEY = 'hallway.login'
const LOCK = 'hallway.refresh'
/** A token that ends within this time is renewed before it is used. */
const MARGIN_MS = 30_000

function parseTokens(value: unknown): Tokens | null {
  if (typeof value !== 'object' || value === null) return null
  const { access, refresh, expiresAt } = value as Partial<Record<keyof Tokens, unknown>>
  if (typeof access !== 'string' || typeof refresh !== 'string' || typeof expiresAt !== 'number') return null
  return { access, refresh, expiresAt }
}

/**
 * The tokens of this browser's login, shared by its tabs. A refresh token works once, so there is one refresh at a
 * time: in this tab by sharing the promise, between tabs by a lock where the browser has them (the server forgives a
 * repeat within ten seconds where it has not).
 */
export class TokenStore {
  private held: Tokens | null
  private refreshing: Promise<Tokens> | null = null
  private readonly listeners = new Set<TokenListener>()

  constructor(
    private readonly exchange: (refreshToken: string) => Promise<Tokens>,
    private readonly store: KeyValue = localStore,
  ) {
    this.held = parseTokens(readJson(store, KEY))
    if (typeof window !== 'undefined') window.addEventListener('storage', this.onStorage)
  }

  get current(): Tokens | null {
    return this.held
  }

  /** Called whenever the tokens change, in whichever tab. `reason`: why they went, where the user did not ask. */
  subscribe(listener: TokenListener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  set(tokens: Tokens | null, reason: string | null = null): void {
    this.held = tokens
    if (tokens) this.store.set(KEY, JSON.stringify(tokens))
    else this.store.remove(KEY)
    this.announce(reason)
  }

  /** An access token that is good for a while, renewed first if need be. */
  async fresh(): Promise<string> {
    if (!this.held) throw ApiError.of('signed_out')
    if (this.held.expiresAt - Date.now() > MARGIN_MS) return this.held.access
    return (await this.refresh(this.held.access)).access
  }

  /** Replaces the access token `stale`. Rejects with `signed_out` where the login has ended. */
  refresh(stale: string): Promise<Tokens> {
    this.refreshing ??= this.exclusively(() => this.refreshOnce(stale)).finally(() => {
      this.refreshing = null
    })
    return this.refreshing
  }

  dispose(): void {
    window.removeEventListener('storage', this.onStorage)
    this.listeners.clear()
  }

  private async refreshOnce(stale: string): Promise<Tokens> {
    // Another tab may have done it while this one waited for the lock.
    const stored = parseTokens(readJson(this.store, KEY)) ?? this.held
    if (!stored || !this.held) throw ApiError.of('signed_out')
    if (stored.access !== stale && stored.expiresAt - Date.now() > MARGIN_MS) {
      this.held = stored
      this.announce(null)
      return stored
    }
    try {
      const next = await this.exchange(stored.refresh)
      // Signed out meanwhile: a late answer must not sign in again.
      if (!this.held) throw ApiError.of('signed_out')
      this.set(next)
      return next
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error
      this.set(null, 'Your session has ended. Sign in again.')
      throw ApiError.of('signed_out', error)
    }
  }

  private async exclusively<T>(task: () => Promise<T>): Promise<T> {
    // Browsers have locks on https and localhost only.
    const locks = typeof navigator === 'undefined' ? undefined : (navigator as Partial<Navigator>).locks
    return locks ? await locks.request(LOCK, task) : await task()
  }

  private readonly onStorage = (event: StorageEvent): void => {
    if (event.key !== KEY && event.key !== null) return
    const next = parseTokens(readJson(this.store, KEY))
    if (next?.access === this.held?.access) return
    const ended = this.held !== null && next === null
    this.held = next
    this.announce(ended ? 'You signed out in another tab.' : null)
  }

  private announce(reason: string | null): void {
    for (const listener of [...this.listeners]) listener(this.held, reason)
  }
}
