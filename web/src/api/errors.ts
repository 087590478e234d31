import { explain, fieldError, sentence } from './wording'

interface Details {
  status?: number
  code?: string
  fieldErrors?: Record<string, string>
  retryAfterMs?: number | null
  cause?: unknown
}

/** A request that did not work. `message` is fit to be shown to the user. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** 0: there was no answer. */
  readonly status: number
  /** A stable snake_case word. */
  readonly code: string
  /** Messages by field of the form. */
  readonly fieldErrors: Readonly<Record<string, string>>
  readonly retryAfterMs: number | null

  constructor(message: string, details: Details = {}) {
    super(message, { cause: details.cause })
    this.status = details.status ?? 0
    this.code = details.code ?? 'unknown'
    this.fieldErrors = details.fieldErrors ?? {}
    this.retryAfterMs = details.retryAfterMs ?? null
  }

  /** The error that a code stands for, where there was no answer to read. */
  static of(code: string, cause?: unknown): ApiError {
    return new ApiError(explain(code), { code, cause })
  }
}

/** Any failure in words. */
export function messageOf(error: unknown): string {
  return error instanceof ApiError ? error.message : explain('unknown')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** The issues of a 422 by the field that each is about. */
function issuesByField(detail: readonly unknown[]): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const issue of detail) {
    if (!isRecord(issue) || typeof issue.msg !== 'string' || !Array.isArray(issue.loc)) continue
    const name: unknown = issue.loc.at(-1)
    if (typeof name === 'string') fields[name] ??= sentence(issue.msg)
  }
  return fields
}

function retryAfter(response: Response, problem: Record<string, unknown>): number | null {
  if (typeof problem.retry_after_ms === 'number') return problem.retry_after_ms
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds * 1000 : null
}

/** Reads a problem document (RFC 9457), and copes with answers of proxies that are none. */
export function errorFromResponse(response: Response, body: unknown): ApiError {
  const problem = isRecord(body) ? body : {}
  const retryAfterMs = retryAfter(response, problem)
  const fallback =
    response.status === 429 ? 'rate_limited' : response.status >= 500 ? 'unavailable' : 'unknown'
  const code = typeof problem.code === 'string' ? problem.code : fallback
  const base = { status: response.status, code, retryAfterMs }
  if (Array.isArray(problem.detail)) {
    const fieldErrors = issuesByField(problem.detail)
    const [first] = Object.values(fieldErrors)
    return new ApiError(first ?? 'Something in the form is not right.', { ...base, fieldErrors })
  }
  const detail = typeof problem.detail === 'string' ? problem.detail : ''
  const about = fieldError(code, detail)
  if (about) return new ApiError(about.text, { ...base, fieldErrors: { [about.field]: about.text } })
  return new ApiError(explain(code, detail, retryAfterMs), base)
}
