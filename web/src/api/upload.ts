import { ApiError, errorFromResponse } from './errors'
import type { TokenStore } from './tokens'
import type { WireAttachment } from './wire'

export interface Transfer {
  /** Rejects with `ApiError`; `cancelled` when it was. */
  done: Promise<WireAttachment>
  cancel(): void
}

/** `fetch` cannot tell how far an upload is, so this is the one place with the older way. */
function send(file: File, token: string, onProgress: (share: number) => void, signal: AbortSignal) {
  return new Promise<Response>((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', '/api/v1/attachments')
    request.setRequestHeader('authorization', `Bearer ${token}`)
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total)
    }
    request.onload = () => {
      const headers = new Headers()
      const wait = request.getResponseHeader('retry-after')
      if (wait !== null) headers.set('retry-after', wait)
      resolve(new Response(request.responseText, { status: request.status, headers }))
    }
    request.onerror = () => reject(ApiError.of('network'))
    request.onabort = () => reject(ApiError.of('cancelled'))
    signal.addEventListener('abort', () => request.abort(), { once: true })
    const form = new FormData()
    form.append('file', file, file.name)
    request.send(form)
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** Sends a file; `onProgress` gets the share that is under way, 0 to 1. */
export function uploadFile(tokens: TokenStore, file: File, onProgress: (share: number) => void): Transfer {
  const aborter = new AbortController()
  const { signal } = aborter
  async function run(): Promise<WireAttachment> {
    const token = await tokens.fresh()
    if (signal.aborted) throw ApiError.of('cancelled')
    let response = await send(file, token, onProgress, signal)
    if (response.status === 401) {
      const { access } = await tokens.refresh(token)
      if (signal.aborted) throw ApiError.of('cancelled')
      response = await send(file, access, onProgress, signal)
    }
    const body = parse(await response.text())
    if (!response.ok) throw errorFromResponse(response, body)
    return body as WireAttachment
  }
  return { done: run(), cancel: () => aborter.abort() }
}
