import { ApiError, errorFromResponse } from './errors'
import type { TokenStore } from './tokens'

const TIMEOUT_MS = 20_000

/** One request; network trouble becomes an `ApiError`. */
async function attempt(request: Request): Promise<Response> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  try {
    return await fetch(request, { signal: timeout })
  } catch (error) {
    throw ApiError.of(timeout.aborted ? 'timeout' : 'network', error)
  }
}

async function readBody(response: Response): Promise<unknown> {
  const text = await response.text()
  if (text === '') return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** `fetch` for anonymous routes: resolves only with an answer of success. */
export async function plainFetch(request: Request): Promise<Response> {
  const response = await attempt(request)
  if (response.ok) return response
  throw errorFromResponse(response, await readBody(response))
}

/** `fetch` with the login: renews the access token before it ends, and once when the server no longer takes it. */
export function authorisedFetch(tokens: TokenStore): (request: Request) => Promise<Response> {
  return async (request) => {
    const withToken = (token: string): Request => {
      const copy = request.clone()
      copy.headers.set('authorization', `Bearer ${token}`)
      return copy
    }
    const token = await tokens.fresh()
    let response = await attempt(withToken(token))
    if (response.status === 401) response = await attempt(withToken((await tokens.refresh(token)).access))
    if (response.ok) return response
    const error = errorFromResponse(response, await readBody(response))
    // A new token that is refused too: the account was disabled, or the session revoked this moment.
    if (error.status === 401) tokens.set(null, error.message)
    throw error
  }
}
