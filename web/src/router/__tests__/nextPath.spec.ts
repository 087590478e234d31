import { expect, it, vi } from 'vitest'
import type { RouteLocationNormalized } from 'vue-router'

import { nextPath } from '..'

vi.mock('@/stores/session', () => ({ useSession: () => ({ status: 'anonymous', restore: vi.fn() }) }))

const from = (next: unknown) => nextPath({ query: { next } } as unknown as RouteLocationNormalized)

it.each([
  ['/r/7', '/r/7'],
  ['/r/7?x=1#y', '/r/7?x=1#y'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example', '/'],
  ['javascript:alert(1)', '/'],
  [undefined, '/'],
  [['/a', '/b'], '/'],
])('after signing in with next=%s: %s', (next, path) => {
  expect(from(next)).toBe(path)
})
