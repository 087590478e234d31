import { ApiError } from '@/api/errors'
import { explain } from '@/api/wording'

import type { ErrorFrame } from './frames'

interface Waiting {
  resolve(answer: unknown): void
  reject(error: ApiError): void
  timer: ReturnType<typeof setTimeout>
}

const ANSWER_MS = 15_000

export function errorOf(frame: ErrorFrame): ApiError {
  const retryAfterMs = frame.after_ms ?? null
  return new ApiError(explain(frame.code, frame.message, retryAfterMs), { code: frame.code, retryAfterMs })
}

/** Frames that wait for an answer, by a key that the answer carries. */
export class Requests {
  private readonly waiting = new Map<string, Waiting>()

  /** Rejects when there is no answer in time, or the connection goes. A second request under one key replaces the first. */
  wait<T>(key: string): Promise<T> {
    this.fail(key, ApiError.of('superseded'))
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => this.fail(key, ApiError.of('timeout')), ANSWER_MS)
      this.waiting.set(key, { resolve: (answer) => resolve(answer as T), reject, timer })
    })
  }

  /** False: nobody waits for it. */
  answer(key: string, answer: unknown): boolean {
    const found = this.take(key)
    found?.resolve(answer)
    return found !== undefined
  }

  fail(key: string, error: ApiError): boolean {
    const found = this.take(key)
    found?.reject(error)
    return found !== undefined
  }

  failAll(error: ApiError): void {
    for (const key of [...this.waiting.keys()]) this.fail(key, error)
  }

  private take(key: string): Waiting | undefined {
    const found = this.waiting.get(key)
    if (found) clearTimeout(found.timer)
    this.waiting.delete(key)
    return found
  }
}
