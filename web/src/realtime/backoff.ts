export interface RetryBounds {
  minMs: number
  maxMs: number
}

export const DEFAULT_BOUNDS: RetryBounds = { minMs: 500, maxMs: 30_000 }

/**
 * How long to wait before attempt number `attempt` (1 is the first after a loss). Doubles, and is spread over its
 * whole range, so that the clients of a server that restarts do not come back in one moment.
 */
export function backoff(attempt: number, bounds: RetryBounds, random: () => number = Math.random): number {
  const ceiling = Math.min(bounds.maxMs, bounds.minMs * 2 ** Math.min(attempt, 16))
  return Math.round(bounds.minMs + random() * Math.max(0, ceiling - bounds.minMs))
}
