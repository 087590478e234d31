import { ApiError } from '@/stores/types'

/** Text fit to show for anything that was thrown. */
export function problemText(problem: unknown): string {
  if (!(problem instanceof ApiError)) return 'Something went wrong. Please try again.'
  const { retryAfterMs } = problem
  if (problem.status === 429 || problem.code === 'rate_limited') {
    return `Too many attempts. ${waitText(retryAfterMs)}`
  }
  if (problem.status === 503 && retryAfterMs !== null) return `The server is busy. ${waitText(retryAfterMs)}`
  return problem.message
}

/** `Try again in 20 seconds.` */
export function waitText(ms: number | null): string {
  if (ms === null || ms <= 0) return 'Try again in a moment.'
  const seconds = Math.ceil(ms / 1000)
  if (seconds < 90) return `Try again in ${seconds} second${seconds === 1 ? '' : 's'}.`
  return `Try again in ${Math.ceil(seconds / 60)} minutes.`
}
