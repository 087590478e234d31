import { expect, it } from 'vitest'

import { PATIENCE, type Person } from './support/person'
import { useStage } from './support/stage'

const stage = useStage()

interface Told {
  title: string
  body: string
  open: boolean
  silent: boolean
}

/** A browser shows notifications outside of the page: this notes what the page asks for. */
async function withNotes(person: Person): Promise<void> {
  await person.page.addInitScript(() => {
    const page = window as unknown as { told: Told[]; away: boolean; asked: number }
    page.told = []
    page.asked = 0
    class Noted {
      static permission = sessionStorage.getItem('allowed') ?? 'default'
      static requestPermission() {
        page.asked += 1
        Noted.permission = 'granted'
        sessionStorage.setItem('allowed', 'granted')
        return Promise.resolve('granted')
      }
      onclick: (() => void) | null = null
      onclose: (() => void) | null = null
      private readonly entry: Told
      constructor(title: string, options: NotificationOptions) {
        this.entry = { title, body: options.body ?? '', open: true, silent: options.silent === true }
        page.told.push(this.entry)
        document.addEventListener('click-notification', () => this.entry.open && this.onclick?.())
      }
      close() {
        this.entry.open = false
        this.onclose?.()
      }
    }
    Object.defineProperty(window, 'Notification', { value: Noted })
    document.hasFocus = () => !page.away
  })
}

const told = (person: Person) =>
  person.page.evaluate(() => (window as unknown as { told: Told[] }).told.map((one) => ({ ...one })))
const away = (person: Person, on: boolean) =>
  person.page.evaluate((value) => {
    ;(window as unknown as { away: boolean }).away = value
    window.dispatchEvent(new Event(value ? 'blur' : 'focus'))
  }, on)

it('tells who looks elsewhere, by the level of each room, and takes it back once read', async () => {
  const alice = await stage.arriveSignedUp('alice.notify')
  const bob = await stage.arrive('bob.notify')
  await withNotes(bob)
  await bob.signUp()
  const path = await alice.createRoom('square')
  await bob.joinRoom('square')
  const bobsPath = await bob.createRoom('bench')

  // Nothing is asked before somebody wants it.
  await bob.page.goto('/settings')
  const wanted = bob.page.getByRole('switch', { name: 'Notifications' })
  await wanted.waitFor()
  const asked = () => bob.page.evaluate(() => (window as unknown as { asked: number }).asked)
  expect(await asked()).toBe(0)
  await wanted.click()
  await expect.poll(() => wanted.getAttribute('aria-checked'), PATIENCE).toBe('true')
  expect(await asked()).toBe(1)
  expect(await bob.page.getByRole('switch', { name: 'Sound' }).getAttribute('aria-checked')).toBe('false')

  await bob.page.goto(bobsPath)
  await bob.inRoom('bench')
  await alice.send('seen, not told')
  await bob.page.getByRole('link', { name: 'square, 1 unread' }).waitFor()
  await away(bob, true)
  await alice.send('the **fountain** is on')
  await expect
    .poll(() => told(bob), PATIENCE)
    .toEqual([{ title: 'alice.notify in square', body: 'the fountain is on', open: true, silent: true }])

  // Read on another device.
  const other = await stage.arrive('bob.notify')
  await other.page.goto('/login')
  await other.page.getByLabel('Username').fill('bob.notify')
  await other.page.getByLabel('Password', { exact: true }).fill('correct horse battery')
  await other.page.getByRole('button', { name: 'Sign in' }).click()
  await other.page.getByTestId('room').first().waitFor()
  await other.page.goto(path)
  await other.sees('the fountain is on')
  await expect.poll(async () => (await told(bob)).map((one) => one.open), PATIENCE).toEqual([false])
  await other.page.goto('/settings')

  // A click opens the room.
  await alice.send('come over')
  await expect.poll(async () => (await told(bob)).length, PATIENCE).toBe(2)
  await bob.page.evaluate(() => document.dispatchEvent(new Event('click-notification')))
  await bob.inRoom('square')
  await bob.sees('come over')
  await away(bob, false)
  const unread = (name: RegExp) => bob.page.getByRole('link', { name }).count()
  // As the server has it: the page tells what was read a moment later.
  const id = Number(/\/r\/(\d+)/.exec(path)?.[1])
  const left = () =>
    bob.page.evaluate(async (room) => {
      const { access } = JSON.parse(localStorage.getItem('hallway.login') ?? '{}') as { access: string }
      const answer = await fetch(`/api/v1/rooms/${room}`, { headers: { authorization: `Bearer ${access}` } })
      return ((await answer.json()) as { unread: number }).unread
    }, id)
  await expect.poll(left, PATIENCE).toBe(0)

  // A room that is to be silent is.
  await bob.page.evaluate(async (room) => {
    const { access } = JSON.parse(localStorage.getItem('hallway.login') ?? '{}') as { access: string }
    const headers = { authorization: `Bearer ${access}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ level: 'nothing' })
    await fetch(`/api/v1/rooms/${room}/notifications`, { method: 'PUT', headers, body })
  }, id)
  await bob.page.getByRole('img', { name: 'notifications are off' }).first().waitFor()
  await bob.page.goto(bobsPath)
  await bob.inRoom('bench')
  await away(bob, true)
  await alice.send('psst')
  await expect.poll(() => unread(/^square.* 1 unread/), PATIENCE).toBe(1)
  // What comes after it is told, and it alone: nothing was on its way.
  await alice.joinRoom('bench')
  await alice.send('have a seat')
  await expect
    .poll(async () => (await told(bob)).map((one) => one.title), PATIENCE)
    .toEqual(['alice.notify in bench'])
})
