import createClient from 'openapi-fetch'

import { authorisedFetch, plainFetch } from './http'
import type { operations, paths } from './schema.gen'
import { type Tokens, TokenStore } from './tokens'
import type { NotifyLevel, ToggleBody, WireTokens } from './wire'

export type SearchQuery = NonNullable<operations['search_messages']['parameters']['query']>

type Send = (request: Request) => Promise<Response>
interface PageQuery {
  limit?: number
  offset?: number
}

const clientOf = (send: Send) => createClient<paths>({ baseUrl: window.location.origin, fetch: send })

/** The body of an answer. `Send` rejects on every answer that is not one of success, so there is one. */
async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T
}

function received(pair: WireTokens): Tokens {
  return {
    access: pair.access_token,
    refresh: pair.refresh_token,
    expiresAt: Date.now() + pair.expires_in * 1000,
  }
}

/** Routes that need no login. */
export function anonymousRest() {
  const client = clientOf(plainFetch)
  return {
    register: (input: { username: string; password: string; email?: string; full_name?: string }) =>
      body(client.POST('/api/v1/register', { body: input })),
    async login(username: string, password: string): Promise<Tokens> {
      const form = { username, password, grant_type: 'password' } as const
      const bodySerializer = (fields: object) => new URLSearchParams(Object.entries(fields))
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
      return received(await body(client.POST('/api/v1/token', { body: form, bodySerializer, headers })))
    },
    refresh: async (refreshToken: string): Promise<Tokens> =>
      received(await body(client.POST('/api/v1/refresh', { body: { refresh_token: refreshToken } }))),
    logout: (refreshToken: string) =>
      body(client.POST('/api/v1/logout', { body: { refresh_token: refreshToken } })),
  }
}

/** Routes that need one. */
export function restOf(tokens: TokenStore) {
  const client = clientOf(authorisedFetch(tokens))
  const room = (id: number) => ({ params: { path: { room_id: id } } })
  return {
    me: () => body(client.GET('/api/v1/users/me')),
    updateMe: (patch: { email?: string | null; full_name?: string | null }) =>
      body(client.PATCH('/api/v1/users/me', { body: patch })),
    sessions: (query: PageQuery) => body(client.GET('/api/v1/users/me/sessions', { params: { query } })),
    revokeSession: (id: string) =>
      body(client.DELETE('/api/v1/users/me/sessions/{session_id}', { params: { path: { session_id: id } } })),
    revokeOtherSessions: () => body(client.DELETE('/api/v1/users/me/sessions')),

    rooms: (query: PageQuery & { q?: string; mine?: boolean }) =>
      body(client.GET('/api/v1/rooms/', { params: { query } })),
    room: (id: number) => body(client.GET('/api/v1/rooms/{room_id}', room(id))),
    roomByName: (name: string) =>
      body(client.GET('/api/v1/rooms/by-name/{name}', { params: { path: { name } } })),
    createRoom: (input: { name: string; is_private: boolean; topic?: string; members?: string[] }) =>
      body(client.POST('/api/v1/rooms/', { body: input })),
    updateRoom: (id: number, patch: { name?: string; is_private?: boolean; topic?: string | null }) =>
      body(client.PATCH('/api/v1/rooms/{room_id}', { ...room(id), body: patch })),
    deleteRoom: (id: number) => body(client.DELETE('/api/v1/rooms/{room_id}', room(id))),
    joinRoom: (id: number) => body(client.POST('/api/v1/rooms/{room_id}/join', room(id))),
    leaveRoom: (id: number) => body(client.DELETE('/api/v1/rooms/{room_id}/leave', room(id))),

    directs: (query: PageQuery & { q?: string }) => body(client.GET('/api/v1/direct', { params: { query } })),
    direct: (username: string) => body(client.POST('/api/v1/direct', { body: { username } })),
    setNotify: (id: number, level: NotifyLevel) =>
      body(client.PUT('/api/v1/rooms/{room_id}/notifications', { ...room(id), body: { level } })),
    attachment: (id: number) =>
      body(client.GET('/api/v1/attachments/{attachment_id}', { params: { path: { attachment_id: id } } })),
    discardAttachment: (id: number) =>
      body(client.DELETE('/api/v1/attachments/{attachment_id}', { params: { path: { attachment_id: id } } })),
    pins: (id: number, query: PageQuery) =>
      body(client.GET('/api/v1/rooms/{room_id}/pins', { params: { path: { room_id: id }, query } })),
    search: (query: SearchQuery) => body(client.GET('/api/v1/search/messages', { params: { query } })),
    messages: (id: number, query: PageQuery) =>
      body(client.GET('/api/v1/rooms/{room_id}/messages', { params: { path: { room_id: id }, query } })),

    users: (query: PageQuery & { q?: string }) => body(client.GET('/api/v1/users/', { params: { query } })),

    members: (id: number, query: PageQuery) =>
      body(client.GET('/api/v1/rooms/{room_id}/members', { params: { path: { room_id: id }, query } })),
    addMember: (id: number, username: string) =>
      body(client.POST('/api/v1/rooms/{room_id}/members', { ...room(id), body: { username } })),
    toggleMember: (id: number, userId: number, what: 'moderator' | 'mute' | 'ban', toggle: ToggleBody) =>
      body(
        client.POST(`/api/v1/rooms/{room_id}/members/{user_id}/${what}`, {
          params: { path: { room_id: id, user_id: userId } },
          body: toggle,
        }),
      ),
  }
}

export interface Api {
  tokens: TokenStore
  rest: ReturnType<typeof restOf>
  anonymous: ReturnType<typeof anonymousRest>
}

let shared: Api | null = null

/** The login and the routes of this page; one of each. */
export function useApi(): Api {
  if (!shared) {
    const anonymous = anonymousRest()
    const tokens = new TokenStore(anonymous.refresh)
    shared = { tokens, rest: restOf(tokens), anonymous }
  }
  return shared
}

/** For tests: the next `useApi` begins anew. */
export function resetApi(): void {
  shared?.tokens.dispose()
  shared = null
}
