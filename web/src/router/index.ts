import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router'

import { normalUsername } from '@/lib/mentions'
import { useSession } from '@/stores/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** Who may see it: left out, everybody. */
    audience?: 'anonymous' | 'signed-in'
  }
}

const AccountView = () => import('@/views/AccountView.vue')

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    {
      path: '/login',
      name: 'login',
      component: AccountView,
      props: { mode: 'sign-in' },
      meta: { audience: 'anonymous' },
    },
    {
      path: '/signup',
      name: 'signup',
      component: AccountView,
      props: { mode: 'sign-up' },
      meta: { audience: 'anonymous' },
    },
    {
      path: '/',
      component: () => import('@/views/ShellView.vue'),
      meta: { audience: 'signed-in' },
      children: [
        { path: '', name: 'home', component: () => import('@/views/HomeView.vue') },
        {
          path: 'r/:roomId(\\d+)/:slug?',
          name: 'room',
          component: () => import('@/views/RoomView.vue'),
          props: (route) => ({ roomId: Number(route.params.roomId) }),
        },
        {
          path: 'd/:username',
          name: 'direct',
          component: () => import('@/views/DirectView.vue'),
          props: (route) => ({ username: normalUsername(String(route.params.username)) }),
        },
        { path: 'search', name: 'search', component: () => import('@/views/SearchView.vue') },
        { path: 'settings', name: 'settings', component: () => import('@/views/SettingsView.vue') },
      ],
    },
    { path: '/:path(.*)*', name: 'not-found', component: () => import('@/views/NotFoundView.vue') },
  ],
})

/** Where to go after signing in: only a path of this app. */
export function nextPath(route: RouteLocationNormalized): string {
  const { next } = route.query
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/'
}

router.beforeEach(async (to) => {
  const session = useSession()
  if (session.status === 'unknown') await session.restore()
  const signedIn = session.status === 'signed-in'
  const audience = to.matched.map((record) => record.meta.audience).find(Boolean)
  if (audience === 'signed-in' && !signedIn) {
    return { name: 'login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  }
  if (audience === 'anonymous' && signedIn) return nextPath(to)
  return true
})
